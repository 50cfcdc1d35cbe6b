import type { IExecuteFunctions } from 'n8n-workflow';
import { limitsOf, policyOf } from '../../nodes/shared/resend/settings';

type Parameters = Record<string, unknown>;

/** A node with the same parameters for items 0 and 1 and none for any other. */
function nodeWith(parameters: Parameters, timezone = 'Europe/Berlin'): IExecuteFunctions {
	const fake = {
		getNodeParameter: (name: string, itemIndex: number, fallback: unknown) =>
			itemIndex < 2 && name in parameters ? parameters[name] : fallback,
		getTimezone: () => timezone,
	};
	return fake as unknown as IExecuteFunctions;
}

function policy(parameters: Parameters, itemIndex = 0) {
	return policyOf(nodeWith(parameters), itemIndex);
}

const withOptions = (options: unknown): Parameters => ({ options });

function refusal(message: string, description: string) {
	const failure = { reason: 'invalidInput', httpStatus: null, code: null, retryable: false };
	return { ok: false, failure: { ...failure, message, description } };
}

describe('policyOf', () => {
	it('has sensible defaults', () => {
		expect(policy({})).toEqual({
			ok: true,
			value: {
				window: 'day',
				timezone: 'Europe/Berlin',
				onlyStatuses: ['pending', 'expired'],
				minimumHoursSinceLastSend: 0,
				expiringWithinDays: null,
				quietHours: null,
			},
		});
	});

	it.each(['execution', 'hour', 'day', 'week', 'ever'])('knows the window %s', (window) => {
		expect(policy({ atMostOncePer: window })).toMatchObject({ ok: true, value: { window } });
	});

	it.each(['month', '', null, 7, 'Day'])('refuses the window %j', (window) => {
		expect(policy({ atMostOncePer: window })).toEqual(
			refusal(
				`'At Most Once Per' does not know this value: ${String(window)}`,
				'Use one of execution, hour, day, week, ever. Nothing was sent.',
			),
		);
	});

	it('takes the time zone of the workflow', () => {
		expect(policyOf(nodeWith({}, 'Asia/Kathmandu'), 0)).toMatchObject({
			value: { timezone: 'Asia/Kathmandu' },
		});
	});

	it('reads the rules of the item that is asked for', () => {
		const parameters = { atMostOncePer: 'ever', options: { minimumHoursSinceLastSend: 5 } };
		expect(policy(parameters, 1)).toMatchObject({
			value: { window: 'ever', minimumHoursSinceLastSend: 5 },
		});
		expect(policy(parameters, 2)).toMatchObject({
			value: { window: 'day', minimumHoursSinceLastSend: 0 },
		});
	});

	it.each([null, 'text', [1]])('takes options of %j for none', (options) => {
		expect(policy(withOptions(options))).toMatchObject({
			value: { onlyStatuses: ['pending', 'expired'], quietHours: null },
		});
	});

	describe.each([
		['minimumHoursSinceLastSend', 'Minimum Hours Since Last Send', 0],
		['onlyWhenExpiringWithin', 'Only When Expiring Within (Days)', null],
	])('the number %s', (name, displayName, none) => {
		const read = (value: unknown) => {
			const given = policy(withOptions({ [name]: value }));
			if (!given.ok) return given;
			const { minimumHoursSinceLastSend, expiringWithinDays } = given.value;
			return name === 'minimumHoursSinceLastSend' ? minimumHoursSinceLastSend : expiringWithinDays;
		};

		it.each([
			[48, 48],
			[0, 0],
			[1.5, 1.5],
			['48', 48],
			[' 2.5 ', 2.5],
		])('is read from %j', (value, number) => {
			expect(read(value)).toBe(number);
		});

		it.each([undefined, null, ''])('is off for %j', (value) => {
			expect(read(value)).toBe(none);
		});

		it.each([-1, -0.5, NaN, Infinity, 'soon', '-1', true, [], {}])('refuses %j', (value) => {
			expect(read(value)).toEqual(
				refusal(
					`'${displayName}' is not a number of at least 0`,
					'Enter a number, or remove the option. Nothing was sent.',
				),
			);
		});
	});

	describe('statuses', () => {
		it.each([
			[['completed'], ['completed']],
			[
				['unknown', 'pending'],
				['pending', 'unknown'],
			],
			[['pending', 'unheard of'], ['pending']],
			[[], []],
			['pending', ['pending', 'expired']],
			[undefined, ['pending', 'expired']],
		])('of %j are %j', (chosen, statuses) => {
			expect(policy(withOptions({ onlyWhenStatusIs: chosen }))).toMatchObject({
				value: { onlyStatuses: statuses },
			});
		});
	});

	describe('quiet hours', () => {
		const quiet = (period: unknown) => policy(withOptions({ quietHours: { period } }));

		it.each([
			['as entered', { from: '20:00', to: '08:00', weekdays: [1, 2] }, [1, 2]],
			['with blanks around', { from: ' 20:00', to: '08:00 ', weekdays: [1, 2] }, [1, 2]],
			[
				'with weekdays as text, in any order',
				{ from: '20:00', to: '08:00', weekdays: ['7', '1'] },
				[1, 7],
			],
			['with weekdays there are none of', { from: '20:00', to: '08:00', weekdays: [0, 8, 5] }, [5]],
			['without weekdays', { from: '20:00', to: '08:00' }, [1, 2, 3, 4, 5, 6, 7]],
			[
				'with weekdays that are no list',
				{ from: '20:00', to: '08:00', weekdays: 1 },
				[1, 2, 3, 4, 5, 6, 7],
			],
			['on no day', { from: '20:00', to: '08:00', weekdays: [] }, []],
		])('are read %s', (_, period, weekdays) => {
			expect(quiet(period)).toMatchObject({
				value: { quietHours: { from: '20:00', to: '08:00', weekdays } },
			});
		});

		it.each([undefined, {}, { period: undefined }, { period: [] }, 'text'])(
			'are none with %j',
			(quietHours) => {
				expect(policy(withOptions({ quietHours }))).toMatchObject({ value: { quietHours: null } });
			},
		);

		it.each([
			{ from: '8 pm', to: '08:00' },
			{ from: '20:00', to: '24:00' },
			{ from: '20:00' },
			{ to: '08:00' },
			{ from: 20, to: '08:00' },
			{ from: '20:00', to: 8 },
			{},
		])('refuse %j', (period) => {
			expect(quiet(period)).toEqual(
				refusal(
					"'Quiet Hours' needs two times of day",
					'Enter them with hours and minutes, e.g. 20:00 and 08:00. Nothing was sent.',
				),
			);
		});
	});
});

describe('limitsOf', () => {
	const limits = (parameters: Parameters) => limitsOf(nodeWith(parameters));

	it('has sensible defaults', () => {
		expect(limits({})).toEqual({
			ok: true,
			value: { dryRun: false, maxSends: 10_000, intervalMs: 0, stopAfterFaults: 5 },
		});
	});

	it.each([
		['maxSendsPerRun', 3, { maxSends: 3 }],
		['maxSendsPerRun', 0, { maxSends: 0 }],
		['maxSendsPerRun', 10_000, { maxSends: 10_000 }],
		['maxSendsPerRun', 10_001, { maxSends: 10_000 }],
		['sendsPerMinute', 30, { intervalMs: 2000 }],
		['sendsPerMinute', '120', { intervalMs: 500 }],
		['sendsPerMinute', 0, { intervalMs: 0 }],
		['sendsPerMinute', '', { intervalMs: 0 }],
		['stopAfterConsecutiveFaults', 0, { stopAfterFaults: 0 }],
		['stopAfterConsecutiveFaults', 2, { stopAfterFaults: 2 }],
	])('reads %s of %j', (name, value, expected) => {
		expect(limits(withOptions({ [name]: value }))).toMatchObject({ ok: true, value: expected });
	});

	it.each([
		['maxSendsPerRun', 'Max Sends per Run'],
		['sendsPerMinute', 'Sends per Minute'],
		['stopAfterConsecutiveFaults', 'Stop After Consecutive Faults'],
	])('refuses %s below 0', (name, displayName) => {
		expect(limits(withOptions({ [name]: -1 }))).toEqual(
			refusal(
				`'${displayName}' is not a number of at least 0`,
				'Enter a number, or remove the option. Nothing was sent.',
			),
		);
	});

	it.each([
		[true, true],
		[false, false],
		['true', true],
		[' TRUE ', true],
		['false', false],
	])('reads a dry run of %j', (value, dryRun) => {
		expect(limits({ dryRun: value })).toMatchObject({ ok: true, value: { dryRun } });
	});

	it.each([
		['yes', 'yes'],
		[1, '1'],
		[null, 'null'],
		['', ''],
		['x'.repeat(50), 'x'.repeat(40)],
	])('refuses a dry run of %j rather than send', (value, shown) => {
		expect(limits({ dryRun: value })).toEqual(
			refusal(
				`'Dry Run' is neither true nor false: ${shown}`,
				'Switch it on or off, or correct its expression. Nothing was sent.',
			),
		);
	});
});
