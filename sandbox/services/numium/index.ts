import { join } from 'node:path';
import { integer, object, text } from '../../schema';
import type { ServiceDefinition } from '../../service';
import { account, SWITCHES, tokens } from './account';
import { serve } from './api';
import { seed, seeded, unknownId } from './seed';
import { createState, type NumiumInvitation, type NumiumState } from './state';

const newInvitation = object({
	id: { type: 'string', pattern: '^-?\\d{1,19}$' },
	tenantId: { type: 'string', pattern: '^\\d{1,19}$' },
	email: text,
	status: { enum: ['Pending', 'Accepted', 'Cancelled'] },
	createdAt: integer,
});

export const numium = {
	title: 'Numium',
	root: '/numium',
	document: join(__dirname, 'openapi.yaml'),
	credential: {
		type: 'numiumApi',
		data: { token: tokens.numium, tenantId: account.tenantId },
	},
	account,
	tokens,
	switches: SWITCHES,
	flag: 'invitations',
	seedOption: 'numiumInvitations',
	signIn: [`tenant ID ${account.tenantId} · token ${tokens.numium}`],
	createState,
	seeded,
	unknownId,
	seed,
	show: (state) => state.all(),
	addControlRoutes(app, state) {
		app.post<{ Body: Partial<NumiumInvitation> }>(
			'/invitations',
			{ schema: { body: newInvitation } },
			({ body }) => state.add(body),
		);
		app.post<{ Params: { id: string } }>('/invitations/:id/accept', ({ params: { id } }) => {
			state.accept(id);
			return state.get(id);
		});
	},
	serve,
} as const satisfies ServiceDefinition<NumiumState, typeof SWITCHES>;

declare global {
	interface SandboxServices {
		readonly numium: typeof numium;
	}
}
