import type { IDataDeduplicator, INodeParameters } from 'n8n-workflow';
import { createEngine, Deduplicator, tableInFile, type CredentialsByType } from '../harness';
import { type ProviderKey } from '../../services';
import { ids, node } from '../support';

/** What the child shall run, one workflow for each provider, all at once. */
export interface CrashOrder {
	credentials: CredentialsByType;
	timezone: string;
	runs: Array<{
		provider: ProviderKey;
		keys: string[];
		/** File of n8n's table. */
		database: string;
		parameters: INodeParameters;
	}>;
}

export const WORKFLOW_ID = 'crashing';

/** Says on the standard output what was recorded and what was forgotten, once it was. */
function told(inner: IDataDeduplicator): IDataDeduplicator {
	const tell = (what: string, values: readonly unknown[]) =>
		void process.stdout.write(values.map((value) => `${what} ${String(value)}\n`).join(''));
	return {
		async checkProcessedAndRecord(...call) {
			const answer = await inner.checkProcessedAndRecord(...call);
			tell('recorded', answer.new);
			return answer;
		},
		async removeProcessed(...call) {
			await inner.removeProcessed(...call);
			tell('forgotten', call[0]);
		},
		clearAllProcessedItems: async (...call) => await inner.clearAllProcessedItems(...call),
		getProcessedDataCount: async (...call) => await inner.getProcessedDataCount(...call),
	};
}

// An n8n worker that somebody is going to kill.
async function work({ credentials, timezone, runs }: CrashOrder): Promise<void> {
	await Promise.all(
		runs.map(
			async ({ provider, keys, database, parameters }) =>
				await createEngine({ deduplication: told(new Deduplicator(tableInFile(database))) }).run({
					node: node(provider, 'resend', { parameters }),
					input: ids(...keys),
					credentials,
					timezone,
					workflowId: WORKFLOW_ID,
				}),
		),
	);
}

if (require.main === module) void work(JSON.parse(process.argv[2] ?? '') as CrashOrder);
