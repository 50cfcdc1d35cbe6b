import type { INodeParameters } from 'n8n-workflow';
import { createEngine, type CredentialsByType } from '../harness';
import { ids, node, type ProviderKey } from '../support';

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

// An n8n worker that somebody is going to kill.
async function work({ credentials, timezone, runs }: CrashOrder): Promise<void> {
	await Promise.all(
		runs.map(
			async ({ provider, keys, database, parameters }) =>
				await createEngine({ database }).run({
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
