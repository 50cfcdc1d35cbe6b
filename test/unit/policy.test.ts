import fc from 'fast-check';
import { findWindow, type SendWindow } from '../../nodes/shared/resend/decision/calendar';
import { INVITATION_STATUSES, type Invitation } from '../../nodes/shared/invitation/invitation';
import { decide } from '../../nodes/shared/resend/decision/policy';
import type { History, ResendPolicy } from '../../nodes/shared/resend/decision/rules';
import type { EntryState } from '../../nodes/shared/resend/record/entry';
import { minuteOfSend } from '../../nodes/shared/resend/record/marks';
import { sampleInvitation } from './support/sampleInvitation';

// A mutant has only to be found, not to be explained.
fc.configureGlobal({ endOnFailure: '__STRYKER_ACTIVE_MUTANT__' in process.env });

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];

// A Monday; noon in UTC, two in the afternoon in Berlin.
const NOW = '2026-06-15T12:00:00.000Z';

const ABSENT: EntryState = { kind: 'absent' };
const LEASED: EntryState = { kind: 'leased' };
const COMMITTED: EntryState = { kind: 'committed' };

/** A send that was begun in the minute of then, and whose end is not recorded. */
function inDoubt(from: string | null, inWindow = true): EntryState {
	const begun = from === null ? null : minuteOfSend(Date.parse(from));
	return { kind: 'inDoubt', begun, inWindow };
}

function invitation(given: Partial<Invitation> = {}): Invitation {
	return sampleInvitation({ environment: 'production', ...given });
}

function policy(given: Partial<ResendPolicy> = {}): ResendPolicy {
	return {
		window: 'day',
		maxSendsPerInvitation: null,
		timezone: 'Europe/Berlin',
		onlyStatuses: ['pending', 'expired'],
		minimumHoursSinceLastSend: 0,
		expiringWithinDays: null,
		includesExpired: false,
		quietHours: null,
		...given,
	};
}

function history(given: Partial<History> = {}): History {
	return {
		executionId: '77',
		record: ABSENT,
		stampsSends: true,
		...given,
	};
}

interface Case {
	at?: string;
	invitation?: Partial<Invitation>;
	policy?: Partial<ResendPolicy>;
	history?: Partial<History>;
}

function verdict({ at = NOW, ...given }: Case) {
	return decide(
		invitation(given.invitation),
		policy(given.policy),
		Date.parse(at),
		history(given.history),
	);
}

/** Outcome, reason and next instant, the part a table can show. */
function answer(given: Case): [string, string, string | null] {
	const { outcome, reason, nextEligibleAt } = verdict(given);
	return [outcome, reason, nextEligibleAt];
}

const DUE = (at = NOW): [string, string, string] => ['wouldSend', 'due', at];

describe('decide', () => {
	it('would send what no rule holds back', () => {
		expect(verdict({})).toEqual({
			outcome: 'wouldSend',
			reason: 'due',
			message: 'The invitation is due',
			nextEligibleAt: NOW,
			invitation: invitation(),
		});
	});

	describe('status', () => {
		it.each([
			['completed', 'skipped', 'completed', 'Not sent: the invitation is completed'],
			['cancelled', 'skipped', 'cancelled', 'Not sent: the invitation is cancelled'],
			[
				'unknown',
				'skipped',
				'statusNotSelected',
				"Not sent: the status is unknown. The option 'Only When Status Is' says which are sent",
			],
		] as const)('leaves %s alone for good', (status, outcome, reason, message) => {
			expect(verdict({ invitation: { status } })).toMatchObject({
				outcome,
				reason,
				message,
				nextEligibleAt: null,
			});
		});

		it.each(INVITATION_STATUSES)('sends what is %s when the user selected it', (status) => {
			expect(answer({ invitation: { status }, policy: { onlyStatuses: [status] } })).toEqual(DUE());
		});

		it.each(['pending', 'expired'] as const)('leaves %s alone when not selected', (status) => {
			expect(answer({ invitation: { status }, policy: { onlyStatuses: [] } })).toEqual([
				'skipped',
				'statusNotSelected',
				null,
			]);
		});
	});

	it('is not sent any more where it was sent as often as it may be in total', () => {
		const given = {
			policy: { maxSendsPerInvitation: 3 },
			history: { record: { kind: 'usedUp' } },
		} as const;
		expect(verdict(given)).toMatchObject({
			outcome: 'skipped',
			reason: 'maxSendsPerInvitation',
			message:
				"Not sent: this node has sent the invitation, or may have sent it, as often as 'Max Sends per Invitation' allows (3)",
			nextEligibleAt: null,
		});
	});

	describe('sent earlier in the window', () => {
		it.each([
			['hour', 'within this hour', '2026-06-15T13:00:00.000Z'],
			['day', 'today', '2026-06-15T22:00:00.000Z'],
			['week', 'this week', '2026-06-21T22:00:00.000Z'],
			['ever', 'once', null],
			['execution', 'in this execution', null],
		] as const)('is skipped by the record, at most once per %s', (window, words, next) => {
			expect(verdict({ policy: { window }, history: { record: COMMITTED } })).toMatchObject({
				outcome: 'skipped',
				reason: 'alreadySent',
				message: `Not sent: the invitation was already sent ${words}`,
				nextEligibleAt: next,
			});
		});

		it.each([
			['at its first millisecond', '2026-06-14T22:00:00.000Z', 'alreadySent'],
			['at this instant', NOW, 'alreadySent'],
			['the millisecond before it', '2026-06-14T21:59:59.999Z', 'due'],
		])("is skipped by the provider's stamp %s", (_, sentAt, reason) => {
			expect(verdict({ invitation: { sentAt } }).reason).toBe(reason);
		});

		it('counts the stamp of a provider whose stamp does not tell every send', () => {
			expect(verdict({ invitation: { sentAt: NOW }, history: { stampsSends: false } }).reason).toBe(
				'alreadySent',
			);
		});

		it('is due in the first millisecond of the next window', () => {
			const sentAt = '2026-06-15T21:59:59.999Z';
			expect(answer({ at: sentAt, invitation: { sentAt } })).toEqual([
				'skipped',
				'alreadySent',
				'2026-06-15T22:00:00.000Z',
			]);
			const next = '2026-06-15T22:00:00.000Z';
			expect(answer({ at: next, invitation: { sentAt } })).toEqual(DUE(next));
		});

		it.each(['ever', 'execution'] as const)(
			'does not take the first invitation for a resend, at most once per %s',
			(window) => {
				expect(answer({ invitation: { sentAt: NOW }, policy: { window } })).toEqual(DUE());
			},
		);

		it('waits for the end of the window of a stamp that lies ahead', () => {
			expect(answer({ invitation: { sentAt: '2026-06-17T09:00:00.000Z' } })).toEqual([
				'skipped',
				'alreadySent',
				'2026-06-17T22:00:00.000Z',
			]);
		});

		it('waits for the later of record and stamp', () => {
			expect(
				answer({
					invitation: { sentAt: '2026-06-17T09:00:00.000Z' },
					history: { record: COMMITTED },
				}),
			).toEqual(['skipped', 'alreadySent', '2026-06-17T22:00:00.000Z']);
		});

		it.each([
			['spring', '2026-03-29T21:59:59.999Z', '2026-03-29T22:00:00.000Z'],
			['autumn', '2026-10-25T22:59:59.999Z', '2026-10-25T23:00:00.000Z'],
		])('ends with the day on which clocks change, in %s', (_, at, next) => {
			expect(answer({ at, history: { record: COMMITTED } })).toEqual([
				'skipped',
				'alreadySent',
				next,
			]);
		});

		it.each([
			['the day clocks go forward in New York', 'America/New_York', '2026-03-08T05:00:00.000Z'],
			['the day clocks go back in New York', 'America/New_York', '2026-11-01T04:00:00.000Z'],
			['the day clocks go forward on Lord Howe', 'Australia/Lord_Howe', '2026-10-03T13:30:00.000Z'],
			['the day clocks go back on Lord Howe', 'Australia/Lord_Howe', '2026-04-04T13:00:00.000Z'],
			['a day in Kathmandu', 'Asia/Kathmandu', '2026-06-14T18:15:00.000Z'],
			['the day with two midnights in the Azores', 'Atlantic/Azores', '2026-10-25T00:00:00.000Z'],
		])('begins with %s', (_, timezone, start) => {
			const at = new Date(Date.parse(start) + 12 * HOUR).toISOString();
			const before = new Date(Date.parse(start) - 1).toISOString();
			expect(verdict({ at, policy: { timezone }, invitation: { sentAt: start } }).reason).toBe(
				'alreadySent',
			);
			expect(verdict({ at, policy: { timezone }, invitation: { sentAt: before } }).reason).toBe(
				'due',
			);
		});

		it('tells the two hours from two to three apart on the day clocks go back', () => {
			const sentAt = '2026-10-25T00:59:59.999Z';
			const again = '2026-10-25T01:00:00.000Z';
			const hourly = { window: 'hour' } as const;
			expect(answer({ at: sentAt, policy: hourly, invitation: { sentAt } })).toEqual([
				'skipped',
				'alreadySent',
				again,
			]);
			expect(answer({ at: again, policy: hourly, invitation: { sentAt } })).toEqual(DUE(again));
		});

		it('sees one week from Monday to Sunday over new year', () => {
			const week = { window: 'week', timezone: 'UTC' } as const;
			const sentAt = '2025-12-29T00:00:00.000Z';
			expect(
				answer({ at: '2026-01-04T23:59:59.999Z', policy: week, invitation: { sentAt } }),
			).toEqual(['skipped', 'alreadySent', '2026-01-05T00:00:00.000Z']);
			expect(
				answer({
					at: '2025-12-29T00:00:00.000Z',
					policy: week,
					invitation: { sentAt: '2025-12-28T23:59:59.999Z' },
				}),
			).toEqual(DUE('2025-12-29T00:00:00.000Z'));
		});
	});

	describe('a send in doubt', () => {
		const BEGUN = '2026-06-15T11:50:00.000Z';
		const GRACE_ENDS = '2026-06-15T12:01:00.000Z';
		const LAST_YEAR = '2025-01-01T00:00:00.000Z';
		const WINDOWS = ['execution', 'hour', 'day', 'week', 'ever'] as const;

		it('is not sent again, and said to be unknown', () => {
			expect(verdict({ history: { record: inDoubt(BEGUN) } })).toMatchObject({
				outcome: 'unknown',
				reason: 'interrupted',
				message:
					"Not sent again: an earlier email could not be confirmed, so it may have been sent. Ask the person whether it arrived, or run the workflow again after 'nextEligibleAt'",
			});
		});

		it('names no time to wait for where there is none', () => {
			const { message } = verdict({
				policy: { window: 'ever' },
				history: { record: inDoubt(BEGUN), stampsSends: false },
			});
			expect(message).toMatch(/ it may have been sent\. Ask the person whether it arrived$/);
		});

		describe('within ten minutes of the minute in which it was begun', () => {
			it.each(WINDOWS)('waits for these to be over, at most once per %s', (window) => {
				const given: Case = {
					invitation: { sentAt: LAST_YEAR },
					policy: { window },
					history: { record: inDoubt(BEGUN) },
				};
				expect(answer(given)).toEqual(['unknown', 'interrupted', GRACE_ENDS]);
				const last = '2026-06-15T12:00:59.999Z';
				expect(answer({ ...given, at: last })).toEqual(['unknown', 'interrupted', GRACE_ENDS]);
				expect(answer({ ...given, at: GRACE_ENDS })).toEqual(DUE(GRACE_ENDS));
			});

			it.each([
				[true, '2026-06-15T22:06:00.000Z'],
				// It may have been sent after midnight, and nothing tells: then it counts for that day, too.
				[false, '2026-06-16T22:00:00.000Z'],
			])(
				'waits also where it was begun in an earlier window, with stamps %s',
				(stampsSends, next) => {
					// Midnight in Berlin is at 22:00 UTC.
					const given: Case = {
						at: '2026-06-15T22:00:00.000Z',
						invitation: { sentAt: LAST_YEAR },
						history: { stampsSends, record: inDoubt('2026-06-15T21:55:00.000Z', false) },
					};
					expect(answer(given)).toEqual(['unknown', 'interrupted', next]);
					expect(answer({ ...given, at: next })).toEqual(DUE(next));
				},
			);

			it('counts for the next window, too, where it reaches into that and no stamp is there', () => {
				const record = inDoubt('2026-06-15T21:55:00.000Z');
				const given: Case = { at: '2026-06-15T21:58:00.000Z', history: { record } };
				for (const stampsSends of [true, false]) {
					expect(answer({ ...given, history: { record, stampsSends } })).toEqual([
						'unknown',
						'interrupted',
						'2026-06-16T22:00:00.000Z',
					]);
				}
			});
		});

		describe('where the provider stamps its sends', () => {
			const SETTLED: Array<[string, string, string, string]> = [
				['from its minute on', '2026-06-15T11:50:00.000Z', 'alreadySent', 'alreadySent'],
				// By a clock that is a quarter of an hour behind, or from an earlier send.
				['just before it', '2026-06-15T11:49:59.999Z', 'interrupted', 'interrupted'],
				['a quarter before it', '2026-06-15T11:35:00.000Z', 'interrupted', 'interrupted'],
				['more than a quarter before it', '2026-06-15T11:34:59.999Z', 'interrupted', 'due'],
			];

			it.each(SETTLED)('is judged by a stamp %s', (_, sentAt, inGrace, afterwards) => {
				for (const window of ['ever', 'execution'] as const) {
					const given: Case = {
						invitation: { sentAt },
						policy: { window },
						history: { record: inDoubt(BEGUN) },
					};
					// It may be the stamp of another execution.
					const isOpen = window === 'execution' && inGrace === 'alreadySent';
					expect(verdict(given).reason).toBe(isOpen ? 'interrupted' : inGrace);
					const later = verdict({ ...given, at: GRACE_ENDS }).reason;
					expect(later).toBe(isOpen ? 'interrupted' : afterwards);
				}
			});

			it.each(SETTLED)('of an earlier window is judged by a stamp %s', (_, sentAt, inGrace) => {
				const given: Case = {
					invitation: { sentAt },
					policy: { window: 'execution' },
					history: { record: inDoubt(BEGUN, false) },
				};
				expect(verdict(given).reason).toBe(inGrace === 'alreadySent' ? 'due' : 'interrupted');
				expect(verdict({ ...given, at: GRACE_ENDS }).reason).toBe('due');
			});

			it('is settled for the next day by a stamp of the day before, though it is in both', () => {
				const at = '2026-06-15T22:00:30.000Z';
				const given: Case = {
					at,
					invitation: { sentAt: '2026-06-15T21:59:30.000Z' },
					history: { record: inDoubt('2026-06-15T21:59:00.000Z') },
				};
				expect(answer(given)).toEqual(DUE(at));
			});

			it('stays open to the end of the window with a stamp just before both', () => {
				const given: Case = {
					invitation: { sentAt: '2026-06-14T21:59:59.999Z' },
					history: { record: inDoubt('2026-06-14T22:00:00.000Z') },
				};
				expect(answer(given)).toEqual(['unknown', 'interrupted', '2026-06-15T22:00:00.000Z']);
			});

			it('holds nothing back once it is settled and its window is over', () => {
				const at = '2026-06-16T12:00:00.000Z';
				for (const sentAt of [BEGUN, LAST_YEAR]) {
					const history = { record: inDoubt(BEGUN, false) };
					expect(answer({ at, invitation: { sentAt }, history })).toEqual(DUE(at));
				}
			});

			it.each([
				['hour', 'due', NOW],
				['day', 'due', NOW],
				['week', 'due', NOW],
				['ever', 'interrupted', null],
				['execution', 'interrupted', null],
			] as const)('without a beginning is told by the window, at most once per %s', (...row) => {
				const [window, reason, nextEligibleAt] = row;
				const history = { record: inDoubt(null) };
				expect(
					verdict({ invitation: { sentAt: LAST_YEAR }, policy: { window }, history }),
				).toMatchObject({ reason, nextEligibleAt });
			});

			it.each([
				['hour', '2026-06-17T00:10:00.000Z'],
				['day', '2026-06-17T00:10:00.000Z'],
				['week', '2026-06-21T22:00:00.000Z'],
				['ever', null],
				['execution', null],
			] as const)(
				'is not proven by a stamp that may be older than a beginning told inexactly, per %s',
				(window, next) => {
					// All that a process leaves which died while it asked.
					const begun = { from: Date.parse(LAST_YEAR), to: Date.parse('2026-06-17T00:00:00.000Z') };
					const given: Case = {
						invitation: { sentAt: '2026-06-09T12:00:00.000Z' },
						policy: { window },
						history: { record: { kind: 'inDoubt', begun, inWindow: true } },
					};
					expect(answer(given)).toEqual(['unknown', 'interrupted', next]);
				},
			);

			it('is told by nothing where this invitation has no stamp', () => {
				const given: Case = { at: GRACE_ENDS, history: { record: inDoubt(BEGUN) } };
				expect(answer(given)).toEqual(['unknown', 'interrupted', '2026-06-15T22:00:00.000Z']);
			});
		});

		describe('where no stamp tells', () => {
			const untold = (record: EntryState) => ({ stampsSends: false, record });

			it.each([
				// The grace reaches into the next hour.
				['hour', '2026-06-15T13:00:00.000Z'],
				['day', '2026-06-15T22:00:00.000Z'],
				['week', '2026-06-21T22:00:00.000Z'],
				['ever', null],
				['execution', null],
			] as const)(
				'stays open to the end of the last %s that the grace reaches into',
				(window, next) => {
					expect(
						answer({
							// The hour ends within the grace.
							at: '2026-06-15T11:58:00.000Z',
							invitation: { sentAt: LAST_YEAR },
							policy: { window },
							history: untold(inDoubt(BEGUN)),
						}),
					).toEqual(['unknown', 'interrupted', next]);
				},
			);

			it.each(WINDOWS)('is due once both are over, at most once per %s', (window) => {
				const history = untold(inDoubt('2026-06-01T11:50:00.000Z', false));
				const given = { policy: { window }, history };
				expect(answer({ ...given, at: GRACE_ENDS })).toEqual(DUE(GRACE_ENDS));
			});

			it('stays open to the end of the window without a beginning, and is due in another', () => {
				expect(answer({ history: untold(inDoubt(null)) })).toEqual([
					'unknown',
					'interrupted',
					'2026-06-15T22:00:00.000Z',
				]);
				expect(answer({ history: untold(inDoubt(null, false)) })).toEqual(DUE());
			});
		});
	});

	describe('a send that another execution is at', () => {
		const busy = { record: LEASED };

		it.each(['hour', 'day', 'week', 'ever', 'execution'] as const)(
			'is left to it for a minute, at most once per %s',
			(window) => {
				expect(verdict({ policy: { window }, history: busy })).toMatchObject({
					outcome: 'deferred',
					reason: 'inProgress',
					message: 'Not sent: another execution is sending it right now',
					nextEligibleAt: '2026-06-15T12:01:00.000Z',
				});
			},
		);

		it('is not disproved by an old stamp', () => {
			expect(
				verdict({ invitation: { sentAt: '2026-01-01T00:00:00.000Z' }, history: busy }).reason,
			).toBe('inProgress');
		});

		it('is proven by a stamp within the window', () => {
			expect(verdict({ invitation: { sentAt: NOW }, history: busy }).reason).toBe('alreadySent');
		});

		it('lets other rules have their say after the minute', () => {
			const quietHours = { from: '14:01', to: '15:00', weekdays: EVERY_DAY };
			expect(answer({ history: busy, policy: { quietHours } })).toEqual([
				'deferred',
				'inProgress',
				'2026-06-15T13:00:00.000Z',
			]);
		});
	});

	describe('minimum hours since the last send', () => {
		const hours = (minimumHoursSinceLastSend: number) => ({ minimumHoursSinceLastSend });

		it.each([
			['the millisecond before', '2026-06-15T11:59:59.999Z', 'sentRecently'],
			['at', '2026-06-15T12:00:00.000Z', 'due'],
		])('end exactly, %s', (_, at, reason) => {
			const given: Case = {
				at,
				invitation: { sentAt: '2026-06-13T12:00:00.000Z' },
				policy: hours(48),
			};
			expect(verdict(given)).toMatchObject({
				reason,
				nextEligibleAt: '2026-06-15T12:00:00.000Z',
			});
		});

		it('say how many', () => {
			expect(
				verdict({ invitation: { sentAt: '2026-06-14T12:00:00.000Z' }, policy: hours(48) }),
			).toMatchObject({
				outcome: 'skipped',
				message: 'Not sent: the last email was sent less than 48 hours ago',
			});
		});

		it('say one as one', () => {
			expect(
				verdict({
					at: '2026-06-14T12:30:00.000Z',
					invitation: { sentAt: '2026-06-14T12:00:00.000Z' },
					policy: { ...hours(1), window: 'ever' },
				}),
			).toMatchObject({ message: 'Not sent: the last email was sent less than 1 hour ago' });
		});

		it.each([
			['0 hours', 0, '2026-06-14T12:00:00.000Z'],
			['no stamp', 48, null],
		])('hold nothing back with %s', (_, count, sentAt) => {
			expect(answer({ invitation: { sentAt }, policy: hours(count) })).toEqual(DUE());
		});

		it('may be a fraction that is no whole number of milliseconds', () => {
			// A third of a microhour is 1.2 ms.
			const given: Case = {
				at: '2026-06-13T12:00:00.001Z',
				invitation: { sentAt: '2026-06-13T12:00:00.000Z' },
				policy: { window: 'ever', ...hours(1 / 3_000_000) },
			};
			expect(answer(given)).toEqual(['skipped', 'sentRecently', '2026-06-13T12:00:00.002Z']);
			const next = '2026-06-13T12:00:00.002Z';
			expect(answer({ ...given, at: next })).toEqual(DUE(next));
		});

		it.each([1e9, 1e12, Number.MAX_VALUE])('may be as good as for ever: %d', (count) => {
			expect(
				answer({ invitation: { sentAt: '2026-06-13T12:00:00.000Z' }, policy: hours(count) }),
			).toEqual(['skipped', 'sentRecently', null]);
		});

		it('reach to the last year with four digits and no further', () => {
			const sentAt = '2026-06-13T12:00:00.000Z';
			const upTo = (instant: number) =>
				answer({ invitation: { sentAt }, policy: hours((instant - Date.parse(sentAt)) / HOUR) });
			const last = Date.parse('9999-12-31T23:00:00.000Z');
			expect(upTo(last)[2]).toBe('9999-12-31T23:00:00.000Z');
			expect(upTo(last + HOUR)[2]).toBeNull();
		});
	});

	describe('only when expiring within so many days', () => {
		const within = (expiringWithinDays: number | null, includesExpired = false) => ({
			expiringWithinDays,
			includesExpired,
		});

		it.each([
			['the millisecond before', '2026-06-15T11:59:59.999Z', 'notExpiringSoon'],
			['at', '2026-06-15T12:00:00.000Z', 'due'],
		])('begins exactly, %s', (_, at, reason) => {
			const given: Case = {
				at,
				invitation: { expiresAt: '2026-06-18T12:00:00.000Z' },
				policy: within(3),
			};
			expect(verdict(given)).toMatchObject({
				reason,
				nextEligibleAt: '2026-06-15T12:00:00.000Z',
			});
		});

		it('says how many', () => {
			expect(
				verdict({ invitation: { expiresAt: '2026-07-18T12:00:00.000Z' }, policy: within(3) }),
			).toMatchObject({
				outcome: 'skipped',
				message: 'Not sent: the invitation does not expire within 3 days',
			});
		});

		it('says one as one', () => {
			expect(
				verdict({ invitation: { expiresAt: '2026-07-18T12:00:00.000Z' }, policy: within(1) }),
			).toMatchObject({ message: 'Not sent: the invitation does not expire within 1 day' });
		});

		it('with 0 days begins when the invitation expires', () => {
			const expiresAt = '2026-06-15T12:00:00.001Z';
			expect(answer({ invitation: { expiresAt }, policy: within(0, true) })).toEqual([
				'skipped',
				'notExpiringSoon',
				expiresAt,
			]);
			// And without the expired ones never.
			expect(answer({ invitation: { expiresAt }, policy: within(0) })).toEqual([
				'skipped',
				'notExpiringSoon',
				null,
			]);
		});

		it('skips an invitation that does not tell when it expires', () => {
			expect(verdict({ policy: within(3) })).toMatchObject({
				outcome: 'skipped',
				reason: 'notExpiringSoon',
				message: 'Not sent: the service does not say when the invitation expires',
				nextEligibleAt: null,
			});
		});

		const EXPIRED = [
			['one that has expired', 'expired', null],
			['one past its time that is called pending still', 'pending', '2026-06-01T00:00:00.000Z'],
			['one that is called expired before its time', 'expired', '2026-06-16T00:00:00.000Z'],
		] as const;

		it.each(EXPIRED)('skips %s', (_, status, expiresAt) => {
			expect(verdict({ invitation: { status, expiresAt }, policy: within(3) })).toMatchObject({
				outcome: 'skipped',
				reason: 'expired',
				message: "Not sent: the invitation has expired, and 'Include Expired' is off",
				nextEligibleAt: null,
			});
		});

		it.each(EXPIRED)("passes %s where 'Include Expired' is on", (_, status, expiresAt) => {
			const given: Case = { invitation: { status, expiresAt }, policy: within(3, true) };
			expect(answer(given)).toEqual(DUE());
		});

		it("holds no expired one back by 'Include Expired' alone", () => {
			expect(answer({ invitation: { status: 'expired' }, policy: within(null) })).toEqual(DUE());
		});

		it('names no time for what will have expired by then', () => {
			const given: Case = {
				invitation: { expiresAt: '2026-06-15T20:00:00.000Z' },
				policy: within(3),
				history: { record: COMMITTED },
			};
			expect(answer(given)).toEqual(['skipped', 'alreadySent', null]);
		});

		it('holds nothing back when it is off', () => {
			expect(
				answer({ invitation: { expiresAt: '2027-01-01T00:00:00.000Z' }, policy: within(null) }),
			).toEqual(DUE());
		});

		it('may be a fraction that is no whole number of milliseconds', () => {
			const given: Case = {
				invitation: { expiresAt: '2026-06-15T12:00:00.002Z' },
				policy: within(1 / DAY / 2, true),
			};
			const next = '2026-06-15T12:00:00.002Z';
			expect(answer({ ...given, at: '2026-06-15T12:00:00.001Z' })).toEqual([
				'skipped',
				'notExpiringSoon',
				next,
			]);
			expect(answer({ ...given, at: next })).toEqual(DUE(next));
		});
	});

	describe('quiet hours', () => {
		const night = { from: '20:00', to: '08:00', weekdays: EVERY_DAY };

		it.each<[string, string, [string, string, string]]>([
			['the millisecond before', '2026-06-15T17:59:59.999Z', DUE('2026-06-15T17:59:59.999Z')],
			[
				'their first millisecond',
				'2026-06-15T18:00:00.000Z',
				['deferred', 'quietHours', '2026-06-16T06:00:00.000Z'],
			],
			[
				'their last millisecond',
				'2026-06-16T05:59:59.999Z',
				['deferred', 'quietHours', '2026-06-16T06:00:00.000Z'],
			],
			['the millisecond after', '2026-06-16T06:00:00.000Z', DUE('2026-06-16T06:00:00.000Z')],
		])('defer, %s', (_, at, expected) => {
			expect(answer({ at, policy: { quietHours: night } })).toEqual(expected);
		});

		it('say so', () => {
			expect(
				verdict({ at: '2026-06-15T20:00:00.000Z', policy: { quietHours: night } }).message,
			).toBe("Not sent because of quiet hours. Run the workflow again after 'nextEligibleAt'");
		});

		it('put off what another rule lets go in the middle of them', () => {
			// Midnight opens the next day, and the night ends at eight in Berlin.
			expect(answer({ policy: { quietHours: night }, history: { record: COMMITTED } })).toEqual([
				'skipped',
				'alreadySent',
				'2026-06-16T06:00:00.000Z',
			]);
		});

		it('that last whole days add up over the weekend', () => {
			const weekend = { from: '00:00', to: '00:00', weekdays: [6, 7] };
			expect(answer({ at: '2026-06-20T10:00:00.000Z', policy: { quietHours: weekend } })).toEqual([
				'deferred',
				'quietHours',
				'2026-06-21T22:00:00.000Z',
			]);
		});

		it('that never end leave no instant at all', () => {
			const always = { from: '00:00', to: '00:00', weekdays: EVERY_DAY };
			expect(answer({ policy: { quietHours: always } })).toEqual(['deferred', 'quietHours', null]);
		});

		it('may leave a minute a week', () => {
			// From Monday 09:01 to Monday 09:00, put together of seven days.
			const six = { from: '09:00', to: '09:00', weekdays: [2, 3, 4, 5, 6, 7] };
			expect(answer({ at: '2026-06-16T12:00:00.000Z', policy: { quietHours: six } })).toEqual([
				'deferred',
				'quietHours',
				'2026-06-22T07:00:00.000Z',
			]);
		});
	});

	describe('several rules at once', () => {
		const everything: Case = {
			at: '2026-06-15T20:00:00.000Z',
			invitation: {
				status: 'completed',
				sentAt: '2026-06-15T06:00:00.000Z',
				expiresAt: '2026-07-15T12:00:00.000Z',
			},
			policy: {
				minimumHoursSinceLastSend: 48,
				expiringWithinDays: 3,
				quietHours: { from: '20:00', to: '08:00', weekdays: EVERY_DAY },
			},
			history: { record: COMMITTED },
		};

		it('names them in their order', () => {
			const reasons: string[] = [];
			let given = everything;
			const step = (change: Case): void => {
				reasons.push(verdict(given).reason);
				given = {
					...given,
					invitation: { ...given.invitation, ...change.invitation },
					policy: { ...given.policy, ...change.policy },
					history: { ...given.history, ...change.history },
				};
			};
			step({ invitation: { status: 'pending' } });
			step({ history: { record: ABSENT }, invitation: { sentAt: '2026-06-14T12:00:00.000Z' } });
			step({ policy: { minimumHoursSinceLastSend: 0 } });
			step({ policy: { expiringWithinDays: null } });
			step({ policy: { quietHours: null } });
			step({});
			expect(reasons).toEqual([
				'completed',
				'alreadySent',
				'sentRecently',
				'notExpiringSoon',
				'quietHours',
				'due',
			]);
		});

		it('waits for the last of them', () => {
			expect(
				answer({ ...everything, invitation: { ...everything.invitation, status: 'pending' } }),
			).toEqual(['skipped', 'alreadySent', '2026-07-12T12:00:00.000Z']);
		});
	});
});

describe('decide, whatever it is given,', () => {
	const SEED = 20261120;
	const TIMEZONES = [
		'UTC',
		'Europe/Berlin',
		'America/New_York',
		'Australia/Lord_Howe',
		'Asia/Kathmandu',
		'Atlantic/Azores',
		'Pacific/Chatham',
	];
	/** Around changes of the clocks, new year, and an ordinary week. */
	const moment = fc
		.tuple(
			fc.constantFrom(
				'2026-03-08',
				'2026-03-29',
				'2026-04-05',
				'2026-10-04',
				'2026-10-25',
				'2026-11-01',
				'2025-12-31',
				'2026-06-15',
			),
			fc.integer({ min: -3 * DAY, max: 3 * DAY }),
			fc.constantFrom(1, MINUTE, 15 * MINUTE, HOUR),
		)
		.map(([date, offset, grain]) => Date.parse(date) + Math.floor(offset / grain) * grain);
	const around = (now: number) =>
		fc.oneof(
			{ weight: 1, arbitrary: fc.constant(null) },
			{
				weight: 4,
				arbitrary: fc
					.integer({ min: -10 * DAY, max: 2 * DAY })
					.map((offset) => new Date(now + offset).toISOString()),
			},
			{
				weight: 1,
				arbitrary: fc
					.integer({ min: -HOUR, max: HOUR })
					.map((offset) => new Date(now + offset).toISOString()),
			},
		);
	const clock = fc
		.tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30, 59))
		.map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`);
	const quietHours = fc.record({
		from: clock,
		to: clock,
		weekdays: fc.subarray(EVERY_DAY, { minLength: 1 }),
	});
	const begunBefore = (now: number) =>
		fc
			.oneof(fc.integer({ min: 0, max: 15 * MINUTE }), fc.integer({ min: 0, max: 9 * DAY }))
			.map((ago) => minuteOfSend(now - ago));
	const recordAt = (now: number): fc.Arbitrary<EntryState> =>
		fc.oneof(
			fc.constant(ABSENT),
			fc.constantFrom(COMMITTED, LEASED),
			fc
				.tuple(fc.option(begunBefore(now), { freq: 5 }), fc.boolean())
				.map(([begun, inWindow]): EntryState => ({ kind: 'inDoubt', begun, inWindow })),
		);
	const situation = moment.chain((now) =>
		fc.record({
			now: fc.constant(now),
			invitation: fc
				.record({
					status: fc.oneof(
						{ weight: 3, arbitrary: fc.constantFrom('pending' as const, 'expired' as const) },
						{ weight: 1, arbitrary: fc.constantFrom(...INVITATION_STATUSES) },
					),
					sentAt: around(now),
					expiresAt: around(now + 4 * DAY),
				})
				.map(invitation),
			policy: fc
				.record({
					window: fc.constantFrom<SendWindow>('execution', 'hour', 'day', 'week', 'ever'),
					timezone: fc.constantFrom(...TIMEZONES),
					onlyStatuses: fc.oneof(
						{ weight: 3, arbitrary: fc.constant(['pending', 'expired'] as const) },
						{ weight: 1, arbitrary: fc.subarray([...INVITATION_STATUSES]) },
					),
					minimumHoursSinceLastSend: fc.oneof(
						fc.constantFrom(0, 0, 1, 24, 48),
						fc.double({ min: 0, max: 100, noNaN: true }),
					),
					expiringWithinDays: fc.oneof(
						fc.constantFrom(null, null, 0, 3),
						fc.double({ min: 0, max: 10, noNaN: true }),
					),
					includesExpired: fc.boolean(),
					quietHours: fc.option(quietHours),
				})
				.map(policy),
			history: fc
				.record({
					record: recordAt(now),
					stampsSends: fc.boolean(),
				})
				.map(history),
		}),
	);
	type Situation = typeof situation extends fc.Arbitrary<infer Given> ? Given : never;

	const decided = ({ invitation, policy, now, history }: Situation) =>
		decide(invitation, policy, now, history);

	/** What the record says of it at a later instant in the same window or another, nothing else changed. */
	function recordLater(given: Situation, at: number, inSameWindow: boolean): EntryState {
		const { record } = given.history;
		switch (record.kind) {
			case 'absent':
			case 'usedUp':
				return record;
			case 'committed':
				return inSameWindow ? record : ABSENT;
			case 'leased': {
				// Whoever is at it is done in a minute, and by the time that another rule lets it go.
				const isAtIt = at - given.now < MINUTE && decided(given).reason === 'inProgress';
				return isAtIt ? record : ABSENT;
			}
			case 'inDoubt':
				return { ...record, inWindow: record.inWindow && inSameWindow };
		}
	}

	/** The answer to a new run at a later instant, nothing else changed. */
	function askedAgain(given: Situation, at: number): string {
		const { invitation, policy, now, history } = given;
		const { window, timezone } = policy;
		const label = (instant: number) =>
			findWindow(instant, window, timezone, history.executionId).label;
		const record = recordLater(given, at, label(at) === label(now));
		return decide(invitation, policy, at, { ...history, record }).outcome;
	}

	it('would send at the instant it named, not a millisecond before, nor in between', () => {
		let named = 0;
		fc.assert(
			fc.property(situation, fc.double({ min: 0, max: 1, noNaN: true }), (given, part) => {
				const { nextEligibleAt } = decided(given);
				if (nextEligibleAt === null) return;
				const next = Date.parse(nextEligibleAt);
				expect(next).toBeGreaterThanOrEqual(given.now);
				expect(askedAgain(given, next)).toBe('wouldSend');
				if (next === given.now) return;
				named++;
				expect(askedAgain(given, next - 1)).not.toBe('wouldSend');
				const between = given.now + Math.floor((next - 1 - given.now) * part);
				expect(askedAgain(given, between)).not.toBe('wouldSend');
			}),
			{ numRuns: 1000, seed: SEED },
		);
		// The property says nothing unless it speaks of a good share of what was tried.
		expect(named).toBeGreaterThan(200);
	});

	it('would not send at any later instant of the same execution when it named none', () => {
		let none = 0;
		fc.assert(
			fc.property(
				situation,
				fc.array(fc.integer({ min: 0, max: 60 * DAY }), { minLength: 3, maxLength: 3 }),
				(given, offsets) => {
					if (decided(given).nextEligibleAt !== null) return;
					none++;
					for (const offset of offsets) {
						expect(askedAgain(given, given.now + offset)).not.toBe('wouldSend');
					}
				},
			),
			{ numRuns: 300, seed: SEED },
		);
		expect(none).toBeGreaterThan(40);
	});

	it('names an instant exactly when it would send now or later, and now exactly when now', () => {
		fc.assert(
			fc.property(situation, (given) => {
				const { outcome, nextEligibleAt } = decided(given);
				const isNow = nextEligibleAt !== null && Date.parse(nextEligibleAt) === given.now;
				expect(isNow).toBe(outcome === 'wouldSend');
			}),
			{ numRuns: 300, seed: SEED },
		);
	});

	it('gives the same answer to the same question, and changes nothing it was given', () => {
		const freeze = <T>(value: T): T => {
			if (typeof value === 'object' && value !== null) {
				Object.values(value).forEach(freeze);
				Object.freeze(value);
			}
			return value;
		};
		const clock = jest.spyOn(Date, 'now').mockImplementation(() => {
			throw new Error('decide reads no clock');
		});
		try {
			fc.assert(
				fc.property(situation, (given) => {
					const before = JSON.stringify(given);
					const first = decided(freeze(given));
					expect(decided(given)).toEqual(first);
					expect(JSON.stringify(given)).toBe(before);
					expect(first.invitation).toBe(given.invitation);
				}),
				{ numRuns: 300, seed: SEED },
			);
		} finally {
			clock.mockRestore();
		}
	});

	it('never finds a closed invitation eligible unless its status was selected', () => {
		fc.assert(
			fc.property(situation, fc.constantFrom(...INVITATION_STATUSES), (given, status) => {
				const onlyStatuses = given.policy.onlyStatuses.filter((selected) => selected !== status);
				const { outcome, nextEligibleAt } = decided({
					...given,
					invitation: { ...given.invitation, status },
					policy: { ...given.policy, onlyStatuses },
				});
				expect(outcome).toBe('skipped');
				expect(nextEligibleAt).toBeNull();
			}),
			{ numRuns: 300, seed: SEED },
		);
	});

	it('never finds what the record calls sent eligible in the same window', () => {
		fc.assert(
			fc.property(situation, (given) => {
				const { window, timezone } = given.policy;
				const sent = { ...given, history: { ...given.history, record: COMMITTED } };
				const { outcome, nextEligibleAt } = decided(sent);
				expect(outcome).toBe('skipped');
				if (nextEligibleAt === null) return;
				const end = findWindow(given.now, window, timezone, '77').end;
				expect(Date.parse(nextEligibleAt)).toBeGreaterThanOrEqual(end ?? Infinity);
			}),
			{ numRuns: 300, seed: SEED },
		);
	});

	it('answers with documented pairs of outcome and reason only, and meets all of them', () => {
		const met = new Set<string>();
		fc.assert(
			fc.property(situation, (given) => {
				const { outcome, reason } = decided(given);
				met.add(`${outcome} / ${reason}`);
			}),
			{ numRuns: 1000, seed: SEED },
		);
		expect([...met].sort()).toEqual([
			'deferred / inProgress',
			'deferred / quietHours',
			'skipped / alreadySent',
			'skipped / cancelled',
			'skipped / completed',
			'skipped / expired',
			'skipped / notExpiringSoon',
			'skipped / sentRecently',
			'skipped / statusNotSelected',
			'unknown / interrupted',
			'wouldSend / due',
		]);
	});

	it('never uses the words the guidelines ban', () => {
		fc.assert(
			fc.property(situation, (given) => {
				expect(decided(given).message).not.toMatch(/error|problem|failure|mistake/i);
			}),
			{ numRuns: 200, seed: SEED },
		);
	});
});
