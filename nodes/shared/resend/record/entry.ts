/**
 * The record of sends: this room keeps, in n8n's own table of processed values, who was emailed when. It knows entries
 * and marks, and nothing of providers, policies or items.
 *
 * This file is the entry of one invitation: its states, and the marks by which the table holds them. All of it is pure.
 *
 * | state       | marks of the entry                          | means                                         |
 * |-------------|---------------------------------------------|-----------------------------------------------|
 * | absent      | none                                        | nothing was sent in this window               |
 * | leased      | intent, since, until (not yet over), sent…  | an execution is at it                         |
 * | inDoubt     | intent, since, sent…                        | a send was begun, and its end is not recorded |
 * | committed   | sent…                                       | sent in the windows that the marks name       |
 * | rolled back | none                                        | the same as absent                            |
 *
 *     absent → leased → committed
 *                     → rolled back (absent)
 *                     → inDoubt → leased (taken over) → …
 *
 * n8n's table can only be asked by writing: "record these, and tell which were new". So `sent` never counts while
 * `intent` stands beside it, and both are written in one statement: a process that dies anywhere leaves an open
 * question, never a false "sent". One mark for each kind of window, so that a later change of 'At Most Once Per' still
 * finds the send.
 */

/** What is recorded of an entry, as seen by somebody who does not hold it. */
export type EntryState =
	| { kind: 'absent' }
	| { kind: 'leased' }
	| { kind: 'committed' }
	| {
			kind: 'inDoubt';
			/** When the send was begun; null where no mark tells. */
			begun: Begun | null;
			/** Whether it was begun in the window that was asked about. */
			inWindow: boolean;
	  };

/** The minute in which a send was begun, epoch milliseconds; `to` is no longer in it. */
export interface Begun {
	from: number;
	to: number;
}

/** A right to send, and what has to be taken away when it ends. */
export interface Lease {
	entry: string;
	/** Epoch milliseconds. */
	takenAt: number;
	/** Names of the windows that it was taken in. */
	windows: readonly string[];
	/** Those of its marks that say that it is under way. */
	passing: readonly string[];
	/** Those `sent` marks that were not there before. */
	added: readonly string[];
	/** Where an entry in doubt was taken over, the marks of its beginning: without a send it is in doubt as before. */
	was: readonly string[] | null;
}

export type LeaseResult =
	{ kind: 'granted'; lease: Lease } | Exclude<EntryState, { kind: 'absent' }>;

/**
 * What an operation does inside one critical section: asks by recording marks, as often as it must, and then forgets
 * marks. It can be done anew from its first step.
 */
export type Step<T> =
	| {
			kind: 'ask';
			marks: readonly string[];
			/** @param fresh those of `marks` that were not recorded before */
			next(fresh: ReadonlySet<string>): Step<T>;
	  }
	| { kind: 'done'; forget: readonly string[]; result: T };

/** How long a lease stands without being renewed; it outlasts the 30 s that a call may take. */
export const LEASE_MS = 40_000;

/** A wait that a provider asks for is at most 60 s; a lease renewed for one stands so long at most. */
export const LONGEST_LEASE_MS = LEASE_MS + 60_000;

/** How long after an unclear answer the provider may still act (DESIGN: no API documents a bound). */
export const GRACE_MS = 10 * 60_000;

/** So long nobody takes over a lease, with a minute to spare. */
export const SAFE_MS = GRACE_MS - 60_000;

/** The least time a lease is told in; clocks of several machines may differ by about as much. */
const TICK_MS = 10_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** An entry in doubt for longer than this has no beginning that could be found. */
const DAYS_BACK = 400;

const intentMark = (entry: string): string => `${entry}|intent`;
const sentMark = (entry: string, window: string): string => `${entry}|sent ${window}`;
const untilMark = (entry: string, tick: number): string => `${entry}|until ${tick}`;
const dayMark = (entry: string, day: number): string => `${entry}|since day ${day}`;
const hourMark = (entry: string, hour: number): string => `${entry}|since hour ${hour}`;
const minuteMark = (entry: string, minute: number): string => `${entry}|since minute ${minute}`;

const tickOf = (instant: number): number => Math.floor(instant / TICK_MS);
const dayOf = (instant: number): number => Math.floor(instant / DAY_MS);
const hourOf = (instant: number): number => Math.floor((instant % DAY_MS) / HOUR_MS);
const minuteOf = (instant: number): number => Math.floor((instant % HOUR_MS) / MINUTE_MS);

function range(from: number, to: number): number[] {
	return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** The marks that tell when a send was begun: one for each part of the time, so that few have to be asked about. */
function sinceMarks(entry: string, instant: number): string[] {
	return [
		dayMark(entry, dayOf(instant)),
		hourMark(entry, hourOf(instant)),
		minuteMark(entry, minuteOf(instant)),
	];
}

/** The marks of leases that are not over yet; one tick more, for clocks that are ahead. */
function untilMarks(entry: string, now: number): string[] {
	return range(tickOf(now), tickOf(now + LONGEST_LEASE_MS) + 1).map((tick) =>
		untilMark(entry, tick),
	);
}

/** All that a lease begun then can have had. */
function untilMarksOf(entry: string, begun: Begun | null): string[] {
	// The marks of an asker that died leave too much possible to search through.
	if (begun === null || begun.to - begun.from > HOUR_MS) return [];
	const ticks = range(tickOf(begun.from + LEASE_MS), tickOf(begun.to + LONGEST_LEASE_MS));
	return ticks.map((tick) => untilMark(entry, tick));
}

function allSinceMarks(entry: string, now: number): string[] {
	const today = dayOf(now);
	return [
		...range(today - DAYS_BACK, today + 1).map((day) => dayMark(entry, day)),
		...range(0, 23).map((hour) => hourMark(entry, hour)),
		...range(0, 59).map((minute) => minuteMark(entry, minute)),
	];
}

/** What the marks of a send begun at this instant tell. */
export function minuteOfSend(instant: number): Begun {
	const from = Math.floor(instant / MINUTE_MS) * MINUTE_MS;
	return { from, to: from + MINUTE_MS };
}

/** When a send was begun, by the marks that were there; those of two beginnings leave all in between possible. */
function readBegun(entry: string, now: number, isThere: (mark: string) => boolean): Begun | null {
	const today = dayOf(now);
	const found = (all: number[], mark: (entry: string, one: number) => string): number[] =>
		all.filter((one) => isThere(mark(entry, one)));
	const days = found(range(today - DAYS_BACK, today + 1), dayMark);
	const hours = found(range(0, 23), hourMark);
	const minutes = found(range(0, 59), minuteMark);
	const at = (index: number): number =>
		(days.at(index) ?? NaN) * DAY_MS +
		(hours.at(index) ?? NaN) * HOUR_MS +
		(minutes.at(index) ?? NaN) * MINUTE_MS;
	const [from, to] = [at(0), at(-1) + MINUTE_MS];
	return Number.isNaN(from) ? null : { from, to };
}

/** When the provider can no longer be at a send that was begun then, epoch milliseconds. */
export function endOfGrace(begun: Begun): number {
	return begun.to + GRACE_MS;
}

interface Doubt {
	begun: Begun | null;
	/** The marks found that tell when it was begun. */
	since: string[];
	everSent: boolean;
	/** Those that were asked about beside. */
	isThere(mark: string): boolean;
}

/** Asks on, where `intent` was there already: is somebody at it, and if not, since when is it in doubt? */
function askAboutIntent<T>(
	entry: string,
	now: number,
	asked: readonly string[],
	firstFresh: ReadonlySet<string>,
	beside: readonly string[],
	leased: (added: string[]) => Step<T>,
	inDoubt: (doubt: Doubt, added: string[]) => Step<T>,
): Step<T> {
	const untils = untilMarks(entry, now);
	const sinces = allSinceMarks(entry, now);
	const ever = sentMark(entry, 'ever');
	const notAsked = (marks: string[]): string[] => marks.filter((mark) => !asked.includes(mark));
	const added = asked.filter((mark) => firstFresh.has(mark));
	return {
		kind: 'ask',
		marks: notAsked(untils),
		next: (freshUntils) => {
			const known = new Set([...added, ...freshUntils]);
			if (untils.some((mark) => !known.has(mark))) return leased([...known]);
			return {
				kind: 'ask',
				marks: notAsked([...sinces, ever, ...beside]),
				next: (freshSinces) => {
					const all = new Set([...known, ...freshSinces]);
					const isThere = (mark: string): boolean => !all.has(mark);
					const doubt = {
						begun: readBegun(entry, now, isThere),
						since: sinces.filter(isThere),
						everSent: isThere(ever),
						isThere,
					};
					return inDoubt(doubt, [...all]);
				},
			};
		},
	};
}

/** A look that was broken off leaves `intent` without a beginning; every lease writes 'ever', too. */
function isLeftByALook({ begun, everSent }: Doubt, window: string): boolean {
	return begun === null && window !== 'ever' && !everSent;
}

function done<T>(result: T, forget: readonly string[] = []): Step<T> {
	return { kind: 'done', forget, result };
}

/**
 * Tells what is recorded of an entry, and leaves the record as it was.
 *
 * @param window the name of the window that is asked about
 */
export function look(entry: string, window: string, now: number): Step<EntryState> {
	const asked = [intentMark(entry), sentMark(entry, window)];
	return {
		kind: 'ask',
		marks: asked,
		next: (fresh) => {
			const isSent = !fresh.has(sentMark(entry, window));
			const added = asked.filter((mark) => fresh.has(mark));
			if (fresh.has(intentMark(entry))) {
				return done<EntryState>({ kind: isSent ? 'committed' : 'absent' }, added);
			}
			return askAboutIntent<EntryState>(
				entry,
				now,
				asked,
				fresh,
				[],
				(all) => done({ kind: 'leased' }, all),
				(doubt, all) =>
					isLeftByALook(doubt, window)
						? // The next lease tidies up: it names all windows.
							done({ kind: 'absent' }, all)
						: done({ kind: 'inDoubt', begun: doubt.begun, inWindow: isSent }, all),
			);
		},
	};
}

export interface LeaseRequest {
	entry: string;
	/** The window that must be free. */
	window: string;
	/**
	 * All windows that a send begun now may lie in, until the provider can no longer act on it. Named by one that
	 * holds the lease, they can be left behind by nobody who only asks.
	 */
	windows: readonly string[];
	/** A window that nobody else names, of an execution; it is asked about once the lease is ours. */
	own?: string | null;
	now: number;
	/** Takes over an entry in doubt, if it is still the one that was begun then. */
	takeOver?: { begun: Begun | null };
}

const sameBegun = (one: Begun | null, other: Begun | null): boolean =>
	one?.from === other?.from && one?.to === other?.to;

/** Takes the right to send, or tells why it is not to be had; then the record stays as it was. */
export function lease({
	entry,
	window,
	windows,
	own = null,
	now,
	takeOver,
}: LeaseRequest): Step<LeaseResult> {
	const passing = [
		intentMark(entry),
		...sinceMarks(entry, now),
		untilMark(entry, tickOf(now + LEASE_MS)),
	];
	const sent = windows.map((one) => sentMark(entry, one));
	const asked = [...passing, ...sent];
	const granted = (added: string[], was: string[] | null): LeaseResult => ({
		kind: 'granted',
		lease: { entry, takenAt: now, windows, passing, added, was },
	});
	/** The last question, once the lease is ours. */
	const askOwn = (
		result: (ownAdded: string[]) => Step<LeaseResult>,
		added: string[],
	): Step<LeaseResult> => {
		if (own === null) return result([]);
		const mark = sentMark(entry, own);
		return {
			kind: 'ask',
			marks: [mark],
			next: (fresh) =>
				fresh.has(mark) ? result([mark]) : done<LeaseResult>({ kind: 'committed' }, added),
		};
	};
	return {
		kind: 'ask',
		marks: asked,
		next: (fresh) => {
			const isSent = !fresh.has(sentMark(entry, window)) && window !== own;
			const added = sent.filter((mark) => fresh.has(mark));
			const allAdded = asked.filter((mark) => fresh.has(mark));
			if (fresh.has(intentMark(entry))) {
				if (isSent) return done<LeaseResult>({ kind: 'committed' }, allAdded);
				return askOwn((mine) => done(granted([...added, ...mine], null)), allAdded);
			}
			return askAboutIntent<LeaseResult>(
				entry,
				now,
				asked,
				fresh,
				// In doubt it stays whatever is asked, so here nothing can be left behind that counts.
				own === null ? [] : [sentMark(entry, own)],
				(all) => done({ kind: 'leased' }, all),
				(doubt, all) => {
					const inWindow = window === own ? doubt.isThere(sentMark(entry, own)) : isSent;
					const byALook = isLeftByALook(doubt, window);
					const mayTake = takeOver !== undefined && sameBegun(takeOver.begun, doubt.begun);
					if (!mayTake && !byALook) {
						return done({ kind: 'inDoubt', begun: doubt.begun, inWindow }, all);
					}
					// The old beginning and lease go, the new ones stay; what was only asked about goes, too.
					const old = [...doubt.since, ...untilMarksOf(entry, doubt.begun), ...all];
					const mine = own === null ? [] : [sentMark(entry, own)];
					const obsolete = old.filter((mark) => !asked.includes(mark) && !mine.includes(mark));
					const newlySent = [...added, ...mine.filter((mark) => all.includes(mark))];
					const result = byALook
						? granted([...sent, ...mine], null)
						: granted(newlySent, doubt.since);
					return done(result, obsolete);
				},
			);
		},
	};
}

/**
 * Records that the leased send happened.
 *
 * @param windows all windows that it lies in, from its beginning to its answer: over midnight it counts for both days
 * @param never windows that an earlier lease of the entry reserved, and that it turns out not to lie in
 */
export function commit(
	{ entry, passing, added }: Lease,
	windows: readonly string[],
	never: readonly string[] = [],
): Step<void> {
	const sent = windows.map((one) => sentMark(entry, one));
	const reserved = [...added, ...never.map((one) => sentMark(entry, one))];
	return {
		kind: 'ask',
		marks: sent,
		next: () => done(undefined, [...passing, ...reserved.filter((mark) => !sent.includes(mark))]),
	};
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
export function release(
	{ entry, passing }: Lease,
	windows: readonly string[],
	now: number,
): Step<void> {
	const since = sinceMarks(entry, now);
	return {
		kind: 'ask',
		marks: [intentMark(entry), ...since, ...windows.map((one) => sentMark(entry, one))],
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
