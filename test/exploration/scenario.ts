import fc from 'fast-check';
import type { SendWindow } from '../../nodes/shared/resend/decision/calendar';
import type { ExecutionPlan } from './runs';
import type { SendPlan } from './service';
import type { StrangerPlan } from './stranger';
import type { Delay, Mishap, StatementFault } from './world';

/** Everything about a schedule but the order of its steps. */
export interface Scenario {
	startsAt: number;
	/** Of the chance that the code under test makes use of. */
	seed: number;
	stepMs: number;
	stampTells: boolean;
	readMs: number;
	plans: readonly SendPlan[];
	executions: readonly ExecutionPlan[];
	mishaps: readonly Mishap[];
	delays: readonly Delay[];
	faults: readonly StatementFault[];
	clocksAheadMs: readonly number[];
	stranger: StrangerPlan | null;
	/** When whoever looked after a process that died starts its executions again. */
	rerunAfterMs: number;
}

export const PROCESSES = 3;
const WORKFLOWS = 2;
const NODES = 2;
const INVITATIONS = 4;

const MINUTE_MS = 60_000;
const NOON = Date.parse('2026-06-15T12:07:00Z');

/** How a call goes that nothing happens to. */
const promptPlan: fc.Arbitrary<SendPlan> = fc
	.tuple(fc.integer({ min: 5, max: 1_500 }), fc.integer({ min: 0, max: 1_500 }))
	.map(([effectMs, more]) => ({
		...{ waitMs: 0, effectMs, reply: 'accepted' },
		replyMs: effectMs + more,
	}));

/** Accepted after the wait that a provider may ask for, or only just before the call is given up. */
const slowPlan: fc.Arbitrary<SendPlan> = fc
	.tuple(
		fc.oneof(fc.constant(0), fc.integer({ min: 1_000, max: 60_000 })),
		fc.integer({ min: 10_000, max: 29_800 }),
	)
	.map(([waitMs, effectMs]) => ({
		...{ waitMs, effectMs, reply: 'accepted' },
		replyMs: effectMs + 100,
	}));

const replyMs = fc.oneof(fc.integer({ min: 5, max: 500 }), fc.constant(30_000));

const refusedPlan: fc.Arbitrary<SendPlan> = fc.record({
	waitMs: fc.constant(0),
	effectMs: fc.constant(null),
	reply: fc.constantFrom<SendPlan['reply']>('refused', 'neverSent', 'rateLimited'),
	replyMs,
});

/** Nobody is told what came of it: nothing, an email before the reply, or one up to nine minutes later. */
const unclearPlan: fc.Arbitrary<SendPlan> = fc.record({
	waitMs: fc.constant(0),
	effectMs: fc.oneof(
		fc.constant(null),
		fc.integer({ min: 1, max: 2_000 }),
		fc.integer({ min: 1, max: 9 * MINUTE_MS }),
	),
	reply: fc.constant('unclear' as const),
	replyMs,
});

/** Moments at which a window ends soon, and one at which none does. */
const startsAt = fc.oneof(
	{ weight: 3, arbitrary: fc.constant(NOON) },
	{
		weight: 1,
		arbitrary: fc
			.tuple(
				fc.constantFrom(
					Date.parse('2026-06-15T13:00:00Z'),
					Date.parse('2026-06-16T00:00:00Z'),
					Date.parse('2026-06-22T00:00:00Z'),
				),
				fc.oneof(fc.integer({ min: 100, max: 5_000 }), fc.integer({ min: 0, max: 12 * MINUTE_MS })),
			)
			.map(([end, before]) => end - before),
	},
);

const sendWindow: fc.Arbitrary<SendWindow> = fc.oneof(
	{ weight: 6, arbitrary: fc.constant<SendWindow>('day') },
	{ weight: 2, arbitrary: fc.constantFrom<SendWindow>('hour', 'week', 'ever', 'execution') },
);

const startsAfterMs = fc.oneof(
	{ weight: 4, arbitrary: fc.integer({ min: 0, max: 50 }) },
	{ weight: 2, arbitrary: fc.integer({ min: 0, max: 3_000 }) },
	{ weight: 1, arbitrary: fc.integer({ min: 0, max: 20 * MINUTE_MS }) },
);

/** Mostly few: a schedule is the more likely to hit on something the more often it can be played. */
function few<T>(one: fc.Arbitrary<T>, minLength: number): fc.Arbitrary<T[]> {
	const upTo = (maxLength: number) => fc.array(one, { minLength, maxLength });
	return fc.oneof({ weight: 3, arbitrary: upTo(2) }, { weight: 1, arbitrary: upTo(4) });
}

function executionPlan(nodes: number, workflows: number): fc.Arbitrary<ExecutionPlan> {
	return fc.record({
		process: fc.nat({ max: PROCESSES - 1 }),
		workflow: fc.nat({ max: workflows - 1 }),
		node: fc.nat({ max: nodes - 1 }),
		invitations: few(fc.nat({ max: INVITATIONS - 1 }), 1),
		startsAfterMs,
		window: sendWindow,
		sendsAtATime: fc.constantFrom(1, 1, 2),
		continues: fc.constantFrom(true, true, true, false),
	});
}

/** Mostly everybody is at the same node. */
const anyExecutions = fc.oneof(
	{ weight: 4, arbitrary: few(executionPlan(1, 1), 2) },
	{ weight: 2, arbitrary: few(executionPlan(NODES, 1), 2) },
	{ weight: 2, arbitrary: few(executionPlan(1, WORKFLOWS), 2) },
);

const whichProcess = fc.nat({ max: PROCESSES - 1 });
/** Runs of so few items take so many steps in one process. */
const whichStep = fc.nat({ max: 90 });

const standstill: fc.Arbitrary<Mishap> = fc.record({
	process: whichProcess,
	atStep: whichStep,
	after: fc.boolean(),
	standsStillMs: fc.integer({ min: 1_000, max: 90_000 }),
});

const death: fc.Arbitrary<Mishap> = fc.record({
	process: whichProcess,
	atStep: whichStep,
	after: fc.boolean(),
	standsStillMs: fc.constant(null),
});

/** As long as n8n waits for a connection to its database. */
const LONGEST_STATEMENT_MS = 20_000;

const delay: fc.Arbitrary<Delay> = fc.record({
	process: whichProcess,
	atStatement: fc.nat({ max: 60 }),
	ms: fc.oneof(
		fc.integer({ min: 5, max: 500 }),
		fc.integer({ min: 500, max: LONGEST_STATEMENT_MS }),
	),
});

const statementFault: fc.Arbitrary<StatementFault> = fc.record({
	process: whichProcess,
	atStatement: fc.nat({ max: 60 }),
	takesEffect: fc.boolean(),
});

const stranger: fc.Arbitrary<StrangerPlan> = fc.record({
	process: whichProcess,
	holds: fc.constantFrom(null, null, 0, 1, 2, 3, 10, 64, 80),
	keepsLatest: fc.constantFrom(false, false, true),
	writesAfterMs: fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 3 }),
});

const none = fc.constant<never[]>([]);
const some = <T>(one: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<T[]> =>
	fc.array(one, { minLength: 1, maxLength });

/** Several at the same few invitations at the same moment. */
function crowd(
	plan: Partial<{ process: number; workflows: number }>,
): fc.Arbitrary<ExecutionPlan[]> {
	const one = fc.record({
		process: plan.process === undefined ? whichProcess : fc.constant(plan.process),
		workflow: fc.nat({ max: (plan.workflows ?? 1) - 1 }),
		node: fc.constant(0),
		invitations: fc.constantFrom([0], [0, 1], [1, 0]),
		startsAfterMs: fc.integer({ min: 0, max: 50 }),
		window: fc.constant<SendWindow>('day'),
		sendsAtATime: fc.constant(1),
		continues: fc.constant(true),
	});
	return fc.array(one, { minLength: 2, maxLength: 4 });
}

interface Kind {
	executions?: fc.Arbitrary<ExecutionPlan[]>;
	plans?: fc.Arbitrary<SendPlan>;
	mishaps?: fc.Arbitrary<Mishap[]>;
	delays?: fc.Arbitrary<Delay[]>;
	faults?: fc.Arbitrary<StatementFault[]>;
	clocksAheadMs?: fc.Arbitrary<number[]>;
	stranger?: fc.Arbitrary<StrangerPlan | null>;
}

function scenarioOf({
	executions = anyExecutions,
	plans = promptPlan,
	mishaps = none,
	delays = none,
	faults = none,
	clocksAheadMs = fc.constant(Array.from({ length: PROCESSES }, () => 0)),
	stranger: strangers = fc.constant(null),
}: Kind): fc.Arbitrary<Scenario> {
	return fc.record({
		startsAt,
		seed: fc.nat(),
		stepMs: fc.constantFrom(0.3, 1, 1, 3),
		stampTells: fc.boolean(),
		readMs: fc.integer({ min: 1, max: 100 }),
		plans: fc.array(plans, { minLength: 1, maxLength: 5 }),
		executions,
		mishaps,
		delays,
		faults,
		clocksAheadMs,
		stranger: strangers,
		rerunAfterMs: fc.oneof(
			fc.integer({ min: 0, max: 2 * MINUTE_MS }),
			fc.integer({ min: 0, max: 30 * MINUTE_MS }),
		),
	});
}

/** Nothing happens to anybody: then everybody who is due has to be emailed. */
export const CALM = scenarioOf({});

const anyPlan = fc.oneof(
	{ weight: 4, arbitrary: promptPlan },
	{ weight: 1, arbitrary: slowPlan },
	{ weight: 1, arbitrary: refusedPlan },
	{ weight: 3, arbitrary: unclearPlan },
);

/** Several processes at the same node at once. */
export const CROWD = scenarioOf({ executions: crowd({}) });
/** Several workflows in one process at once. */
export const NEIGHBOURS = scenarioOf({ executions: crowd({ process: 0, workflows: WORKFLOWS }) });

export const UNCLEAR = scenarioOf({ plans: anyPlan });
export const STANDSTILL = scenarioOf({ mishaps: some(standstill, 3) });
/** Long enough for others to take the lock away. */
export const LONG_STANDSTILL = scenarioOf({
	executions: crowd({}),
	mishaps: some(
		standstill.map((mishap) => ({ ...mishap, after: true, standsStillMs: 80_000 })),
		3,
	),
});
export const DEATH = scenarioOf({ mishaps: some(death, 2) });
export const SLOW = scenarioOf({ delays: some(delay, 4) });
/** Plans that are slow, too: what waits behind them is prepared anew. */
export const FAULTY = scenarioOf({
	plans: fc.oneof(promptPlan, slowPlan, refusedPlan),
	faults: some(statementFault, 4),
});
export const STRANGER = scenarioOf({ stranger });
export const EVERYTHING = scenarioOf({
	plans: anyPlan,
	mishaps: fc.array(fc.oneof(standstill, death), { maxLength: 3 }),
	delays: fc.array(delay, { maxLength: 3 }),
	faults: fc.array(statementFault, { maxLength: 2 }),
});
