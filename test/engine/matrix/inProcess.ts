import { existsSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import {
	NodeApiError,
	NodeOperationError,
	type ICredentialDataDecryptedObject,
	type IDataDeduplicator,
	type IDataObject,
	type IExecuteFunctions,
	type IHttpRequestOptions,
	type INode,
	type INodeExecutionData,
	type INodeProperties,
	type INodeType,
} from 'n8n-workflow';
import { baseUrlsAt, openWorld, type OpenWorld } from '../../../sandbox';
import { freshModules } from '../harness/freshModules';
import { fixtureOf, PLAYED, type ProviderKey, type ServiceFixture } from '../../services';
import { isRecord, pasting } from '../support';
import type { Outgoing } from './wire';

/** The sandbox's services, state and faults without a server in front of them. */
export type Providers = OpenWorld<typeof PLAYED>;

export async function openProviders(): Promise<Providers> {
	return await openWorld(PLAYED, { now: () => Date.now(), validateReplies: false });
}

const ROOT = resolve(__dirname, '../../..');

/** A process of n8n as far as the nodes know: what they keep in it is gone with it. */
export interface Process {
	nodeOf(provider: ProviderKey): INodeType;
}

export function startProcess(): Process {
	const load = freshModules(ROOT);
	return {
		nodeOf(provider) {
			const { file } = fixtureOf(provider);
			const built = join(ROOT, 'dist', `${file}.js`);
			const exported = load(existsSync(built) ? built : join(ROOT, `${file}.ts`));
			const Node = isRecord(exported) ? exported[basename(file, '.node')] : undefined;
			if (typeof Node !== 'function') throw new Error(`${file} is not there: build first`);
			return Reflect.construct(Node, []) as INodeType;
		},
	};
}

/** The fields of a node that say whose invitations are meant, where the credential may hold the same. */
export function accountsOf({ provider, credentialAt }: ServiceFixture): INodeProperties[] {
	const held = Object.keys(credentialAt(''));
	const { properties } = startProcess().nodeOf(provider).description;
	return properties.filter(({ name }) => held.includes(name));
}

const BASE_URLS = baseUrlsAt('http://127.0.0.1', PLAYED);

/** Signed in with a key or token that is pasted, for nothing here signs in. */
function credentialOf(provider: ProviderKey): ICredentialDataDecryptedObject {
	const fixture = fixtureOf(provider);
	return { ...fixture.credentialAt(BASE_URLS[provider]), ...pasting(fixture) };
}

/** What one execution keeps between the tries and passes of its node. */
export type ExecutionStore = Record<string, unknown>;

export interface NodeRun {
	process: Process;
	provider: ProviderKey;
	providers: Providers;
	input: IDataObject[];
	parameters: IDataObject;
	continues: boolean;
	maxTries: number;
	/** Null for a workflow that was never saved. */
	workflowId: string | null;
	executionId: string;
	runIndex: number;
	timezone: string;
	store: ExecutionStore;
	deduplicator: IDataDeduplicator;
	/** Requests that never leave. */
	refuses(request: Outgoing): boolean;
	/** Called where the process is to end, while a request is out. */
	killedAt(request: Outgoing): 'before' | 'after' | null;
}

/** Where this is the result the process is gone, and its record with all that it had not written. */
export const KILLED = 'killed';

type Helpers = IExecuteFunctions['helpers'];

type Answer = { body: string; headers: Record<string, string>; statusCode: number };

function thrownBy(code: string): Error {
	return Object.assign(new Error('The request did not go through'), { cause: { code } });
}

function outgoing({ method, url, qs, timeout }: IHttpRequestOptions): Outgoing {
	return { method: method ?? 'GET', url, params: qs ?? {}, timeout: timeout ?? 0 };
}

/** What n8n's request helper does as far as the nodes rely on it, straight into the gateway. */
function helperOf(run: NodeRun, killed: () => void, isDead: () => boolean) {
	const { gateway } = run.providers;
	const { headers, pasted } = fixtureOf(run.provider);

	async function once(options: IHttpRequestOptions): Promise<Answer> {
		if (isDead()) return await new Promise<never>(() => {});
		const request = outgoing(options);
		if (run.refuses(request)) throw thrownBy('ECONNREFUSED');
		const death = run.killedAt(request);
		const never = new Promise<never>(() => {});
		if (death === 'before') {
			killed();
			return await never;
		}
		const url = new URL(options.url);
		for (const [name, value] of Object.entries(options.qs ?? {}))
			url.searchParams.set(name, String(value));
		const body = options.body === undefined ? '' : JSON.stringify(options.body);
		const answer = await gateway.handle(
			{
				method: request.method,
				target: `${url.pathname}${url.search}`,
				headers: {
					...headers(pasted.value),
					...(body === '' ? {} : { 'content-type': 'application/json' }),
				},
				body,
			},
			() => {},
		);
		if (death === 'after') {
			killed();
			return await never;
		}
		if (answer === 'hang') throw thrownBy('ECONNABORTED');
		if (answer === 'reset') throw thrownBy('ECONNRESET');
		const told = { ...answer.headers };
		if (answer.contentType !== null) told['content-type'] = answer.contentType;
		return { body: answer.body, headers: told, statusCode: answer.status };
	}

	return async (_type: string, options: IHttpRequestOptions): Promise<Answer> => {
		const { ignoreHttpStatusErrors } = options;
		const except =
			typeof ignoreHttpStatusErrors === 'object' ? (ignoreHttpStatusErrors.except ?? []) : [];
		const first = await once(options);
		if (!except.includes(first.statusCode)) return first;
		// n8n renews the token where it can, and asks once more.
		const second = await once(options);
		if (!except.includes(second.statusCode)) return second;
		const response = { status: second.statusCode, headers: second.headers, data: second.body };
		throw Object.assign(new Error('Request failed'), { cause: { response } });
	};
}

/** n8n's table for a process that may die: then nothing that it asks for is done, or answered. */
function mortal(inner: IDataDeduplicator, isDead: () => boolean): IDataDeduplicator {
	const alive = async <T>(call: () => Promise<T>): Promise<T> => {
		const never = new Promise<never>(() => {});
		if (isDead()) return await never;
		const answer = await call();
		return isDead() ? await never : answer;
	};
	return {
		checkProcessedAndRecord: async (...call) =>
			await alive(async () => await inner.checkProcessedAndRecord(...call)),
		removeProcessed: async (...call) =>
			await alive(async () => await inner.removeProcessed(...call)),
		clearAllProcessedItems: async (...call) =>
			await alive(async () => await inner.clearAllProcessedItems(...call)),
		getProcessedDataCount: async (...call) =>
			await alive(async () => await inner.getProcessedDataCount(...call)),
	};
}

function contextOf(run: NodeRun, killed: () => void, isDead: () => boolean): IExecuteFunctions {
	const table = mortal(run.deduplicator, isDead);
	const node: INode = {
		id: 'node-1',
		name: run.provider,
		type: run.provider,
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
	};
	const workflow = { id: run.workflowId ?? '', name: 'Workflow', active: true };
	const { target: field } = fixtureOf(run.provider);
	const context = {
		getInputData: (): INodeExecutionData[] => run.input.map((json) => ({ json })),
		getNodeParameter: (name: string, itemIndex: number, fallback?: unknown) =>
			name === field
				? { __rl: true, mode: 'id', value: run.input[itemIndex]?.id }
				: (run.parameters[name] ?? fallback),
		getCredentials: async () => credentialOf(run.provider),
		getNode: () => node,
		getWorkflow: () => workflow,
		getTimezone: () => run.timezone,
		getExecutionId: () => run.executionId,
		getContext: () => run.store,
		getWorkflowDataProxy: () => ({ $runIndex: run.runIndex }),
		continueOnFail: () => run.continues,
		addExecutionHints: () => {},
		helpers: {
			httpRequestWithAuthentication: helperOf(run, killed, isDead),
			checkProcessedAndRecord: async (
				...[items, scope, options]: Parameters<Helpers['checkProcessedAndRecord']>
			) => await table.checkProcessedAndRecord(items, scope, { node, workflow }, options),
			removeProcessed: async (...[items, scope, options]: Parameters<Helpers['removeProcessed']>) =>
				await table.removeProcessed(items, scope, { node, workflow }, options),
			clearAllProcessedItems: async (
				...[scope, options]: Parameters<Helpers['clearAllProcessedItems']>
			) => await table.clearAllProcessedItems(scope, { node, workflow }, options),
			getProcessedDataCount: async (
				...[scope, options]: Parameters<Helpers['getProcessedDataCount']>
			) => await table.getProcessedDataCount(scope, { node, workflow }, options),
		},
	};
	return context as unknown as IExecuteFunctions;
}

function isFailed(output: INodeExecutionData[][]): boolean {
	const error = output[0]?.[0]?.json.error;
	return error !== undefined && error !== null && error !== false;
}

/**
 * Runs the node's own code as n8n does: again with every item when it throws, and also when its
 * first item is an error. Null stands for an execution that ended with an error.
 */
export async function runNode(
	run: NodeRun,
): Promise<INodeExecutionData[][] | null | typeof KILLED> {
	const { execute } = run.process.nodeOf(run.provider);
	if (execute === undefined) throw new Error('The node has nothing to execute');
	for (let tried = 1; ; tried++) {
		try {
			const output = await new Promise<INodeExecutionData[][] | typeof KILLED>(
				(resolve, reject) => {
					let dead = false;
					const die = (): void => {
						dead = true;
						resolve(KILLED);
					};
					const context = contextOf(run, die, () => dead);
					execute.call(context).then((items) => {
						resolve(Array.isArray(items) ? items : []);
					}, reject);
				},
			);
			if (output === KILLED || tried >= run.maxTries || !isFailed(output)) return output;
		} catch (thrown) {
			const meant = thrown instanceof NodeApiError || thrown instanceof NodeOperationError;
			if (!meant) throw thrown;
			if (tried >= run.maxTries) return null;
		}
	}
}
