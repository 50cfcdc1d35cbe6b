import { createServer } from 'node:http';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import {
	accounts,
	startSandboxOf,
	tokens,
	type LoggedRequest,
	type SandboxOptions,
} from '../../sandbox';
import {
	fixtureOf,
	FIXTURES,
	PLAYED,
	type Fields,
	type ProviderKey,
	type ServiceFixture,
	type TestSandbox,
} from '../services';
import { createEngine, type Engine, type EngineOptions, type NodeSpec, type Run } from './harness';

/** Of a sandbox with all services of the tests. */
export type TestOptions = SandboxOptions<typeof PLAYED>;

/** What a test needs to run the built nodes against the sandbox. */
export interface Stage {
	sandbox: TestSandbox;
	engine: Engine;
}

/** Credentials for all services that are there, by type. */
export function credentialsFor({
	baseUrls,
}: {
	baseUrls: Partial<Record<string, string>>;
}): Record<string, Record<string, string>> {
	return Object.fromEntries(
		FIXTURES.flatMap(({ provider, credential, credentialAt }) => {
			const baseUrl = baseUrls[provider];
			return baseUrl === undefined ? [] : [[credential, credentialAt(baseUrl)]];
		}),
	);
}

export async function setStage(
	options: { sandbox?: TestOptions; engine?: EngineOptions } = {},
): Promise<Stage> {
	const sandbox = await startSandboxOf(PLAYED, options.sandbox);
	return { sandbox, engine: createEngine(options.engine) };
}

/** One of the package's nodes, whose target is taken from the input's `id`. */
export function node(
	provider: ProviderKey,
	operation: string,
	more: Partial<NodeSpec> = {},
): NodeSpec {
	const { nodeType, target } = fixtureOf(provider);
	return {
		type: nodeType,
		...more,
		parameters: {
			resource: 'invitation',
			operation,
			[target]: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
			...more.parameters,
		},
	};
}

export function ids(...values: Array<string | number>): IDataObject[] {
	return values.map((id) => ({ id }));
}

/** The most fields that a simplified output may have. */
export const MOST_FIELDS = 10;

/** The id of what an item is about. */
export function targetIn(json: IDataObject, provider: unknown = json.provider): string {
	const facts = FIXTURES.find((one) => one.provider === provider);
	return facts === undefined ? '' : String(json[facts.target] ?? '');
}

/** A JWT that ran out in 2024. */
export const EXPIRED = tokens.numiumExpired;

/** What makes a credential one with a pasted key or token. */
export function pasting({ pasted }: ServiceFixture, value = pasted.value): Fields {
	return { authentication: 'token', [pasted.field]: value };
}

/** The instant at which the clock stands still: a Wednesday, in the middle of the day in UTC. */
export const NOON = Date.UTC(2030, 4, 15, 12);

const TIMERS: FakeableAPI[] = [
	'hrtime',
	'nextTick',
	'performance',
	'queueMicrotask',
	'setImmediate',
	'clearImmediate',
	'setInterval',
	'clearInterval',
	'setTimeout',
	'clearTimeout',
];

/** Only the clock is faked; timers stay, for the sockets live by them. */
export function fakeClock(now = NOON): void {
	jest.useFakeTimers({ now, doNotFake: TIMERS });
}

/**
 * One sandbox for the tests of a file, as freshly seeded before each of them, and a new engine (so
 * no credential, token or record of sends) for each. The clock stands still at noon, so that no
 * test runs across midnight; timers go on.
 */
export function useStage(options: TestOptions = {}): {
	readonly sandbox: TestSandbox;
	readonly engine: Engine;
} {
	// Jest reads no timeout from a project's configuration, and loading n8n-core alone takes seconds.
	jest.setTimeout(60_000);
	let stage: Stage | undefined;
	const current = (): Stage => {
		if (stage === undefined) throw new Error('The stage is set once the tests run');
		return stage;
	};
	beforeAll(async () => {
		// Asked for each time: the sandbox would hold on to the `Date.now` of its start.
		stage = await setStage({ sandbox: { now: () => Date.now(), ...options } });
	});
	beforeEach(() => {
		fakeClock();
		// Named, since a reset remembers the seed of an earlier one.
		current().sandbox.control.reset(options.seed ?? {});
		current().sandbox.control.setLatency(0);
		current().engine = createEngine();
	});
	afterEach(() => {
		jest.useRealTimers();
	});
	afterAll(async () => {
		await current().sandbox.close();
	});
	return {
		get sandbox() {
			return current().sandbox;
		},
		get engine() {
			return current().engine;
		},
	};
}

/** A zone in which it is about noon, so that no day ends while a test runs by the real clock. */
export function zoneAtNoon(): string {
	const ahead = 12 - new Date().getUTCHours();
	return ahead === 0 ? 'UTC' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

/** The requests to one operation, or with none named all requests. */
export function requestsTo(sandbox: TestSandbox, operationId?: string): LoggedRequest[] {
	return sandbox.control
		.requests()
		.filter((request) => operationId === undefined || request.operationId === operationId);
}

export function jsonOf(items: INodeExecutionData[] | undefined): IDataObject[] {
	return (items ?? []).map(({ json }) => json);
}

/** How far ahead an item says that it may be sent, in milliseconds; null for never. */
export function aheadOf({ nextEligibleAt }: IDataObject): number | null {
	return typeof nextEligibleAt === 'string' ? Date.parse(nextEligibleAt) - Date.now() : null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How the user told n8n to go on after a failure. */
export const ON_ERROR = ['stopWorkflow', 'continueRegularOutput', 'continueErrorOutput'] as const;

export type OnError = (typeof ON_ERROR)[number];

/** The words a user reads about a failed item. */
export interface Told {
	message: string;
	description: string;
	/** All that an item with an error output holds; otherwise the fields of the verdict. */
	details: Record<string, unknown>;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Whether an item is one that failed, in either of the two forms. */
export function isFailed({ json }: INodeExecutionData): boolean {
	return json.outcome === 'failed' || json.error !== undefined;
}

export function toldIn({ json }: INodeExecutionData): Told {
	if (json.outcome === 'failed') {
		return { message: text(json.message), description: text(json.advice), details: json };
	}
	return {
		message: text(json.error),
		description: text(json.message),
		details: isRecord(json.details) ? json.details : {},
	};
}

/** What a run told about its first failed item: thrown, or in an item of either output. */
export function told(run: Run): Told {
	if (run.error !== undefined) {
		const { message } = run.error;
		const description = 'description' in run.error ? text(run.error.description) : '';
		return { message: message.replace(/ \[item \d+\]$/, ''), description, details: {} };
	}
	const item = run.output.flat().find(isFailed);
	if (item === undefined) throw new Error(`Nothing failed: ${JSON.stringify(run.output)}`);
	return toldIn(item);
}

const NAMES = FIXTURES.map(({ name }) => name).join('|');
const ANSWERED = new RegExp(` (?:${NAMES}) answered: .*$`, 's');

/** Our part of the advice; what the provider answered is quoted at the end. */
export function ownAdvice({ description }: Told): string {
	return description.replace(ANSWERED, '');
}

/** Our part of the words. */
export function ownWords(words: Told): string {
	return `${words.message}\n${ownAdvice(words)}`;
}

/** Words that make a user feel at fault; n8n's guidelines ask to avoid them. */
export const DISCOURAGING = /\b(?:errors?|problems?|failures?|mistakes?)\b/i;

const PATIENCE_MS = 60_000;

const turn = async (): Promise<void> => await new Promise((next) => setImmediate(next));

/**
 * Waits for something that will happen by itself. The clock is one that tests do not replace.
 *
 * @param pause what passes between two looks
 */
export async function until(condition: () => boolean, pause = turn): Promise<void> {
	const end = process.hrtime.bigint() + BigInt(PATIENCE_MS) * 1_000_000n;
	while (!condition()) {
		if (process.hrtime.bigint() > end) {
			throw new Error(
				`It did not happen within ${PATIENCE_MS / 1000} seconds: ${String(condition)}`,
			);
		}
		await pause();
	}
}

/** One page of Worth AI's list of users, by the page that was asked for (none for the first). */
export type UserPages = (page: string | null) => {
	records: IDataObject[];
	total_pages?: number;
	/** Published as text. */
	total_items?: unknown;
};

/** `count` users, so many on a page. */
export function pagedUsers(count: number, size: number): UserPages {
	const users = Array.from({ length: count }, (_, index) => ({
		id: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
		first_name: 'User',
		last_name: String(index),
		email: `user${index}@example.com`,
		status: 'INVITED',
		is_first_login: true,
	}));
	return (page) => ({
		records: users.slice((Number(page ?? 1) - 1) * size, Number(page ?? 1) * size),
		total_pages: Math.ceil(count / size),
	});
}

export interface WorthStandIn {
	/** For the credential `worthAiApi`, signed in with a pasted token. */
	credential: Record<string, string>;
	/** The `page` of each request, null where it named none. */
	pagesAsked: Array<string | null>;
	close(): Promise<void>;
}

/** Stands in for Worth AI where the sandbox, whose list has one page, cannot. */
export async function startWorth(pages: UserPages): Promise<WorthStandIn> {
	const pagesAsked: WorthStandIn['pagesAsked'] = [];
	const server = createServer((request, response) => {
		const page = new URL(request.url ?? '/', 'http://localhost').searchParams.get('page');
		pagesAsked.push(page);
		response
			.writeHead(200, { 'content-type': 'application/json' })
			.end(JSON.stringify({ status: 'success', data: pages(page) }));
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	const address = server.address();
	const port = isRecord(address) ? String(address.port) : '';
	return {
		credential: {
			environment: 'custom',
			baseUrl: `http://127.0.0.1:${port}`,
			authentication: 'token',
			token: tokens.worthAi,
			customerId: accounts.worthAi.customerId,
		},
		pagesAsked,
		async close() {
			server.closeAllConnections();
			await new Promise((closed) => server.close(closed));
		},
	};
}
