import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time';
import type { Invitation, InvitationStatus } from '../../invitation/invitation';
import { endOfGrace, type EntryState } from '../record/entry';
import type { VerdictReason } from '../verdict';
import {
	findQuietEnd,
	findWindow,
	type QuietHours,
	type SendWindow,
	type WindowSpan,
} from './calendar';

/** The rules that may hold a send back, one function each. */

/** The user's rules for one item, as set in the node. */
export interface ResendPolicy {
	window: SendWindow;
	/** How often an invitation may be sent in total; null for no limit. */
	maxSendsPerInvitation: number | null;
	/** IANA name; the workflow's. */
	timezone: string;
	onlyStatuses: readonly InvitationStatus[];
	/** 0 switches the rule off. */
	minimumHoursSinceLastSend: number;
	/** Null switches the rule off. */
	expiringWithinDays: number | null;
	/** Whether that rule lets expired ones pass. */
	includesExpired: boolean;
	quietHours: QuietHours | null;
}

export interface History {
	executionId: string;
	/** What the record of sends says of the invitation, asked about the window of `now`. */
	record: EntryState;
	/** Whether the provider stamps each send in `sentAt`, so that the stamp tells if one happened. */
	stampsSends: boolean;
}

/** By how much the provider's clock may be behind ours when its stamp is to disprove a send. */
const CLOCK_TOLERANCE_MS = 15 * MINUTE_MS;
/** When to ask again about an invitation that another execution is sending; that usually takes seconds. */
const IN_PROGRESS_MS = 60_000;

/** What a rule that holds an invitation back says. */
export interface Block {
	outcome: 'skipped' | 'deferred' | 'unknown';
	reason: VerdictReason;
	message: string;
	/** The first instant at which this rule no longer holds it back; null for never. */
	until: number | null;
}

/** What a rule is asked about. */
export interface Candidate {
	invitation: Invitation;
	policy: ResendPolicy;
	history: History;
}

/** An instant at which a rule is asked, and the window it lies in. */
export interface Moment {
	at: number;
	span: WindowSpan;
	/** Whether that window is the one of now, of which the record speaks. */
	isCurrent: boolean;
}

function parseInstant(instant: string | null): number | null {
	return instant === null ? null : Date.parse(instant);
}

export function checkStatus(invitation: Invitation, policy: ResendPolicy): Block | null {
	const { status } = invitation;
	if (policy.onlyStatuses.includes(status)) return null;
	const closed = status === 'completed' || status === 'cancelled';
	return {
		outcome: 'skipped',
		reason: closed ? status : 'statusNotSelected',
		message: closed
			? `Not sent: the invitation is ${status}`
			: `Not sent: the status is ${status}. The option 'Only When Status Is' says which are sent`,
		until: null,
	};
}

const WINDOW_WORDS: Record<SendWindow, string> = {
	execution: 'in this execution',
	hour: 'within this hour',
	day: 'today',
	week: 'this week',
	ever: 'once',
};

function blockAlreadySent(window: SendWindow, until: number | null): Block {
	return {
		outcome: 'skipped',
		reason: 'alreadySent',
		message: `Not sent: the invitation was already sent ${WINDOW_WORDS[window]}`,
		until,
	};
}

function blockInterrupted(until: number | null): Block {
	const orWait = until === null ? '' : ", or run the workflow again after 'nextEligibleAt'";
	return {
		outcome: 'unknown',
		reason: 'interrupted',
		message: `Not sent again: an earlier email could not be confirmed, so it may have been sent. Ask the person whether it arrived${orWait}`,
		until,
	};
}

type InDoubt = Extract<EntryState, { kind: 'inDoubt' }>;

/** A send was begun and its end is not recorded: does the provider tell, and may it still act on it? */
function checkDoubt(
	{ begun, inWindow }: InDoubt,
	{ sentAt }: { sentAt: number | null },
	policy: ResendPolicy,
	{ stampsSends }: History,
	{ at, span }: Moment,
): Block | null {
	const grace = begun === null ? null : endOfGrace(begun);
	const inGrace = grace !== null && at < grace ? blockInterrupted(grace) : null;
	// An invitation without a stamp tells nothing, whatever the provider does as a rule.
	if (stampsSends && sentAt !== null && begun !== null) {
		// If the beginning is not known to the minute, the send may have begun at any time in that span.
		const isExact = begun.to - begun.from <= MINUTE_MS;
		if (sentAt >= (isExact ? begun.from : begun.to)) {
			// It happened, and before this window: a stamp in it was seen already.
			if (span.start !== null) return null;
			if (!inWindow) return null;
			// An execution knows its own sends by more than the minute; this stamp may be another's.
			return policy.window === 'execution'
				? blockInterrupted(span.end)
				: blockAlreadySent(policy.window, span.end);
		}
		if (inGrace !== null || sentAt < begun.from - CLOCK_TOLERANCE_MS) return inGrace;
		// Of this send by a clock that is behind, or of an earlier one.
		return inWindow ? blockInterrupted(span.end) : null;
	}
	// Without a beginning; a send in this window would show in the stamp.
	if (stampsSends && sentAt !== null && span.start !== null) return null;
	// What may still be acted on when a window begins may be sent in that window.
	const reachesInto = grace !== null && span.start !== null && grace > span.start;
	if (!inWindow && !reachesInto) return inGrace;
	const until = span.end === null ? null : Math.max(span.end, grace ?? span.end);
	return blockInterrupted(until);
}

export function checkWindow(
	{ invitation, policy, history }: Candidate,
	moment: Moment,
): Block | null {
	const { at, span, isCurrent } = moment;
	const { window, timezone } = policy;
	const { record } = history;
	if (record.kind === 'usedUp') {
		return {
			outcome: 'skipped',
			reason: 'maxSendsPerInvitation',
			message: `Not sent: this node has sent the invitation, or may have sent it, as often as 'Max Sends per Invitation' allows (${policy.maxSendsPerInvitation})`,
			until: null,
		};
	}
	if (record.kind === 'committed' && isCurrent) return blockAlreadySent(window, span.end);
	const sentAt = parseInstant(invitation.sentAt);
	// The provider's stamp counts only where the calendar bounds the window: seen from 'ever', the
	// first invitation would forbid every reminder.
	if (span.start !== null && sentAt !== null && sentAt >= span.start) {
		const last = findWindow(Math.max(at, sentAt), window, timezone, history.executionId);
		return blockAlreadySent(window, last.end);
	}
	if (record.kind === 'leased' && isCurrent) {
		return {
			outcome: 'deferred',
			reason: 'inProgress',
			message: 'Not sent: another execution is sending it right now',
			until: at + IN_PROGRESS_MS,
		};
	}
	if (record.kind !== 'inDoubt') return null;
	const inWindow = record.inWindow && isCurrent;
	return checkDoubt({ ...record, inWindow }, { sentAt }, policy, history, moment);
}

export function checkLastSend(
	invitation: Invitation,
	policy: ResendPolicy,
	at: number,
): Block | null {
	const sentAt = parseInstant(invitation.sentAt);
	const hours = policy.minimumHoursSinceLastSend;
	if (hours <= 0 || sentAt === null) return null;
	const until = Math.ceil(sentAt + hours * HOUR_MS);
	if (at >= until) return null;
	return {
		outcome: 'skipped',
		reason: 'sentRecently',
		message: `Not sent: the last email was sent less than ${hours} ${hours === 1 ? 'hour' : 'hours'} ago`,
		until,
	};
}

const EXPIRED: Block = {
	outcome: 'skipped',
	reason: 'expired',
	message: "Not sent: the invitation has expired, and 'Include Expired' is off",
	until: null,
};

export function checkExpiry(
	invitation: Invitation,
	policy: ResendPolicy,
	at: number,
): Block | null {
	const days = policy.expiringWithinDays;
	if (days === null) return null;
	const expiresAt = parseInstant(invitation.expiresAt);
	if (invitation.status === 'expired' || (expiresAt !== null && expiresAt <= at)) {
		return policy.includesExpired ? null : EXPIRED;
	}
	const until = expiresAt === null ? null : Math.ceil(expiresAt - days * DAY_MS);
	if (until !== null && at >= until) return null;
	return {
		outcome: 'skipped',
		reason: 'notExpiringSoon',
		message:
			until === null
				? 'Not sent: the service does not say when the invitation expires'
				: `Not sent: the invitation does not expire within ${days} ${days === 1 ? 'day' : 'days'}`,
		until,
	};
}

export function checkQuietHours(policy: ResendPolicy, at: number): Block | null {
	const { quietHours, timezone } = policy;
	const until = quietHours === null ? null : findQuietEnd(at, quietHours, timezone);
	if (until === null) return null;
	return {
		outcome: 'deferred',
		reason: 'quietHours',
		message: "Not sent because of quiet hours. Run the workflow again after 'nextEligibleAt'",
		until,
	};
}
