import type { IExecuteFunctions } from 'n8n-workflow';
import { isObject, type JsonObject } from '../core/json';

/**
 * A part of what this node remembers in an execution, there to be written to. n8n saves it with the execution's data,
 * so it survives Retry On Fail (which runs the whole node again with every item), loops and waits. It must hold
 * nothing that the node's output would not show.
 */
export function openPart(context: IExecuteFunctions, name: string): JsonObject {
	const store: JsonObject = context.getContext('node');
	const key = keyOf(name);
	const existing = store[key];
	if (isObject(existing)) return existing;
	const created: JsonObject = {};
	store[key] = created;
	return created;
}

export function forgetPart(context: IExecuteFunctions, name: string): void {
	const store: JsonObject = context.getContext('node');
	delete store[keyOf(name)];
}

const keyOf = (name: string): string => `invitations.${name}`;

/** Which pass of a loop this is; the same for every try of one pass. */
export function readRunIndex(context: IExecuteFunctions): number {
	const index: unknown = context.getWorkflowDataProxy(0).$runIndex;
	return typeof index === 'number' ? index : 0;
}
