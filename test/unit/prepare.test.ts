import type { FailureReason } from '../../nodes/shared/core/failure';
import { failed, ok } from '../../nodes/shared/core/result';
import type { Found, InvitationProvider } from '../../nodes/shared/invitation/provider';
import type { BegunSend } from '../../nodes/shared/resend/executionState';
import { prepare } from '../../nodes/shared/resend/prepare';
import type { Lease, LeaseResult } from '../../nodes/shared/resend/record/entry';
import { minuteOfSend } from '../../nodes/shared/resend/record/marks';
import type { Job, Prepared, Run } from '../../nodes/shared/resend/run';
import { createThrottle } from '../../nodes/shared/resend/throttle';
import type { Verdict } from '../../nodes/shared/resend/verdict';
import { capabilities } from './support/capabilities';
import { sampleFailure } from './support/sampleFailure';
import { sampleInvitation } from './support/sampleInvitation';

const NOW = Date.parse('2026-06-15T12:00:30.000Z');
const TOMORROW = '2026-06-16T00:00:00.000Z';
const YESTERDAY = '2026-06-14T12:00:00.000Z';

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async () => undefined,
}));

beforeEach(() => jest.useFakeTimers({ now: NOW }));
afterEach(() => jest.useRealTimers());

const foundAt = (sentAt: string, id: string): Found => ({
	invitation: sampleInvitation({ id, sentAt }),
	raw: {},
	link: null,
});

const BEFORE = foundAt(YESTERDAY, 'first');
const AFTER = foundAt(new Date(NOW).toISOString(), 'second');

type Reading = Awaited<ReturnType<InvitationProvider['read']>>;

/** Gives one after the other, and the last one for good. */
function inTurn<T>(all: readonly [T, ...T[]]): () => T {
	const left = all.values();
	let [now] = all;
	return () => {
		now = left.next().value ?? now;
		return now;
	};
}

interface Given {
	/** What comes of each lease, one after the other; the last one stays. */
	leases: [LeaseResult | Error, ...Array<LeaseResult | Error>];
	/** What comes of each look, in the same way. */
	reads?: [Reading, ...Reading[]];
	stampsSends?: boolean;
	/** A send that this execution began. */
	begun?: BegunSend | null;
}

let entries = 0;

/** A run with one item, at a service that stamps its sends unless it is said otherwise. */
function stage({ leases, reads = [ok(BEFORE)], stampsSends = true, begun = null }: Given) {
	const nextLease = inTurn(leases);
	const nextRead = inTurn(reads);
	const entry = `entry ${entries++}`;
	const committed: Lease[] = [];
	const remembered: Verdict[] = [];
	const write = async (): Promise<void> => undefined;
	const provider: InvitationProvider<string> = {
		name: 'sample',
		displayName: 'Sample',
		capabilities: capabilities({ stampsSends }),
		target: () => ok('one'),
		idsOf: () => ({}),
		key: (target) => target,
		read: async () => nextRead(),
		describeMissing: () => sampleFailure({ reason: 'notFound' }),
		recordKey: () => entry,
		send: async () => await Promise.reject(new Error('Nothing is sent here')),
		settle: (before, now) => (before.id === now.id ? 'notSent' : 'sent'),
		list: () => {
			throw new Error('Nothing is listed here');
		},
	};
	const run: Run<string> = {
		provider,
		record: {
			kind: 'exact',
			look: async () => ({ kind: 'absent' }),
			async lease() {
				const answer = nextLease();
				return answer instanceof Error ? await Promise.reject(answer) : answer;
			},
			async commit(held) {
				committed.push(held);
			},
			rollBack: write,
			leaveInDoubt: write,
			renew: async (held) => held,
			reopen: write,
			settle: write,
		},
		state: {
			executionId: '77',
			begun: () => begun,
			rememberBegun: () => undefined,
			forgetBegun: () => undefined,
			verdict: () => null,
			rememberVerdict: (_target, verdict) => remembered.push(verdict),
			forgetVerdicts: () => undefined,
		},
		throttle: createThrottle('Sample'),
		signal: undefined,
		isStopped: () => false,
		secrets: [],
	};
	const job: Job<string> = {
		target: 'one',
		settings: {
			dryRun: false,
			policy: {
				window: 'day',
				maxSendsPerInvitation: null,
				timezone: 'UTC',
				onlyStatuses: ['pending'],
				minimumHoursSinceLastSend: 0,
				expiringWithinDays: null,
				includesExpired: false,
				quietHours: null,
			},
			limits: { maxSends: 100, intervalMs: 0, stopAfterFaults: 2, sendsAtATime: 1 },
		},
		found: BEFORE,
		readAt: NOW,
	};
	return { run, job, committed, remembered };
}

const GONE = new Error('SQLITE_BUSY: database is locked');
const IN_DOUBT: LeaseResult = { kind: 'inDoubt', begun: minuteOfSend(NOW), inWindow: true };

describe('a send of an earlier try that turns out to have happened', () => {
	it.each([
		['where the record cannot be written', GONE],
		['where another execution is at the record by then', { kind: 'leased' } as const],
	])('is told as sent also %s', async (_where, second) => {
		const begun = { before: BEFORE.invitation, elsewhere: null };
		const { run, job, committed, remembered } = stage({
			leases: [IN_DOUBT, second],
			reads: [ok(AFTER)],
			begun,
		});
		const sent = {
			outcome: 'sent',
			reason: 'sent',
			message: 'Sent with a new link; the link in the earlier email no longer works',
			nextEligibleAt: TOMORROW,
			invitation: AFTER.invitation,
			previousInvitationId: 'first',
		};
		expect(await prepare(run, job)).toEqual({ kind: 'judged', judged: ok(sent) });
		// The next try has it from here, whatever the record says.
		expect(remembered).toEqual([sent]);
		expect(committed).toEqual([]);
	});

	it('is told as already sent where another execution began it, also without the record', async () => {
		const { run, job, committed } = stage({ leases: [IN_DOUBT, GONE], reads: [ok(AFTER)] });
		expect(await prepare(run, job)).toEqual({
			kind: 'judged',
			judged: ok(
				expect.objectContaining({
					outcome: 'skipped',
					reason: 'alreadySent',
					nextEligibleAt: TOMORROW,
				}),
			),
		});
		expect(committed).toEqual([]);
	});
});

const AWAY: Reading = failed(sampleFailure());
const COMMITTED: LeaseResult = { kind: 'committed' };
const saidOf = (prepared: Prepared<string>): string => {
	if (prepared.kind === 'ready') return 'ready';
	const { judged } = prepared;
	return judged.ok ? `${judged.value.outcome}: ${judged.value.reason}` : judged.failure.reason;
};

describe('a look that comes to nothing', () => {
	it.each<[string, LeaseResult, string]>([
		['sent meanwhile', COMMITTED, 'skipped: alreadySent'],
		['sent as often as it may be', { kind: 'usedUp' }, 'skipped: maxSendsPerInvitation'],
		['at another execution', { kind: 'leased' }, 'unavailable'],
		['in doubt', IN_DOUBT, 'unavailable'],
	])('leaves what the record knows of an invitation that was %s', async (_what, lease, says) => {
		const { run, job } = stage({ leases: [lease], reads: [AWAY] });
		expect(saidOf(await prepare(run, job))).toBe(says);
	});

	const PAUSED = 'deferred: paused';
	/** Prepares items one after the other, and tells what became of them; the run stops after two faults. */
	async function prepareAll(given: Given, items: Array<Partial<Job<string>>>): Promise<string[]> {
		const { run, job } = stage(given);
		const said: string[] = [];
		for (const item of items) said.push(saidOf(await prepare(run, { ...job, ...item })));
		return said;
	}

	it('stops the run where the next one does so, too, also at invitations on record', async () => {
		expect(await prepareAll({ leases: [COMMITTED], reads: [AWAY] }, [{}, {}, {}])).toEqual([
			'skipped: alreadySent',
			'skipped: alreadySent',
			PAUSED,
		]);
	});

	it.each<[string, Reading]>([
		['goes well', ok(BEFORE)],
		['is refused for that invitation alone', failed(sampleFailure({ retryable: false }))],
	])('does not stop the run where a look in between %s', async (_what, good) => {
		const reads: Given['reads'] = [AWAY, good, AWAY, good, AWAY, good];
		const said = await prepareAll({ leases: [COMMITTED], reads }, [{}, {}, {}, {}, {}, {}]);
		expect(said).not.toContain(PAUSED);
	});

	it('stops the run where what is skipped in between was not looked at', async () => {
		const leases: Given['leases'] = [IN_DOUBT, COMMITTED, IN_DOUBT, COMMITTED];
		const old = { readAt: NOW - 2 * 60_000 };
		expect(
			await prepareAll({ leases, reads: [AWAY], stampsSends: false }, [old, {}, old, {}]),
		).toEqual(['unavailable', 'skipped: alreadySent', 'unavailable', PAUSED]);
	});

	it.each<[FailureReason, boolean, string]>([
		['unavailable', true, PAUSED],
		['unreachable', true, PAUSED],
		['credential', false, PAUSED],
		['notFound', false, 'notFound'],
		// The service was not asked to the end.
		['cancelled', true, 'cancelled'],
	])('because of %s, retryable %p, twice in a row: %s', async (reason, retryable, says) => {
		const reads: Given['reads'] = [failed(sampleFailure({ reason, retryable }))];
		const said = await prepareAll({ leases: [{ kind: 'leased' }], reads }, [{}, {}, {}]);
		expect(said).toEqual([reason, reason, says]);
	});

	it('does not stop the run where it is the record that cannot be reached', async () => {
		const said = await prepareAll({ leases: [GONE] }, [{}, {}, {}]);
		expect(said).toEqual(['recordUnavailable', 'recordUnavailable', 'recordUnavailable']);
	});

	it('is what a good one makes up for, and not a send that did not go through', async () => {
		const { run, job } = stage({ leases: [COMMITTED] });
		const { limits } = job.settings;
		for (let sends = 0; sends < 2; sends++) {
			expect(saidOf(await prepare(run, job))).toBe('skipped: alreadySent');
			expect(await run.throttle.admit(limits)).toBeNull();
			await run.throttle.start(limits, () => true, undefined);
			run.throttle.end('unclear');
		}
		expect(saidOf(await prepare(run, job))).toBe(PAUSED);
	});
});
