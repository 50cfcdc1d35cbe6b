import { done, LEASE_MS, LONGEST_LEASE_MS, SAFE_MS, type Lease, type Step } from './entry';
import { intentMark, nameNumbered, sentMark, sinceMarks, tickOf, untilMark } from './marks';

/** The steps by which a lease ends, or is kept for longer. */

/** The window of its number among the sends of the entry, where they are counted. */
const listNumbered = (sendNumber: number | null): string[] =>
	sendNumber === null ? [] : [nameNumbered(sendNumber)];

/**
 * Records that the leased send happened.
 *
 * @param windows all windows that it lies in, from its beginning to its answer: over midnight it counts for both days
 * @param never windows that an earlier lease of the entry reserved, and that it turns out not to lie in
 */
export function commit(
	{ entry, passing, added, sendNumber, windows: reserved }: Lease,
	windows: readonly string[],
	never: readonly string[] = [],
): Step<void> {
	const sent = [...windows, ...listNumbered(sendNumber)].map((one) => sentMark(entry, one));
	const notSent = [...added, ...never.map((one) => sentMark(entry, one))].filter(
		(mark) => !sent.includes(mark),
	);
	const committed = done(undefined, [...passing, ...notSent]);
	// What the lease has reserved needs no recording.
	if (windows.every((one) => reserved.includes(one))) return committed;
	return { kind: 'ask', marks: sent, next: () => committed };
}

/** Gives back a lease whose send is proven not to have happened. */
export function rollBack({ takenAt, passing, added, was }: Lease, now: number): Step<void> {
	// Too late: somebody may have taken it over, under the same names. Only the lease's own time is sure to be ours.
	if (now - takenAt > SAFE_MS) return done(undefined, passing.slice(-1));
	if (was === null) return done(undefined, [...passing, ...added]);
	// This execution has proven nothing about the earlier send.
	const [, ...since] = passing;
	return {
		kind: 'ask',
		marks: was,
		next: () =>
			done(
				undefined,
				[...since, ...added].filter((mark) => !was.includes(mark)),
			),
	};
}

/**
 * Leaves a leased send in doubt, begun now: the provider may act on it until its grace is over.
 *
 * @param windows all windows that it may lie in
 */
export function leaveInDoubt(
	{ entry, passing, sendNumber }: Lease,
	windows: readonly string[],
	now: number,
): Step<void> {
	const since = sinceMarks(entry, now);
	const possible = [...windows, ...listNumbered(sendNumber)];
	return {
		kind: 'ask',
		marks: [intentMark(entry), ...since, ...possible.map((one) => sentMark(entry, one))],
		next: () =>
			done(
				undefined,
				passing.slice(1).filter((mark) => !since.includes(mark)),
			),
	};
}

/** Keeps a lease for as long as a wait lasts that the provider asked for. */
export function renew(
	held: Lease,
	now: number,
	waitMs: number,
): { step: Step<void>; lease: Lease } {
	const until = untilMark(held.entry, tickOf(now + Math.min(waitMs + LEASE_MS, LONGEST_LEASE_MS)));
	const old = held.passing.slice(-1).filter((mark) => mark !== until);
	return {
		step: { kind: 'ask', marks: [until], next: () => done(undefined, old) },
		lease: { ...held, passing: [...held.passing.slice(0, -1), until] },
	};
}

/** Calls a committed send in doubt again: what was read afterwards contradicts the provider's own word. */
export function reopen(entry: string, now: number): Step<void> {
	return {
		kind: 'ask',
		marks: [intentMark(entry), ...sinceMarks(entry, now)],
		next: () => done(undefined),
	};
}
