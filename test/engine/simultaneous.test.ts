import type { IDataObject } from 'n8n-workflow';
import { DAY, startSandboxOf } from '../../sandbox';
import { createEngine, Deduplicator, tableInMemory, type Engine } from './harness';
import { linesOf } from './matrix/laws';
import { saidOf } from './matrix/scene';
import { fixtureOf, PLAYED, PROVIDERS, type ProviderKey, type TestSandbox } from '../services';
import { credentialsFor, ids, node, zoneAtNoon } from './support';

/**
 * n8n's table is read and then written, so two executions at once can both find an entry new. The model table takes a
 * turn of the event loop for each statement, which makes that happen. Engines are processes as far as the node can
 * tell: they share nothing but the table. For real ones see test/e2e/queue.e2e.mjs.
 */

jest.setTimeout(120_000);

const LISTED = 20;
const SENT = 'sent';
const SKIPPED = 'skipped: alreadySent';

let sandbox: TestSandbox;

beforeAll(async () => {
	sandbox = await startSandboxOf(PLAYED, { latencyMs: 2 });
});
afterAll(async () => await sandbox.close());

/** Nobody but so many who may be emailed. */
function peopleAt(provider: ProviderKey, count: number): string[] {
	sandbox.control.reset();
	sandbox.control.clearState();
	return Array.from({ length: count }, () =>
		fixtureOf(provider).add(sandbox.control.state, { sentAt: Date.now() - 2 * DAY }),
	);
}

/** So many n8n processes on one table, side by side, which take turns with the runs. */
function processes(count: number): (run: number) => Engine {
	const deduplication = new Deduplicator(tableInMemory());
	const first = createEngine({ deduplication });
	const others = Array.from({ length: count - 1 }, () => createEngine({ deduplication }));
	return (run) => [first, ...others][run % count] ?? first;
}

const zone = zoneAtNoon();

async function resend(engine: Engine, provider: ProviderKey, keys: string[]): Promise<string[]> {
	const input: IDataObject[] = ids(...keys);
	const { output } = await engine.run({
		node: node(provider, 'resend', { onError: 'continueRegularOutput' }),
		input,
		credentials: credentialsFor(sandbox),
		timezone: zone,
	});
	return saidOf(linesOf({ output, named: keys }));
}

/** How often each of them was emailed. */
function mailsTo(keys: readonly string[]): number[] {
	const outbox = sandbox.control.outbox();
	return keys.map((key) => outbox.filter((mail) => mail.key === key).length);
}

const times = <T>(count: number, value: T): T[] => new Array<T>(count).fill(value);

const PLACES = [
	['one process', 1],
	['two processes', 2],
] as const;
const CASES = PROVIDERS.flatMap((provider) =>
	PLACES.map(([place, count]): [ProviderKey, string, number] => [provider, place, count]),
);

describe.each(CASES)('executions at once at %s, in %s', (provider, _place, count) => {
	test('two with one list serve everybody between them', async () => {
		const engineOf = processes(count);
		const keys = peopleAt(provider, LISTED);
		const runs = await Promise.all(
			[0, 1].map(async (run) => await resend(engineOf(run), provider, keys)),
		);

		expect(mailsTo(keys)).toEqual(times(LISTED, 1));
		expect(sandbox.control.outbox()).toHaveLength(LISTED);
		const between = keys.map((_key, item) => runs.map((said) => said[item]).sort());
		expect(between).toEqual(times(LISTED, [SENT, SKIPPED]));

		const next = await resend(engineOf(0), provider, keys);
		expect(next).toEqual(times(LISTED, SKIPPED));
		expect(mailsTo(keys)).toEqual(times(LISTED, 1));
	});

	test('fifty with the same person mail once', async () => {
		const engineOf = processes(count);
		const keys = peopleAt(provider, 1);
		const runs = await Promise.all(
			Array.from({ length: 50 }, async (_, run) => await resend(engineOf(run), provider, keys)),
		);

		expect(runs.flat().sort()).toEqual([...times(49, SKIPPED), SENT].sort());
		expect(mailsTo(keys)).toEqual([1]);
	});

	test('a hundred with a person each email all of them', async () => {
		const engineOf = processes(count);
		const keys = peopleAt(provider, 100);
		const runs = await Promise.all(
			keys.map(async (key, run) => await resend(engineOf(run), provider, [key])),
		);

		expect(runs.flat()).toEqual(times(100, SENT));
		expect(mailsTo(keys)).toEqual(times(100, 1));
	});
});
