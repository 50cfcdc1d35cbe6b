import type { Invitation } from '../invitation/invitation';
import type { InvitationProvider } from '../invitation/provider';
import type { Result } from '../core/result';

/**
 * What became of one item.
 *
 * - `sent`: the provider confirmed it.
 * - `skipped`: not due; nothing was sent.
 * - `deferred`: due, but not now; nothing was sent.
 * - `wouldSend`: due; nothing was sent because of a dry run.
 * - `unknown`: an email may or may not have been sent, and nothing tells.
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
	| 'expired'
	| 'inProgress'
	| 'interrupted'
	| 'unconfirmed'
	| 'quietHours'
	| 'maxSends'
	| 'maxSendsPerInvitation'
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

/** The verdict on an item, or why it could not be served. */
export type Judged = Result<Verdict>;

/**
 * @param before the invitation as it stood before the send
 * @param after as it stands now, a new one where a resend makes one
 * @param elsewhere the address it was sent to, where that was asked for instead of its own
 */
export function createSentVerdict(
	before: Invitation,
	after: Invitation,
	nextEligibleAt: string | null,
	elsewhere: string | null = null,
): Verdict {
	const replaced = before.id !== null && before.id !== after.id;
	const isElsewhere = elsewhere !== null && elsewhere.toLowerCase() !== before.email?.toLowerCase();
	const whereTo = isElsewhere
		? ` to ${elsewhere} instead of ${before.email ?? 'its own address'}`
		: '';
	const withLink = replaced
		? ' with a new link; the link in the earlier email no longer works'
		: '';
	return {
		outcome: 'sent',
		reason: 'sent',
		message: `Sent${whereTo}${withLink}`,
		nextEligibleAt,
		invitation: isElsewhere ? { ...after, email: elsewhere } : after,
		...(replaced && before.id !== null ? { previousInvitationId: before.id } : {}),
	};
}

/** In the order in which a summary names them. */
const OUTCOME_WORDS: ReadonlyArray<readonly [Outcome, string]> = [
	['sent', 'sent'],
	['wouldSend', 'would be sent'],
	['skipped', 'skipped'],
	['deferred', 'deferred'],
	['unknown', 'unknown'],
	['failed', 'failed'],
];

/** Null where the outcome says it all. */
const REASON_WORDS: Readonly<Record<VerdictReason, string | null>> = {
	sent: null,
	due: null,
	completed: 'completed',
	cancelled: 'cancelled',
	statusNotSelected: 'status not selected',
	duplicateInRun: 'duplicate in the list',
	alreadySent: 'already sent',
	sentRecently: 'sent recently',
	notExpiringSoon: 'not expiring soon',
	expired: 'expired',
	inProgress: 'another execution is sending it',
	interrupted: 'interrupted earlier',
	unconfirmed: 'not confirmed',
	quietHours: 'quiet hours',
	maxSends: 'Max Sends per Run reached',
	maxSendsPerInvitation: 'Max Sends per Invitation reached',
	paused: 'stopped after repeated faults',
	rateLimited: 'the service asked to slow down',
};

function countBy(words: readonly string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
	return counts;
}

/** What became of the items of a run in one line, e.g. "3 sent, 2 skipped (already sent), 1 failed". */
export function summarize(results: readonly Judged[]): string {
	const told = results.map((judged) =>
		judged.ok ? judged.value : ({ outcome: 'failed', reason: 'sent' } as const),
	);
	const parts = OUTCOME_WORDS.flatMap(([outcome, words]) => {
		const these = told.filter((one) => one.outcome === outcome);
		if (these.length === 0) return [];
		const reasons = countBy(these.flatMap(({ reason }) => REASON_WORDS[reason] ?? []));
		const detail = [...reasons].map(([reason, count]) =>
			reasons.size === 1 ? reason : `${count} ${reason}`,
		);
		return `${these.length} ${words}${detail.length === 0 ? '' : ` (${detail.join(', ')})`}`;
	});
	return parts.join(', ');
}

/** For a send of which nothing tells whether it happened. `because` is a sentence. */
export function createUnconfirmedVerdict(
	{ displayName, settle }: Pick<InvitationProvider, 'displayName' | 'settle'>,
	invitation: Invitation,
	because: string,
	nextEligibleAt: string | null,
): Verdict {
	const whom = invitation.email === null ? '' : ` to ${invitation.email}`;
	const advice =
		settle === undefined
			? `Ask the person, or check in ${displayName}. It is not sent again within the period of 'Send at Most Once'.`
			: `Run the workflow again in about ten minutes: it then checks in ${displayName} whether the email was sent, and sends it if it was not.`;
	return {
		outcome: 'unknown',
		reason: 'unconfirmed',
		message: `Could not confirm whether the email${whom} was sent. ${because} ${advice}`,
		nextEligibleAt,
		invitation,
	};
}
