import type {
	ExecutionError,
	ExecutionStatus,
	IConnections,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IDataDeduplicator,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeType,
	IRunExecutionData,
	ITaskData,
	IWorkflowSettings,
	NodeExecutionHint,
	WorkflowExecuteMode,
} from 'n8n-workflow';

export type CredentialData = ICredentialDataDecryptedObject;
export type CredentialsByType = Record<string, CredentialData>;

/** A node as written in a test: only its type is needed, the rest has sensible values. */
export type NodeSpec = Pick<INode, 'type'> & Partial<Omit<INode, 'type'>>;

export interface Graph {
	nodes: NodeSpec[];
	connections: IConnections;
}

export interface EngineOptions {
	/** The package whose built nodes are loaded; the repository root by default. */
	packageDir?: string;
	/** File of the deduplication table; without it the table lives in memory. */
	database?: string;
	/** Replaces the deduplication table altogether, see `absentDeduplication` and `brokenDeduplication`. */
	deduplication?: IDataDeduplicator;
	/** Extra node types by their full type name, e.g. `fixture.caller`. */
	nodeTypes?: Record<string, INodeType>;
	/** Extra credential types. */
	credentialTypes?: ICredentialType[];
	/** Set to false where only the extra types are wanted: `dist/` is then not read. */
	loadPackage?: boolean;
}

export interface WorkflowOptions {
	credentials?: CredentialsByType;
	/** `null` stands for a workflow that was never saved. */
	workflowId?: string | null;
	executionId?: string;
	timezone?: string;
	mode?: WorkflowExecuteMode;
	settings?: IWorkflowSettings;
	staticData?: IDataObject;
}

export interface RunOptions extends WorkflowOptions {
	/** The whole workflow. Without `connections` the nodes are chained in the order given. */
	nodes?: NodeSpec[];
	connections?: IConnections;
	/** Short form: one node fed by a source node with `input`. */
	node?: NodeSpec;
	input?: IDataObject[];
	/** Node whose output is `run.output`; by default `node`, else the last of `nodes`. */
	observe?: string;
	/** Node to start with; by default the first. */
	start?: string;
	/** Items the start node receives, for workflows that begin with a trigger. */
	startItems?: INodeExecutionData[];
	/** Goes on from a stopped run the way n8n's "Retry execution" does. */
	runDataFrom?: Run | string;
}

export interface Run {
	executionId: string;
	status: ExecutionStatus;
	error: ExecutionError | undefined;
	/** Items per output of the observed node, of its last run. */
	output: INodeExecutionData[][];
	hints: NodeExecutionHint[];
	/** How often each node ran; a node tried again by Retry On Fail counts once. */
	runs: Record<string, number>;
	/** How often the `execute` of each node was entered, tries included. */
	executions: Record<string, number>;
	/** Items of one output, all runs of the node in order, or of one run only. */
	itemsOf(nodeName: string, outputIndex?: number, runIndex?: number): INodeExecutionData[];
	taskData(nodeName: string): ITaskData[];
	/** The execution as n8n stores it, for searching secrets and for `runDataFrom`. */
	execution: string;
	data: IRunExecutionData;
	/** The workflow's static data after the run. */
	staticData: IDataObject;
}

export interface StartedRun {
	cancel(): void;
	done: Promise<Run>;
}
