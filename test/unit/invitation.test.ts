import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import {
	countDaysUntil,
	joinName,
	normaliseInstant,
} from '../../nodes/shared/invitation/invitation';

const SEED = 20261120;
const DAY = 86_400_000;
const NOW = Date.parse('2026-06-15T12:00:00.000Z');

describe('countDaysUntil', () => {
	it.each([
		['a day and a bit', '2026-06-16T23:59:59.999Z', 1],
		['a day exactly', '2026-06-16T12:00:00.000Z', 1],
		['a millisecond less than a day', '2026-06-16T11:59:59.999Z', 0],
		['this very instant', '2026-06-15T12:00:00.000Z', 0],
		['a millisecond ago', '2026-06-15T11:59:59.999Z', -1],
		['a day ago', '2026-06-14T12:00:00.000Z', -1],
		['fourteen days', '2026-06-29T12:00:00.000Z', 14],
	])('rounds down: %s', (_, instant, days) => {
		expect(countDaysUntil(instant, NOW)).toBe(days);
	});

	it('knows none where the provider tells none', () => {
		expect(countDaysUntil(null, NOW)).toBeNull();
	});

	it('never says more days than there are, nor a whole day less', () => {
		fc.assert(
			fc.property(fc.integer({ min: -400 * DAY, max: 400 * DAY }), (distance) => {
				const days = countDaysUntil(new Date(NOW + distance).toISOString(), NOW) ?? NaN;
				expect(days * DAY).toBeLessThanOrEqual(distance);
				expect((days + 1) * DAY).toBeGreaterThan(distance);
			}),
			{ numRuns: 200, seed: SEED },
		);
	});
});

describe('normaliseInstant', () => {
	const STAMPS: Array<[string, string]> = [
		['2024-02-12T14:16:49.053Z', '2024-02-12T14:16:49.053Z'],
		['2024-02-12T14:16:49z', '2024-02-12T14:16:49.000Z'],
		['2024-02-12T14:16:49.053328', '2024-02-12T14:16:49.053Z'],
		['2024-02-12T14:16:49', '2024-02-12T14:16:49.000Z'],
		['2024-02-12T14:16', '2024-02-12T14:16:00.000Z'],
		['2024-02-12 14:16:49', '2024-02-12T14:16:49.000Z'],
		['2024-02-12 14:16:49.053', '2024-02-12T14:16:49.053Z'],
		['  2024-02-12T14:16:49Z ', '2024-02-12T14:16:49.000Z'],
		['2024-02-12T14:16:49+02:00', '2024-02-12T12:16:49.000Z'],
		['2024-02-12T14:16:49-0530', '2024-02-12T19:46:49.000Z'],
		['2024-02-12', '2024-02-12T00:00:00.000Z'],
		['Mon, 12 Feb 2024 14:16:49 GMT', '2024-02-12T14:16:49.000Z'],
	];

	it.each(STAMPS)('reads %j as %s', (stamp, instant) => {
		expect(normaliseInstant(stamp)).toBe(instant);
	});

	// Where the tests run in UTC, a stamp read as local time would go unnoticed.
	it('reads a stamp without a zone as UTC on a server in any zone', () => {
		const module = pathToFileURL(require.resolve('../../nodes/shared/invitation/invitation')).href;
		const script = `import(${JSON.stringify(module)}).then(({ normaliseInstant, default: all }) =>
			console.log(JSON.stringify(${JSON.stringify(STAMPS.map(([stamp]) => stamp))}.map(normaliseInstant ?? all.normaliseInstant))));`;
		const loader = pathToFileURL(require.resolve('tsx')).href;
		const output = execFileSync(process.execPath, ['--import', loader, '--eval', script], {
			env: { ...process.env, TZ: 'Asia/Kathmandu' },
			encoding: 'utf8',
		});
		expect(JSON.parse(output)).toEqual(STAMPS.map(([, instant]) => instant));
	});

	it.each([undefined, null, '', '  ', 'soon', 0, 1_707_747_409_053, {}, '2024-13-01T00:00:00Z'])(
		'finds none in %j',
		(value) => {
			expect(normaliseInstant(value)).toBeNull();
		},
	);

	it('leaves an instant in UTC as it is', () => {
		const dates = fc.date({
			min: new Date('1970-01-01T00:00:00Z'),
			max: new Date('9999-12-31T23:59:59.999Z'),
			noInvalidDate: true,
		});
		fc.assert(
			fc.property(dates, (date) => {
				const instant = date.toISOString();
				expect(normaliseInstant(instant)).toBe(instant);
				expect(normaliseInstant(instant.replace('Z', ''))).toBe(instant);
				expect(normaliseInstant(instant.replace('Z', '').replace('T', ' '))).toBe(instant);
			}),
			{ numRuns: 200, seed: SEED },
		);
	});
});

describe('joinName', () => {
	it.each([
		[['Ann', 'Example'], 'Ann Example'],
		[[' Ann ', ' Example '], 'Ann Example'],
		[['Ann', ''], 'Ann'],
		[[undefined, 'Example'], 'Example'],
		[['  ', null], null],
		[[7, {}], null],
		[[], null],
	])('of %j is %j', (parts, name) => {
		expect(joinName(...parts)).toBe(name);
	});
});
