import { baseUrlsAt } from '../../sandbox';
import type { NodeSpec } from './harness';
import { disarm, ELSEWHERE, faultsAt, type Ending, type MatrixFault } from './matrix/faults';
import { assertLaws, type LawRules, type Passage } from './matrix/laws';
import { fakeClock, moveClock, openScene, type Scene } from './matrix/scene';
import { openGate } from './matrix/gate';
import { plugIn, type Wire } from './matrix/wire';
import { FIXTURES, PLAYED, type ServiceFixture } from '../services';
import { credentialsFor } from './support';

jest.setTimeout(60_000);

const slept: number[] = [];
jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async (milliseconds: number) => void slept.push(milliseconds),
}));

const ON_ERROR = {
	stop: 'stopWorkflow',
	continue: 'continueRegularOutput',
	'continue to the error output': 'continueErrorOutput',
} as const;
type Mode = keyof typeof ON_ERROR;

const RETRIES = { 'without tries': 1, 'with three tries': 3 } as const;
type Retries = keyof typeof RETRIES;

const STRUCK = { 'the third of five': [2], 'all five': [0, 1, 2, 3, 4] } as const;
type Struck = keyof typeof STRUCK;

const ITEMS = 5;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Ten minutes from the end of the five in which a send was begun. */
const GRACE_AT_MOST = 15 * MINUTE;

type Cell = [string, Struck, Mode, Retries, MatrixFault];

function cellsOf(faults: readonly MatrixFault[]): Cell[] {
	return faults.flatMap((fault) =>
		(Object.keys(STRUCK) as Struck[]).flatMap((struck) =>
			(Object.keys(ON_ERROR) as Mode[]).flatMap((mode) =>
				(Object.keys(RETRIES) as Retries[]).map((retries): Cell => [
					fault.name,
					struck,
					mode,
					retries,
					fault,
				]),
			),
		),
	);
}

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

describe.each(FIXTURES)('$provider', (service) => {
	const { provider, reads, signsIn } = service;
	let scene: Scene;
	beforeAll(async () => {
		scene = await openScene(provider);
	});
	afterAll(async () => await scene.close());

	/** Sign-in and looks; the next connection would be that of the first send. */
	const connectionsBeforeSending = (signsIn === null ? 0 : 1) + (reads === 'byList' ? 1 : ITEMS);

	test('the service goes away after the last look: nobody is emailed, and a later run serves all', async () => {
		const gate = await openGate(scene.sandbox.port);
		try {
			const keys = scene.begin(ITEMS);
			const baseUrls = baseUrlsAt(`http://127.0.0.1:${gate.port}`, PLAYED);
			const credentials = credentialsFor({ baseUrls });
			gate.closeAfter(connectionsBeforeSending);
			const first = await scene.resend(
				keys,
				{ onError: 'continueErrorOutput', retryOnFail: true },
				{ credentials },
			);
			assertLaws(scene.passages, scene.sandbox.control.outbox());
			expect(first.said).toEqual(keys.map(() => 'failed: unreachable'));
			expect(first.lines.every(({ output }) => output === 1)).toBe(true);
			expect(scene.resendRequests()).toBe(0);
			await gate.reopen();
			const second = await scene.resend(keys, {}, { credentials });
			assertLaws(scene.passages, scene.sandbox.control.outbox());
			expect(second.said).toEqual(keys.map(() => 'sent'));
		} finally {
			await gate.close();
		}
	});

	test.each(cellsOf(faultsAt(service)))(
		'%s at %s: %s, %s',
		async (_name, struckName, mode, retries, fault) => {
			const keys = scene.begin(ITEMS);
			const struck = STRUCK[struckName];
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
