import type { Invitation } from '../../invitation/invitation';
import type { Verdict } from '../verdict';
import { findWindow, type WindowSpan } from './calendar';
import {
	checkExpiry,
	checkLastSend,
	checkQuietHours,
	checkStatus,
	checkWindow,
	type Block,
	type Candidate,
	type History,
	type Moment,
	type ResendPolicy,
} from './rules';

/**
 * This room decides whether and when an invitation may be sent. Everything in it is pure: it reads no
 * clock and makes no call.
 */

/**
 * The first rule that holds the invitation back at a moment, or null. The record speaks of the
 * window of now; in a later one nothing has been begun.
 */
function findBlock(candidate: Candidate, moment: Moment): Block | null {
	const { invitation, policy } = candidate;
	const { at } = moment;
	return (
		checkStatus(invitation, policy) ??
		checkWindow(candidate, moment) ??
		checkLastSend(invitation, policy, at) ??
		checkExpiry(invitation, policy, at) ??
		checkQuietHours(policy, at)
	);
}

/** Enough for every rule to hold back once, and for quiet hours to follow each of the others. */
const MAX_STEPS = 64;
/** What lies beyond is as good as never, and soon more than a Date can hold. */
const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');

const DUE = { outcome: 'wouldSend', reason: 'due', message: 'The invitation is due' } as const;

/** The first instant after `first` at which no rule holds it back; null when there is none. */
function findNextEligible(now: Candidate, first: Block, current: WindowSpan): number | null {
	let { until } = first;
	const { policy, history } = now;
	// Whoever is at it now is done by then.
	const record = history.record.kind === 'leased' ? ({ kind: 'absent' } as const) : history.record;
	const later = { ...now, history: { ...history, record } };
	for (let step = 0; step < MAX_STEPS; step++) {
		if (until === null || until > LAST_INSTANT) return null;
		const span = findWindow(until, policy.window, policy.timezone, history.executionId);
		const moment = { at: until, span, isCurrent: span.label === current.label };
		const block = findBlock(later, moment);
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
	const current = findWindow(now, policy.window, policy.timezone, history.executionId);
	const candidate = { invitation, policy, history };
	const block = findBlock(candidate, { at: now, span: current, isCurrent: true });
	const next = block === null ? now : findNextEligible(candidate, block, current);
	const { outcome, reason, message } = block ?? DUE;
	const nextEligibleAt = next === null ? null : new Date(next).toISOString();
	return { outcome, reason, message, nextEligibleAt, invitation };
}
