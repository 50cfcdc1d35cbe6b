import fc from 'fast-check';
import { brokenLaws, type Law } from './laws';
import { play } from './play';
import { enterVirtualTime, loadProcesses, type Code } from './processes';
import { SABOTAGES } from './sabotage';
import {
	CALM,
	DEATH,
	EVERYTHING,
	FAULTY,
	PROCESSES,
	SLOW,
	STANDSTILL,
	STRANGER,
	UNCLEAR,
	type Scenario,
} from './scenario';

// The model of n8n's table asks for n8n-core only to install itself there, which no test here does.
jest.mock('../engine/harness/runtime', () => ({}));

/** How many schedules in all; `npm run explore` plays more of them. */
const RUNS = Number(process.env.EXPLORE_RUNS ?? 5_000);
/** The same schedules at each `npm test`; `npm run explore` takes new ones, or those of a failure as fast-check printed it. */
const SEED =
	process.env.EXPLORE_SEED ?? (process.env.EXPLORE_RUNS === undefined ? '42' : undefined);
const REPLAY_PATH = process.env.EXPLORE_PATH;

/** A process may die, and what runs instead of it, too. */
const MOST_DEATHS = 4;

/** Whoever breaks the code on purpose is found out by then. */
const MOST_TRIES = 3_000;

let copies: Code[] = [];

beforeAll(async () => {
	copies = await loadProcesses(PROCESSES + MOST_DEATHS);
});

let leaveVirtualTime: () => void;
beforeEach(() => {
	leaveVirtualTime = enterVirtualTime();
});
afterEach(() => leaveVirtualTime());

const KINDS: ReadonlyArray<[string, fc.Arbitrary<Scenario>, share: number]> = [
	['nothing happens', CALM, 0.15],
	['replies are unclear, late or bad', UNCLEAR, 0.15],
	['processes stand still', STANDSTILL, 0.2],
	['processes die', DEATH, 0.15],
	['statements take long', SLOW, 0.1],
	['statements end badly', FAULTY, 0.15],
	['Remove Duplicates uses the row of the lock', STRANGER, 0.1],
	['all of it happens at once', EVERYTHING, 0.15],
];

const explore = (
	scenarios: fc.Arbitrary<Scenario>,
	code: () => readonly Code[],
	/** Only what breaks this one; otherwise any. */
	law?: Law,
): fc.IAsyncPropertyWithHooks<[Scenario, fc.Scheduler]> =>
	fc.asyncProperty(scenarios, fc.scheduler(), async (scenario, scheduler) => {
		const ending = await play(scenario, scheduler, code());
		const broken = (await brokenLaws(ending)).filter(
			(what) => law === undefined || what.startsWith(`${law}: `),
		);
		if (broken.length > 0) throw new Error([...broken, ending.stage.world.history()].join('\n'));
	});

/** A schedule takes about 15 ms; on a machine that has other things to do it may be a multiple of that. */
const PATIENCE_MS = 60_000 + RUNS * 300;

describe('resending keeps its promises in every order of steps, where', () => {
	it.each(KINDS)(
		'%s',
		async (_, scenarios, share) => {
			await fc.assert(
				explore(scenarios, () => copies),
				{
					numRuns: Math.ceil(RUNS * share),
					// What is found is made smaller for so long at most.
					interruptAfterTimeLimit: PATIENCE_MS,
					markInterruptAsFailure: true,
					...(SEED === undefined ? {} : { seed: Number(SEED) }),
					...(REPLAY_PATH === undefined ? {} : { path: REPLAY_PATH }),
				},
			);
		},
		2 * PATIENCE_MS,
	);
});

describe('a law notices where', () => {
	it.each(SABOTAGES)('%s', async (_, sabotage, law, scenarios) => {
		const broken = await loadProcesses(PROCESSES + MOST_DEATHS, sabotage);
		const found = await fc.check(
			explore(scenarios, () => broken, law),
			{ numRuns: MOST_TRIES, endOnFailure: true },
		);
		expect(String(found.errorInstance)).toMatch(`${law}: `);
	});
});
