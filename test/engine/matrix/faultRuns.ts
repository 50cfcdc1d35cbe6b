import type { NodeSpec } from '../harness';
import { FIXTURES, type ServiceFixture } from '../../services';
import { disarm, ELSEWHERE, faultsAt, type Ending, type MatrixFault } from './faults';
import { assertLaws, type LawRules, type Passage } from './laws';
import { moveClock, openScene, type Scene } from './scene';
import { plugIn, type Wire } from './wire';
import { fakeClock, isFailed } from '../support';

const ON_ERROR = {
	stop: 'stopWorkflow',
	continue: 'continueRegularOutput',
	'continue to the error output': 'continueErrorOutput',
} as const;
type Mode = keyof typeof ON_ERROR;

const RETRIES = { 'without tries': 1, 'with three tries': 3 } as const;
type Retries = keyof typeof RETRIES;

/** Which of the items a fault strikes. */
const STRUCK = { 'the second of three': [1], 'all three': [0, 1, 2] } as const;
type Struck = keyof typeof STRUCK;

/** One before the fault, one that it strikes, one after it. */
const ITEMS = 3;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Ten minutes from the end of the five in which a send was begun. */
const GRACE_AT_MOST = 15 * MINUTE;

type Cell = [string, Mode, Retries, MatrixFault];

const SETTINGS = (Object.keys(ON_ERROR) as Mode[]).flatMap((mode) =>
	(Object.keys(RETRIES) as Retries[]).map((retries): [Mode, Retries] => [mode, retries]),
);

/**
 * Where no item fails, On Error decides nothing and n8n tries nothing again, so all settings make the same requests. Two
 * are enough: the first shows it should the node throw, the second should an item leave as one that failed.
 */
const SETTINGS_WHERE_NONE_FAILS: typeof SETTINGS = [
	['stop', 'with three tries'],
	['continue to the error output', 'without tries'],
];

function cellsOf(service: ServiceFixture): Cell[] {
	return faultsAt(service).flatMap((fault) => {
		const ends = fault.ends(service);
		const nothingFails = ends !== null && !ends.says.startsWith('failed');
		const settings = nothingFails ? SETTINGS_WHERE_NONE_FAILS : SETTINGS;
		return settings.map(([mode, retries]): Cell => [fault.name, mode, retries, fault]);
	});
}

/** The send is unclear, and the service may still act: so long it may say that it does not know, and no longer. */
function rulesFor(
	ends: Ending | null,
	struck: readonly string[],
	withinGrace: readonly Passage[],
): LawRules {
	const isUnclear = ends?.says.startsWith('unknown') === true;
	return {
		mayBeUnknown: (key, passage) =>
			isUnclear && struck.includes(key) && withinGrace.includes(passage),
	};
}

/** What each item must come to in the first run; null for one the run never came to. */
function expectedOf(
	ends: Ending,
	fault: MatrixFault,
	struck: readonly number[],
	stops: boolean,
): Array<Ending | null> {
	const first = struck[0] ?? 0;
	return Array.from({ length: ITEMS }, (_, item) => {
		if (item > first && stops) return null;
		if (item > first && fault.halts === true)
			return { says: 'deferred: rateLimited', mailed: false };
		return struck.includes(item) ? ends : { says: 'sent', mailed: true };
	});
}

const OPEN = 'unknown: interrupted';

/** What a run right afterwards says of an item that ended so, now that all is well again. */
function nextSays({ showsSends }: ServiceFixture, mailed: boolean, said: string): string {
	// A stamp shows that it was emailed; nothing shows that it will not be.
	if (said.startsWith('unknown') && !(mailed && showsSends)) return OPEN;
	return mailed ? 'skipped: alreadySent' : 'sent';
}

/** What a run says on the same day, but when nobody can be at the first send any more. */
function laterSays({ stampsSends }: ServiceFixture, saidBefore: string): string {
	if (saidBefore !== OPEN) return 'skipped: alreadySent';
	return stampsSends ? 'sent' : OPEN;
}

/** A file of tests each, so that two workers can share the work. */
export function testFaultsAt(struckName: Struck): void {
	const struck = STRUCK[struckName];
	let wire: Wire;
	beforeAll(() => {
		wire = plugIn();
	});
	beforeEach(() => fakeClock());
	// Also after a failed test, whose faults would strike the next one.
	afterEach(() => wire.clear());
	afterAll(() => {
		wire.unplug();
		jest.useRealTimers();
	});

	describe.each(FIXTURES)('$provider', (service) => {
		const { provider } = service;
		let scene: Scene;
		beforeAll(async () => {
			scene = await openScene(provider);
		});
		afterAll(async () => await scene.close());

		test.each(cellsOf(service))(
			`%s at ${struckName}: %s, %s`,
			async (_name, mode, retries, fault) => {
				const keys = scene.begin(ITEMS);
				const struckKeys = struck.map((item) => keys[item] ?? '');
				const withinGrace: Passage[] = [];
				const ends = fault.ends(service);
				const rules = rulesFor(ends, struckKeys, withinGrace);
				for (const key of struckKeys) fault.arm(scene, wire, key);
				const spec: Partial<NodeSpec> = {
					onError: ON_ERROR[mode],
					...(RETRIES[retries] > 1 ? { retryOnFail: true, maxTries: RETRIES[retries] } : {}),
				};

				const first = await scene.resend(keys, spec);
				withinGrace.push(first.passage);
				assertLaws(scene.passages, scene.sandbox.control.outbox(), rules);
				const mailed = scene.mailsTo(keys);
				if (ends !== null) {
					const fails = ends.says.startsWith('failed');
					const stops = mode === 'stop' && fails;
					const expected = expectedOf(ends, fault, struck, stops);
					expect(first.run.status).toBe(stops ? 'error' : 'success');
					if (!stops) expect(first.said).toEqual(expected.map((ending) => ending?.says));
					expect(mailed).toEqual(expected.map((ending) => (ending?.mailed === true ? 1 : 0)));
					if (!fails) expect(first.run.output.flat().filter(isFailed)).toEqual([]);
					// n8n tries again when the node throws, and when the first item holds an `error`.
					const hasError = struck[0] === 0 && mode === 'continue to the error output';
					const again = fails && (mode === 'stop' || hasError);
					expect(first.run.executions).toMatchObject({
						[provider]: again ? RETRIES[retries] : 1,
					});
				}
				expect(wire.requests().every(({ timeout }) => timeout === 30_000)).toBe(true);
				const strayed = scene.sandbox.control
					.requests()
					.filter(({ path }) => path.startsWith(ELSEWHERE));
				expect(strayed).toEqual([]);
				disarm(scene, wire);

				// Other runs, with nothing in their way.
				const calm = { onError: 'continueRegularOutput' } as const;
				const second = await scene.resend(keys, calm);
				withinGrace.push(second.passage);
				assertLaws(scene.passages, scene.sandbox.control.outbox(), rules);
				expect(second.said).toEqual(
					keys.map((_key, item) => nextSays(service, mailed[item] === 1, first.said[item] ?? '')),
				);
				// What an execution was does not matter any more; once for each mode is enough.
				if (!second.said.includes(OPEN) || retries !== 'without tries') return;
				moveClock(GRACE_AT_MOST);
				const third = await scene.resend(keys, calm);
				assertLaws(scene.passages, scene.sandbox.control.outbox(), rules);
				expect(third.said).toEqual(second.said.map((said) => laterSays(service, said)));
				moveClock(DAY);
				const nextDay = await scene.resend(keys, calm);
				assertLaws(scene.passages, scene.sandbox.control.outbox(), rules);
				expect(nextDay.said).toEqual(keys.map(() => 'sent'));
			},
		);
	});
}
