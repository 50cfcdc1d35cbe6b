import {
	NodeConnectionTypes,
	type IDataObject,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeProperties,
	type INodeType,
	type INodeTypeDescription,
	type IPairedItemData,
	type ISourceData,
} from 'n8n-workflow';

export type CodeFunction = (
	items: INodeExecutionData[],
	context: IExecuteFunctions,
) => INodeExecutionData[] | Promise<INodeExecutionData[]>;

type Output = ReturnType<NonNullable<INodeType['execute']>>;

const codeFunctions = new Map<string, CodeFunction>();

/** Node parameters are stored as JSON, so a function can only be named in them. */
export function registerCode(code: CodeFunction): string {
	const id = `code-${codeFunctions.size + 1}`;
	codeFunctions.set(id, code);
	return id;
}

function parameter(name: string, fallback: string | number): INodeProperties {
	return {
		displayName: name,
		name,
		type: typeof fallback === 'number' ? 'number' : 'json',
		default: fallback,
	};
}

function nodeType(
	name: string,
	properties: INodeProperties[],
	execute: (this: IExecuteFunctions) => Output,
	outputs: INodeTypeDescription['outputs'] = [NodeConnectionTypes.Main],
): INodeType {
	return {
		description: {
			displayName: name,
			name,
			group: ['transform'],
			version: 1,
			description: `Test helper '${name}'`,
			defaults: { name },
			inputs: [NodeConnectionTypes.Main],
			outputs,
			properties,
		},
		execute,
	};
}

/** Emits what is written in its parameters, read raw so that a value starting with `=` stays as it is. */
const source = nodeType('source', [parameter('items', '[]')], async function () {
	const items = this.getNode().parameters.items as unknown as INodeExecutionData[];
	return [items.map((item) => ({ pairedItem: { item: 0 }, ...item }))];
});

const split = nodeType('split', [parameter('field', '')], async function () {
	const field = this.getNode().parameters.field as string;
	return [
		this.getInputData().flatMap((item, index) =>
			(item.json[field] as IDataObject[]).map((json) => ({ json, pairedItem: { item: index } })),
		),
	];
});

const merge = nodeType('merge', [parameter('field', '')], async function () {
	const field = this.getNode().parameters.field as string;
	const items = this.getInputData();
	return [
		[
			{
				json: { [field]: items.map(({ json }) => json) },
				pairedItem: items.map((_, item) => ({ item })),
			},
		],
	];
});

const set = nodeType('set', [parameter('values', '{}')], async function () {
	return [
		this.getInputData().map((item, index) => ({
			json: { ...item.json, ...(this.getNodeParameter('values', index) as IDataObject) },
			pairedItem: { item: index },
		})),
	];
});

const branch = nodeType(
	'branch',
	[parameter('value', '')],
	async function () {
		const linked = this.getInputData().map((entry, item) => ({ ...entry, pairedItem: { item } }));
		const holds = ({ pairedItem: { item } }: (typeof linked)[number]): boolean =>
			Boolean(this.getNodeParameter('value', item, ''));
		return [linked.filter(holds), linked.filter((entry) => !holds(entry))];
	},
	[NodeConnectionTypes.Main, NodeConnectionTypes.Main],
);

const code = nodeType('code', [parameter('code', '')], async function () {
	const run = codeFunctions.get(this.getNode().parameters.code as string);
	if (run === undefined) throw new Error('This code node belongs to another process');
	return [await run(this.getInputData(), this)];
});

interface LoopContext {
	waiting?: Array<{ item: INodeExecutionData; index: number }>;
	finished?: INodeExecutionData[];
	source?: ISourceData;
}

/**
 * Does what n8n's Loop Over Items does: output 0 is "done", output 1 the next batch, and every item points past the
 * loop at the node that filled it, because in later passes the items arrive from the end of the loop's body.
 */
const loop = nodeType(
	'loop',
	[parameter('batchSize', 1)],
	async function () {
		const batchSize = this.getNodeParameter('batchSize', 0) as number;
		const context = this.getContext('node') as LoopContext;
		const arrived = this.getInputData();
		if (context.waiting === undefined) {
			context.waiting = arrived.map((item, index) => ({ item, index }));
			context.finished = [];
			context.source = { ...this.getInputSourceData() };
		} else {
			context.finished?.push(...arrived);
		}
		const batch = context.waiting.splice(0, batchSize);
		if (batch.length === 0) return [context.finished ?? [], []];
		const sourceOverwrite = context.source;
		return [
			[],
			batch.map(({ item, index }) => ({
				...item,
				pairedItem: { item: index, sourceOverwrite } satisfies IPairedItemData,
			})),
		];
	},
	[NodeConnectionTypes.Main, NodeConnectionTypes.Main],
);

export const helperNodeTypes: Record<string, INodeType> = {
	'harness.source': source,
	'harness.split': split,
	'harness.merge': merge,
	'harness.set': set,
	'harness.branch': branch,
	'harness.code': code,
	'harness.loop': loop,
};
