import { copyFileSync, cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { AxiosStatic } from 'axios';
import type { IDataObject } from 'n8n-workflow';
import { baseUrlsAt } from '../../sandbox';
import {
	brokenDeduplication,
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
import { linesOf } from './matrix/laws';
import { moveClock, openScene, saidOf, type Scene } from './matrix/scene';
import {
	fixtureOf,
	PLAYED,
	PROVIDERS,
	providersThat,
	type ProviderKey,
	type TestSandbox,
} from '../services';
import { credentialsFor, fakeClock, ids, isRecord, node, until } from './support';

/**
 * Ways in which the first edition emailed people twice, or told them something untrue. Each test is the law that was
 * broken; its comment says what the first edition did.
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
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SKIPPED = 'skipped: alreadySent';
const INTERRUPTED = 'unknown: interrupted';
const UNCONFIRMED = 'unknown: unconfirmed';
const ROOT = resolve(__dirname, '../..');

const STAMPING = providersThat(({ stampsSends }) => stampsSends);
const UNSTAMPED = providersThat(({ stampsSends }) => !stampsSends);

const scenes = new Map<ProviderKey, Scene>();
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

beforeAll(async () => {
	otherPackage = copyPackage();
	for (const provider of PROVIDERS) scenes.set(provider, await openScene(provider));
});
beforeEach(() => fakeClock());
afterEach(() => {
	mockSleep.movesClock = false;
	for (const close of toClose.splice(0)) close();
});
afterAll(async () => {
	jest.useRealTimers();
	for (const scene of scenes.values()) await scene.close();
	rmSync(otherPackage, { recursive: true, force: true });
});

function sceneOf(provider: ProviderKey): Scene {
	const scene = scenes.get(provider);
	if (scene === undefined) throw new Error(`There is no scene for ${provider}`);
	return scene;
}

const each = <T>(keys: readonly unknown[], value: T): T[] => keys.map(() => value);

const per = (atMostOncePer: string, more: Partial<NodeSpec> = {}): Partial<NodeSpec> => ({
	...more,
	parameters: { atMostOncePer },
});

const CONTINUE: Partial<NodeSpec> = { onError: 'continueRegularOutput' };

function jsonOf(run: Run): IDataObject[] {
	return run.output.flat().map(({ json }) => json);
}

const wordsOf = (run: Run): string => JSON.stringify([run.output, run.error?.message]);

/** How far ahead an item says that it may be sent, in milliseconds; null for never. */
function aheadOf({ nextEligibleAt }: IDataObject): number | null {
	return typeof nextEligibleAt === 'string' ? Date.parse(nextEligibleAt) - Date.now() : null;
}

/** Not the one the tests could import: n8n's network layer brings its own. */
function n8nAxios(): AxiosStatic {
	const core = createRequire(createRequire(__filename).resolve('n8n-core'));
	return createRequire(core.resolve('@n8n/backend-network'))('axios') as AxiosStatic;
}

interface Answer {
	status: number;
	type: string;
	body: string;
}

const BAD_GATEWAY: Answer = {
	status: 502,
	type: 'text/plain',
	body: 'Bad gateway',
};

/** Stands between n8n and the service, as a provider's load balancer does. */
interface Balancer {
	/** Of accounts that are reached through it. */
	credentials: CredentialsByType;
	/** What becomes of a send; it is passed on where this is null. */
	onSend: ((forward: () => Promise<Answer>) => Promise<Answer>) | null;
	/** Which path of the service is meant. */
	pathOf: (path: string) => string;
}

/** Headers that are about the connection, or about a body in the form that it had on it. */
const OF_A_HOP = ['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding'];

async function passOn(
	{ url }: TestSandbox,
	path: string,
	{ method, headers }: IncomingMessage,
	body: string,
): Promise<Answer> {
	const reply = await fetch(`${url}${path}`, {
		method,
		headers: Object.entries(headers)
			.filter(([name]) => !OF_A_HOP.includes(name))
			.map(([name, value]): [string, string] => [name, String(value)]),
		body: body === '' ? undefined : body,
	});
	return {
		status: reply.status,
		type: reply.headers.get('content-type') ?? '',
		body: await reply.text(),
	};
}

async function openBalancer(sandbox: TestSandbox): Promise<Balancer> {
	const answer = async (request: IncomingMessage): Promise<Answer> => {
		const body = await text(request);
		const path = balancer.pathOf(request.url ?? '/');
		const forward = async () => await passOn(sandbox, path, request, body);
		const { onSend } = balancer;
		return onSend !== null && /resend/.test(path) ? await onSend(forward) : await forward();
	};
	const write = (response: ServerResponse, said: Answer): void => {
		const headers = said.type === '' ? {} : { 'content-type': said.type };
		response.writeHead(said.status, headers).end(said.body);
	};
	const server = createServer((request, response) => {
		answer(request).then(
			(said) => write(response, said),
			() => response.destroy(),
		);
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	const address = server.address();
	const origin = `http://127.0.0.1:${isRecord(address) ? String(address.port) : ''}`;
	const baseUrls = baseUrlsAt(origin, PLAYED);
	const balancer: Balancer = {
		credentials: credentialsFor({ baseUrls }),
		onSend: null,
		pathOf: (path) => path,
	};
	toClose.push(() => {
		server.close();
		server.closeAllConnections();
	});
	return balancer;
}

/**
 * The next send is answered at once, before it happens.
 *
 * @returns what lets it happen after all
 */
function giveUpNextSend(balancer: Balancer, said: Answer): () => Promise<void> {
	let leave: (() => Promise<Answer>) | null = null;
	balancer.onSend = async (forward) => {
		balancer.onSend = null;
		leave = forward;
		return said;
	};
	return async () => {
		if (leave === null) throw new Error('Nothing was given up');
		await leave();
	};
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
	// The first edition emailed 20 of 20 twice.
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

	// The first edition emailed 9 of 20 twice, one second apart, and 17 of 20 here.
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

	// The first edition trusted for 60 s what it had read, and emailed all 20 twice.
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

	// The first edition said that nothing was sent, sent again at the next try, and 2 emails went out.
	test('is the only one, with Retry On Fail', async () => {
		const { scene, keys, leave, first } = await unclear();
		await leave();

		expect(scene.mailsTo(keys)).toEqual([1]);
		expect(first.said).toEqual([UNCONFIRMED]);
		expect(wordsOf(first.run)).not.toMatch(/nothing was (?:sent|mailed)|not sent/i);
		const ahead = aheadOf(jsonOf(first.run)[0] ?? {});
		expect(ahead).toBeGreaterThanOrEqual(10 * MINUTE);
		expect(ahead).toBeLessThanOrEqual(15 * MINUTE);
	});

	// As above: 2 emails.
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

	// The first edition sent again as soon as it was run again.
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

		moveClock(aheadOf(jsonOf(first.run)[0] ?? {}) ?? 0);

		expect(await again()).toEqual(['sent']);
		expect(await again()).toEqual([SKIPPED]);
		expect(scene.mailsTo(keys)).toEqual([1]);
	});

	// The first edition said `unknown` and then `sent`, and 2 emails went out.
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

describe('a workflow that n8n keeps no record for', () => {
	const cases: Array<[string, string | null, string]> = [
		["is not saved, as in n8n's Agents", null, ''],
		['runs where n8n has no table', 'no table', 'Instance needs to initialized before use.'],
		['has an id and was never saved', 'never saved', 'FOREIGN KEY constraint failed'],
	];

	// The first edition said `sent`, `sent`: 2 emails.
	test.each(cases)('emails nobody twice when it %s', async (_name, workflowId, message) => {
		const scene = sceneOf('worthAi');
		const keys = scene.begin(1);
		const engine = createEngine({
			deduplication: brokenDeduplication({ message }),
		});
		const account = (id: string) => ({
			worthAiApi: { id: `${workflowId} ${id}`, name: id },
		});
		const resend = async (credential: string): Promise<Run> =>
			await engine.run({
				node: node('worthAi', 'resend', { credentials: account(credential) }),
				input: ids(...keys),
				credentials: credentialsFor(scene.sandbox),
				workflowId,
			});
		const said = ({ output }: Run): string[] => saidOf(linesOf({ output, named: keys }));

		const first = await resend('one');
		const second = await resend('one');

		expect(scene.mailsTo(keys)).toEqual([1]);
		expect([said(first), said(second)]).toEqual([['sent'], [SKIPPED]]);
		expect(jsonOf(first)[0]?.message).toMatch(/until it restarts/);
		expect(said(await resend('another'))).toEqual(['sent']);
		moveClock(DAY);
		expect(said(await resend('one'))).toEqual(['sent']);
	});
});

describe("'Dry Run'", () => {
	// The first edition read it from the first item only, and emailed the second.
	test.each(PROVIDERS)('counts for its own item at %s', async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(5);
		const tests = [false, true, 'false', 'true', false];
		const input = keys.map((id, item) => ({ id, test: tests[item] ?? null }));

		const { said } = await scene.resend(
			keys,
			{ parameters: { dryRun: '={{ $json.test }}' } },
			{ input },
		);

		expect(scene.mailsTo(keys)).toEqual([1, 0, 1, 0, 1]);
		expect(said).toEqual(['sent', 'wouldSend: due', 'sent', 'wouldSend: due', 'sent']);
	});

	// The first edition said `unknown: interrupted` of people that only a dry run had looked at, where no stamp told.
	test.each(PROVIDERS)('beside a real run changes nothing of it at %s', async (provider) => {
		const scene = sceneOf(provider);
		const alone = scene.begin(3);
		await scene.resend(alone);
		const marks = (await scene.recorded()).length;
		const rounds: Array<{ said: string[]; mails: number[]; marks: number }> = [];

		for (let round = 0; round < 3; round++) {
			const keys = scene.begin(3);
			const dry = async () => await scene.resend(keys, { parameters: { dryRun: true } });
			const [{ said }] = await Promise.all([scene.resend(keys), dry(), dry()]);
			const { length } = await scene.recorded();
			rounds.push({ said, mails: scene.mailsTo(keys), marks: length });
		}

		expect(rounds).toEqual(each(rounds, { said: each(alone, 'sent'), mails: [1, 1, 1], marks }));
	});

	// The first edition left a mark behind that made real runs say `unknown: interrupted` all day, where no stamp told.
	test.each(PROVIDERS)('that ends in the middle keeps no email back at %s', async (provider) => {
		mockSleep.movesClock = true;
		const scene = sceneOf(provider);
		const endings: string[][] = [];
		let isWhole = false;

		for (let calls = 0; !isWhole; calls++) {
			const keys = scene.begin(1);
			scene.breakTable(calls);
			const dry = await scene.resend(keys, {
				...CONTINUE,
				parameters: { dryRun: true },
			});
			isWhole = dry.said[0] === 'wouldSend: due';
			scene.mendTable();
			endings.push((await scene.resend(keys)).said);
		}

		expect(endings.length).toBeGreaterThan(2);
		expect(endings).toEqual(each(endings, ['sent']));
	});
});

describe("a changed 'Send at Most Once'", () => {
	function orders(all: readonly string[]): string[][] {
		if (all.length <= 1) return [[...all]];
		return all.flatMap((first) =>
			orders(all.filter((one) => one !== first)).map((rest) => [first, ...rest]),
		);
	}

	// The first edition sent 4 emails on one day with day, week, ever, hour.
	test.each(PROVIDERS)('emails nobody again at %s, whatever the order', async (provider) => {
		const scene = sceneOf(provider);
		const mails: Record<string, number[]> = {};

		for (const order of orders(['day', 'week', 'ever', 'hour'])) {
			const keys = scene.begin(1);
			for (const window of order) {
				await scene.resend(keys, per(window));
				moveClock(MINUTE);
			}
			mails[order.join(', ')] = scene.mailsTo(keys);
			fakeClock();
		}

		expect(Object.keys(mails)).toHaveLength(24);
		expect(Object.entries(mails).filter(([, [count]]) => count !== 1)).toEqual([]);
	});

	// The first edition emailed again.
	test.each(['hour', 'day', 'week', 'ever'])(
		'from once per execution to once per %s emails nobody again',
		async (window) => {
			const scene = sceneOf('worthAi');
			const keys = scene.begin(1);
			await scene.resend(keys, per('execution'));

			const { said } = await scene.resend(keys, per(window));

			expect(scene.mailsTo(keys)).toEqual([1]);
			expect(said).toEqual([SKIPPED]);
		},
	);
});

describe('a send over the edge of two windows', () => {
	const EDGE = Date.parse('2030-05-20T00:00:00Z');
	const cases: Array<[string, number]> = [
		['hour', 30 * MINUTE],
		['day', HOUR],
		['week', 3 * DAY],
	];

	/** Begun 10 s before the edge, emailed 10 s after it; run again within the later window, and when that says so. */
	async function play(
		window: string,
		within: number,
		then: Answer | 'isAnswered' | 'recordGone',
		says: [first: string, second: string],
	): Promise<void> {
		fakeClock(EDGE - 10 * SECOND);
		const scene = sceneOf('worthAi');
		const balancer = await openBalancer(scene.sandbox);
		const { credentials } = balancer;
		const keys = scene.begin(1);
		const said: string[][] = [];
		const mails: number[] = [];
		const resend = async (): Promise<number> => {
			const played = await scene.resend(keys, per(window), { credentials });
			said.push(played.said);
			mails.push(...scene.mailsTo(keys));
			return Date.now() + (aheadOf(jsonOf(played.run)[0] ?? {}) ?? 0);
		};
		balancer.onSend = async (forward) => {
			balancer.onSend = null;
			moveClock(20 * SECOND);
			const real = await forward();
			if (then === 'recordGone') scene.breakTable(0);
			return typeof then === 'string' ? real : then;
		};

		const next = [await resend()];
		scene.mendTable();
		jest.setSystemTime(EDGE + within);
		next.push(await resend());
		jest.setSystemTime(next[1] ?? 0);
		await resend();

		expect(mails).toEqual([1, 1, 2]);
		expect(said).toEqual([...says, 'sent'].map((words) => [words]));
		expect(next[0]).toBe(next[1]);
	}

	// The first edition counted it for the earlier one only: 2 emails on one calendar day.
	test.each(cases)('counts for the later %s, too', async (window, within) => {
		await play(window, within, 'isAnswered', ['sent', SKIPPED]);
	});

	// As above: 2 emails.
	test.each(cases)('counts for the later %s, too, when unclear', async (window, within) => {
		await play(window, within, BAD_GATEWAY, [UNCONFIRMED, INTERRUPTED]);
	});

	// As above, where the process ended before it could record the send: 2 emails.
	test.each(cases)(
		'counts for the later %s, too, when its record breaks off',
		async (window, within) => {
			await play(window, within, 'recordGone', ['sent', INTERRUPTED]);
		},
	);
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

	// The first edition sent 2 emails, though both readings carry the same invitation.
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

describe("n8n's Retry of an execution that ended days ago", () => {
	// The first edition said `sent` again for the email of then, with `nextEligibleAt` in the past.
	const cases = PROVIDERS.flatMap((provider): Array<[ProviderKey, string, string, number]> => [
		[provider, 'day', 'sent', 2],
		[provider, 'ever', SKIPPED, 1],
	]);
	test.each(cases)(
		'at %s, once per %s, tells of now: %s',
		async (provider, window, says, mails) => {
			const scene = sceneOf(provider);
			const keys = scene.begin(3);
			scene.strike(keys[1], { kind: 'status', status: 422 });
			const stopped = await scene.resend(keys, per(window));
			expect(stopped.run.status).toBe('error');
			expect(scene.mailsTo(keys)).toEqual([1, 0, 0]);

			moveClock(3 * DAY);
			const retried = await scene.resend(keys, per(window), {
				runDataFrom: stopped.run,
			});

			expect(retried.run.executionId).not.toBe(stopped.run.executionId);
			expect(retried.said).toEqual([says, 'sent', 'sent']);
			expect(scene.mailsTo(keys)).toEqual([mails, 1, 1]);
			const aheads = jsonOf(retried.run).map(aheadOf);
			expect(aheads.filter((ahead) => ahead !== null && ahead < 0)).toEqual([]);
		},
	);

	// The first edition trusted its memory of then here as well.
	test.each(STAMPING)('at %s does not take an email of then for one of now', async (provider) => {
		const scene = sceneOf(provider);
		const balancer = await openBalancer(scene.sandbox);
		const { credentials } = balancer;
		const keys = scene.begin(2);
		const leave = giveUpNextSend(balancer, { ...BAD_GATEWAY, status: 504 });
		scene.strike(keys[1], { kind: 'status', status: 422 });
		const stopped = await scene.resend(keys, per('day'), { credentials });
		await leave();
		expect(stopped.run.status).toBe('error');
		expect(scene.mailsTo(keys)).toEqual([1, 0]);

		moveClock(3 * DAY);
		const { said } = await scene.resend(keys, per('day'), {
			credentials,
			runDataFrom: stopped.run,
		});

		expect(scene.mailsTo(keys)).toEqual([2, 1]);
		expect(said).toEqual(['sent', 'sent']);
	});
});

describe('something unforeseen after a send', () => {
	// The first edition said that the record could not be reached, so nothing was sent. The email was out.
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

	// The first edition knew no exceptions of its own, and took this one for a lost connection.
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
		expect(jsonOf(run)[0]?.message).toContain(defect);
	});
});

describe.each(STAMPING)("'Ever' after an unclear answer at %s", (provider) => {
	const UNAVAILABLE: Answer = {
		status: 503,
		type: 'text/plain',
		body: 'Unavailable',
	};

	// The first edition said `failed`, and then `unknown: interrupted` for good, at +40, +80 and +120 days.
	test.each([
		['left late', SKIPPED],
		['never left', 'sent'],
	])('is settled by the stamp: an email that %s', async (what, says) => {
		const scene = sceneOf(provider);
		const balancer = await openBalancer(scene.sandbox);
		const { credentials } = balancer;
		const keys = scene.begin(1);
		const leave = giveUpNextSend(balancer, UNAVAILABLE);
		// By then some have expired, and not every service sends those again.
		const options = { onlyWhenStatusIs: ['pending', 'expired'] };
		const settings = { ...CONTINUE, parameters: { atMostOncePer: 'ever', options } };
		const resend = async () => await scene.resend(keys, settings, { credentials });

		const first = await resend();
		if (what === 'left late') await leave();
		expect(first.said).toEqual([UNCONFIRMED]);
		expect(aheadOf(jsonOf(first.run)[0] ?? {})).toBeLessThanOrEqual(15 * MINUTE);
		const later: string[][] = [];
		for (let days = 40; days <= 120; days += 40) {
			moveClock(40 * DAY);
			later.push((await resend()).said);
		}

		expect(later).toEqual([[says], [SKIPPED], [SKIPPED]]);
		expect(scene.mailsTo(keys)).toEqual([1]);
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

	// In the first edition it brought back what had been taken away meanwhile: who had been emailed became
	// `deferred: inProgress`, and then `unknown: interrupted` for the day.
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

	// In the first edition it took away what had been recorded meanwhile, and that person was emailed again.
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
