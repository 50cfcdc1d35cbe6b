import fc from 'fast-check';
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';
import type { Fault } from '../../../sandbox';
import {
	fixtureOf,
	PROVIDERS,
	type ProviderKey,
	type Status,
	type TestSandbox,
} from '../../services';
import { breachesOf, linesOf, type Passage } from './laws';
import { RESEND, saidOf } from './scene';

/** Random histories of a node, and the laws that hold in each. */

export const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Zones without clock changes, so that their calendar is plain arithmetic. */
const ZONES = { UTC: 0, 'Asia/Tokyo': 9, 'America/Phoenix': -7 } as const;
type Zone = keyof typeof ZONES;

const WINDOWS = ['hour', 'day', 'week', 'ever', 'execution'] as const;
type Window = (typeof WINDOWS)[number];

interface Invited {
	status: Status;
	/** Hours since it was last sent. */
	age: number;
}

export type ScriptedFault =
	/** Struck on the resend; `read` strikes the look. */
	| { at: 'send' | 'read'; fault: Fault }
	/** The connection is refused. */
	| { at: 'connect' };

interface Struck {
	whom: number;
	what: ScriptedFault;
	times: number | 'always';
}

interface Step {
	/** Which invitations the items name; the last but one names none there is, the last nothing. */
	batch: number[];
	how: 'new' | 'retry' | 'loop';
	continues: boolean;
	maxTries: number;
	faults: Struck[];
	/** After how many calls n8n's table is away, for the rest of the step. */
	tableAwayAfter: number | null;
	/** The process ends at the first send to this invitation, before or after the email is out. */
	kill: { whom: number; effect: 'before' | 'after' } | null;
	then: 'at once' | 'minutes later' | 'in the next window';
}

export interface Scenario {
	provider: ProviderKey;
	invited: Invited[];
	window: Window;
	zone: Zone;
	durable: boolean;
	dryRun: boolean;
	options: INodeParameters;
	steps: Step[];
}

const INVITED = 4;
const effect = fc.constantFrom('none' as const, 'before' as const);

const fault: fc.Arbitrary<Fault> = fc.oneof(
	fc.record({
		kind: fc.constant('status' as const),
		status: fc.constantFrom(400, 401, 403, 404, 422),
	}),
	fc.record({
		kind: fc.constant('status' as const),
		status: fc.constantFrom(200, 408, 500, 502, 503, 504),
		effect,
	}),
	fc.record({ kind: fc.constant('reset' as const), effect }),
	fc.record({ kind: fc.constant('hang' as const), effect }),
	fc.record({ kind: fc.constant('html' as const), effect }),
	fc.record({
		kind: fc.constant('rateLimit' as const),
		retryAfter: fc.constantFrom('1', '20', undefined),
	}),
	fc.record({
		kind: fc.constant('redirect' as const),
		location: fc.constant('http://127.0.0.1:1/elsewhere'),
		effect,
	}),
);

const scripted: fc.Arbitrary<ScriptedFault> = fc.oneof(
	{ weight: 6, arbitrary: fc.record({ at: fc.constant('send' as const), fault }) },
	{
		weight: 2,
		arbitrary: fc.record({
			at: fc.constant('read' as const),
			fault: fc.constantFrom<Fault>(
				{ kind: 'status', status: 500 },
				{ kind: 'status', status: 503 },
				{ kind: 'reset', effect: 'none' },
				{ kind: 'html' },
			),
		}),
	},
	{ weight: 1, arbitrary: fc.constant<ScriptedFault>({ at: 'connect' }) },
);

const struck: fc.Arbitrary<Struck> = fc.record({
	whom: fc.nat(INVITED - 1),
	what: scripted,
	times: fc.constantFrom<number | 'always'>(1, 2, 'always'),
});

function step(kills: boolean): fc.Arbitrary<Step> {
	const kill: fc.Arbitrary<Step['kill']> = fc.record({
		whom: fc.nat(INVITED - 1),
		effect: fc.constantFrom('before' as const, 'after' as const),
	});
	return fc.record({
		batch: fc.oneof(
			fc.constant<number[]>([0, 1, 2, 3]),
			fc.array(fc.nat(INVITED - 1), { minLength: 1, maxLength: 6 }),
			fc.array(fc.nat(INVITED + 1), { minLength: 1, maxLength: 6 }),
		),
		how: fc.constantFrom('new', 'new', 'retry', 'loop'),
		continues: fc.boolean(),
		maxTries: fc.constantFrom(1, 1, 2, 3),
		faults: fc.array(struck, { maxLength: 3 }),
		tableAwayAfter: fc.option(fc.nat(12), { freq: 6 }),
		kill: kills ? fc.option(kill, { freq: 6 }) : fc.constant<Step['kill']>(null),
		then: fc.constantFrom('at once', 'minutes later', 'minutes later', 'in the next window'),
	});
}

const options: fc.Arbitrary<INodeParameters> = fc.record(
	{
		maxSendsPerRun: fc.nat(5),
		minimumHoursSinceLastSend: fc.constantFrom(0, 1, 30),
		stopAfterConsecutiveFaults: fc.constantFrom(0, 1, 2, 5),
		sendsPerMinute: fc.constantFrom(0, 6, 60),
		onlyWhenStatusIs: fc.subarray(['pending', 'expired', 'completed', 'cancelled', 'unknown']),
	},
	{ requiredKeys: [] },
);

export function scenarios({ kills }: { kills: boolean }): fc.Arbitrary<Scenario> {
	return fc.record({
		provider: fc.constantFrom(...PROVIDERS),
		invited: fc.array(
			fc.record({
				status: fc.constantFrom<Status>(
					...(['pending', 'pending', 'pending', 'expired', 'completed', 'cancelled'] as const),
				),
				age: fc.constantFrom(0.1, 3, 26, 50, 400),
			}),
			{ minLength: INVITED, maxLength: INVITED },
		),
		window: fc.constantFrom(...WINDOWS, 'day'),
		zone: fc.constantFrom<Zone>('UTC', 'Asia/Tokyo', 'America/Phoenix'),
		durable: fc.constantFrom(true, true, true, false),
		dryRun: fc.constantFrom(false, false, false, false, true),
		options: fc.oneof(fc.constant({}), options),
		steps: fc.array(step(kills), { minLength: 1, maxLength: 4 }),
	});
}

const SPANS: Partial<Record<Window, number>> = { hour: HOUR, day: DAY, week: 7 * DAY };
/** 1 January 1970 was a Thursday, and weeks begin on Monday. */
const MONDAY = -3 * DAY;

function spanStart(window: Window, zone: Zone, instant: number): number | null {
	const span = SPANS[window];
	if (span === undefined) return null;
	const shift = ZONES[zone] * HOUR - (window === 'week' ? MONDAY : 0);
	return Math.floor((instant + shift) / span) * span - shift;
}

/** The law's own reading of 'Send at Most Once'. */
function windowIn({ window, zone, durable }: Scenario, instant: number, execution: string): string {
	// Without n8n's table the promise is one about the process, which the execution names before its own number.
	const lasting = durable ? 'all' : (execution.split('/')[0] ?? '');
	const whose = window === 'execution' ? execution : lasting;
	return `${whose} ${String(spanStart(window, zone, instant) ?? 'for good')}`;
}

/** Where a scenario is played: through n8n's engine, or right at the node. */
export interface Ground {
	control: TestSandbox['control'];
	now(): number;
	setNow(instant: number): void;
	play(turn: Turn): Promise<Played>;
}

export interface Turn {
	scenario: Scenario;
	step: Step;
	keys: readonly string[];
	input: IDataObject[];
	parameters: INodeParameters;
	/** Goes on with the stored execution of the turn before, as n8n's "Retry execution" does. */
	retries: boolean;
	loops: boolean;
}

export interface Played {
	/** Null where the node ended with an error or the process did. */
	output: INodeExecutionData[][] | null;
	execution: string;
	killed: boolean;
}

function addInvited(
	{ control }: Ground,
	provider: ProviderKey,
	{ status, age }: Invited,
	now: number,
): string {
	const expiresAt = status === 'pending' ? { expiresAt: now + 60 * DAY } : {};
	const wanted = { status, sentAt: now - age * HOUR, ...expiresAt };
	return fixtureOf(provider).add(control.state, wanted);
}

function strikeAll({ control }: Ground, { provider }: Scenario, faults: Struck[], keys: string[]) {
	const { reads, readCall } = fixtureOf(provider);
	for (const { whom, what, times } of faults) {
		if (what.at === 'connect') continue;
		const operationId = what.at === 'send' ? RESEND : readCall;
		// A list names nobody.
		const key = what.at === 'read' && reads === 'byList' ? undefined : keys[whom];
		control.inject({ provider, operationId, key, times, fault: what.fault });
	}
}

/** Early in an hour, so that no step runs across the edge of a window. */
function settleClock(ground: Ground, scenario: Scenario, then: Step['then']): void {
	const now = ground.now();
	if (then === 'at once') return;
	const start = spanStart(scenario.window, scenario.zone, now);
	const span = SPANS[scenario.window];
	if (then === 'in the next window' && start !== null && span !== undefined)
		ground.setNow(start + span + 20 * MINUTE);
	else ground.setNow(now + 3 * MINUTE);
}

function leaveTheEdge(ground: Ground): void {
	const intoHour = ((ground.now() % HOUR) + HOUR) % HOUR;
	if (intoHour > 30 * MINUTE) ground.setNow(ground.now() - intoHour + HOUR + 5 * MINUTE);
}

/** Plays all steps on fresh ground, and asserts the laws after each of them. */
export async function play(ground: Ground, scenario: Scenario): Promise<void> {
	const { provider } = scenario;
	const keys = scenario.invited.map((one) => addInvited(ground, provider, one, ground.now()));
	const named = [...keys, fixtureOf(provider).unknown, null];
	const stamps = new Map(
		keys.map((key, index) => [key, ground.now() - (scenario.invited[index]?.age ?? 0) * HOUR]),
	);
	const passages: Passage[] = [];
	const doubtful = new Set<string>();
	const rules = {
		windowOf: (instant: number, execution: string) => windowIn(scenario, instant, execution),
		mayBeUnknown: (key: string) => doubtful.has(key),
		stampOf: (key: string) => stamps.get(key) ?? null,
	};
	let last: Played | null = null;
	let whom: Array<string | null> = [];

	for (const step of scenario.steps) {
		leaveTheEdge(ground);
		strikeAll(ground, scenario, step.faults, keys);
		for (const { whom } of step.faults) doubtful.add(keys[whom] ?? '');
		// The one that is being sent, and the one after it.
		if (step.kill !== null) for (const key of keys) doubtful.add(key);
		if (step.tableAwayAfter !== null) for (const key of keys) doubtful.add(key);
		const stopped: boolean = last !== null && last.output === null && !last.killed;
		const retries = step.how === 'retry' && stopped;
		const from = ground.control.outbox().length;
		// A stored execution goes on with the items it had.
		if (!retries) whom = step.batch.map((index) => named[index] ?? null);
		const parameters: INodeParameters = {
			resource: 'invitation',
			operation: 'resend',
			dryRun: scenario.dryRun,
			atMostOncePer: scenario.window,
			options: scenario.options,
		};
		last = await ground.play({
			scenario,
			step,
			keys,
			input: whom.map((key) => ({ id: key ?? '?!' })),
			parameters,
			retries,
			loops: step.how === 'loop' && last !== null && !stopped && !last.killed,
		});
		ground.control.clearFaults();
		passages.push({
			provider,
			named: whom,
			output: last.output,
			mails: [from, ground.control.outbox().length],
			execution: last.execution,
		});
		const breaches = breachesOf(passages, ground.control.outbox(), rules);
		if (breaches.length > 0) throw new Error(breaches.join('\n'));
		settleClock(ground, scenario, step.then);
	}

	await serveTheRest(ground, scenario, keys);
}

/** Where expiry is not told, nothing is expired. */
function isOpen(provider: ProviderKey, status: Status): boolean {
	const { resendable, tellsExpiry } = fixtureOf(provider);
	return resendable.includes(status === 'expired' && !tellsExpiry ? 'pending' : status);
}

/** Whatever happened: in the next window, with nothing in the way, everybody open is emailed. */
async function serveTheRest(ground: Ground, scenario: Scenario, keys: string[]): Promise<void> {
	if (SPANS[scenario.window] === undefined) return;
	settleClock(ground, scenario, 'in the next window');
	const from = ground.control.outbox().length;
	const calm: Scenario = { ...scenario, options: {}, dryRun: false };
	const { output } = await ground.play({
		scenario: calm,
		step: {
			batch: [0, 1, 2, 3],
			how: 'new',
			continues: true,
			maxTries: 1,
			faults: [],
			tableAwayAfter: null,
			kill: null,
			then: 'at once',
		},
		keys,
		input: keys.map((id) => ({ id })),
		parameters: { resource: 'invitation', operation: 'resend', atMostOncePer: scenario.window },
		retries: false,
		loops: false,
	});
	const said = saidOf(linesOf({ output, named: keys }));
	const mailed = ground.control.outbox().slice(from);
	for (const [index, key] of keys.entries()) {
		const status = scenario.invited[index]?.status ?? 'completed';
		const open = isOpen(scenario.provider, status);
		// With a table that was away it may be in doubt for longer than its window.
		const tableWasAway = scenario.steps.some(({ tableAwayAfter }) => tableAwayAfter !== null);
		if (tableWasAway && said[index]?.startsWith('unknown') === true) continue;
		if (open && (said[index] !== 'sent' || mailed.filter((mail) => mail.key === key).length !== 1))
			throw new Error(`in the next window item ${index} says ${said[index] ?? 'nothing'}`);
	}
}
