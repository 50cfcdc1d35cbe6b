import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { IConnections, IDataObject, INode } from 'n8n-workflow';
import { branch, set, source, type Graph, type NodeSpec } from '../test/engine/harness';

interface WorkflowFile {
	name: string;
	nodes: INode[];
	connections: IConnections;
}

const FOLDER = path.join(__dirname, '..', 'workflows');

/** The names of the examples that end so. */
export function exampleFiles(ending: string): string[] {
	const names = readdirSync(FOLDER).map((file) => path.basename(file, '.json'));
	return names.filter((name) => name.endsWith(ending)).sort();
}

/** Reads one of the importable example workflows. */
export function readWorkflow(file: string): WorkflowFile {
	return JSON.parse(readFileSync(path.join(FOLDER, `${file}.json`), 'utf8')) as WorkflowFile;
}

export function resendNodeIn({ name, nodes }: WorkflowFile): INode {
	const node = nodes.find(({ parameters }) => parameters.operation === 'resend');
	if (node === undefined) throw new Error(`${name} resends nothing`);
	return node;
}

interface Assignment {
	name: string;
	value: string | number | boolean;
}

/** What a run changes in an example. */
export interface Changes {
	/** Replaces values that Edit Fields nodes set. */
	overrides?: Record<string, unknown>;
	/** Replaces parameters of the package's nodes, by node name. */
	parameters?: Record<string, INode['parameters']>;
	/** What a trigger gives, by node name; for those that wait for something outside. */
	started?: Record<string, IDataObject[]>;
}

function isExpression(value: Assignment['value']): value is string {
	return typeof value === 'string' && value.startsWith('=');
}

/** n8n's Edit Fields node, as far as the examples use it. */
function editFields({ name, parameters }: INode, overrides: Record<string, unknown>): NodeSpec {
	if (parameters.mode === 'raw') return set(parameters.jsonOutput as string, name);
	const { assignments } = parameters.assignments as unknown as { assignments: Assignment[] };
	const values = assignments.map(({ name: field, value }): [string, string] => {
		const chosen = field in overrides ? (overrides[field] as Assignment['value']) : value;
		return [field, isExpression(chosen) ? chosen : `={{ ${JSON.stringify(chosen)} }}`];
	});
	return set(Object.fromEntries(values), name);
}

/** The last page of n8n's Form node, as an item with what it says. */
function lastPage({ name, parameters }: INode): NodeSpec {
	const { completionTitle, completionMessage } = parameters as Record<string, string>;
	return set({ title: completionTitle ?? '', message: completionMessage ?? '' }, name);
}

/** n8n's If node with the one condition that the examples ask: that something is there. */
function ifThere({ name, parameters }: INode): NodeSpec {
	const { conditions } = parameters.conditions as unknown as {
		conditions: Array<{ leftValue: string }>;
	};
	return branch(conditions[0]?.leftValue ?? '', name);
}

function standIn(node: INode, { overrides, started }: Changes): NodeSpec | null {
	const items = started?.[node.name];
	if (items !== undefined) return source(items, node.name);
	if (node.type.startsWith('n8n-nodes-invitations.')) return { ...node, credentials: undefined };
	if (node.type === 'n8n-nodes-base.manualTrigger') return source([{}], node.name);
	if (node.type === 'n8n-nodes-base.if') return ifThere(node);
	if (node.type === 'n8n-nodes-base.form') return lastPage(node);
	return node.type === 'n8n-nodes-base.set' ? editFields(node, overrides ?? {}) : null;
}

/**
 * An example workflow for the bare engine, which has none of n8n's own nodes: the manual trigger, If, Edit Fields
 * and the last page of a form are stood in for, and what else is n8n's own is left out.
 */
export function exampleWorkflow(file: string, changes: Changes = {}): Graph {
	const { nodes, connections } = readWorkflow(file);
	const kept = nodes.flatMap((node) => {
		const spec = standIn(node, changes);
		if (spec === null) return [];
		return [{ ...spec, parameters: { ...spec.parameters, ...changes.parameters?.[node.name] } }];
	});
	const names = new Set(kept.map(({ name }) => name));
	const wired = Object.entries(connections)
		.filter(([from]) => names.has(from))
		.map(([from, { main }]): [string, IConnections[string]] => [
			from,
			{ main: (main ?? []).map((output) => (output ?? []).filter(({ node }) => names.has(node))) },
		]);
	return { nodes: kept, connections: Object.fromEntries(wired) };
}
