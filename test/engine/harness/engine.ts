import { resolve } from 'node:path';

import type {
	INodeCredentialTestResult,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';

import { CredentialStore } from './credentialStore';
import { testCredential } from './credentialTest';
import { Deduplicator, tableInFile, tableInMemory, withDeduplicator } from './deduplication';
import { execute, type PreparedExecution, type Surroundings } from './execution';
import { NodeLibrary } from './nodeLibrary';
import {
	listSearch,
	loadOptions,
	runPoll,
	runWebhook,
	type PollOptions,
	type PollResult,
	type WebhookOptions,
	type WebhookResult,
} from './triggers';
import type {
	CredentialData,
	CredentialsByType,
	EngineOptions,
	NodeSpec,
	Run,
	RunOptions,
	StartedRun,
} from './types';

export interface Engine {
	run(options: RunOptions): Promise<Run>;
	start(options: RunOptions): StartedRun;
	/** The "Test" button of a credential; `data` is saved first, as the editor does. */
	testCredential(type: string, data?: CredentialData): Promise<INodeCredentialTestResult>;
	runPoll(node: NodeSpec, options?: PollOptions): Promise<PollResult>;
	runWebhook(node: NodeSpec, options: WebhookOptions): Promise<WebhookResult>;
	/** The search behind a "From List" field. */
	listSearch(
		node: NodeSpec,
		method: string,
		options?: { filter?: string; paginationToken?: string; credentials?: CredentialsByType },
	): Promise<INodeListSearchResult>;
	/** The options behind a drop-down field that the node loads. */
	loadOptions(
		node: NodeSpec,
		method: string,
		options?: { credentials?: CredentialsByType },
	): Promise<INodePropertyOptions[]>;
	/** As after the end of n8n's process and the start of a new one: only what is stored is still there. */
	restart(): void;
	credentials: CredentialStore;
	/** How often credentials were read from the store, each a database read and a decryption in n8n. */
	credentialReads(): number;
}

export function createEngine(options: EngineOptions = {}): Engine {
	const library = new NodeLibrary({
		...options,
		packageDir: options.packageDir ?? resolve(__dirname, '../../..'),
	});
	const store = new CredentialStore();
	const deduplicator =
		options.deduplication ??
		new Deduplicator(
			options.database === undefined ? tableInMemory() : tableInFile(options.database),
		);

	async function prepared<T>(
		credentials: CredentialsByType | undefined,
		work: (surroundings: Surroundings) => Promise<T>,
	): Promise<T> {
		return await withDeduplicator(deduplicator, async () => {
			await library.load();
			store.take(credentials ?? {});
			return await work({ library, store });
		});
	}

	function start(runOptions: RunOptions): StartedRun {
		let execution: PreparedExecution | undefined;
		let cancelled = false;
		const done = prepared(runOptions.credentials, async (surroundings) => {
			execution = execute(runOptions, surroundings);
			if (cancelled) execution.cancel();
			return await execution.done;
		});
		const cancel = () => {
			cancelled = true;
			execution?.cancel();
		};
		return { cancel, done };
	}

	return {
		testCredential: async (type, data) =>
			await prepared(data && { [type]: data }, async (all) => await testCredential(type, all)),
		runPoll: async (node, pollOptions = {}) =>
			await prepared(pollOptions.credentials, async (all) => await runPoll(node, pollOptions, all)),
		runWebhook: async (node, webhookOptions) =>
			await prepared(
				webhookOptions.credentials,
				async (all) => await runWebhook(node, webhookOptions, all),
			),
		listSearch: async (node, method, searchOptions = {}) =>
			await prepared(
				searchOptions.credentials,
				async (all) => await listSearch(node, method, searchOptions, all),
			),
		loadOptions: async (node, method, { credentials } = {}) =>
			await prepared(credentials, async (all) => await loadOptions(node, method, all)),
		start,
		restart: () => library.restart(),
		run: async (runOptions) => await start(runOptions).done,
		credentials: store,
		credentialReads: () => store.readCount,
	};
}
