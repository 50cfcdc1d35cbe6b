import { tryToParseDateTime } from 'n8n-workflow';
import { HOUR_MS, MINUTE_MS } from '../../core/time';

/**
 * Calendar arithmetic in the workflow's time zone. Instants are epoch milliseconds. luxon does the
 * work, reached through n8n-workflow, since a verified package may have no dependency of its own.
 */

export type SendWindow = 'execution' | 'hour' | 'day' | 'week' | 'ever';

/** The window an instant lies in; windows without an end have `end` null. */
export interface WindowSpan {
	/** Equal for two instants exactly when they lie in the same window. */
	readonly label: string;
	/** Null where the window has no beginning in the calendar. */
	readonly start: number | null;
	/** The first instant after it. */
	readonly end: number | null;
}

type LocalTime = ReturnType<typeof tryToParseDateTime>;

function toLocalTime(instant: number, timezone: string): LocalTime {
	return tryToParseDateTime(new Date(instant), timezone);
}

interface Period {
	readonly start: number;
	readonly end: number;
}

type CalendarSpan = Period & Pick<WindowSpan, 'label'>;

/** The hour of the local clock. One that comes twice is two, for an hour is counted in instants. */
function findHour(instant: number, timezone: string): Period {
	const start = instant - (instant % MINUTE_MS) - toLocalTime(instant, timezone).minute * MINUTE_MS;
	// Not 0 where clocks have changed by half an hour since; a new hour begins at that change.
	const minute = toLocalTime(start, timezone).minute;
	return {
		start: minute === 0 ? start : start + HOUR_MS - minute * MINUTE_MS,
		end: start + HOUR_MS,
	};
}

/**
 * The first instant of a day or week. Where clocks go back over midnight a day has two, and luxon
 * takes the later for the hours after it.
 */
function findStart(time: LocalTime, window: 'day' | 'week'): LocalTime {
	const start = time.startOf(window);
	const earlier = start.minus({ milliseconds: 1 }).startOf(window);
	return earlier.toISODate() === start.toISODate() ? earlier : start;
}

/**
 * A day is named by its local date, so that a changed time zone of the workflow moves its edge and
 * does not open a second window for the same date. An hour is named by the instant it begins: on
 * the day clocks go back, the hour that comes twice is two.
 */
export function findSpan(
	instant: number,
	window: 'hour' | 'day' | 'week',
	timezone: string,
): CalendarSpan {
	if (window === 'hour') {
		const hour = findHour(instant, timezone);
		return { label: `hour ${new Date(hour.start).toISOString()}`, ...hour };
	}
	const start = findStart(toLocalTime(instant, timezone), window);
	const end = start.plus({ [window]: 1 }).startOf(window);
	const label = `${window} ${start.toFormat('yyyy-MM-dd')}`;
	return { label, start: start.toMillis(), end: end.toMillis() };
}

/**
 * The windows found last, by kind and zone: each item asks a dozen times, mostly about the current window and the
 * next one.
 */
const foundLast = new Map<string, readonly CalendarSpan[]>();

export function findWindow(
	instant: number,
	window: SendWindow,
	timezone: string,
	executionId: string,
): WindowSpan {
	if (window === 'ever') return { label: 'ever', start: null, end: null };
	if (window === 'execution') return { label: `execution ${executionId}`, start: null, end: null };
	const asked = `${window} ${timezone}`;
	const spans = foundLast.get(asked) ?? [];
	const known = spans.find(({ start, end }) => start <= instant && instant < end);
	if (known !== undefined) return known;
	const span = findSpan(instant, window, timezone);
	foundLast.set(asked, [span, ...spans.slice(0, 1)]);
	return span;
}

/**
 * The names of all windows that an instant lies in, so that what is recorded under one setting is found under every
 * other. An execution is one only where the setting asks for it.
 */
export function listWindowNames(
	instant: number,
	window: SendWindow,
	timezone: string,
	executionId: string,
): string[] {
	const calendar: SendWindow[] = ['hour', 'day', 'week', 'ever'];
	const windows = window === 'execution' ? [...calendar, window] : calendar;
	return windows.map((one) => findWindow(instant, one, timezone, executionId).label);
}

/** A daily period in which nobody is to be emailed. */
export interface QuietHours {
	/** Local time, `HH:mm`; `from` is quiet, `to` no longer is. */
	from: string;
	/** Not after `from`: then the period ends on the next day. Equal: it lasts the whole day. */
	to: string;
	/** The days on which the period begins, 1 (Monday) to 7 (Sunday). */
	weekdays: readonly number[];
}

const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** Hour and minute of a local time `HH:mm`, or null for anything else. */
export function parseClockTime(text: string): { hour: number; minute: number } | null {
	const match = CLOCK.exec(text);
	return match === null ? null : { hour: Number(match[1]), minute: Number(match[2]) };
}

/** The instants, mostly one, at which the clock shows a time on a day. */
function listInstants(day: LocalTime, clock: { hour: number; minute: number }): number[] {
	const time = day.set(clock);
	// luxon moves a time that is left out on by as much as the clock is.
	const leftOut = time.hour !== clock.hour || time.minute !== clock.minute;
	const times = leftOut ? [time.startOf('hour')] : time.getPossibleOffsets();
	// The type is not inferred where luxon's types are not installed, as in the packages with one service.
	return times.map((each: LocalTime) => each.toMillis());
}

/**
 * The instant at which the quiet period around `instant` ends, or null when it is not quiet then.
 * A local time that a clock change leaves out begins or ends when the clock next shows a time; of
 * one that comes twice the first begins and the second ends.
 */
export function findQuietEnd(instant: number, quiet: QuietHours, timezone: string): number | null {
	const from = parseClockTime(quiet.from);
	const to = parseClockTime(quiet.to);
	if (from === null || to === null) return null;
	const today = toLocalTime(instant, timezone).startOf('day');
	const overnight = to.hour * 60 + to.minute <= from.hour * 60 + from.minute;
	const ends = [today.minus({ days: 1 }), today]
		.filter((day) => quiet.weekdays.includes(day.weekday))
		.map((day) => ({
			start: Math.min(...listInstants(day, from)),
			end: Math.max(...listInstants(overnight ? day.plus({ days: 1 }) : day, to)),
		}))
		.filter(({ start, end }) => start <= instant && instant < end)
		.map(({ end }) => end);
	return ends.length === 0 ? null : Math.max(...ends);
}
