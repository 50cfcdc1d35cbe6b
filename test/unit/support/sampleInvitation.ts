import type { Invitation } from '../../../nodes/shared/invitation/invitation';

/** A pending invitation at KarmaCheck with no dates, and what a test wants different about it. */
export function sampleInvitation(given: Partial<Invitation> = {}): Invitation {
	return {
		provider: 'karmaCheck',
		environment: 'stage',
		id: 'inv-1',
		subject: { caseId: 'case-1' },
		status: 'pending',
		providerStatus: 'pending',
		email: 'ann@example.com',
		name: 'Ann Example',
		sentAt: null,
		expiresAt: null,
		completedAt: null,
		daysLeft: null,
		...given,
	};
}
