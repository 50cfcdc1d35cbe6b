import { copyFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { AxiosStatic } from 'axios';
import {
	code,
	createEngine,
	Deduplicator,
	loopOver,
	source,
	tableInMemory,
	type CredentialsByType,
	type Engine,
	type NodeSpec,
	type ProcessedData,
	type Run,
} from './harness';
import { BAD_GATEWAY, giveUpNextSend, useBalancers } from './matrix/balancer';
import { linesOf } from './matrix/laws';
import { moveClock, saidOf, useScenes } from './matrix/scene';
import { fixtureOf, providersThat } from '../services';
import { aheadOf, credentialsFor, ids, jsonOf, node, until } from './support';

/**
 * Two executions or two processes at once, a request that takes effect long after it was given up, and a process that
 * stands still and goes on when all has changed: what happened in one order, and is heard of in another.
 */

jest.setTimeout(120_000);

const mockSleep = { movesClock: false };
jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async (milliseconds: number) => {
		if (mockSleep.movesClock) jest.setSystemTime(Date.now() + milliseconds);
		await new Promise<void>((turn) => setImmediate(turn));
	},
}));

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const SKIPPED = 'skipped: alreadySent';
const INTERRUPTED = 'unknown: interrupted';
const UNCONFIRMED = 'unknown: unconfirmed';
const ROOT = resolve(__dirname, '../..');

const STAMPING = providersThat(({ stampsSends }) => stampsSends);
const UNSTAMPED = providersThat(({ stampsSends }) => !stampsSends);

const sceneOf = useScenes();
const openBalancer = useBalancers();
const toClose: Array<() => void> = [];
let otherPackage = '';

/**
 * The built package once more. n8n loads it anew, so that it shares nothing with the other but the database, as in
 * another worker.
 */
function copyPackage(): string {
	const folder = mkdtempSync(join(tmpdir(), 'invitations-worker-'));
	cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
	copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
	symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
	return folder;
}

/** An engine in another process than the one of the scenes. */
function engineElsewhere(table: ProcessedData): Engine {
	return createEngine({ packageDir: otherPackage, deduplication: new Deduplicator(table) });
}

beforeAll(() => {
	otherPackage = copyPackage();
});
afterEach(() => {
	mockSleep.movesClock = false;
	for (const close of toClose.splice(0)) close();
});
afterAll(() => {
	rmSync(otherPackage, { recursive: true, force: true });
});

const each = <T>(keys: readonly unknown[], value: T): T[] => keys.map(() => value);

const CONTINUE: Partial<NodeSpec> = { onError: 'continueRegularOutput' };

const wordsOf = (run: Run): string => JSON.stringify([run.output, run.error?.message]);

/** Not the one the tests could import: n8n's network layer brings its own. */
function n8nAxios(): AxiosStatic {
	const core = createRequire(createRequire(__filename).resolve('n8n-core'));
	return createRequire(core.resolve('@n8n/backend-network'))('axios') as AxiosStatic;
}

interface HeldUp {
	table: ProcessedData;
	/** Whether it has read and does not go on. */
	isHeld(): boolean;
	goOn(): void;
}

/** The table as one process sees it that stands still after its first read of a row, as soon as `isTime`. */
function holdUp(inner: ProcessedData, isTime: (key: string) => boolean): HeldUp {
	let goOn: () => void = () => undefined;
	let held = false;
	const free = new Promise<void>((resolveFree) => {
		goOn = resolveFree;
	});
	return {
		table: {
			...inner,
			async find(key) {
				const row = await inner.find(key);
				if (!held && isTime(key)) {
					held = true;
					await free;
				}
				return row;
			},
		},
		isHeld: () => held,
		goOn: () => goOn(),
	};
}

describe.each(STAMPING)('two workflows with one list at %s', (provider) => {
	test('email nobody twice when they start together', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(20);

		const [one, other] = await Promise.all([
			scene.resend(keys, {}, { workflowId: 'one' }),
			scene.resend(keys, {}, { workflowId: 'other' }),
		]);

		expect(scene.mailsTo(keys)).toEqual(each(keys, 1));
		const said = keys.map((_, item) => [one.said[item], other.said[item]].sort());
		expect(said).toEqual(each(keys, ['sent', SKIPPED]));
	});

	test('email nobody twice when one starts while the other sends', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(20);

		const one = scene.resend(keys, {}, { workflowId: 'one' });
		await until(() => scene.sandbox.control.outbox().length >= 3);
		const other = await scene.resend(keys, {}, { workflowId: 'other' });

		expect(scene.mailsTo(keys)).toEqual(each(keys, 1));
		const said = (await one).said.map((words, item) => [words, other.said[item]].sort());
		expect(said).toEqual(each(keys, ['sent', SKIPPED]));
	});

	test('email nobody twice in two processes, one of which looked before the other sent', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(20);
		const { requests } = scene.sandbox.control;
		const looked = (): boolean =>
			requests().filter(({ operationId }) => operationId === fixtureOf(provider).readCall).length >=
			20;
		const late = holdUp(tableInMemory(), looked);
		const otherProcess = engineElsewhere(late.table);

		const second = otherProcess.run({
			node: node(provider, 'resend'),
			input: ids(...keys),
			credentials: credentialsFor(scene.sandbox),
			workflowId: 'other',
		});
		await until(() => late.isHeld());
		const { said } = await scene.resend(keys, {}, { workflowId: 'one' });
		moveClock(5 * SECOND);
		late.goOn();

		const { output } = await second;
		expect(scene.mailsTo(keys)).toEqual(each(keys, 1));
		expect(said).toEqual(each(keys, 'sent'));
		expect(saidOf(linesOf({ output, named: keys }))).toEqual(each(keys, SKIPPED));
	});
});

describe.each(UNSTAMPED)("another workflow's unclear send at %s", (provider) => {
	test.each(['hour', 'day', 'ever'])('holds back until it says, once per %s', async (window) => {
		const scene = sceneOf(provider);
		const balancer = await openBalancer(scene.sandbox);
		const keys = scene.begin(1);
		giveUpNextSend(balancer, BAD_GATEWAY);
		const { credentials } = balancer;
		await scene.resend(keys, CONTINUE, { credentials, workflowId: 'other' });
		const again = async () =>
			await scene.resend(
				keys,
				{ ...CONTINUE, parameters: { atMostOncePer: window } },
				{ credentials },
			);

		const held = await again();
		const ahead = aheadOf(jsonOf(held.run.output.flat())[0] ?? {}) ?? 0;
		expect(held.said).toEqual([INTERRUPTED]);
		expect(ahead).toBeLessThanOrEqual(11 * MINUTE);
		moveClock(ahead - 1);
		expect((await again()).said).toEqual([INTERRUPTED]);
		moveClock(1);
		expect((await again()).said).toEqual(['sent']);
	});
});

describe.each(STAMPING)('an email at %s that leaves after its send was given up', (provider) => {
	/** One person whose send was answered with 502 at once. */
	async function unclear() {
		const scene = sceneOf(provider);
		const balancer = await openBalancer(scene.sandbox);
		const { credentials } = balancer;
		const keys = scene.begin(1);
		const leave = giveUpNextSend(balancer, BAD_GATEWAY);
		const first = await scene.resend(keys, { ...CONTINUE, retryOnFail: true }, { credentials });
		const again = async () => (await scene.resend(keys, CONTINUE, { credentials })).said;
		return { scene, keys, leave, first, again };
	}

	test('is the only one, with Retry On Fail', async () => {
		const { scene, keys, leave, first } = await unclear();
		await leave();

		expect(scene.mailsTo(keys)).toEqual([1]);
		expect(first.said).toEqual([UNCONFIRMED]);
		expect(wordsOf(first.run)).not.toMatch(/nothing was (?:sent|mailed)|not sent/i);
		const ahead = aheadOf(jsonOf(first.run.output.flat())[0] ?? {});
		expect(ahead).toBeGreaterThanOrEqual(10 * MINUTE);
		expect(ahead).toBeLessThanOrEqual(15 * MINUTE);
	});

	test('is the only one, when another item has the node tried again', async () => {
		const scene = sceneOf(provider);
		const balancer = await openBalancer(scene.sandbox);
		const [late = '', refused = ''] = scene.begin(2);
		const leave = giveUpNextSend(balancer, BAD_GATEWAY);
		scene.strike(refused, { kind: 'status', status: 422 });

		const { said, run } = await scene.resend(
			[late, refused],
			{ retryOnFail: true },
			{ credentials: balancer.credentials },
		);
		await leave();

		expect(scene.mailsTo([late, refused])).toEqual([1, 1]);
		expect(run.executions[provider]).toBe(2);
		expect(said).toEqual([INTERRUPTED, 'sent']);
	});

	test('is waited for, and then found, by the runs that follow', async () => {
		const { scene, keys, leave, again } = await unclear();

		moveClock(MINUTE);
		expect(await again()).toEqual([INTERRUPTED]);
		await leave();
		moveClock(MINUTE);
		expect(await again()).toEqual([SKIPPED]);
		moveClock(20 * MINUTE);
		expect(await again()).toEqual([SKIPPED]);
		expect(scene.mailsTo(keys)).toEqual([1]);
	});

	test('is found when nobody looked for it in between', async () => {
		const { scene, keys, leave, again } = await unclear();

		await leave();
		moveClock(20 * MINUTE);

		expect(await again()).toEqual([SKIPPED]);
		expect(scene.mailsTo(keys)).toEqual([1]);
	});

	test('that never leaves is sent by the first run for which it may be', async () => {
		const { scene, keys, first, again } = await unclear();

		moveClock(aheadOf(jsonOf(first.run.output.flat())[0] ?? {}) ?? 0);

		expect(await again()).toEqual(['sent']);
		expect(await again()).toEqual([SKIPPED]);
		expect(scene.mailsTo(keys)).toEqual([1]);
	});

	test('is the only one in a loop, after a timeout', async () => {
		const scene = sceneOf(provider);
		const balancer = await openBalancer(scene.sandbox);
		const [key = ''] = scene.begin(1);
		const leave = giveUpNextSend(balancer, { ...BAD_GATEWAY, status: 504 });
		let pass = 0;
		const between = code(async (items) => {
			pass += 1;
			if (pass === 2) await leave();
			moveClock(pass === 1 ? MINUTE : 20 * MINUTE);
			return items;
		}, 'Between');
		const resend = node(provider, 'resend', { name: 'Resend' });

		const run = await scene.engine.run({
			...loopOver(source(ids(key, key, key)), [resend, between]),
			credentials: balancer.credentials,
			workflowId: 'looping',
		});

		expect(scene.mailsTo([key])).toEqual([1]);
		const said = [0, 1, 2].map((runIndex) =>
			saidOf(linesOf({ output: [run.itemsOf('Resend', 0, runIndex)], named: [key] })),
		);
		expect(said).toEqual([[UNCONFIRMED], [INTERRUPTED], [SKIPPED]]);
	});
});

describe('two spellings of one case', () => {
	/** KarmaCheck as it would be if it took both. */
	async function spelled() {
		const scene = sceneOf('karmaCheck');
		const balancer = await openBalancer(scene.sandbox);
		balancer.pathOf = (path) => path.toLowerCase();
		const [key = ''] = scene.begin(1);
		expect(key.toUpperCase()).not.toBe(key);
		return { scene, key, credentials: balancer.credentials };
	}

	test('get one email in one run', async () => {
		const { scene, key, credentials } = await spelled();

		const { said } = await scene.resend([key.toUpperCase(), key], {}, { credentials });

		expect(scene.mailsTo([key])).toEqual([1]);
		expect(said).toEqual(['sent', 'skipped: duplicateInRun']);
	});

	test('get one email from two workflows that run at once', async () => {
		const { scene, key, credentials } = await spelled();

		const [one, other] = await Promise.all([
			scene.resend([key], {}, { credentials, workflowId: 'one' }),
			scene.resend([key.toUpperCase()], {}, { credentials, workflowId: 'other' }),
		]);

		expect(scene.mailsTo([key])).toEqual([1]);
		expect([...one.said, ...other.said].sort()).toEqual(['sent', SKIPPED]);
	});
});

describe('something unforeseen after a send', () => {
	test.each(UNSTAMPED)('is not called unsent at %s', async (provider) => {
		const scene = sceneOf(provider);
		const balancer = await openBalancer(scene.sandbox);
		const { credentials } = balancer;
		const keys = scene.begin(2);
		balancer.onSend = async (forward) => {
			balancer.onSend = null;
			await forward();
			const body = `${'{"error":'.repeat(9_000)}null${'}'.repeat(9_000)}`;
			return { status: 200, type: 'application/json', body };
		};

		const { said, run } = await scene.resend(keys, CONTINUE, { credentials });
		await scene.resend(keys, CONTINUE, { credentials });

		expect(said).toEqual([UNCONFIRMED, 'sent']);
		expect(wordsOf(run)).not.toMatch(/nothing was sent/i);
		expect(scene.mailsTo(keys)).toEqual([1, 1]);
	});

	test.each(UNSTAMPED)('is told in its own words at %s', async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(1);
		// Nothing that comes over the network makes the node's code throw, so what it is given does.
		const [defect, body] = ['The words of the defect', {}];
		for (const name of ['status', 'message', 'data', 'value', 'isSuccess', 'isFailure']) {
			const get = (): never => {
				throw new Error(defect);
			};
			Object.defineProperty(body, name, { get, enumerable: true });
		}
		const { response } = n8nAxios().interceptors;
		const plug = response.use((reply) =>
			/resend/.test(reply.config.url ?? '') ? { ...reply, data: body } : reply,
		);
		toClose.push(() => response.eject(plug));

		const { said, run } = await scene.resend(keys, CONTINUE);

		expect(scene.mailsTo(keys)).toEqual([1]);
		expect(said).toEqual([UNCONFIRMED]);
		expect(wordsOf(run)).not.toMatch(/nothing was sent/i);
		expect(jsonOf(run.output.flat())[0]?.message).toContain(defect);
	});
});

describe('a process that stood still for longer than the lock of the record lives', () => {
	const ROW = 'shared/n:id of worthAi';

	/** Two processes with one database, one of which stands still at a look at the record. */
	function twoProcesses(credentials: CredentialsByType, looks: number) {
		const table = tableInMemory();
		let seen = 0;
		const stuck = holdUp(table, (key) => {
			if (key === ROW) seen += 1;
			return seen === looks;
		});
		const living = createEngine({ deduplication: new Deduplicator(table) });
		const standing = engineElsewhere(stuck.table);
		const resend = async (engine: Engine, key: string): Promise<string[]> => {
			const { output } = await engine.run({
				node: node('worthAi', 'resend', CONTINUE),
				input: ids(key),
				credentials,
				workflowId: 'shared',
			});
			return saidOf(linesOf({ output, named: [key] }));
		};
		return {
			recorded: async () => (await table.find(ROW))?.data ?? [],
			stuck,
			inLiving: async (key: string) => await resend(living, key),
			inStanding: async (key: string) => await resend(standing, key),
		};
	}

	test('brings nothing back into the record', async () => {
		mockSleep.movesClock = true;
		const scene = sceneOf('worthAi');
		const balancer = await openBalancer(scene.sandbox);
		const [mine = '', others = ''] = scene.begin(2);
		const { credentials } = balancer;
		const { recorded, stuck, inLiving, inStanding } = twoProcesses(credentials, 1);
		let stoodStill: Promise<string[]> = Promise.resolve([]);
		balancer.onSend = async (forward) => {
			balancer.onSend = null;
			const answer = await forward();
			// It reads the record while the send is under way, and wants to write when all is over.
			stoodStill = inStanding(others);
			await until(() => stuck.isHeld());
			return answer;
		};

		const said = [await inLiving(mine)];
		const marks = await recorded();
		stuck.goOn();
		const saidThen = await stoodStill;
		const marksThen = await recorded();
		said.push(await inLiving(mine));
		moveClock(20 * MINUTE);
		said.push(await inLiving(mine));

		expect(said).toEqual([['sent'], [SKIPPED], [SKIPPED]]);
		expect(saidThen).toEqual(['sent']);
		expect(scene.mailsTo([mine, others])).toEqual([1, 1]);
		// As many of its own, and nothing else.
		expect(marksThen).toEqual(expect.arrayContaining(marks));
		expect(marksThen).toHaveLength(2 * marks.length);
	});

	test.each([
		['before its email', 1],
		['when its email is recorded, and its lease given back', 2],
	])('takes nothing away from the record (%s)', async (_when, looks) => {
		mockSleep.movesClock = true;
		const scene = sceneOf('worthAi');
		const [mine = '', others = '', earlier = ''] = scene.begin(3);
		const credentials = credentialsFor(scene.sandbox);
		const { stuck, inLiving, inStanding } = twoProcesses(credentials, looks);
		await inLiving(earlier);

		const stoodStill = inStanding(others);
		await until(() => stuck.isHeld());
		const said = [await inLiving(mine)];
		stuck.goOn();
		const saidThen = await stoodStill;
		said.push(await inLiving(mine));

		expect(scene.mailsTo([mine])).toEqual([1]);
		expect(said).toEqual([['sent'], [SKIPPED]]);
		expect(saidThen).toEqual(['sent']);
		expect(await inLiving(others)).toEqual([SKIPPED]);
		expect(scene.mailsTo([others])).toEqual([1]);
	});
});
