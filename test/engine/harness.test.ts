import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
	absentDeduplication,
	brokenDeduplication,
	chain,
	code,
	createEngine,
	loopOver,
	merge,
	set,
	source,
	split,
	type Engine,
	type EngineOptions,
	type NodeSpec,
} from './harness';
import { FixtureApi, FixtureCodeApi } from './harness/fixture/FixtureApi.credentials';
import { fixtureNodes } from './harness/fixture/nodes';
import { reply, startServer, type FixtureServer } from './harness/fixture/server';

let server: FixtureServer;
let engine: Engine;

function fixtureEngine(options: EngineOptions = {}): Engine {
	const created = createEngine({
		loadPackage: false,
		nodeTypes: fixtureNodes,
		credentialTypes: [new FixtureApi(), new FixtureCodeApi()],
		...options,
	});
	created.credentials.set('fixtureApi', { baseUrl: server.url, token: 'good' });
	return created;
}

function caller(parameters: NodeSpec['parameters'] = {}, rest: Partial<NodeSpec> = {}): NodeSpec {
	return { type: 'fixture.caller', name: 'Caller', parameters, ...rest };
}

const paths = () => server.received.map(({ path }) => path);

beforeAll(async () => {
	server = await startServer();
});

afterAll(async () => {
	await server.close();
});

beforeEach(() => {
	server.reset();
	server.on('/send', (_, response) => reply(response, 200, { sent: true }));
	engine = fixtureEngine();
});

describe('a run', () => {
	test('sends real requests and gives the items of the node', async () => {
		const run = await engine.run({ node: caller(), input: [{ a: 1 }, { a: 2 }] });

		expect(run.status).toBe('success');
		expect(run.error).toBeUndefined();
		expect(run.output).toEqual([
			[
				{ json: { sent: true }, pairedItem: { item: 0 } },
				{ json: { sent: true }, pairedItem: { item: 1 } },
			],
		]);
		expect(server.received.map(({ authorization }) => authorization)).toEqual([
			'Bearer good',
			'Bearer good',
		]);
		expect(run.runs).toEqual({ Source: 1, Caller: 1 });
	});

	test('also of a declarative node', async () => {
		const run = await engine.run({ node: { type: 'fixture.declarative' }, input: [{}, {}] });

		expect(run.itemsOf('declarative')).toHaveLength(2);
		expect(paths()).toEqual(['/send', '/send']);
	});

	test('the clock can be faked as long as the timers are left alone', async () => {
		jest.useFakeTimers({
			now: new Date('2030-01-02T23:30:00Z'),
			doNotFake: [
				'nextTick',
				'queueMicrotask',
				'setImmediate',
				'clearImmediate',
				'setInterval',
				'clearInterval',
				'setTimeout',
				'clearTimeout',
			],
		});
		try {
			const run = await engine.run({
				...chain(source([{}]), caller(), set({ day: '={{ $now.toISODate() }}' })),
				timezone: 'Asia/Tokyo',
			});
			expect(run.output[0]?.[0]?.json).toEqual({ sent: true, day: '2030-01-03' });
		} finally {
			jest.useRealTimers();
		}
	});

	test('a node that lacks a required parameter never starts', async () => {
		const run = await engine.run({ node: caller({ path: '' }) });

		expect(run.status).toBe('error');
		expect(run.error?.message).toContain('issues');
		expect(server.received).toEqual([]);
	});

	test('gives the hints of a node', async () => {
		const hinting = code((items, context) => {
			context.addExecutionHints({ message: 'Mind the gap', location: 'outputPane' });
			return items;
		});
		const run = await engine.run({ node: hinting });
		expect(run.hints).toEqual([{ message: 'Mind the gap', location: 'outputPane' }]);
	});

	test('the timezone of the workflow is that of $now', async () => {
		const run = await engine.run({
			...chain(source([{}]), set({ zone: '={{ $now.zoneName }}', id: '={{ $execution.id }}' })),
			timezone: 'Asia/Tokyo',
			executionId: '77',
		});
		expect(run.output[0]?.[0]?.json).toEqual({ zone: 'Asia/Tokyo', id: '77' });
	});

	test('a token that was sent is not in the stored execution, nor is the error of a refusal', async () => {
		server.on('/send', (_, response) => reply(response, 422, { message: 'no' }));
		engine.credentials.set('fixtureApi', { baseUrl: server.url, token: 'sEcReT' });

		const stopped = await engine.run({ node: caller() });
		const continued = await engine.run({
			node: caller({ shape: 'withError' }, { onError: 'continueErrorOutput' }),
		});

		expect(server.received[0]?.authorization).toBe('Bearer sEcReT');
		expect(stopped.status).toBe('error');
		for (const { execution } of [stopped, continued]) {
			expect(execution).toContain('Caller');
			expect(execution).not.toContain('sEcReT');
		}
	});

	test('keeps message, description and item of an error thrown afresh', async () => {
		const { error } = await engine.run({ node: { type: 'fixture.thrower' } });
		expect(error).toMatchObject({
			message: 'The invitation was refused',
			description: 'Ask for a new one',
			httpCode: '422',
			context: { itemIndex: 0 },
		});
	});
});

describe('a built package', () => {
	const packageDir = mkdtempSync(join(tmpdir(), 'harness-package-'));
	afterAll(() => rmSync(packageDir, { recursive: true }));

	const nodes = ['dist/nodes/Echo/Echo.node.js'];
	writeFileSync(
		join(packageDir, 'package.json'),
		JSON.stringify({ name: 'n8n-nodes-echo', version: '1.0.0', n8n: { nodes, credentials: [] } }),
	);

	test('that is not there yet: the message says what to do', async () => {
		const unbuilt = createEngine({ packageDir });
		await expect(unbuilt.run({ node: { type: 'n8n-nodes-echo.echo' } })).rejects.toThrow(
			'run npm run build first',
		);
	});

	test('is loaded by n8n-core, its nodes named after the package', async () => {
		mkdirSync(join(packageDir, 'dist/nodes/Echo'), { recursive: true });
		writeFileSync(
			join(packageDir, nodes[0] ?? ''),
			`exports.Echo = class Echo {
				description = { name: 'echo', version: 1, inputs: ['main'], outputs: ['main'], properties: [] };
				async execute() { return [this.getInputData()]; }
			};`,
		);
		const run = await createEngine({ packageDir }).run({
			node: { type: 'n8n-nodes-echo.echo' },
			input: [{ a: 1 }],
		});
		expect(run.output[0]?.map(({ json }) => json)).toEqual([{ a: 1 }]);
	});
});

describe('item linking', () => {
	test('reaches back through nodes that change the number of items', async () => {
		const run = await engine.run(
			chain(
				source([
					{ x: 'first', rows: [{ id: 1 }, { id: 2 }] },
					{ x: 'second', rows: [{ id: 3 }] },
				]),
				split('rows'),
				caller(),
				set({ x: "={{ $('Source').item.json.x }}", id: "={{ $('Split').item.json.id }}" }),
			),
		);
		expect(run.output[0]?.map(({ json }) => json)).toEqual([
			{ sent: true, x: 'first', id: 1 },
			{ sent: true, x: 'first', id: 2 },
			{ sent: true, x: 'second', id: 3 },
		]);
	});

	test('through a merge of items only as far as the merge can tell them apart', async () => {
		const run = await engine.run(
			chain(source([{ x: 1 }, { x: 2 }]), merge('rows'), caller(), set({ n: '={{ $json.sent }}' })),
		);
		expect(run.itemsOf('Merge')[0]?.pairedItem).toEqual([{ item: 0 }, { item: 1 }]);
		expect(run.output[0]).toHaveLength(1);
	});

	test('through a loop, whose body runs with run index 0, 1, 2', async () => {
		const indices: unknown[] = [];
		const body = code((items, context) => {
			indices.push({
				proxy: context.getWorkflowDataProxy(0).$runIndex,
				expression: context.evaluateExpression('{{ $runIndex }}', 0),
				passes: (context.getContext('node').passes =
					Number(context.getContext('node').passes ?? 0) + 1),
			});
			return items.map((item, index) => ({ json: item.json, pairedItem: { item: index } }));
		}, 'Body');
		const run = await engine.run(
			loopOver(source([{ x: 1 }, { x: 2 }, { x: 3 }]), [
				body,
				set({ from: "={{ $('Source').item.json.x }}" }),
			]),
		);
		expect(run.runs).toMatchObject({ Body: 3, Set: 3, Loop: 4 });
		expect(indices).toEqual(
			[0, 1, 2].map((index) => ({ proxy: index, expression: index, passes: index + 1 })),
		);
		expect(run.itemsOf('Set').map(({ json }) => json.from)).toEqual([1, 2, 3]);
		expect(run.itemsOf('Body', 0, 1).map(({ json }) => json.x)).toEqual([2]);
		expect(run.itemsOf('Loop')).toHaveLength(3);
	});
});

describe('a node that meets a refusal', () => {
	const input = [{ path: '/send' }, { path: '/refuse' }, { path: '/send' }];
	const path = '={{ $json.path }}';

	beforeEach(() => {
		server.on('/refuse', (_, response) => reply(response, 422, { message: 'no' }));
	});

	test('Retry On Fail runs the whole node again', async () => {
		let refusals = 0;
		server.on('/refuse', (_, response) => {
			refusals += 1;
			reply(response, refusals === 1 ? 500 : 200, {});
		});
		const run = await engine.run({
			node: caller({ path }, { retryOnFail: true, maxTries: 3, waitBetweenTries: 0 }),
			input,
		});
		expect(run.status).toBe('success');
		expect(paths()).toEqual(['/send', '/refuse', '/send', '/refuse', '/send']);
		expect(run.executions.Caller).toBe(2);
		expect(run.runs.Caller).toBe(1);
	});

	test("what is kept in getContext('node') is still there in the next try", async () => {
		let refusals = 0;
		server.on('/refuse', (_, response) => {
			refusals += 1;
			reply(response, refusals === 1 ? 500 : 200, {});
		});
		const run = await engine.run({
			node: caller({ path, memo: true }, { retryOnFail: true, maxTries: 2 }),
			input,
		});
		expect(run.executions.Caller).toBe(2);
		expect(paths()).toEqual(['/send', '/refuse', '/refuse']);
	});

	test.each([
		['the first item', ['/refuse', '/send'], 3],
		['another item', ['/send', '/refuse'], 1],
	])('continuing with Retry On Fail: a refusal of %s', async (_, order, executions) => {
		const run = await engine.run({
			node: caller({ path }, { onError: 'continueErrorOutput', retryOnFail: true, maxTries: 3 }),
			input: order.map((entry) => ({ path: entry })),
		});
		// n8n looks only at the `error` of the first item to tell whether a run that returned has failed.
		expect(run.executions.Caller).toBe(executions);
		expect(run.output.map((items) => items.length)).toEqual([1, 1]);
	});

	test.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'%s with error, message and details as the only keys',
		async (onError) => {
			const run = await engine.run({ node: caller({ path }, { onError }), input });
			const failed = {
				error: expect.any(String),
				message: 'It was refused',
				details: { item: 1 },
			};
			expect(run.status).toBe('success');
			if (onError === 'continueRegularOutput') {
				expect(run.output).toHaveLength(1);
				expect(run.output[0]?.[1]).toEqual({ json: failed, pairedItem: { item: 1 } });
			} else {
				expect(run.output.map((items) => items.length)).toEqual([2, 1]);
				// The engine adds the fields of the linked input item.
				expect(run.output[1]?.[0]?.json).toEqual({ path: '/refuse', ...failed });
			}
		},
	);

	test('an item with one key more stays on the success branch', async () => {
		const run = await engine.run({
			node: caller({ path, shape: 'wide' }, { onError: 'continueErrorOutput' }),
			input,
		});
		expect(run.output.map((items) => items.length)).toEqual([3, 0]);
	});

	test.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'%s with item.error: only json.error is left of the json',
		async (onError) => {
			const run = await engine.run({
				node: caller({ path, shape: 'withError' }, { onError }),
				input,
			});
			const item = onError === 'continueErrorOutput' ? run.output[1]?.[0] : run.output[0]?.[1];
			expect(item?.json).toEqual({ error: item?.error?.message });
		},
	);

	test.each(['continueRegularOutput', 'continueErrorOutput'] as const)(
		'%s where the node throws: all input items pass on the success branch',
		async (onError) => {
			const thrower = caller({ path, catch: false }, { onError });
			const followed = await engine.run(chain(source(input), thrower, set({})));
			const last = await engine.run(chain(source(input), thrower));

			expect(followed.itemsOf('Caller').map(({ json }) => json)).toEqual(input);
			expect(followed.taskData('Caller')[0]?.error).toBeDefined();
			expect(followed.status).toBe('success');
			// n8n forgets the error only when it starts another node.
			expect(last.itemsOf('Caller').map(({ json }) => json)).toEqual(input);
			expect(last.status).toBe('error');
		},
	);

	test('Stop ends the run, and a retry of the execution goes on at the node with its context', async () => {
		const workflow = chain(source(input), caller({ path, memo: true }));
		const stopped = await engine.run(workflow);
		expect(stopped.status).toBe('error');
		expect(stopped.error).toMatchObject({ httpCode: '422' });

		server.reset();
		server.on('/refuse', (_, response) => reply(response, 200, {}));
		const retried = await engine.run({ ...workflow, runDataFrom: stopped });

		expect(retried.status).toBe('success');
		expect(retried.executions).toEqual({ Caller: 1 });
		expect(paths()).toEqual(['/refuse']);
		expect(retried.output[0]).toHaveLength(3);
	});
});

describe('credentials', () => {
	test('a field never filled in has its default', async () => {
		const found = await engine.listSearch(caller(), 'searchThings', { filter: 'x' });
		expect(found.results).toEqual([{ name: 'eu: x', value: 1 }]);
	});

	test('are read for every request, or once when handed over', async () => {
		await engine.run({ node: caller(), input: [{}, {}, {}] });
		const each = engine.credentialReads();
		await engine.run({ node: caller({ readOnce: true }), input: [{}, {}, {}] });

		// Twice an item: the fixture's own read for the base URL, and the helper's.
		expect(each).toBe(6);
		expect(engine.credentialReads() - each).toBe(1);
	});

	test.each([false, true])(
		'401: signs in, sends again, keeps the token (read once: %s)',
		async (readOnce) => {
			server.on('/sign-in', (_, response) => reply(response, 200, { token: 'renewed' }));
			server.on('/send', ({ authorization }, response) =>
				reply(response, authorization === 'Bearer renewed' ? 200 : 401, {}),
			);
			const credentials = { fixtureApi: { baseUrl: server.url, token: 'old' } };

			const run = await engine.run({ node: caller({ readOnce }), credentials, input: [{}, {}] });
			expect(run.status).toBe('success');
			expect(paths()).toEqual(['/send', '/sign-in', '/send', '/send']);
			expect(engine.credentials.get('fixtureApi')).toMatchObject({ token: 'renewed' });

			server.received.length = 0;
			await engine.run({ node: caller(), credentials });
			expect(paths()).toEqual(['/send']);
		},
	);

	test('an empty token is fetched before the first request', async () => {
		server.on('/sign-in', (_, response) => reply(response, 200, { token: 'fresh' }));
		engine.credentials.set('fixtureApi', { baseUrl: server.url });

		await engine.run({ node: caller() });

		expect(paths()).toEqual(['/sign-in', '/send']);
		expect(engine.credentials.get('fixtureApi').token).toBe('fresh');
	});

	test('a sign-in reply without the token changes nothing', async () => {
		server.on('/sign-in', (_, response) => reply(response, 200, {}));
		server.on('/send', (_, response) => reply(response, 401, {}));

		const run = await engine.run({ node: caller() });

		expect(run.status).toBe('error');
		expect(engine.credentials.get('fixtureApi').token).toBe('good');
	});

	test('their test: success, rules and network', async () => {
		const data = { baseUrl: server.url, token: 'good' };
		server.on('/me', (_, response) => reply(response, 200, { data: { active: true } }));
		expect(await engine.testCredential('fixtureApi', data)).toEqual({
			status: 'OK',
			message: 'Connection successful!',
		});
		server.on('/me', (_, response) => reply(response, 200, { data: { active: false } }));
		expect(await engine.testCredential('fixtureApi')).toEqual({
			status: 'Error',
			message: 'The account is closed',
		});
		server.on('/me', (_, response) => reply(response, 403, {}));
		expect(await engine.testCredential('fixtureCodeApi', data)).toEqual({
			status: 'Error',
			message: 'The key lacks a permission',
		});
		expect(await engine.testCredential('fixtureApi')).toEqual({
			status: 'Error',
			message: 'Forbidden',
		});
		const nowhere = { baseUrl: 'http://127.0.0.1:1', token: 'good' };
		expect(await engine.testCredential('fixtureApi', nowhere)).toEqual({
			status: 'Error',
			message: 'ECONNREFUSED',
		});
	});

	test('their test writes a renewed token back', async () => {
		server.on('/sign-in', (_, response) => reply(response, 200, { token: 'fresh' }));
		server.on('/me', (_, response) => reply(response, 200, {}));

		const result = await engine.testCredential('fixtureApi', { baseUrl: server.url, token: '' });

		expect(result.status).toBe('OK');
		expect(engine.credentials.get('fixtureApi').token).toBe('fresh');
	});
});

describe('cancelling', () => {
	test('ends the request under way and the run', async () => {
		server.on('/send', () => {});
		const arrival = server.arrival('/send');
		const started = engine.start({ node: caller(), input: [{}, {}] });
		const request = await arrival;
		const closed = once(request.socket, 'close');

		started.cancel();

		await closed;
		const run = await started.done;
		expect(run.status).toBe('canceled');
		expect(paths()).toEqual(['/send']);
	});

	test('before the first node runs nothing', async () => {
		const started = engine.start({ node: caller() });
		started.cancel();
		expect((await started.done).status).toBe('canceled');
		expect(server.received).toEqual([]);
	});
});

describe('deduplication', () => {
	const directory = mkdtempSync(join(tmpdir(), 'harness-'));
	afterAll(() => rmSync(directory, { recursive: true }));

	const options = { mode: 'entries', maxEntries: 3 } as const;
	const record = code(async (items, { helpers }) => {
		const keys = items.map(({ json }) => String(json.key));
		const { new: fresh, processed } = await helpers.checkProcessedAndRecord(keys, 'node', options);
		return [{ json: { fresh, processed } }];
	}, 'Ledger');
	const forget = code(async (items, { helpers }) => {
		const keys = items.map(({ json }) => String(json.key));
		await helpers.removeProcessed(keys, 'node', options);
		return items;
	}, 'Ledger');

	async function ask(on: Engine, keys: string[], workflowId?: string | null): Promise<unknown> {
		const run = await on.run({ node: record, input: keys.map((key) => ({ key })), workflowId });
		return run.output[0]?.[0]?.json ?? run.error;
	}

	test('a table in a file outlives the engine, one in memory does not', async () => {
		const database = join(directory, 'table.json');
		await ask(fixtureEngine({ database }), ['a']);
		expect(await ask(fixtureEngine({ database }), ['a', 'b'])).toEqual({
			fresh: ['b'],
			processed: ['a'],
		});
		expect(await ask(fixtureEngine(), ['a'])).toEqual({ fresh: ['a'], processed: [] });
	});

	test('keeps workflows and nodes apart', async () => {
		await ask(engine, ['a'], 'one');
		expect(await ask(engine, ['a'], 'two')).toEqual({ fresh: ['a'], processed: [] });
		const other = await engine.run({ node: { ...record, name: 'Other' }, input: [{ key: 'a' }] });
		expect(other.output[0]?.[0]?.json).toEqual({ fresh: ['a'], processed: [] });
	});

	test('forgets what is removed, and the oldest beyond the limit', async () => {
		await ask(engine, ['a', 'b']);
		await engine.run({ node: forget, input: [{ key: 'a' }] });
		expect(await ask(engine, ['a'])).toEqual({ fresh: ['a'], processed: [] });
		await ask(engine, ['c', 'd']);
		expect(await ask(engine, ['b'])).toEqual({ fresh: ['b'], processed: [] });
	});

	test('sees no repeats within one call', async () => {
		expect(await ask(engine, ['a', 'a'])).toEqual({ fresh: ['a', 'a'], processed: [] });
		expect(await ask(engine, ['b', 'b'])).toEqual({ fresh: ['b', 'b'], processed: [] });
	});

	test('two executions at once: the later write of the row wins', async () => {
		await ask(engine, ['a']);
		const [first, second] = await Promise.all([ask(engine, ['b']), ask(engine, ['b'])]);
		expect([first, second]).toEqual(Array(2).fill({ fresh: ['b'], processed: [] }));
		await Promise.all([ask(engine, ['c']), ask(engine, ['d'])]);
		expect([await ask(engine, ['c']), await ask(engine, ['d'])]).toContainEqual({
			fresh: [expect.any(String)],
			processed: [],
		});
	});

	test('engines running at the same time keep their tables apart', async () => {
		const other = fixtureEngine();
		const answers = await Promise.all([ask(engine, ['a']), ask(other, ['a'])]);
		expect(answers).toEqual(Array(2).fill({ fresh: ['a'], processed: [] }));
	});

	test('where there is none, n8n asks for init()', async () => {
		const without = fixtureEngine({ deduplication: absentDeduplication() });
		expect(await ask(without, ['a'])).toMatchObject({
			message: expect.stringContaining('initialized before use'),
		});
	});

	test('a workflow that was never saved has none either', async () => {
		expect(await ask(engine, ['a'], null)).toMatchObject({ code: 'ERR_ASSERTION' });
	});

	test('a broken database fails after the calls it still answers', async () => {
		const broken = fixtureEngine({ deduplication: brokenDeduplication({ callsBefore: 1 }) });
		expect(await ask(broken, ['a'])).toEqual({ fresh: ['a'], processed: [] });
		expect(await ask(broken, ['a'])).toMatchObject({
			message: 'SQLITE_BUSY: database is locked',
		});
	});
});

describe('triggers', () => {
	test('a poll keeps its cursor, and what it wrote before it threw', async () => {
		let count = 2;
		server.on('/count', (_, response) =>
			count < 0 ? reply(response, 500, {}) : reply(response, 200, { count }),
		);
		const poller: NodeSpec = { type: 'fixture.poller' };

		const first = await engine.runPoll(poller, { timezone: 'Asia/Tokyo' });
		expect(first.items?.[0]?.[0]?.json).toEqual({ count: 2, timezone: 'Asia/Tokyo' });
		expect(first.nodeStaticData).toEqual({ seen: 2 });

		const second = await engine.runPoll(poller, { nodeStaticData: first.nodeStaticData });
		expect(second).toMatchObject({ items: null, error: undefined });

		count = -1;
		const third = await engine.runPoll(poller, { nodeStaticData: first.nodeStaticData });
		expect(third.error).toBeDefined();
		expect(third.nodeStaticData).toEqual({ seen: 3 });
	});

	test('a webhook sees the raw body and can answer itself', async () => {
		const hook: NodeSpec = { type: 'fixture.hook' };
		const body = '{"a": 1}';
		const signature = createHmac('sha256', 'good').update(body).digest('hex');

		const accepted = await engine.runWebhook(hook, {
			request: { body, headers: { 'X-Signature': signature } },
		});
		expect(accepted.returned.workflowData).toEqual([[{ json: { a: 1 } }]]);
		expect(accepted.nodeStaticData).toEqual({ last: { a: 1 } });

		const refused = await engine.runWebhook(hook, { request: { body } });
		expect(refused.returned).toEqual({ noWebhookResponse: true });
		expect(refused.response).toEqual({
			status: 401,
			headers: {},
			body: 'Bad signature',
			ended: true,
		});
	});
});
