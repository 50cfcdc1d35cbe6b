import {
	deepCopy,
	NodeConnectionTypes,
	type IConnections,
	type IDataObject,
	type INode,
	type INodeExecutionData,
} from 'n8n-workflow';

import { registerCode, type CodeFunction } from './helperNodes';
import type { Graph, NodeSpec } from './types';

/** A node that emits one item per object. */
export function source(json: IDataObject[], name = 'Source'): NodeSpec {
	return emit(
		json.map((entry) => ({ json: entry })),
		name,
	);
}

/** A node that emits exactly these items, `pairedItem` and `binary` included. */
export function emit(items: INodeExecutionData[], name = 'Source'): NodeSpec {
	return { type: 'harness.source', name, parameters: { items: JSON.parse(JSON.stringify(items)) } };
}

/** One item in, one item out for each entry of the array in `field`. */
export function split(field: string, name = 'Split'): NodeSpec {
	return { type: 'harness.split', name, parameters: { field } };
}

/** All items in, one item out. */
export function merge(field: string, name = 'Merge'): NodeSpec {
	return { type: 'harness.merge', name, parameters: { field } };
}

/** Adds fields; a value such as `={{ $('Source').item.json.x }}`, or one for all, is resolved by n8n for each item. */
export function set(values: Record<string, string> | string, name = 'Set'): NodeSpec {
	return { type: 'harness.set', name, parameters: { values } };
}

/** Items for which the value holds something leave by output 0, the others by output 1. */
export function branch(value: string, name = 'If'): NodeSpec {
	return { type: 'harness.branch', name, parameters: { value } };
}

export function code(run: CodeFunction, name = 'Code'): NodeSpec {
	return { type: 'harness.code', name, parameters: { code: registerCode(run) } };
}

export function nameOf(node: NodeSpec): string {
	return node.name ?? node.type.slice(node.type.indexOf('.') + 1);
}

export function connect(
	connections: IConnections,
	from: string,
	to: string,
	output = 0,
): IConnections {
	const outputs = [...(connections[from]?.main ?? [])];
	while (outputs.length <= output) outputs.push([]);
	outputs[output] = [
		...(outputs[output] ?? []),
		{ node: to, type: NodeConnectionTypes.Main, index: 0 },
	];
	return { ...connections, [from]: { main: outputs } };
}

/** Joins each node's first output to the next node. */
export function chain(...nodes: NodeSpec[]): Graph {
	const connections = nodes
		.slice(1)
		.reduce<IConnections>(
			(joined, node, index) => connect(joined, nameOf(nodes[index] as NodeSpec), nameOf(node)),
			{},
		);
	return { nodes, connections };
}

/** Feeds the items of `from` through `body` in batches, so that the body's nodes run with run index 0, 1, 2 … */
export function loopOver(
	from: NodeSpec,
	body: NodeSpec[],
	{ batchSize = 1, after = [] }: { batchSize?: number; after?: NodeSpec[] } = {},
): Graph {
	const loop: NodeSpec = { type: 'harness.loop', name: 'Loop', parameters: { batchSize } };
	const first = body[0];
	const last = body.at(-1);
	if (first === undefined || last === undefined) throw new Error('A loop needs a body');
	let connections: IConnections = {
		...chain(from, loop).connections,
		...chain(...body).connections,
		...chain(...after).connections,
	};
	connections = connect(connections, 'Loop', nameOf(first), 1);
	connections = connect(connections, nameOf(last), 'Loop');
	if (after[0]) connections = connect(connections, 'Loop', nameOf(after[0]));
	return { nodes: [from, loop, ...body, ...after], connections };
}

/**
 * n8n reads `waitBetweenTries: 0` as "not set" and waits a second (`0 || 1000`), hence the one millisecond.
 */
export function toNode(spec: NodeSpec, index: number, credentials: INode['credentials']): INode {
	const name = nameOf(spec);
	return {
		id: `id of ${name}`,
		typeVersion: 1,
		position: [index * 200, 0],
		...spec,
		name,
		parameters: deepCopy(spec.parameters ?? {}),
		credentials: spec.credentials ?? credentials,
		...(spec.retryOnFail ? { waitBetweenTries: Math.max(1, spec.waitBetweenTries ?? 1) } : {}),
	};
}
