import { join } from 'node:path';
import { object, integer, text } from '../../schema';
import type { ServiceDefinition } from '../../service';
import { account, tokens } from './account';
import { serve } from './api';
import { seed, seeded, unknownId } from './seed';
import { createState, type KarmaCheckState, type NewKarmaCheckCase } from './state';

const CHANGES = ['begin', 'complete', 'cancel', 'expire'] as const;

const newCase = object({
	id: text,
	packageId: text,
	email: text,
	givenName: text,
	familyName: text,
	sentAt: integer,
	expiresAt: integer,
	status: { enum: ['pending', 'expired', 'completed', 'cancelled'] },
	onboarding: { enum: ['waiting', 'inProgress', 'done'] },
	invited: { type: 'boolean' },
	isCustomerProvidedPii: { type: 'boolean' },
});

const caseChange = object({ caseId: text, change: { enum: CHANGES } }, ['caseId', 'change']);

export const karmaCheck = {
	title: 'KarmaCheck',
	root: '/karmacheck',
	document: join(__dirname, 'openapi.yaml'),
	credential: {
		type: 'karmaCheckApi',
		data: {
			environment: 'custom',
			authentication: 'apiKey',
			apiKey: account.apiKey,
			clientAccessToken: account.clientAccessToken,
		},
	},
	account,
	tokens,
	switches: {},
	flag: 'cases',
	seedOption: 'karmaCheckCases',
	signIn: [`API key ${account.apiKey} · client access token ${account.clientAccessToken}`],
	createState,
	seeded,
	unknownId,
	seed,
	show: (state) => state.all().map((entry) => ({ ...entry, status: state.status(entry.id) })),
	addControlRoutes(app, state) {
		app.post<{ Body: NewKarmaCheckCase }>('/cases', { schema: { body: newCase } }, ({ body }) =>
			state.add(body),
		);
		app.post<{ Params: { caseId: string; change: (typeof CHANGES)[number] } }>(
			'/cases/:caseId/:change',
			{ schema: { params: caseChange } },
			({ params: { caseId, change } }) => {
				state[change](caseId);
				return state.get(caseId);
			},
		);
	},
	serve,
} as const satisfies ServiceDefinition<KarmaCheckState>;

declare global {
	interface SandboxServices {
		readonly karmaCheck: typeof karmaCheck;
	}
}
