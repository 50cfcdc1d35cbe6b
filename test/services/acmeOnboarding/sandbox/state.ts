import { DAY, type Clock } from '../../../../sandbox/clock';
import { known, type ServiceState } from '../../../../sandbox/service';

export const VALIDITY = 60 * DAY;

export interface AcmeInvitation {
	id: string;
	name: string;
	email: string;
	sentAt: number;
	expiresAt: number;
	joinedAt: number | null;
	withdrawn: boolean;
}

export interface AcmeState extends ServiceState<AcmeInvitation> {
	get(id: string): AcmeInvitation | undefined;
	add(input?: Partial<AcmeInvitation>): AcmeInvitation;
	join(id: string): void;
}

/** As its API calls them. */
export function stateOf(
	{ expiresAt, joinedAt, withdrawn }: AcmeInvitation,
	now: number,
): 'open' | 'lapsed' | 'joined' | 'withdrawn' {
	if (withdrawn) return 'withdrawn';
	if (joinedAt !== null) return 'joined';
	return expiresAt <= now ? 'lapsed' : 'open';
}

export function createState(clock: Clock): AcmeState {
	const invitations = new Map<string, AcmeInvitation>();
	let counter = 0;
	return {
		all: () => [...invitations.values()],
		get: (id) => invitations.get(id),
		add(input = {}) {
			counter += 1;
			const sentAt = input.sentAt ?? clock.now();
			const invitation: AcmeInvitation = {
				id: `inv_added${counter}`,
				name: `Newcomer ${counter}`,
				email: `newcomer${counter}@example.com`,
				expiresAt: sentAt + VALIDITY,
				joinedAt: null,
				withdrawn: false,
				...input,
				sentAt,
			};
			invitations.set(invitation.id, invitation);
			return invitation;
		},
		join(id) {
			known(invitations.get(id), `invitation ${id}`).joinedAt = clock.now();
		},
		clear() {
			invitations.clear();
			counter = 0;
		},
	};
}
