import { join } from 'node:path';
import { integer, object, text } from '../../schema';
import type { ServiceDefinition } from '../../service';
import { account, SWITCHES, tokens } from './account';
import { serve } from './api';
import { seed, seeded, unknownId } from './seed';
import { createState, type WorthAiState, type WorthUser } from './state';

const uuid = { type: 'string', format: 'uuid' } as const;

const user = object({
	id: uuid,
	customerId: uuid,
	first_name: text,
	last_name: text,
	email: text,
	mobile: { type: ['string', 'null'] },
	is_email_verified: { type: 'boolean' },
	is_first_login: { type: 'boolean' },
	status: text,
	createdAt: integer,
	updatedAt: integer,
});

export const worthAi = {
	title: 'Worth AI',
	root: '/worth',
	document: join(__dirname, 'openapi.yaml'),
	credential: {
		type: 'worthAiApi',
		data: {
			environment: 'custom',
			authentication: 'password',
			email: account.email,
			password: account.password,
			customerId: account.customerId,
		},
	},
	account,
	tokens,
	switches: SWITCHES,
	flag: 'users',
	seedOption: 'worthUsers',
	signIn: [
		`email ${account.email} · password ${account.password}`,
		`customer ID ${account.customerId}`,
	],
	createState,
	seeded,
	unknownId,
	seed,
	show: (state) => state.all(),
	addControlRoutes(app, state) {
		app.post<{ Body: Partial<WorthUser> }>('/users', { schema: { body: user } }, ({ body }) =>
			state.add(body),
		);
		app.patch<{ Params: { userId: string }; Body: Partial<WorthUser> }>(
			'/users/:userId',
			{ schema: { body: user } },
			({ params: { userId }, body }) => {
				state.set(userId, body);
				return state.get(userId);
			},
		);
	},
	serve,
} as const satisfies ServiceDefinition<WorthAiState, typeof SWITCHES>;

declare global {
	interface SandboxServices {
		readonly worthAi: typeof worthAi;
	}
}
