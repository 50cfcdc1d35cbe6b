import type { Failure } from '../core/failure';
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
 * - `unknown`: an email may or may not have been sent, and nothing shows which.
 * - `failed`: nothing was sent, and the item needs a look.
 */
export type Outcome = 'sent' | 'skipped' | 'deferred' | 'wouldSend' | 'unknown' | 'failed';

export type VerdictReason =
	| 'sent'
	| 'due'
	| 'completed'
	| 'started'
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

/** An invitation with the address that its email goes to, and words for that where it is not its own. */
export function readdress(
	invitation: Invitation,
	elsewhere: string | null,
): { addressed: Invitation; whereTo: string } {
	const own = invitation.email;
	if (elsewhere === null || elsewhere.toLowerCase() === own?.toLowerCase())
		return { addressed: invitation, whereTo: '' };
	return {
		addressed: { ...invitation, email: elsewhere },
		whereTo: ` to ${elsewhere} instead of ${own ?? 'its own address'}`,
	};
}

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
	const { addressed, whereTo } = readdress(before, elsewhere);
	const withLink = replaced
		? ' with a new link; the link in the earlier email no longer works'
		: '';
	return {
		outcome: 'sent',
		reason: 'sent',
		message: `Sent${whereTo}${withLink}`,
		nextEligibleAt,
		invitation: whereTo === '' ? after : { ...after, email: addressed.email },
		...(replaced && before.id !== null ? { previousInvitationId: before.id } : {}),
	};
}

/** For a send that was refused, also where completed ones are asked for: it was tried, and the provider said no. */
export function createClosedVerdict(
	invitation: Invitation,
	reason: 'completed' | 'started',
): Verdict {
	const isDone = reason === 'completed';
	const why = isDone ? 'the invitation is completed' : 'the person has already started';
	const message = `Not sent: ${why}`;
	return { outcome: 'skipped', reason, message, nextEligibleAt: null, invitation };
}

/**
 * Why a send is unclear, in sentences. What a failure advises is mostly another try, which is not due then; but where the
 * answer came from something in between, or from a defect of our own, it says what nobody else does.
 */
export function explainDoubt({ message, description, reason, answered = '' }: Failure): string {
	const isWanted = reason === 'unexpectedReply' || reason === 'internal';
	const more = isWanted ? description : answered;
	return `${message}. ${more}`.trim().replace(/([^.!?…])$/, '$1.');
}

/** For a send that may or may not have happened. `because` is made of sentences. */
export function createUnconfirmedVerdict(
	{ displayName, settle }: Pick<InvitationProvider, 'displayName' | 'settle'>,
	invitation: Invitation,
	because: string,
	nextEligibleAt: string | null,
): Verdict {
	const whom = invitation.email === null ? '' : ` to ${invitation.email}`;
	const advice =
		settle === undefined
			? "Ask the person whether it arrived. It is not sent again within the period of 'Send at Most Once'."
			: `Run the workflow again in about ten minutes: it then checks in ${displayName} whether the email was sent, and sends it if it was not.`;
	return {
		outcome: 'unknown',
		reason: 'unconfirmed',
		message: `Could not confirm whether the email${whom} was sent. ${because} ${advice}`,
		nextEligibleAt,
		invitation,
	};
}
