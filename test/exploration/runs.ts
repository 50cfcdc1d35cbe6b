import type {
	ICheckProcessedContextData,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
} from 'n8n-workflow';
import type { Session } from '../../nodes/shared/http/session';
import type { SendWindow } from '../../nodes/shared/resend/decision/calendar';
import { Deduplicator, type ProcessedData } from '../engine/harness/deduplication';
import type { Code } from './processes';
import type { Service } from './service';
import type { Process, World } from './world';

/** An execution that is to be: of which node, in which process, with which items. */
export interface ExecutionPlan {
	process: number;
	/** Two nodes of one workflow share the row that serves as the lock; two workflows share nothing. */
	workflow: number;
	node: number;
	/** One item each. */
	invitations: readonly number[];
	startsAfterMs: number;
	window: SendWindow;
	sendsAtATime: number;
	/** On Error = Continue; else the node stops, and Retry On Fail tries it a second time. */
	continues: boolean;
}

/** One run of a Resend node. */
export interface Run {
	readonly plan: ExecutionPlan;
	readonly process: Process;
	readonly executionId: string;
	readonly startedAt: number;
	endedAt: number | null;
	output: readonly INodeExecutionData[] | null;
	/** Where it ended in an exception. */
	thrown: unknown;
	hints: string[];
}

/** An execution in a process; if that dies, another one is begun by the same plan. */
export interface Execution {
	readonly plan: ExecutionPlan;
	readonly process: Process;
	isOver: boolean;
}

const RETRY_AFTER_MS = 1_000;
const TRIES = 2;

/** Everything that the runs of one schedule share. */
export interface Stage {
	world: World;
	service: Service;
	/** The rows themselves; whoever reads them here takes no step. */
	table: ProcessedData;
	/** Told of each statement of a Resend node, when it happens. */
	onStatement(process: Process, statement: string, key: string): void;
	copies: readonly Code[];
	/** Tells this schedule's ids from those of all others. */
	name: string;
	runs: Run[];
	/** The executions that were to begin, also those that then did not. */
	begun: Execution[];
	/** The text of every mark that was ever asked for. */
	marks: Set<string>;
}

export function workflowId(stage: Stage, workflow: number): string {
	return `${stage.name}-w${workflow}`;
}

export function invitationId(stage: Stage, invitation: number): string {
	return `${stage.name}-i${invitation}`;
}

/** The table as a process reaches it: each statement is a step. */
export function inSteps(stage: Stage, prefix = ''): ProcessedData {
	const { world, table } = stage;
	const step = async <T>(statement: string, key: string, work: () => Promise<T>): Promise<T> => {
		const process = world.whoRuns();
		return await world.statement(process, `${prefix}${statement} ${key}`, async () => {
			if (prefix === '') stage.onStatement(process, statement, key);
			return await work();
		});
	};
	return {
		find: async (key) => await step('find', key, async () => await table.find(key)),
		insert: async (key, row) => await step('insert', key, async () => await table.insert(key, row)),
		update: async (key, row) => await step('update', key, async () => await table.update(key, row)),
		delete: async (key) => await step('delete', key, async () => await table.delete(key)),
	};
}

function helpersOf(stage: Stage, plan: ExecutionPlan): Partial<IExecuteFunctions['helpers']> {
	const deduplicator = new Deduplicator(inSteps(stage));
	const place = {
		node: { id: `node-${plan.node}` },
		workflow: { id: workflowId(stage, plan.workflow) },
	} as ICheckProcessedContextData;
	return {
		async checkProcessedAndRecord(items, scope, options) {
			for (const item of items) stage.marks.add(typeof item === 'string' ? item : 'fence');
			return await deduplicator.checkProcessedAndRecord(items, scope, place, options);
		},
		removeProcessed: async (items, scope, _options) =>
			await deduplicator.removeProcessed(items, scope, place),
		clearAllProcessedItems: async (scope) =>
			await deduplicator.clearAllProcessedItems(scope, place),
		getProcessedDataCount: async (scope) => await deduplicator.getProcessedDataCount(scope, place),
	};
}

function contextOf(stage: Stage, run: Run, memory: IDataObject): IExecuteFunctions {
	const { plan } = run;
	const parameters: IDataObject = {
		atMostOncePer: plan.window,
		dryRun: false,
		options: { sendsAtATime: plan.sendsAtATime },
	};
	const fake = {
		helpers: helpersOf(stage, plan),
		getInputData: () => plan.invitations.map(() => ({ json: {} })),
		getNodeParameter: (name: string, _itemIndex: number, otherwise?: unknown) =>
			parameters[name] ?? otherwise,
		getWorkflow: () => ({ id: workflowId(stage, plan.workflow) }),
		getNode: () => ({
			id: `node-${plan.node}`,
			name: 'Resend',
			type: 'resend',
			typeVersion: 1,
			position: [0, 0],
			parameters,
			credentials: { serviceApi: { id: 'account-1', name: 'Account' } },
		}),
		getContext: () => memory,
		continueOnFail: () => plan.continues,
		getTimezone: () => 'UTC',
		getExecutionId: () => run.executionId,
		getExecutionCancelSignal: () => undefined,
		getWorkflowDataProxy: () => ({ $runIndex: 0 }),
		addExecutionHints: (...hints: Array<{ message: string }>) => {
			run.hints.push(...hints.map(({ message }) => message));
		},
	};
	return fake as unknown as IExecuteFunctions;
}

/** Runs the node to its end, and a second time where it stops at a failure. */
async function runNode(stage: Stage, plan: ExecutionPlan, process: Process): Promise<void> {
	const { world, service, runs } = stage;
	const code = stage.copies[process.copy];
	if (code === undefined) throw new Error('Not enough copies of the code were loaded');
	const executionId = `${stage.name}-e${runs.length}`;
	const memory: IDataObject = {};
	const invitations = plan.invitations.map((one) => invitationId(stage, one));
	for (let tries = 1; tries <= TRIES; tries++) {
		const run: Run = {
			plan,
			process,
			executionId,
			startedAt: world.now,
			endedAt: null,
			output: null,
			thrown: null,
			hints: [],
		};
		runs.push(run);
		const session: Session = {
			credential: {},
			environment: 'production',
			installation: 'production',
			signal: undefined,
			deadline: Infinity,
			exchange: async () => await Promise.reject(new Error('Nobody is to be called')),
		};
		try {
			const provider = service.providerFor(run, invitations);
			run.output = await code.resendInvitations(contextOf(stage, run, memory), provider, session);
		} catch (thrown) {
			run.thrown = thrown;
		}
		run.endedAt = world.now;
		world.note(process.name, `${executionId} ends: ${outcomesOf(run)}`);
		if (run.thrown === null) return;
		await world.sleep(RETRY_AFTER_MS);
	}
}

/** What a run said of its items, in short. */
export function outcomesOf({ output, thrown }: Run): string {
	if (output === null) return `stopped: ${thrown instanceof Error ? thrown.message : ''}`;
	return output
		.map(({ json }) => {
			const { outcome, reason } = verdictOf(json);
			return `${outcome}/${reason}`;
		})
		.join(' ');
}

/** What one output item says, whether it is a verdict or a failure. */
export function verdictOf(json: IDataObject): { outcome: string; reason: string } {
	const told = typeof json.outcome === 'string' ? json : (json.details as IDataObject);
	return { outcome: String(told.outcome), reason: String(told.reason) };
}

/** Begins an execution, as a step of its process. */
export function start(stage: Stage, plan: ExecutionPlan, process: Process, afterMs: number): void {
	const execution: Execution = { plan, process, isOver: false };
	stage.begun.push(execution);
	const begun = stage.world.step(process, 'begins an execution', () => undefined, { afterMs });
	void begun.then(async () => {
		await runNode(stage, plan, process);
		execution.isOver = true;
	});
}
