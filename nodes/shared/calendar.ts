import { tryToParseDateTime } from 'n8n-workflow';

/**
 * Calendar arithmetic in the workflow's time zone. Instants are epoch milliseconds. luxon does the
 * work, reached through n8n-workflow, since a verified package may have no dependency of its own.
 */

export type SendWindow = 'execution' | 'hour' | 'day' | 'week' | 'ever';

/** The window an instant lies in; windows without an end have `end` null. */
export interface WindowSpan {
	/** Equal for two instants exactly when they lie in the same window. */
	label: string;
	/** Null where the window has no beginning in the calendar. */
	start: number | null;
	/** The first instant after it. */
	end: number | null;
}

function local(instant: number, timezone: string): ReturnType<typeof tryToParseDateTime> {
	return tryToParseDateTime(new Date(instant), timezone);
}

/**
 * A day is named by its local date, so that a changed time zone of the workflow moves its edge and
 * does not open a second window for the same date. An hour is named by the instant it begins: on
 * the day clocks go back, the hour that comes twice is two.
 */
export function windowAt(
	instant: number,
	window: SendWindow,
	timezone: string,
	executionId: string,
): WindowSpan {
	if (window === 'ever') return { label: 'ever', start: null, end: null };
	if (window === 'execution') return { label: `execution ${executionId}`, start: null, end: null };
	const start = local(instant, timezone).startOf(window);
	const end = start.plus({ [window]: 1 }).startOf(window);
	const label =
		window === 'hour' ? new Date(start.toMillis()).toISOString() : start.toFormat('yyyy-MM-dd');
	return { label: `${window} ${label}`, start: start.toMillis(), end: end.toMillis() };
}

/** A daily period in which nobody shall be mailed. */
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
export function clockTime(text: string): { hour: number; minute: number } | null {
	const match = CLOCK.exec(text);
	return match === null ? null : { hour: Number(match[1]), minute: Number(match[2]) };
}

/**
 * The instant at which the quiet period around `instant` ends, or null when it is not quiet then.
 * A local time that a clock change leaves out begins or ends when the clock next shows a time.
 */
export function quietUntil(instant: number, quiet: QuietHours, timezone: string): number | null {
	const from = clockTime(quiet.from);
	const to = clockTime(quiet.to);
	if (from === null || to === null) return null;
	const today = local(instant, timezone).startOf('day');
	const overnight = to.hour * 60 + to.minute <= from.hour * 60 + from.minute;
	const ends = [today.minus({ days: 1 }), today]
		.filter((day) => quiet.weekdays.includes(day.weekday))
		.map((day) => ({
			start: day.set(from).toMillis(),
			end: (overnight ? day.plus({ days: 1 }) : day).set(to).toMillis(),
		}))
		.filter(({ start, end }) => start <= instant && instant < end)
		.map(({ end }) => end);
	return ends.length === 0 ? null : Math.max(...ends);
}
