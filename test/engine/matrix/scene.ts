import type { IDataDeduplicator, IDataObject } from 'n8n-workflow';
import type { Fault, InjectedFault } from '../../../sandbox';
import {
	brokenDeduplication,
	Deduplicator,
	tableInMemory,
	type Engine,
	type NodeSpec,
	type Run,
	type RunOptions,
} from '../harness';
import { fixtureOf, PROVIDERS, type ProviderKey, type TestSandbox } from '../../services';
import { credentialsFor, fakeClock, ids, node, setStage } from '../support';
import { linesOf, type Line, type Passage } from './laws';

const DAY_MS = 86_400_000;

export function moveClock(milliseconds: number): void {
	jest.setSystemTime(Date.now() + milliseconds);
}

export interface Given {
	/** The fault strikes requests for this operation of the service; by default the resend. */
	operationId?: string;
	times?: number | 'always';
	after?: number;
}

/** One provider in the sandbox, an engine, and the runs that were made. */
export interface Scene {
	provider: ProviderKey;
	sandbox: TestSandbox;
	engine: Engine;
	/** Nothing but this many open invitations, sent two days ago; another workflow and process from here on. */
	begin(count: number): string[];
	strike(key: string | undefined, fault: Fault, given?: Given): InjectedFault;
	/** Runs the resend node over these ids, and keeps the passage. */
	resend(
		keys: readonly string[],
		more?: Partial<NodeSpec>,
		options?: Partial<RunOptions>,
	): Promise<Played>;
	/** All runs since `begin`. */
	passages: Passage[];
	/** How often each of these was emailed since `begin`. */
	mailsTo(keys: readonly string[]): number[];
	resendRequests(): number;
	/** n8n's database answers this many calls more, and then none until it is mended. */
	breakTable(callsBefore: number): void;
	mendTable(): void;
	/** What n8n's table holds for the node. */
	recorded(): Promise<string[]>;
	close(): Promise<void>;
}

export interface Played {
	run: Run;
	passage: Passage;
	lines: Line[];
	/** The outcomes in the order of the input, with the reason where it says more. */
	said: string[];
}

export function saidOf(lines: readonly Line[]): string[] {
	return [...lines]
		.sort((one, other) => one.item - other.item)
		.map(({ outcome, reason }) => (outcome === reason ? outcome : `${outcome}: ${reason}`));
}

/** What all services call the operation in their documents. */
export const RESEND = 'resendInvitation';

let workflows = 0;

/** Asks `current` anew at each call, so that the table behind an engine can be replaced. */
function switchable(current: () => IDataDeduplicator): IDataDeduplicator {
	return {
		checkProcessedAndRecord: async (...call) => await current().checkProcessedAndRecord(...call),
		removeProcessed: async (...call) => await current().removeProcessed(...call),
		clearAllProcessedItems: async (...call) => await current().clearAllProcessedItems(...call),
		getProcessedDataCount: async (...call) => await current().getProcessedDataCount(...call),
	};
}

/** The clock of the sandbox is that of the test, faked or not. */
export async function openScene(
	provider: ProviderKey,
	options: Parameters<typeof setStage>[0] = {},
): Promise<Scene> {
	let table = tableInMemory();
	let deduplicator: IDataDeduplicator = new Deduplicator(table);
	const { sandbox, engine } = await setStage({
		sandbox: { now: () => Date.now(), ...options.sandbox },
		engine: { deduplication: switchable(() => deduplicator), ...options.engine },
	});
	const credentials = credentialsFor(sandbox);
	const passages: Passage[] = [];
	let workflowId = '';

	return {
		provider,
		sandbox,
		engine,
		passages,
		begin(count) {
			workflows += 1;
			engine.restart();
			engine.credentials.renewIds();
			workflowId = `workflow-${workflows}`;
			table = tableInMemory();
			deduplicator = new Deduplicator(table);
			passages.length = 0;
			sandbox.control.clear();
			sandbox.control.clearState();
			return Array.from({ length: count }, () =>
				fixtureOf(provider).add(sandbox.control.state, { sentAt: Date.now() - 2 * DAY_MS }),
			);
		},
		strike: (key, fault, { operationId = RESEND, ...given } = {}) =>
			sandbox.control.inject({ provider, operationId, key, fault, ...given }),
		async resend(keys, more = {}, runOptions = {}) {
			const from = sandbox.control.outbox().length;
			const run = await engine.run({
				node: node(provider, 'resend', more),
				input: ids(...keys) satisfies IDataObject[],
				credentials,
				workflowId,
				...runOptions,
			});
			const passage: Passage = {
				provider,
				named: keys,
				output: run.error === undefined ? run.output : null,
				mails: [from, sandbox.control.outbox().length],
				execution: run.executionId,
			};
			passages.push(passage);
			const lines = linesOf(passage);
			return { run, passage, lines, said: saidOf(lines) };
		},
		mailsTo: (keys) =>
			keys.map((key) => sandbox.control.outbox().filter((mail) => mail.key === key).length),
		resendRequests: () =>
			sandbox.control.requests().filter(({ operationId }) => operationId === RESEND).length,
		breakTable(callsBefore) {
			deduplicator = brokenDeduplication({ callsBefore, inner: new Deduplicator(table) });
		},
		mendTable() {
			deduplicator = new Deduplicator(table);
		},
		async recorded() {
			const row = await table.find(`${workflowId}/n:id of ${provider}`);
			return row?.data ?? [];
		},
		close: async () => await sandbox.close(),
	};
}

/** For a file of tests: a scene for each service, and a clock that stands at `NOON` before each test. */
export function useScenes(): (provider: ProviderKey) => Scene {
	const scenes = new Map<ProviderKey, Scene>();
	beforeAll(async () => {
		for (const provider of PROVIDERS) scenes.set(provider, await openScene(provider));
	});
	beforeEach(() => fakeClock());
	afterAll(async () => {
		jest.useRealTimers();
		for (const scene of scenes.values()) await scene.close();
	});
	return (provider) => {
		const scene = scenes.get(provider);
		if (scene === undefined) throw new Error(`There is no scene for ${provider}`);
		return scene;
	};
}
