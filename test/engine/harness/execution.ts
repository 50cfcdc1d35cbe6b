import { parse, stringify } from 'flatted';
import {
	createRunExecutionData,
	deepCopy,
	Workflow,
	type IRun,
	type IRunExecutionData,
	type IWorkflowBase,
	type NodeExecutionHint,
} from 'n8n-workflow';

import { additionalDataFor } from './additionalData';
import { StoredCredentialsHelper } from './credentialsHelper';
import type { CredentialStore } from './credentialStore';
import { chain, nameOf, source, toNode } from './graph';
import type { NodeLibrary } from './nodeLibrary';
import { ExecutionLifecycleHooks, WorkflowExecute } from './runtime';
import type { Graph, NodeSpec, Run, RunOptions } from './types';

export interface Surroundings {
	library: NodeLibrary;
	store: CredentialStore;
}

function graphOf(options: RunOptions): Graph {
	if (options.node) return chain(source(options.input ?? [{}]), options.node);
	const nodes = options.nodes ?? [];
	return { nodes, connections: options.connections ?? chain(...nodes).connections };
}

/** n8n attaches credentials in the editor; here each node gets those it asks for and the store holds. */
function credentialsFor(spec: NodeSpec, { library, store }: Surroundings) {
	const asked = library.getByNameAndVersion(spec.type, spec.typeVersion).description.credentials;
	const held = (asked ?? []).filter(({ name }) => store.has(name));
	if (held.length === 0) return undefined;
	return Object.fromEntries(held.map(({ name }) => [name, { id: store.idOf(name), name }]));
}

export function workflowFor(
	options: RunOptions,
	surroundings: Surroundings,
	entered: (nodeName: string) => void = () => {},
): Workflow {
	const { nodes, connections } = graphOf(options);
	return new Workflow({
		id: options.workflowId === null ? undefined : (options.workflowId ?? 'workflow-1'),
		name: 'Test workflow',
		nodes: nodes.map((spec, index) => toNode(spec, index, credentialsFor(spec, surroundings))),
		connections,
		active: options.mode !== undefined && options.mode !== 'manual',
		nodeTypes: surroundings.library.forExecution(entered),
		staticData: deepCopy(options.staticData),
		settings: {
			executionOrder: 'v1',
			timezone: options.timezone ?? 'UTC',
			...options.settings,
		},
	});
}

function freshData(workflow: Workflow, options: RunOptions): IRunExecutionData {
	const node = workflow.getNode(options.start ?? Object.keys(workflow.nodes)[0] ?? '');
	if (node === null) throw new Error('There is no node to start with');
	return createRunExecutionData({
		executionData: {
			nodeExecutionStack: [
				{ node, data: { main: [options.startItems ?? [{ json: {} }]] }, source: null },
			],
		},
	});
}

/** What n8n's "Retry execution" does with the stored execution, with the workflow as it is now. */
function continuedData(workflow: Workflow, stopped: Run | string): IRunExecutionData {
	const data = parse(
		typeof stopped === 'string' ? stopped : stopped.execution,
	) as IRunExecutionData;
	const { resultData } = data;
	if (resultData.lastNodeExecuted !== undefined) {
		delete resultData.error;
		const runs = resultData.runData[resultData.lastNodeExecuted];
		if (runs?.at(-1)?.error !== undefined) runs.pop();
	}
	for (const waiting of data.executionData?.nodeExecutionStack ?? []) {
		waiting.node = workflow.getNode(waiting.node.name) ?? waiting.node;
	}
	return data;
}

function stoppedBefore(error: unknown, data: IRunExecutionData, mode: IRun['mode']): IRun {
	data.resultData.error = error as IRunExecutionData['resultData']['error'];
	const now = new Date();
	return { data, mode, startedAt: now, stoppedAt: now, status: 'error', storedAt: 'db' };
}

export interface PreparedExecution {
	cancel(): void;
	done: Promise<Run>;
}

// n8n never gives an id twice, so neither may two processes that share a deduplication table.
let executionCount = process.pid * 1000;

export function execute(options: RunOptions, surroundings: Surroundings): PreparedExecution {
	const executions: Record<string, number> = {};
	const workflow = workflowFor(options, surroundings, (name) => {
		executions[name] = (executions[name] ?? 0) + 1;
	});
	const mode = options.mode ?? (options.runDataFrom === undefined ? 'trigger' : 'retry');
	executionCount += 1;
	const executionId = options.executionId ?? String(executionCount);
	const additionalData = additionalDataFor(
		new StoredCredentialsHelper(surroundings.library, surroundings.store),
		{ executionId, workflowId: workflow.id },
	);
	additionalData.hooks = new ExecutionLifecycleHooks(mode, executionId, describe(workflow));
	const data =
		options.runDataFrom === undefined
			? freshData(workflow, options)
			: continuedData(workflow, options.runDataFrom);
	const observed = options.observe ?? nameOf(graphOf(options).nodes.at(-1) as NodeSpec);
	const finish = (run: IRun) => toRun(run, { workflow, executionId, executions, observed });
	try {
		const running = new WorkflowExecute(additionalData, mode, data).processRunExecutionData(
			workflow,
		);
		return { cancel: () => running.cancel(), done: running.then(finish) };
	} catch (error) {
		// n8n refuses a workflow with missing or wrong parameters before it runs the first node.
		return { cancel: () => {}, done: Promise.resolve(finish(stoppedBefore(error, data, mode))) };
	}
}

function describe(workflow: Workflow): IWorkflowBase {
	const now = new Date();
	return {
		id: workflow.id,
		name: workflow.name ?? '',
		active: workflow.active,
		isArchived: false,
		createdAt: now,
		updatedAt: now,
		activeVersionId: null,
		nodes: Object.values(workflow.nodes),
		connections: workflow.connectionsBySourceNode,
		settings: workflow.settings,
	};
}

function toRun(
	run: IRun,
	{
		workflow,
		executionId,
		executions,
		observed,
	}: {
		workflow: Workflow;
		executionId: string;
		executions: Record<string, number>;
		observed: string;
	},
): Run {
	const { resultData } = run.data;
	const taskData = (name: string) => resultData.runData[name] ?? [];
	const hints: NodeExecutionHint[] = Object.values(resultData.runData)
		.flat()
		.flatMap((task) => task.hints ?? []);
	return {
		executionId,
		status: run.status,
		error: resultData.error,
		output: (taskData(observed).at(-1)?.data?.main ?? []).map((items) => items ?? []),
		hints,
		runs: Object.fromEntries(
			Object.entries(resultData.runData).map(([name, tasks]) => [name, tasks.length]),
		),
		executions,
		itemsOf: (name, outputIndex = 0, runIndex) =>
			taskData(name)
				.filter((_, index) => runIndex === undefined || index === runIndex)
				.flatMap((task) => task.data?.main?.[outputIndex] ?? []),
		taskData,
		execution: stringify(run.data),
		data: run.data,
		staticData: JSON.parse(JSON.stringify(workflow.staticData)) as Run['staticData'],
	};
}
