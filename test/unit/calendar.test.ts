import fc from 'fast-check';
import {
	parseClockTime,
	findQuietEnd,
	findSpan,
	findWindow,
	listWindowNames,
	type QuietHours,
	type SendWindow,
} from '../../nodes/shared/resend/decision/calendar';

// A mutant has only to be found, not to be explained.
fc.configureGlobal({ endOnFailure: '__STRYKER_ACTIVE_MUTANT__' in process.env });

const MINUTE = 60_000;
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

const iso = (instant: number | null): string | null =>
	instant === null ? null : new Date(instant).toISOString();

function span(instant: string, window: SendWindow, timezone: string): Array<string | null> {
	const { label, start, end } = findWindow(Date.parse(instant), window, timezone, '77');
	return [label, iso(start), iso(end)];
}

function quiet(from: string, to: string, weekdays: readonly number[] = EVERY_DAY): QuietHours {
	return { from, to, weekdays };
}

function until(instant: string, hours: QuietHours, timezone: string): string | null {
	return iso(findQuietEnd(Date.parse(instant), hours, timezone));
}

/** What a clock on the wall shows, by the runtime's own time zone data instead of luxon. */
function wallClock(timezone: string): (instant: number) => { minute: number; weekday: number } {
	const format = new Intl.DateTimeFormat('en-GB', {
		timeZone: timezone,
		hourCycle: 'h23',
		weekday: 'short',
		hour: '2-digit',
		minute: '2-digit',
	});
	const names = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
	return (instant) => {
		const parts = new Map(
			format.formatToParts(instant).map(({ type, value }) => [type, value] as const),
		);
		return {
			minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
			weekday: names.indexOf(parts.get('weekday') ?? '') + 1,
		};
	};
}

describe('findWindow', () => {
	it('says the same of an instant, whatever it was asked before', () => {
		const zone = fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'America/Havana');
		const window = fc.constantFrom('hour', 'day', 'week');
		// Four days over which the clocks change in Berlin, by steps of an odd length.
		const instant = fc.nat(800).map((steps) => Date.parse('2026-10-23T12:00Z') + steps * 431_999);
		fc.assert(
			fc.property(fc.array(fc.tuple(instant, window, zone), { maxLength: 40 }), (asked) => {
				const said = asked.map((one) => findWindow(...one, '1'));
				expect(said).toEqual(asked.map((one) => findSpan(...one)));
			}),
			{ numRuns: 100, seed: 20261122 },
		);
	});

	it.each(['hour', 'day', 'week'] as const)('begins the next %s at the very end of one', (kind) => {
		const { end } = findWindow(Date.parse('2026-06-15T12:30Z'), kind, 'Europe/Berlin', '1');
		if (end === null) throw new Error('It ends');
		expect(findWindow(end, kind, 'Europe/Berlin', '1')).toMatchObject({ start: end });
		expect(findWindow(end - 1, kind, 'Europe/Berlin', '1')).toMatchObject({ end });
	});

	it.each([
		['ever', 'ever'],
		['execution', 'execution 77'],
	] as const)('gives %s no beginning and no end', (window, label) => {
		expect(span('2026-06-15T12:00:00Z', window, 'Europe/Berlin')).toEqual([label, null, null]);
	});

	it('names an execution window by the execution', () => {
		expect(findWindow(0, 'execution', 'UTC', '1').label).not.toBe(
			findWindow(0, 'execution', 'UTC', '2').label,
		);
	});

	it.each([
		['just after midnight', '2026-06-14T22:00:00.000Z', 'day 2026-06-15'],
		['just before midnight', '2026-06-14T21:59:59.999Z', 'day 2026-06-14'],
	])('takes the day of the time zone, %s', (_, instant, label) => {
		expect(span(instant, 'day', 'Europe/Berlin')[0]).toBe(label);
	});

	it.each<[string, string, string, string, string, string, string]>([
		[
			'the 23 hours of a spring day in Berlin',
			'2026-03-29T12:00:00Z',
			'Europe/Berlin',
			'day',
			'day 2026-03-29',
			'2026-03-28T23:00:00.000Z',
			'2026-03-29T22:00:00.000Z',
		],
		[
			'the 25 hours of an autumn day in Berlin',
			'2026-10-25T12:00:00Z',
			'Europe/Berlin',
			'day',
			'day 2026-10-25',
			'2026-10-24T22:00:00.000Z',
			'2026-10-25T23:00:00.000Z',
		],
		[
			'the 23 hours of a spring day in New York',
			'2026-03-08T12:00:00Z',
			'America/New_York',
			'day',
			'day 2026-03-08',
			'2026-03-08T05:00:00.000Z',
			'2026-03-09T04:00:00.000Z',
		],
		[
			'the 25 hours of an autumn day in New York',
			'2026-11-01T12:00:00Z',
			'America/New_York',
			'day',
			'day 2026-11-01',
			'2026-11-01T04:00:00.000Z',
			'2026-11-02T05:00:00.000Z',
		],
		[
			'the 23.5 hours of a spring day on Lord Howe',
			'2026-10-04T00:00:00Z',
			'Australia/Lord_Howe',
			'day',
			'day 2026-10-04',
			'2026-10-03T13:30:00.000Z',
			'2026-10-04T13:00:00.000Z',
		],
		[
			'the 24.5 hours of an autumn day on Lord Howe',
			'2026-04-05T00:00:00Z',
			'Australia/Lord_Howe',
			'day',
			'day 2026-04-05',
			'2026-04-04T13:00:00.000Z',
			'2026-04-05T13:30:00.000Z',
		],
		[
			'the whole day in the Azores, where midnight comes twice',
			'2026-10-25T12:00:00Z',
			'Atlantic/Azores',
			'day',
			'day 2026-10-25',
			'2026-10-25T00:00:00.000Z',
			'2026-10-26T01:00:00.000Z',
		],
		[
			'a day in Havana that begins at one, since midnight is left out',
			'2026-03-08T12:00:00Z',
			'America/Havana',
			'day',
			'day 2026-03-08',
			'2026-03-08T05:00:00.000Z',
			'2026-03-09T04:00:00.000Z',
		],
		[
			'a day in Kathmandu, 5:45 ahead',
			'2026-06-15T18:15:00Z',
			'Asia/Kathmandu',
			'day',
			'day 2026-06-16',
			'2026-06-15T18:15:00.000Z',
			'2026-06-16T18:15:00.000Z',
		],
		[
			'an hour in Kathmandu, which begins at a quarter past in UTC',
			'2026-06-15T18:14:59.999Z',
			'Asia/Kathmandu',
			'hour',
			'hour 2026-06-15T17:15:00.000Z',
			'2026-06-15T17:15:00.000Z',
			'2026-06-15T18:15:00.000Z',
		],
		[
			'the first of the two hours from two to three in Berlin',
			'2026-10-25T00:30:00Z',
			'Europe/Berlin',
			'hour',
			'hour 2026-10-25T00:00:00.000Z',
			'2026-10-25T00:00:00.000Z',
			'2026-10-25T01:00:00.000Z',
		],
		[
			'the second of the two hours from two to three in Berlin',
			'2026-10-25T01:30:00Z',
			'Europe/Berlin',
			'hour',
			'hour 2026-10-25T01:00:00.000Z',
			'2026-10-25T01:00:00.000Z',
			'2026-10-25T02:00:00.000Z',
		],
		[
			'the hour from one to two on Lord Howe, before half of it comes again',
			'2026-04-04T14:59:59.999Z',
			'Australia/Lord_Howe',
			'hour',
			'hour 2026-04-04T14:00:00.000Z',
			'2026-04-04T14:00:00.000Z',
			'2026-04-04T15:00:00.000Z',
		],
		[
			'the half hour that comes again on Lord Howe',
			'2026-04-04T15:00:00Z',
			'Australia/Lord_Howe',
			'hour',
			'hour 2026-04-04T15:00:00.000Z',
			'2026-04-04T15:00:00.000Z',
			'2026-04-04T15:30:00.000Z',
		],
		[
			'the hour on Chatham in which clocks go back at a quarter to',
			'2026-04-04T14:00:00Z',
			'Pacific/Chatham',
			'hour',
			'hour 2026-04-04T13:15:00.000Z',
			'2026-04-04T13:15:00.000Z',
			'2026-04-04T14:15:00.000Z',
		],
		[
			'the half hour that is left of two to three on Lord Howe',
			'2026-10-03T15:45:00Z',
			'Australia/Lord_Howe',
			'hour',
			'hour 2026-10-03T15:30:00.000Z',
			'2026-10-03T15:30:00.000Z',
			'2026-10-03T16:00:00.000Z',
		],
		[
			'the ISO week over new year, from Monday',
			'2026-01-01T00:00:00Z',
			'UTC',
			'week',
			'week 2025-12-29',
			'2025-12-29T00:00:00.000Z',
			'2026-01-05T00:00:00.000Z',
		],
		[
			'the week that ends with a Sunday, not the one it begins in America',
			'2027-01-03T23:59:59.999Z',
			'UTC',
			'week',
			'week 2026-12-28',
			'2026-12-28T00:00:00.000Z',
			'2027-01-04T00:00:00.000Z',
		],
		[
			'a week in Berlin that is an hour short',
			'2026-03-26T12:00:00Z',
			'Europe/Berlin',
			'week',
			'week 2026-03-23',
			'2026-03-22T23:00:00.000Z',
			'2026-03-29T22:00:00.000Z',
		],
	])('spans %s', (_, instant, timezone, window, label, start, end) => {
		expect(span(instant, window as SendWindow, timezone)).toEqual([label, start, end]);
	});

	it('divides the time of every zone into windows without gap or overlap', () => {
		const zones = Intl.supportedValuesOf('timeZone');
		fc.assert(
			fc.property(
				fc.constantFrom(...zones),
				fc.constantFrom('hour', 'day', 'week'),
				fc.integer({ min: Date.UTC(2021, 0), max: Date.UTC(2035, 0) }),
				(zone, window, instant) => {
					const { label, start, end } = findSpan(instant, window, zone);
					expect(start).toBeLessThanOrEqual(instant);
					expect(end).toBeGreaterThan(instant);
					expect(findSpan(start, window, zone)).toEqual({ label, start, end });
					expect(findSpan(end - 1, window, zone)).toEqual({ label, start, end });
					expect(findSpan(end, window, zone).start).toBe(end);
					expect(findSpan(start - 1, window, zone).end).toBe(start);
					expect(findSpan(end, window, zone).label).not.toBe(label);
				},
			),
			{ numRuns: 250, seed: 20261120 },
		);
	});

	it('does so also around each change of the clocks', () => {
		const changes: Array<[string, string]> = [
			['Europe/Berlin', '2026-03-29T01:00Z'],
			['Europe/Berlin', '2026-10-25T01:00Z'],
			['America/New_York', '2026-03-08T07:00Z'],
			['America/New_York', '2026-11-01T06:00Z'],
			['Australia/Lord_Howe', '2026-04-04T15:00Z'],
			['Australia/Lord_Howe', '2026-10-03T15:30Z'],
			['Atlantic/Azores', '2026-03-29T01:00Z'],
			['Atlantic/Azores', '2026-10-25T01:00Z'],
			['America/Havana', '2026-03-08T05:00Z'],
			['America/Havana', '2026-11-01T05:00Z'],
			['Asia/Beirut', '2026-03-28T22:00Z'],
			['Asia/Beirut', '2026-10-24T21:00Z'],
			['Antarctica/Troll', '2026-03-29T01:00Z'],
			['Antarctica/Troll', '2026-10-25T01:00Z'],
			['Pacific/Chatham', '2026-04-04T14:00Z'],
			// By two hours, over the midnight at which a week begins.
			['Antarctica/Vostok', '2023-12-17T19:00Z'],
		];
		const broken = changes.flatMap(([zone, change]) =>
			(['hour', 'day', 'week'] as const).flatMap((window) =>
				[-180, -150, -90, -30, -1, 0, 29, 31, 90, 150, 600]
					.map((minutes) => Date.parse(change) + minutes * MINUTE)
					.filter((instant) => {
						const { label, start, end } = findSpan(instant, window, zone);
						if (start > instant || end <= instant) return true;
						const first = findSpan(start, window, zone);
						const next = findSpan(end, window, zone);
						return first.label !== label || first.start !== start || next.start !== end;
					})
					.map((instant) => `${zone} ${window} ${String(iso(instant))}`),
			),
		);
		expect(broken).toEqual([]);
	});
});

describe('listWindowNames', () => {
	const at = Date.parse('2026-03-04T23:40:00Z');

	it.each<SendWindow>(['hour', 'day', 'week', 'ever'])(
		'are those of all windows where %s is asked for, so that a changed setting finds the send',
		(window) => {
			expect(listWindowNames(at, window, 'Europe/Berlin', '77')).toEqual([
				'hour 2026-03-04T23:00:00.000Z',
				'day 2026-03-05',
				'week 2026-03-02',
				'ever',
			]);
		},
	);

	it('has the execution where it is asked for', () => {
		expect(listWindowNames(at, 'execution', 'UTC', '77')).toEqual([
			'hour 2026-03-04T23:00:00.000Z',
			'day 2026-03-04',
			'week 2026-03-02',
			'ever',
			'execution 77',
		]);
	});
});

describe('parseClockTime', () => {
	it.each([
		['00:00', 0, 0],
		['09:05', 9, 5],
		['19:59', 19, 59],
		['20:00', 20, 0],
		['23:59', 23, 59],
	])('reads %s', (text, hour, minute) => {
		expect(parseClockTime(text)).toEqual({ hour, minute });
	});

	it.each(['24:00', '23:60', '9:05', '09:5', '0905', '', ' 09:05', '09:05 ', 'x09:05', '09:05x'])(
		'refuses %j',
		(text) => {
			expect(parseClockTime(text)).toBeNull();
		},
	);
});

describe('findQuietEnd', () => {
	const night = quiet('20:00', '08:00');

	it.each([
		['the millisecond before it begins', '2026-06-15T17:59:59.999Z', null],
		['the millisecond it begins', '2026-06-15T18:00:00.000Z', '2026-06-16T06:00:00.000Z'],
		['after midnight', '2026-06-15T23:30:00.000Z', '2026-06-16T06:00:00.000Z'],
		['the last millisecond', '2026-06-16T05:59:59.999Z', '2026-06-16T06:00:00.000Z'],
		['the millisecond it ends', '2026-06-16T06:00:00.000Z', null],
	])('knows a quiet night at %s', (_, instant, end) => {
		expect(until(instant, night, 'Europe/Berlin')).toBe(end);
	});

	it.each([
		['before', '2026-06-15T09:59:59.999Z', null],
		['at the beginning', '2026-06-15T10:00:00.000Z', '2026-06-15T10:30:00.000Z'],
		['at the end', '2026-06-15T10:30:00.000Z', null],
	])('knows a quiet period within a day, %s', (_, instant, end) => {
		expect(until(instant, quiet('12:00', '12:30'), 'Europe/Berlin')).toBe(end);
	});

	// 2026-06-19 is a Friday.
	it.each([
		['on Friday evening', '2026-06-19T20:00:00Z', '2026-06-20T08:00:00.000Z'],
		[
			'on the Saturday morning that follows',
			'2026-06-20T07:59:59.999Z',
			'2026-06-20T08:00:00.000Z',
		],
		['on Saturday evening', '2026-06-20T20:00:00Z', null],
		['on the Friday morning before', '2026-06-19T07:00:00Z', null],
	])('belongs to the day it begins on, %s', (_, instant, end) => {
		expect(until(instant, quiet('20:00', '08:00', [5]), 'UTC')).toBe(end);
	});

	it.each([
		['the millisecond before', '2026-06-19T23:59:59.999Z', null],
		['its first millisecond', '2026-06-20T00:00:00.000Z', '2026-06-21T00:00:00.000Z'],
		['its last millisecond', '2026-06-20T23:59:59.999Z', '2026-06-21T00:00:00.000Z'],
		['the millisecond after', '2026-06-21T00:00:00.000Z', null],
	])('lasts the whole Saturday from 00:00 to 00:00, %s', (_, instant, end) => {
		expect(until(instant, quiet('00:00', '00:00', [6]), 'UTC')).toBe(end);
	});

	it('lasts from noon to noon when both times are 12:00', () => {
		const hours = quiet('12:00', '12:00', [6]);
		expect(until('2026-06-20T11:59:59.999Z', hours, 'UTC')).toBeNull();
		expect(until('2026-06-20T12:00:00.000Z', hours, 'UTC')).toBe('2026-06-21T12:00:00.000Z');
		expect(until('2026-06-21T11:59:59.999Z', hours, 'UTC')).toBe('2026-06-21T12:00:00.000Z');
	});

	it('takes minutes into account when it tells whether the period ends the next day', () => {
		const withinTheHour = quiet('20:10', '20:40');
		expect(until('2026-06-20T20:20:00Z', withinTheHour, 'UTC')).toBe('2026-06-20T20:40:00.000Z');
		expect(until('2026-06-20T20:50:00Z', withinTheHour, 'UTC')).toBeNull();
		const almostADay = quiet('20:40', '20:10');
		expect(until('2026-06-20T20:20:00Z', almostADay, 'UTC')).toBeNull();
		expect(until('2026-06-20T20:50:00Z', almostADay, 'UTC')).toBe('2026-06-21T20:10:00.000Z');
	});

	it('is never quiet without a weekday', () => {
		expect(until('2026-06-20T20:50:00Z', quiet('00:00', '00:00', []), 'UTC')).toBeNull();
	});

	it.each([
		['an unreadable beginning', quiet('8 pm', '08:00')],
		['an unreadable end', quiet('20:00', '8')],
	])('is never quiet with %s', (_, hours) => {
		expect(until('2026-06-20T21:00:00Z', hours, 'UTC')).toBeNull();
	});

	it.each([
		[
			'an hour longer in the night clocks go back',
			'2026-10-24T20:00:00Z',
			quiet('22:00', '06:00'),
			'Europe/Berlin',
			'2026-10-25T05:00:00.000Z',
		],
		[
			'an hour shorter in the night clocks go forward',
			'2026-03-28T21:00:00Z',
			quiet('22:00', '06:00'),
			'Europe/Berlin',
			'2026-03-29T04:00:00.000Z',
		],
		[
			'until the clock next shows a time, where the end is left out',
			'2026-03-28T21:00:00Z',
			quiet('22:00', '02:30'),
			'Europe/Berlin',
			'2026-03-29T01:00:00.000Z',
		],
		[
			'from when the clock next shows a time, where the beginning is left out',
			'2026-03-29T01:00:00Z',
			quiet('02:30', '06:00'),
			'Europe/Berlin',
			'2026-03-29T04:00:00.000Z',
		],
		[
			'until the second of two equal times, at the first',
			'2026-10-25T00:30:00Z',
			quiet('22:00', '02:30'),
			'Europe/Berlin',
			'2026-10-25T01:30:00.000Z',
		],
		[
			'until the second of two equal times, just before it',
			'2026-10-25T01:29:59.999Z',
			quiet('22:00', '02:30'),
			'Europe/Berlin',
			'2026-10-25T01:30:00.000Z',
		],
		[
			'from the first of two equal times',
			'2026-10-25T00:30:00Z',
			quiet('02:30', '06:00'),
			'Europe/Berlin',
			'2026-10-25T05:00:00.000Z',
		],
		[
			'until the second quarter to two on Lord Howe',
			'2026-04-04T15:00:00Z',
			quiet('01:00', '01:45'),
			'Australia/Lord_Howe',
			'2026-04-04T15:15:00.000Z',
		],
		[
			'until half past two on Lord Howe, where a quarter past is left out',
			'2026-10-03T15:00:00Z',
			quiet('01:00', '02:15'),
			'Australia/Lord_Howe',
			'2026-10-03T15:30:00.000Z',
		],
		[
			'from the first of two midnights in the Azores, at the second',
			'2026-10-25T01:15:00Z',
			quiet('00:30', '06:00'),
			'Atlantic/Azores',
			'2026-10-25T07:00:00.000Z',
		],
	])('lasts %s', (_, instant, hours, timezone, end) => {
		expect(until(instant, hours, timezone)).toBe(end);
	});

	it('is not quiet where a period falls wholly into the hour that is left out', () => {
		const hours = quiet('02:00', '02:30');
		expect(until('2026-03-29T00:59:59.999Z', hours, 'Europe/Berlin')).toBeNull();
		expect(until('2026-03-29T01:00:00.000Z', hours, 'Europe/Berlin')).toBeNull();
	});

	it('never lets an email out while a clock on the wall shows a quiet time', () => {
		const time = fc
			.integer({ min: 0, max: 24 * 12 - 1 })
			.map((step) => [Math.floor(step / 12), (step % 12) * 5] as const);
		const text = ([hour, minute]: readonly [number, number]): string =>
			`${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
		fc.assert(
			fc.property(
				fc.constantFrom(
					['Europe/Berlin', '2026-03-29'],
					['Europe/Berlin', '2026-10-25'],
					['America/New_York', '2026-03-08'],
					['America/New_York', '2026-11-01'],
					['Australia/Lord_Howe', '2026-04-05'],
					['Australia/Lord_Howe', '2026-10-04'],
					['Atlantic/Azores', '2026-10-25'],
					['Asia/Kathmandu', '2026-06-15'],
					['Asia/Beirut', '2026-10-25'],
				),
				time,
				time,
				fc.subarray(EVERY_DAY),
				fc.integer({ min: -24 * 60, max: 48 * 60 }),
				([zone = '', date = ''], from, to, weekdays, offset) => {
					const instant = Date.parse(`${date}T00:00:00Z`) + offset * MINUTE;
					const { minute, weekday } = wallClock(zone)(instant);
					const [start, end] = [from[0] * 60 + from[1], to[0] * 60 + to[1]];
					const yesterday = weekday === 1 ? 7 : weekday - 1;
					const overnight = end <= start;
					const begunToday =
						weekdays.includes(weekday) && minute >= start && (overnight || minute < end);
					const begunYesterday = weekdays.includes(yesterday) && overnight && minute < end;
					const ends = findQuietEnd(instant, quiet(text(from), text(to), weekdays), zone);
					if (begunToday || begunYesterday) {
						expect(ends).toBeGreaterThan(instant);
					} else if (zone === 'Asia/Kathmandu') {
						expect(ends).toBeNull();
					}
				},
			),
			{ numRuns: 600, seed: 20261120 },
		);
	});
});
