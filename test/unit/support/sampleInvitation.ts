import type { Invitation, Subject } from '../../../nodes/shared/invitation/invitation';

/** A pending invitation at KarmaCheck with no dates, and what a test wants different about it. */
export function sampleInvitation<Ids extends Subject = { caseId: string }>(
	given: Partial<Invitation<Ids>> = {},
): Invitation<Ids> {
	const sample: Invitation = {
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
		...given,
	};
	return sample as Invitation<Ids>;
}
