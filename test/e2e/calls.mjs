// Published workflows that resend to whom a call from outside names, and what became of each of them.
import { randomUUID } from 'node:crypto';
import { itemsOf } from '../../scripts/n8n/owner.mjs';
import { seedWorkflows } from '../../scripts/n8n/seed.mjs';
import { eventually } from './eventually.mjs';
import { serviceOf } from './services.mjs';

/** Long enough for n8n to notice that a worker is gone. */
const PATIENCE = { withinMs: 240_000, everyMs: 500 };

/** One item for each target → Resend, set as it comes, but for going on after a refusal. */
function workflowOf({ provider, name, beginning, targets }) {
	const { nodeType, target, credential } = serviceOf(provider);
	const nodes = [
		...beginning,
		{
			name: 'Targets',
			type: 'n8n-nodes-base.splitOut',
			parameters: { fieldToSplitOut: targets, options: {} },
		},
		{
			name: 'Resend',
			type: nodeType,
			parameters: {
				operation: 'resend',
				[target]: { __rl: true, mode: 'id', value: '={{ $json.id }}' },
			},
			credentials: { [credential]: { id: '', name: '' } },
			onError: 'continueRegularOutput',
		},
	].map((node, index) => ({
		typeVersion: 1,
		...node,
		id: randomUUID(),
		position: [index * 240, 0],
	}));
	const connections = Object.fromEntries(
		nodes
			.slice(1)
			.map(({ name: next }, index) => [
				nodes[index].name,
				{ main: [[{ node: next, type: 'main', index: 0 }]] },
			]),
	);
	return { file: name, name, nodes, connections, settings: { executionOrder: 'v1' } };
}

/** Begun by a call from outside, which brings the targets. */
function calledWorkflow({ provider, name, path }) {
	const call = {
		name: 'Call',
		type: 'n8n-nodes-base.webhook',
		typeVersion: 2,
		webhookId: path,
		parameters: { httpMethod: 'POST', path },
	};
	return workflowOf({ provider, name, beginning: [call], targets: 'body.targets' });
}

/** Begun by hand, with its targets in it. */
export function listWorkflow({ provider, name, targets }) {
	const json = JSON.stringify({ targets: targets.map((id) => ({ id })) });
	const beginning = [
		{ name: 'Button', type: 'n8n-nodes-base.manualTrigger', parameters: {} },
		{
			name: 'List',
			type: 'n8n-nodes-base.set',
			typeVersion: 3.4,
			parameters: { mode: 'raw', jsonOutput: json, options: {} },
		},
	];
	return workflowOf({ provider, name, beginning, targets: 'targets' });
}

/** One verdict for each target that the execution got as far as. */
export function verdictsOf(execution) {
	const targets = itemsOf(execution, 'Targets');
	return itemsOf(execution, 'Resend').map((json, index) => ({
		key: targets[index]?.id,
		...(json.details ?? { outcome: json.outcome, reason: json.reason }),
	}));
}

/** @param {object} options.session the owner's; calls are repeated while n8n is away */
export function createCalls({ cluster, session, credentials }) {
	const patiently = (ask) => eventually(() => ask().catch(() => undefined), PATIENCE);
	const listOf = async ({ id }) =>
		(await session.listExecutions({ workflowId: id })).map((execution) => execution.id);

	const post = async ({ path }, targets) =>
		await fetch(`${cluster.main.url}/webhook/${path}`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify({ targets: targets.map((id) => ({ id })) }),
		});

	return {
		/** A live workflow of its own, with a Resend node of its own and so with a record of its own. */
		async publish(provider, name) {
			const path = randomUUID();
			const [{ id }] = await seedWorkflows(session, credentials, [
				calledWorkflow({ provider, name, path }),
			]);
			await session.activate(id);
			const workflow = { id, path, provider };
			// n8n publishes in its own time; a call without targets starts an execution that does nothing.
			await eventually(async () => (await post(workflow, [])).ok);
			await eventually(async () => (await listOf(workflow)).length > 0);
			return workflow;
		},

		/** Calls all at once: `[workflow, targets]` each. Gives the executions' ids, in no order. */
		async start(...calls) {
			const workflows = [...new Set(calls.map(([workflow]) => workflow))];
			const before = new Set((await Promise.all(workflows.map(listOf))).flat());
			const replies = await Promise.all(calls.map((call) => post(...call)));
			const bad = replies.find(({ ok }) => !ok);
			if (bad) throw new Error(`n8n answered ${bad.status}: ${await bad.text()}`);
			return await eventually(async () => {
				const now = (await Promise.all(workflows.map(listOf))).flat();
				const ids = now.filter((id) => !before.has(id));
				return ids.length === calls.length ? ids : undefined;
			});
		},

		/** As n8n has them now; asked again while n8n is away. */
		async look(ids) {
			return await Promise.all(ids.map((id) => patiently(() => session.getExecution(id))));
		},

		/** Waits until all have ended, one way or the other, and gives them. */
		async ended(ids) {
			const over = async (id) => {
				const execution = await session.getExecution(id);
				return ['new', 'running', 'waiting'].includes(execution.status) ? undefined : execution;
			};
			// One after the other: to ask for a hundred again and again would keep n8n from its work.
			const executions = [];
			for (const id of ids) executions.push(await patiently(() => over(id)));
			return executions;
		},

		/** Starts them at once and waits for the end. */
		async run(...calls) {
			return await this.ended(await this.start(...calls));
		},
	};
}
