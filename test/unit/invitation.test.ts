import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { createDayCounter } from '../../nodes/shared/core/time';
import { joinName, normaliseInstant } from '../../nodes/shared/invitation/invitation';
import { summarizeStatuses } from '../../nodes/shared/invitation/output';
import { buildLabel } from '../../nodes/shared/node/listSearch';
import { sampleInvitation } from './support/sampleInvitation';

const SEED = 20261120;
const DAY = 86_400_000;
const NOW = Date.parse('2026-06-15T12:00:00.000Z');

describe('the days left, on the calendar of the workflow', () => {
	// Noon in UTC is 21:00 in Tokyo, and 08:00 in New York.
	it.each([
		['UTC', '2026-06-16T00:00:00.000Z', 1],
		['UTC', '2026-06-16T23:59:59.999Z', 1],
		['UTC', '2026-06-15T23:59:59.999Z', 0],
		['UTC', '2026-06-15T12:00:00.000Z', 0],
		['UTC', '2026-06-15T00:00:00.000Z', 0],
		['UTC', '2026-06-14T23:59:59.999Z', -1],
		['UTC', '2026-06-14T00:00:00.000Z', -1],
		['UTC', '2026-06-29T11:59:59.000Z', 14],
		['Asia/Tokyo', '2026-06-15T15:00:00.000Z', 1],
		['Asia/Tokyo', '2026-06-15T14:59:59.999Z', 0],
		['Asia/Tokyo', '2026-06-14T14:59:59.999Z', -1],
		['America/New_York', '2026-06-16T03:59:59.999Z', 0],
		['America/New_York', '2026-06-16T04:00:00.000Z', 1],
	])('in %s, to %s: %i', (timezone, instant, days) => {
		expect(createDayCounter(timezone, NOW)(instant)).toBe(days);
	});

	it.each([
		// 23 and 25 hours, and a day whose midnight does not exist.
		['Europe/Berlin', '2026-03-28T12:00:00.000Z', '2026-03-29T21:59:00.000Z', 1],
		['Europe/Berlin', '2026-10-25T12:00:00.000Z', '2026-10-25T22:59:00.000Z', 0],
		['America/Santiago', '2026-09-05T12:00:00.000Z', '2026-09-06T04:00:00.000Z', 1],
		['America/Santiago', '2026-09-05T12:00:00.000Z', '2026-09-06T03:59:00.000Z', 0],
	])('in %s over a change of clocks, from %s to %s: %i', (timezone, now, instant, days) => {
		expect(createDayCounter(timezone, Date.parse(now))(instant)).toBe(days);
	});

	it('says a day more at each midnight, and at no other time', () => {
		fc.assert(
			fc.property(
				fc.constantFrom('UTC', 'Asia/Tokyo', 'Asia/Kathmandu', 'America/New_York'),
				fc.integer({ min: -400 * DAY, max: 400 * DAY }),
				(timezone, distance) => {
					const at = NOW + distance;
					const count = createDayCounter(timezone, NOW);
					const dateOf = (instant: number): string =>
						new Date(instant).toLocaleDateString('en-CA', { timeZone: timezone });
					const [days, later] = [at, at + DAY].map((one) => count(new Date(one).toISOString()));
					const days0 = (Date.parse(dateOf(at)) - Date.parse(dateOf(NOW))) / DAY;
					expect(days).toBe(days0);
					expect(later).toBeGreaterThanOrEqual(days0);
				},
			),
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

	it.each(['0001-01-01T00:00:00', '0001-01-01T00:00:00Z', '1900-01-01', '1969-12-31T23:59:59Z'])(
		'takes %s for none, as nobody emailed anyone then',
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

describe('an invitation in a list to pick from', () => {
	const open = { name: 'Mina Costa', email: 'mina@example.com', expiresAt: '2026-11-21T23:30:00Z' };

	it.each([
		['open', open, null, 'Mina Costa · mina@example.com · expires 22 Nov'],
		['with a detail', open, '#9001', 'Mina Costa · mina@example.com · expires 22 Nov · #9001'],
		[
			'without a date',
			{ ...open, expiresAt: null },
			null,
			'Mina Costa · mina@example.com · pending',
		],
		['done', { ...open, status: 'completed' }, null, 'Mina Costa · mina@example.com · completed'],
		['without a name', { ...open, name: null }, null, 'mina@example.com · expires 22 Nov'],
		['of nobody', { ...open, name: null, email: null }, '', 'Without a name · expires 22 Nov'],
	] as const)('%s', (_, given, detail, label) => {
		const invitation = sampleInvitation({ status: 'pending', ...given });
		expect(buildLabel(invitation, detail, 'Europe/Berlin')).toBe(label);
	});

	it('has the day of the time zone', () => {
		const invitation = sampleInvitation({ status: 'pending', ...open });
		expect(buildLabel(invitation, null, 'Europe/London')).toContain('expires 21 Nov');
	});
});

describe('how the invitations of a run stand', () => {
	it.each([
		[[], 'No invitations found'],
		[['pending'], '1 invitation: 1 pending'],
		[
			['completed', 'pending', 'failed', 'pending', 'unknown', 'expired', 'cancelled'],
			'7 invitations: 2 pending, 1 expired, 1 completed, 1 cancelled, 1 with an unknown status, 1 failed',
		],
	] as const)('%j', (statuses, words) => {
		expect(summarizeStatuses(statuses)).toBe(words);
	});
});
