import { json } from '../../../../sandbox/reply';
import type { Service, World } from '../../../../sandbox/service';
import type { Call, Reply } from '../../../../sandbox/types';
import { stateOf, VALIDITY, type AcmeInvitation, type AcmeState } from './state';

export const account = { apiKey: 'sandbox-acme-key' } as const;

const PAGE = 40;

const refusal = (status: number, code: string, message: string): Reply =>
	json(status, { error: { code, message } });

const at = (instant: number): string => new Date(instant).toISOString();

export function serve({ state, clock, mail }: World<AcmeState>): Service {
	const view = (invitation: AcmeInvitation) => ({
		id: invitation.id,
		person: { full_name: invitation.name, email: invitation.email },
		state: stateOf(invitation, clock.now()),
		last_sent_at: at(invitation.sentAt),
		expires_at: at(invitation.expiresAt),
		joined_at: invitation.joinedAt === null ? null : at(invitation.joinedAt),
	});

	const withOne =
		(handler: (found: AcmeInvitation, call: Call) => Reply) =>
		(call: Call): Reply => {
			const found = state.get(call.params.invitationId ?? '');
			return found === undefined
				? refusal(404, 'not_found', 'There is no such invitation.')
				: handler(found, call);
		};

	return {
		mounts: ['/acme'],
		keyOf: ({ invitationId }) => invitationId ?? null,
		isWelcome: (headers) => headers['x-api-key'] === account.apiKey,
		unauthorized: () => refusal(401, 'unauthorized', 'The key is missing or not valid.'),
		invalid: (_operationId, messages) => refusal(400, 'invalid', messages.join('; ')),
		notFound: () => refusal(404, 'no_route', 'No such route.'),
		broken: (messages) => refusal(500, 'broken', messages.join('; ')),
		handlers: {
			getAccount: () => json(200, { account: { name: 'Sandbox Company' } }),
			listInvitations({ query }) {
				const all = state.all();
				const from = typeof query.cursor === 'string' ? Number(query.cursor.slice(1)) : 0;
				const next = from + PAGE < all.length ? `c${from + PAGE}` : null;
				return json(200, { data: all.slice(from, from + PAGE).map(view), next_cursor: next });
			},
			getInvitation: withOne((found) => json(200, { data: view(found) })),
			resendInvitation: withOne((found, call) => {
				const now = clock.now();
				const standing = stateOf(found, now);
				if (standing !== 'open') return refusal(409, standing, `The invitation is ${standing}.`);
				found.sentAt = now;
				found.expiresAt = now + VALIDITY;
				mail(call, { key: found.id, invitationId: found.id, email: found.email });
				return json(202, { data: view(found) });
			}),
		},
	};
}
