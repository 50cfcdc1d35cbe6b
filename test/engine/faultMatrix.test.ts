import type { NodeSpec } from './harness';
import {
	DECLINED,
	disarm,
	ELSEWHERE,
	KARMACHECK_CANNOT_TELL,
	MATRIX,
	READ_BACK_DOWN,
	type Ending,
	type MatrixFault,
} from './matrix/faults';
import { assertLaws, type LawRules } from './matrix/laws';
import { fakeClock, openScene, type Scene } from './matrix/scene';
import { openGate } from './matrix/gate';
import { plugIn, type Wire } from './matrix/wire';
import { credentialsFor, type ProviderKey } from './support';

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

const PROVIDERS: ProviderKey[] = ['karmaCheck', 'worthAi', 'numium'];
const EXTRA: Record<ProviderKey, readonly MatrixFault[]> = {
	karmaCheck: READ_BACK_DOWN,
	worthAi: [],
	numium: [DECLINED],
};

let wire: Wire;
beforeAll(() => {
	fakeClock();
	wire = plugIn();
});
// Also after a failed test, whose faults would strike the next one.
afterEach(() => wire.clear());
afterAll(() => {
	wire.unplug();
	jest.useRealTimers();
});

/** KarmaCheck may say that it does not know for these, and nobody else. */
function rulesFor(fault: MatrixFault, struck: readonly string[]): LawRules {
	const cannotTell = KARMACHECK_CANNOT_TELL.includes(fault.name) || READ_BACK_DOWN.includes(fault);
	return { mayBeUnknown: (key) => cannotTell && struck.includes(key) };
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

/** What a run later on the same day says of an item that ended so, now that all is well again. */
function laterSays(provider: ProviderKey, mailed: boolean, said: string): string {
	if (said.startsWith('unknown')) {
		// A stamp shows what became of it; Numium's may only show that a mail went out.
		if (provider === 'karmaCheck' && !mailed) return 'sent';
		if (provider === 'worthAi' || !mailed) return 'unknown: interrupted';
	}
	return mailed ? 'skipped: alreadySent' : 'sent';
}

describe.each(PROVIDERS)('%s', (provider) => {
	let scene: Scene;
	beforeAll(async () => {
		scene = await openScene(provider);
	});
	afterAll(async () => await scene.close());

	/** Sign-in and looks; the next connection would be that of the first send. */
	const connectionsBeforeSending = provider === 'numium' ? 1 : 1 + ITEMS;

	test('the service goes away after the last look: nobody is mailed, and a later run serves all', async () => {
		const gate = await openGate(scene.sandbox.port);
		try {
			const keys = scene.begin(ITEMS);
			const url = `http://127.0.0.1:${gate.port}`;
			const elsewhere = {
				url,
				baseUrls: {
					karmaCheck: `${url}/karmacheck`,
					worthAi: `${url}/worth`,
					numium: `${url}/numium`,
				},
			};
			const credentials = credentialsFor({ ...scene.sandbox, ...elsewhere });
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

	test.each(cellsOf([...MATRIX, ...EXTRA[provider]]))(
		'%s at %s: %s, %s',
		async (_name, struckName, mode, retries, fault) => {
			const keys = scene.begin(ITEMS);
			const struck = STRUCK[struckName];
			const struckKeys = struck.map((item) => keys[item] ?? '');
			const rules = rulesFor(fault, struckKeys);
			for (const key of struckKeys) fault.arm(scene, wire, key);
			const spec: Partial<NodeSpec> = {
				onError: ON_ERROR[mode],
				...(RETRIES[retries] > 1 ? { retryOnFail: true, maxTries: RETRIES[retries] } : {}),
			};

			const first = await scene.resend(keys, spec);
			const outbox = scene.sandbox.control.outbox();
			assertLaws(scene.passages, outbox, rules);
			const mailed = scene.mailsTo(keys);
			const ends = fault.ends[provider];
			if (ends !== null) {
				const fails = ends.says.startsWith('failed');
				const stops = mode === 'stop' && fails;
				const expected = expectedOf(ends, fault, struck, stops);
				expect(first.run.status).toBe(stops ? 'error' : 'success');
				if (!stops) expect(first.said).toEqual(expected.map((ending) => ending?.says));
				expect(mailed).toEqual(expected.map((ending) => (ending?.mailed === true ? 1 : 0)));
				// n8n tries again when the node throws, and when the first item is an error.
				const again = fails && (mode === 'stop' || struck[0] === 0);
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

			// Another run on the same day, with nothing in its way.
			const second = await scene.resend(keys, { onError: 'continueRegularOutput' });
			assertLaws(scene.passages, scene.sandbox.control.outbox(), rules);
			expect(second.said).toEqual(
				keys.map((_key, item) => laterSays(provider, mailed[item] === 1, first.said[item] ?? '')),
			);
		},
	);
});
