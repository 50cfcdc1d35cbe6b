import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../core/time';
import { LEASE_MS, LONGEST_LEASE_MS, type Begun } from './entry';

/** The marks by which the table holds an entry: their names, and what those of a beginning tell. */

/** The least time a lease is told in; clocks of several machines may differ by about as much. */
const TICK_MS = 10_000;
/** An entry in doubt for longer than this has no beginning that could be found. */
const DAYS_BACK = 400;

export const intentMark = (entry: string): string => `${entry}|intent`;
export const sentMark = (entry: string, window: string): string => `${entry}|sent ${window}`;
export const untilMark = (entry: string, tick: number): string => `${entry}|until ${tick}`;
/** The window that holds the send of an entry which has this number among all. */
export const nameNumbered = (sendNumber: number): string =>
	sendNumber === 1 ? 'ever' : `time ${sendNumber}`;
const dayMark = (entry: string, day: number): string => `${entry}|since day ${day}`;
const hourMark = (entry: string, hour: number): string => `${entry}|since hour ${hour}`;
const minuteMark = (entry: string, minute: number): string => `${entry}|since minute ${minute}`;

export const tickOf = (instant: number): number => Math.floor(instant / TICK_MS);
const dayOf = (instant: number): number => Math.floor(instant / DAY_MS);
const hourOf = (instant: number): number => Math.floor((instant % DAY_MS) / HOUR_MS);
const minuteOf = (instant: number): number => Math.floor((instant % HOUR_MS) / MINUTE_MS);

function range(from: number, to: number): number[] {
	return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

/** The marks that tell when a send was begun: one for each part of the time, so that few have to be asked about. */
export function sinceMarks(entry: string, instant: number): string[] {
	return [
		dayMark(entry, dayOf(instant)),
		hourMark(entry, hourOf(instant)),
		minuteMark(entry, minuteOf(instant)),
	];
}

/** The marks of leases that are not over yet; one tick more, for clocks that are ahead. */
export function untilMarks(entry: string, now: number): string[] {
	return range(tickOf(now), tickOf(now + LONGEST_LEASE_MS) + 1).map((tick) =>
		untilMark(entry, tick),
	);
}

/** All that a lease begun then can have had. */
export function untilMarksOf(entry: string, begun: Begun | null): string[] {
	// The marks of a process that died while asking leave too many possibilities to search.
	if (begun === null || begun.to - begun.from > HOUR_MS) return [];
	const ticks = range(tickOf(begun.from + LEASE_MS), tickOf(begun.to + LONGEST_LEASE_MS));
	return ticks.map((tick) => untilMark(entry, tick));
}

export function allSinceMarks(entry: string, now: number): string[] {
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

/** When a send was begun, by the marks that were there; those of several beginnings leave a longer time possible. */
export function readBegun(
	entry: string,
	now: number,
	isThere: (mark: string) => boolean,
): Begun | null {
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
