import {
	quietUntil,
	windowAt,
	type QuietHours,
	type SendWindow,
	type WindowSpan,
} from './calendar';
import type { Invitation, InvitationStatus } from '../../invitation/invitation';
import { endOfGrace, type EntryState } from '../record/entry';
import type { Verdict, VerdictReason } from '../verdict';

/** The user's rules for one item, as set in the node. */
export interface ResendPolicy {
	window: SendWindow;
	/** IANA name; the workflow's. */
	timezone: string;
	onlyStatuses: readonly InvitationStatus[];
	/** 0 switches the rule off. */
	minimumHoursSinceLastSend: number;
	/** Null switches the rule off. */
	expiringWithinDays: number | null;
	quietHours: QuietHours | null;
}

export interface History {
	executionId: string;
	/** What the record of sends says of the invitation, asked about the window of `now`. */
	record: EntryState;
	/** Whether an earlier item of this run names the same invitation. */
	earlierInRun: boolean;
	/** Whether the provider stamps each send in `sentAt`, so that the stamp tells if one happened. */
	stampTells: boolean;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** By how much the provider's clock may be behind ours when its stamp is to disprove a send. */
const CLOCK_TOLERANCE_MS = 15 * 60_000;
/** When to ask again about an invitation that another execution is at; it takes seconds, as a rule. */
const IN_PROGRESS_MS = 60_000;

interface Block {
	outcome: 'skipped' | 'deferred' | 'unknown';
	reason: VerdictReason;
	message: string;
	/** The first instant at which this rule no longer holds it back; null for never. */
	until: number | null;
}

function time(instant: string | null): number | null {
	return instant === null ? null : Date.parse(instant);
}

function statusBlock(invitation: Invitation, policy: ResendPolicy): Block | null {
	const { status } = invitation;
	if (policy.onlyStatuses.includes(status)) return null;
	const closed = status === 'completed' || status === 'cancelled';
	return {
		outcome: 'skipped',
		reason: closed ? status : 'statusNotSelected',
		message: closed
			? `Not sent: the invitation is ${status}`
			: `Not sent: the status is ${status}, which 'Only When Status Is' leaves out`,
		until: null,
	};
}

const WINDOW_WORDS: Record<SendWindow, string> = {
	execution: 'in this execution',
	hour: 'within this hour',
	day: 'today',
	week: 'this week',
	ever: 'before',
};

function alreadySent(window: SendWindow, until: number | null): Block {
	return {
		outcome: 'skipped',
		reason: 'alreadySent',
		message: `Not sent: the invitation was already sent ${WINDOW_WORDS[window]}`,
		until,
	};
}

function interrupted(window: SendWindow, until: number | null): Block {
	return {
		outcome: 'unknown',
		reason: 'interrupted',
		message: `Not sent again: a send ${WINDOW_WORDS[window]} was interrupted, and it could not be confirmed whether the email was sent`,
		until,
	};
}

type InDoubt = Extract<EntryState, { kind: 'inDoubt' }>;

/** A send was begun and its end is not recorded: does the provider tell, and may it still act on it? */
function doubtBlock(
	{ begun, inWindow }: InDoubt,
	{ sentAt }: { sentAt: number | null },
	policy: ResendPolicy,
	{ stampTells }: History,
	at: number,
	span: WindowSpan,
): Block | null {
	const grace = begun === null ? null : endOfGrace(begun);
	const inGrace = grace !== null && at < grace ? interrupted(policy.window, grace) : null;
	// An invitation without a stamp tells nothing, whatever the provider does as a rule.
	if (stampTells && sentAt !== null && begun !== null) {
		if (sentAt >= begun.from) {
			// It happened, and before this window: a stamp in it was seen already.
			if (span.start !== null) return null;
			return inWindow ? alreadySent(policy.window, span.end) : null;
		}
		if (inGrace !== null || sentAt < begun.from - CLOCK_TOLERANCE_MS) return inGrace;
		// Of this send by a clock that is behind, or of an earlier one.
		return inWindow ? interrupted(policy.window, span.end) : null;
	}
	// Only a look that was broken off leaves no beginning; a send in this window would show in the stamp.
	if (stampTells && sentAt !== null && span.start !== null) return null;
	// What may still be acted on when a window begins may be sent in that window.
	const reachesInto = grace !== null && span.start !== null && grace > span.start;
	if (!inWindow && !reachesInto) return inGrace;
	const until = span.end === null ? null : Math.max(span.end, grace ?? span.end);
	return interrupted(policy.window, until);
}

function windowBlock(
	invitation: Invitation,
	policy: ResendPolicy,
	history: History,
	at: number,
	span: WindowSpan,
	inSameWindow: boolean,
): Block | null {
	const { window, timezone } = policy;
	const { record } = history;
	if (record.kind === 'committed' && inSameWindow) return alreadySent(window, span.end);
	const sentAt = time(invitation.sentAt);
	// The provider's stamp counts only where the calendar bounds the window: seen from 'ever', the
	// first invitation would forbid every reminder.
	if (span.start !== null && sentAt !== null && sentAt >= span.start) {
		const last = windowAt(Math.max(at, sentAt), window, timezone, history.executionId);
		return alreadySent(window, last.end);
	}
	if (record.kind === 'leased' && inSameWindow) {
		return {
			outcome: 'deferred',
			reason: 'inProgress',
			message: 'Not sent: another execution is sending it right now',
			until: at + IN_PROGRESS_MS,
		};
	}
	if (record.kind !== 'inDoubt') return null;
	const inWindow = record.inWindow && inSameWindow;
	return doubtBlock({ ...record, inWindow }, { sentAt }, policy, history, at, span);
}

function recentBlock(invitation: Invitation, policy: ResendPolicy, at: number): Block | null {
	const sentAt = time(invitation.sentAt);
	if (policy.minimumHoursSinceLastSend <= 0 || sentAt === null) return null;
	const until = Math.ceil(sentAt + policy.minimumHoursSinceLastSend * HOUR_MS);
	if (at >= until) return null;
	return {
		outcome: 'skipped',
		reason: 'sentRecently',
		message: `Not sent: the last send is less than ${policy.minimumHoursSinceLastSend} hours ago`,
		until,
	};
}

function expiryBlock(invitation: Invitation, policy: ResendPolicy, at: number): Block | null {
	const days = policy.expiringWithinDays;
	if (days === null || invitation.status === 'expired') return null;
	const expiresAt = time(invitation.expiresAt);
	const until = expiresAt === null ? null : Math.ceil(expiresAt - days * DAY_MS);
	if (until !== null && at >= until) return null;
	return {
		outcome: 'skipped',
		reason: 'notExpiringSoon',
		message:
			until === null
				? 'Not sent: the provider does not tell when the invitation expires'
				: `Not sent: the invitation does not expire within ${days} days`,
		until,
	};
}

function quietBlock(policy: ResendPolicy, at: number): Block | null {
	const { quietHours, timezone } = policy;
	const until = quietHours === null ? null : quietUntil(at, quietHours, timezone);
	if (until === null) return null;
	return {
		outcome: 'deferred',
		reason: 'quietHours',
		message: 'Not sent now: it is quiet hours',
		until,
	};
}

/**
 * The first rule that holds the invitation back at the instant `at`, or null. `span` is the window
 * of `at`; the record speaks of the window of now, and in a later one nothing has been begun.
 */
function blockAt(
	invitation: Invitation,
	policy: ResendPolicy,
	history: History,
	at: number,
	span: WindowSpan,
	inSameWindow: boolean,
): Block | null {
	const duplicate: Block | null =
		history.earlierInRun && inSameWindow
			? {
					outcome: 'skipped',
					reason: 'duplicateInRun',
					message: 'Not sent: an earlier item of this run names the same invitation',
					until: span.end,
				}
			: null;
	return (
		duplicate ??
		statusBlock(invitation, policy) ??
		windowBlock(invitation, policy, history, at, span, inSameWindow) ??
		recentBlock(invitation, policy, at) ??
		expiryBlock(invitation, policy, at) ??
		quietBlock(policy, at)
	);
}

/** Enough for every rule to hold back once, and for quiet hours to follow each of the others. */
const MAX_STEPS = 64;
/** What lies beyond is as good as never, and soon more than a Date can hold. */
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');

/** The first instant after `first` at which no rule holds it back; null when there is none. */
function nextEligible(
	invitation: Invitation,
	policy: ResendPolicy,
	before: History,
	first: Block,
	current: WindowSpan,
): number | null {
	let { until } = first;
	// Whoever is at it now is done by then.
	const record = before.record.kind === 'leased' ? ({ kind: 'absent' } as const) : before.record;
	const history = { ...before, record };
	for (let step = 0; step < MAX_STEPS; step++) {
		if (until === null || until > LAST_INSTANT) return null;
		const span = windowAt(until, policy.window, policy.timezone, history.executionId);
		const inSameWindow = span.label === current.label;
		const block = blockAt(invitation, policy, history, until, span, inSameWindow);
		if (block === null) return until;
		until = block.until;
	}
	return null;
}

/**
 * Decides whether an invitation is to be sent at `now` (epoch milliseconds). Pure: it reads no
 * clock and makes no call. `wouldSend` means that no rule speaks against it.
 */
export function decide(
	invitation: Invitation,
	policy: ResendPolicy,
	now: number,
	history: History,
): Verdict {
	const current = windowAt(now, policy.window, policy.timezone, history.executionId);
	const block = blockAt(invitation, policy, history, now, current, true);
	if (block === null) {
		return {
			outcome: 'wouldSend',
			reason: 'due',
			message: 'The invitation is due',
			nextEligibleAt: new Date(now).toISOString(),
			invitation,
		};
	}
	const next = nextEligible(invitation, policy, history, block, current);
	return {
		outcome: block.outcome,
		reason: block.reason,
		message: block.message,
		nextEligibleAt: next === null ? null : new Date(next).toISOString(),
		invitation,
	};
}
