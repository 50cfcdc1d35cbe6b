import type { FailureReason } from '../../nodes/shared/core/failure';
import { failed, ok } from '../../nodes/shared/core/result';
import type { Found, InvitationProvider } from '../../nodes/shared/invitation/provider';
import type { BegunSend } from '../../nodes/shared/resend/executionState';
import { classifyLeave, prepare } from '../../nodes/shared/resend/prepare';
import type { Lease, LeaseResult } from '../../nodes/shared/resend/record/entry';
import { minuteOfSend } from '../../nodes/shared/resend/record/marks';
import type { Job, Run } from '../../nodes/shared/resend/run';
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

interface Given {
	/** What comes of each lease, one after the other; the last one stays. */
	leases: Array<LeaseResult | Error>;
	reads?: Awaited<ReturnType<InvitationProvider['read']>>;
	/** A send that this execution began. */
	begun?: BegunSend | null;
}

let entries = 0;

/** A run at a service that stamps its sends, with one item. */
function stage({ leases, reads = ok(BEFORE), begun = null }: Given) {
	const answers = leases.values();
	let answer: LeaseResult | Error = new Error('There is no lease');
	const entry = `entry ${entries++}`;
	const committed: Lease[] = [];
	const remembered: Verdict[] = [];
	const write = async (): Promise<void> => undefined;
	const provider: InvitationProvider<string> = {
		name: 'sample',
		displayName: 'Sample',
		capabilities: capabilities({ stampsSends: true }),
		target: () => ok('one'),
		idsOf: () => ({}),
		key: (target) => target,
		read: async () => reads,
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
				answer = answers.next().value ?? answer;
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
			reads: ok(AFTER),
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
		const { run, job, committed } = stage({ leases: [IN_DOUBT, GONE], reads: ok(AFTER) });
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

describe('an item that leaves without a send', () => {
	it.each<[FailureReason, boolean, string]>([
		['unavailable', true, 'fault'],
		['unreachable', true, 'fault'],
		['credential', false, 'fault'],
		['notFound', false, 'unneeded'],
		// The service was not asked at all.
		['cancelled', true, 'unneeded'],
		['recordUnavailable', true, 'unneeded'],
	])('because of %s, retryable %p, is %s', (reason, retryable, why) => {
		const judged = failed<never>(sampleFailure({ reason, retryable }));
		expect(classifyLeave({ kind: 'judged', judged })).toBe(why);
	});
});
