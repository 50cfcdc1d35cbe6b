import { sleep, tryToParseDateTime } from 'n8n-workflow';

const SLICE_MS = 1000;

/** Waits, looking once a second whether the execution was stopped. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
	for (let left = milliseconds; left > 0 && signal?.aborted !== true; left -= SLICE_MS) {
		await sleep(Math.min(left, SLICE_MS));
	}
}

/** Says that the time was over first. */
export const TIME_OVER = Symbol('time over');

/**
 * The value of `work`, or `TIME_OVER` if that takes longer than `milliseconds`. The work itself goes on: a statement
 * that hangs in a database cannot be called back.
 */
export async function settleWithin<T>(
	work: Promise<T>,
	milliseconds: number,
): Promise<T | typeof TIME_OVER> {
	const timeout = AbortSignal.timeout(Math.max(Math.ceil(milliseconds), 0));
	return await new Promise((resolve, reject) => {
		const giveUp = (): void => resolve(TIME_OVER);
		timeout.addEventListener('abort', giveUp, { once: true });
		work.then(resolve, reject).finally(() => timeout.removeEventListener('abort', giveUp));
	});
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** The date in a time zone, as a count of days, so that two of them tell how many days lie between. */
function dayOf(instant: number, timezone: string): number {
	const { year, month, day } = tryToParseDateTime(new Date(instant), timezone);
	return Date.UTC(year, month - 1, day) / DAY_MS;
}

/**
 * Counts the calendar days from today to an instant, as people do: 1 is tomorrow, at whatever time of day.
 *
 * @param timezone IANA name
 */
export function createDayCounter(
	timezone: string,
	now: number = Date.now(),
): (instant: string) => number {
	const today = dayOf(now, timezone);
	return (instant) => dayOf(Date.parse(instant), timezone) - today;
}
