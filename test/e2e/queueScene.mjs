// What the tests in queue mode begin with: a sandbox full of open invitations, a main, two workers, and workflows
// that resend to whom a call names.
import path from 'node:path';
import { newOwner, signIn } from '../../scripts/n8n/owner.mjs';
import { sandboxCredentials, startSandbox } from '../../scripts/n8n/sandbox.mjs';
import { seedCredentials } from '../../scripts/n8n/seed.mjs';
import { createCalls } from './calls.mjs';
import { startCluster } from './cluster.mjs';
import { orSkip } from './fixtures.mjs';
import { sandboxControl } from './sandboxControl.mjs';
import { PROVIDERS, sandboxSizes } from './services.mjs';
import { countBy, createWitness, peopleOf } from './witness.mjs';

/** @param {number} options.people how many the sandbox has at each service */
export async function startQueueScene({ folder, cleanup, people }) {
	const sandbox = cleanup(
		await startSandbox({
			log: path.join(folder, 'sandbox.log'),
			args: ['--pending', ...sandboxSizes(people)],
		}),
	);
	const control = sandboxControl(sandbox.url);
	const cluster = cleanup(await startCluster({ folder }).catch(orSkip));
	const session = await signIn({ url: cluster.main.url, owner: newOwner() });
	const credentials = await seedCredentials(session, sandboxCredentials(sandbox.url));
	const calls = createCalls({ cluster, session, credentials });
	const workersOf = (executions) =>
		countBy(executions.map(({ id }) => cluster.workerOf(id)?.name ?? 'nobody'));
	return {
		control,
		cluster,
		calls,
		witness: createWitness(control),
		...peopleOf(await control.state()),
		/** One live workflow for each service. */
		published: Object.fromEntries(
			await Promise.all(
				PROVIDERS.map(async (provider) => [provider, await calls.publish(provider, provider)]),
			),
		),
		/** How many of them each worker has had. */
		workersOf,
		isApart: (executions) => Object.keys(workersOf(executions)).length > 1,
	};
}

export const ofWorkflow = (executions, { id }) =>
	executions.filter(({ workflowId }) => workflowId === id);
