import type { IExecuteFunctions } from 'n8n-workflow';
import { readSettings } from '../../nodes/shared/resend/settings';

type Parameters = Record<string, unknown>;

/** A node with parameters of its own for every item; one that is left out has its default. */
function nodeWith(items: Parameters[], timezone = 'Europe/Berlin'): IExecuteFunctions {
	const fake = {
		getNodeParameter: (name: string, itemIndex: number, fallback: unknown) => {
			const parameters = items[itemIndex];
			return parameters !== undefined && name in parameters ? parameters[name] : fallback;
		},
		getTimezone: () => timezone,
	};
	return fake as unknown as IExecuteFunctions;
}

const settings = (parameters: Parameters) => readSettings(nodeWith([parameters]), 0);

function policy(parameters: Parameters) {
	const given = settings(parameters);
	return given.ok ? { ok: true, value: given.value.policy } : given;
}

function limits(parameters: Parameters) {
	const given = settings(parameters);
	return given.ok ? { ok: true, value: given.value.limits } : given;
}

const withOptions = (options: unknown): Parameters => ({ options });

function refusal(message: string, description: string) {
	const failure = { reason: 'invalidInput', httpStatus: null, code: null, retryable: false };
	return { ok: false, failure: { ...failure, message, description } };
}

describe('the settings of an item', () => {
	it('are its own in every parameter', () => {
		const node = nodeWith([
			{},
			{
				dryRun: true,
				atMostOncePer: 'ever',
				options: {
					onlyWhenStatusIs: ['expired'],
					minimumHoursSinceLastSend: 5,
					onlyWhenExpiringWithin: 2,
					includeExpired: true,
					quietHours: { period: { from: '20:00', to: '08:00', weekdays: [1] } },
					maxSendsPerInvitation: 4,
					maxSendsPerRun: 3,
					sendsPerMinute: 30,
					stopAfterConsecutiveFaults: 4,
					sendsAtATime: 2,
				},
			},
		]);
		expect(readSettings(node, 0)).toEqual({
			ok: true,
			value: {
				dryRun: false,
				policy: {
					window: 'day',
					maxSendsPerInvitation: null,
					timezone: 'Europe/Berlin',
					onlyStatuses: ['pending', 'expired'],
					minimumHoursSinceLastSend: 0,
					expiringWithinDays: null,
					includesExpired: false,
					quietHours: null,
				},
				limits: { maxSends: 2_000, intervalMs: 0, stopAfterFaults: 5, sendsAtATime: 1 },
			},
		});
		expect(readSettings(node, 1)).toEqual({
			ok: true,
			value: {
				dryRun: true,
				policy: {
					window: 'ever',
					maxSendsPerInvitation: 4,
					timezone: 'Europe/Berlin',
					onlyStatuses: ['expired'],
					minimumHoursSinceLastSend: 5,
					expiringWithinDays: 2,
					includesExpired: true,
					quietHours: { from: '20:00', to: '08:00', weekdays: [1] },
				},
				limits: { maxSends: 3, intervalMs: 2_000, stopAfterFaults: 4, sendsAtATime: 2 },
			},
		});
	});

	it('keep a dry run to the items that ask for one', () => {
		const node = nodeWith([{ dryRun: false }, { dryRun: true }, { dryRun: 'false' }]);
		const dryRuns = [0, 1, 2].map((itemIndex) => {
			const given = readSettings(node, itemIndex);
			return given.ok && given.value.dryRun;
		});
		expect(dryRuns).toEqual([false, true, false]);
	});

	it('of one item are refused without those of another', () => {
		const node = nodeWith([{ options: { sendsPerMinute: -1 } }, {}]);
		expect(readSettings(node, 0).ok).toBe(false);
		expect(readSettings(node, 1).ok).toBe(true);
	});
});

describe('the policy', () => {
	it.each(['execution', 'hour', 'day', 'week', 'ever'])('knows the window %s', (window) => {
		expect(policy({ atMostOncePer: window })).toMatchObject({ ok: true, value: { window } });
	});

	const link = 'https://my.example.com/invite/abc';

	// Not quoted: an expression may give what is no business of a stored execution.
	it.each(['month', '', null, 7, 'Day', link])('refuses the window %j', (window) => {
		expect(policy({ atMostOncePer: window })).toEqual(
			refusal(
				"'Send at Most Once' has an unknown value",
				'Use one of execution, hour, day, week, ever. Nothing was sent.',
			),
		);
	});

	it('takes the time zone of the workflow', () => {
		expect(readSettings(nodeWith([{}], 'Asia/Kathmandu'), 0)).toMatchObject({
			value: { policy: { timezone: 'Asia/Kathmandu' } },
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
			const given = settings(withOptions({ [name]: value }));
			if (!given.ok) return given;
			const { minimumHoursSinceLastSend, expiringWithinDays } = given.value.policy;
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

		// Blank ones fail their item before they are read: test/engine/collections.test.ts.
		it.each([undefined, null, '', ' ', [], {}])('is off for %j', (value) => {
			expect(read(value)).toBe(none);
		});

		it.each([-1, -0.5, NaN, Infinity, 'soon', '-1', true, [3], { hours: 3 }])(
			'refuses %j',
			(value) => {
				expect(read(value)).toEqual(
					refusal(
						`'${displayName}' must be a number of 0 or more`,
						'Enter a number, or remove this setting. No request was made.',
					),
				);
			},
		);
	});

	describe('statuses', () => {
		it.each([
			[['completed'], ['completed']],
			[
				['unknown', 'pending'],
				['pending', 'unknown'],
			],
			[[], []],
			// As an expression may give it; the default would email the expired ones as well.
			['pending', ['pending']],
			[undefined, ['pending', 'expired']],
		])('of %j are %j', (chosen, statuses) => {
			expect(policy(withOptions({ onlyWhenStatusIs: chosen }))).toMatchObject({
				value: { onlyStatuses: statuses },
			});
		});

		it.each([[['pending', 'unheard of']], ['pending,expired'], [{ status: 'pending' }], [true]])(
			'are refused as %j',
			(chosen) => {
				expect(policy(withOptions({ onlyWhenStatusIs: chosen }))).toEqual(
					refusal(
						"'Only When Status Is' has an unknown value",
						'Use any of pending, expired, completed, cancelled, unknown. No request was made.',
					),
				);
			},
		);
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
			{ from: '20:00', to: '8:00' },
			{ from: '20:00' },
			{ to: '08:00' },
			{ from: 20, to: '08:00' },
			{ from: '20:00', to: 8 },
			{},
			// Without a day they would let emails go out at night.
			{ from: '20:00', to: '08:00', weekdays: [] },
			{ from: '20:00', to: '08:00', weekdays: ['Monday'] },
		])('refuse %j', (period) => {
			expect(quiet(period)).toEqual(
				refusal(
					"'Quiet Hours' needs two times of day and a weekday",
					'Enter each time with two digits for the hour, e.g. 08:00 and 20:00, and choose at least one weekday. Nothing was sent.',
				),
			);
		});
	});
});

describe('the limits', () => {
	it.each([
		['maxSendsPerRun', 3, { maxSends: 3 }],
		['maxSendsPerRun', 0, { maxSends: 0 }],
		['maxSendsPerRun', 2_000, { maxSends: 2_000 }],
		['maxSendsPerRun', 2_001, { maxSends: 2_000 }],
		['sendsPerMinute', 30, { intervalMs: 2000 }],
		['sendsPerMinute', '120', { intervalMs: 500 }],
		['sendsPerMinute', 0, { intervalMs: 0 }],
		['sendsPerMinute', '', { intervalMs: 0 }],
		['stopAfterConsecutiveFaults', 0, { stopAfterFaults: 0 }],
		['stopAfterConsecutiveFaults', 2, { stopAfterFaults: 2 }],
		['sendsAtATime', 1, { sendsAtATime: 1 }],
		['sendsAtATime', 20, { sendsAtATime: 20 }],
		['sendsAtATime', '3', { sendsAtATime: 3 }],
		['sendsAtATime', '', { sendsAtATime: 1 }],
	])('read %s of %j', (name, value, expected) => {
		expect(limits(withOptions({ [name]: value }))).toMatchObject({ ok: true, value: expected });
	});

	it.each([
		['maxSendsPerRun', 'Max Sends per Run'],
		['sendsPerMinute', 'Sends per Minute'],
		['stopAfterConsecutiveFaults', 'Stop After Consecutive Faults'],
	])('refuse %s below 0', (name, displayName) => {
		expect(limits(withOptions({ [name]: -1 }))).toEqual(
			refusal(
				`'${displayName}' must be a number of 0 or more`,
				'Enter a number, or remove this setting. No request was made.',
			),
		);
	});

	it.each([-1, 0, 0.5, 1.5, 20.5, 21, 'three'])('refuse %j for a count', (count) => {
		for (const [name, displayName] of [
			['sendsAtATime', 'Sends at a Time'],
			['maxSendsPerInvitation', 'Max Sends per Invitation'],
		] as const) {
			expect(limits(withOptions({ [name]: count }))).toEqual(
				refusal(
					`'${displayName}' must be a whole number from 1 to 20`,
					'Enter a number in this range, or remove the option. Nothing was sent.',
				),
			);
		}
	});

	it.each([
		[1, 5],
		[5, 5],
		[6, 6],
		[20, 20],
	])('with %d at a time stop after %d faults, unless told otherwise', (sendsAtATime, stops) => {
		expect(limits(withOptions({ sendsAtATime }))).toMatchObject({
			value: { stopAfterFaults: stops },
		});
		expect(limits(withOptions({ sendsAtATime, stopAfterConsecutiveFaults: 2 }))).toMatchObject({
			value: { stopAfterFaults: 2 },
		});
	});
});

describe('the dry run', () => {
	it.each([
		[true, true],
		[false, false],
		['true', true],
		[' TRUE ', true],
		['false', false],
		// The node refuses these (see the engine tests of filters and options); they must not send in any case.
		['yes', true],
		[1, true],
		[null, true],
		['', true],
	])('is read from %j', (value, dryRun) => {
		expect(settings({ dryRun: value })).toMatchObject({ ok: true, value: { dryRun } });
	});
});
