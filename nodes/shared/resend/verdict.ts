import type { Invitation } from '../invitation';

/**
 * What became of one item.
 *
 * - `sent`: the provider confirmed it.
 * - `skipped`: not due; nothing was sent.
 * - `deferred`: due, but not now; nothing was sent.
 * - `wouldSend`: due; nothing was sent because of a dry run.
 * - `unknown`: a mail may or may not have gone out, and the provider cannot tell.
 * - `failed`: nothing was sent, and the item needs a look.
 */
export type Outcome = 'sent' | 'skipped' | 'deferred' | 'wouldSend' | 'unknown' | 'failed';

export type VerdictReason =
	| 'sent'
	| 'due'
	| 'completed'
	| 'cancelled'
	| 'statusNotSelected'
	| 'duplicateInRun'
	| 'alreadySent'
	| 'sentRecently'
	| 'notExpiringSoon'
	| 'inProgress'
	| 'interrupted'
	| 'unconfirmed'
	| 'quietHours'
	| 'maxSends'
	| 'paused'
	| 'rateLimited';

export interface Verdict {
	outcome: Exclude<Outcome, 'failed'>;
	reason: VerdictReason;
	message: string;
	/** When asked again at this instant, with nothing else changed, the answer is to send. */
	nextEligibleAt: string | null;
	invitation: Invitation;
	/** Of the invitation that a resend replaced, where it makes a new one. */
	previousInvitationId?: string;
}
