import {
	NodeApiError,
	NodeOperationError,
	type Failure as DeclaredCause,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type INodeExecutionData,
} from 'n8n-workflow';
import { isBlank, isObject } from '../core/json';
import { createDayCounter } from '../core/time';
import { buildInvitationJson, buildWhoJson } from '../invitation/output';
import type { Found, InvitationProvider } from '../invitation/provider';
import { isAboutOne, type Failure } from '../core/failure';
import type { Result } from '../core/result';
import { readCollection, readSwitch } from './parameters';

/**
 * This room connects services to n8n: items, parameters, fields and lists. It knows no operation but
 * how to run one.
 */

/** What becomes of one input item; the order is that of the input. */
export type ItemResult = Result<IDataObject>;

/**
 * The error n8n shows. A fresh one: n8n's own holds the request with its token, and wrapping that again would drop the
 * message and the item.
 */
export function buildError(
	node: INode,
	{ message, httpStatus }: Pick<Failure, 'message' | 'httpStatus'>,
	details: { description: string; itemIndex?: number; failure?: DeclaredCause },
): NodeApiError | NodeOperationError {
	const options = { ...details, level: 'warning' } as const;
	const httpCode = String(httpStatus);
	const error =
		httpStatus === null
			? new NodeOperationError(node, message, options)
			: new NodeApiError(node, { message, httpCode }, { ...options, message, httpCode });
	// n8n replaces a message in which it finds EPERM and the like, for example in an id.
	error.message = message;
	return error;
}

/** The same for an item. */
export function createNodeError(
	node: INode,
	failure: Failure,
	itemIndex: number,
	note = '',
): NodeApiError | NodeOperationError {
	const message = `${failure.message} [item ${itemIndex}]`;
	const description = note === '' ? failure.description : `${note} ${failure.description}`;
	return buildError(node, { ...failure, message }, { description, itemIndex });
}

/**
 * An item for a failure when the workflow continues: a verdict like the others, in the same columns. Where the node has
 * an error output n8n moves it there only if `json` has no keys but `error`, `message` and `details`.
 *
 * @param who the fields that tell whom it is about, as far as that is known
 */
export function createFailureItem(
	context: IExecuteFunctions,
	failure: Failure,
	itemIndex: number,
	who: IDataObject,
): INodeExecutionData {
	const { message, description, reason, httpStatus, code, retryable } = failure;
	const isForErrorOutput = context.getNode().onError === 'continueErrorOutput';
	const { name, email, provider, ...ids } = who;
	const named = name === undefined ? {} : { name };
	const known = Object.fromEntries(Object.entries(who).filter(([, value]) => value !== null));
	const verdict = { outcome: 'failed', reason, message, advice: description };
	return {
		json: isForErrorOutput
			? {
					error: message,
					message: description,
					details: { ...known, outcome: 'failed', reason, httpStatus, code, retryable },
				}
			: { ...named, email, ...verdict, ...ids, provider },
		pairedItem: { item: itemIndex },
	};
}

const GO_ON =
	"If only this item is affected, set 'On Error' to 'Continue' under Settings, and the others go ahead.";

/**
 * Ends the node at the first failure, if it is set to stop.
 *
 * @param note what became of the other items
 * @throws the first failure
 */
export function stopAtFailure(
	context: IExecuteFunctions,
	results: ReadonlyArray<Result<unknown>>,
	note = '',
): void {
	if (context.continueOnFail()) return;
	for (const [itemIndex, result] of results.entries()) {
		if (result.ok) continue;
		const { failure } = result;
		// What is said of all of them alike is no reason to go on; some may not have been asked about yet.
		const isOnlyIts = results.some(
			(other) => other.ok || other.failure.message !== failure.message,
		);
		const othersMayGoOn = isOnlyIts && isAboutOne(failure);
		const told = othersMayGoOn ? `${note} ${GO_ON}`.trim() : note;
		throw createNodeError(context.getNode(), failure, itemIndex, told);
	}
}

/**
 * One output item for each input item, in order and linked.
 *
 * @param whoOf the fields that tell whom an item is about, as far as that is known
 * @throws the first failure, when the node is set to stop
 */
export function buildItems(
	context: IExecuteFunctions,
	results: readonly ItemResult[],
	whoOf: (itemIndex: number) => IDataObject,
): INodeExecutionData[] {
	stopAtFailure(context, results);
	return results.map((result, itemIndex) =>
		result.ok
			? { json: result.value, pairedItem: { item: itemIndex } }
			: createFailureItem(context, result.failure, itemIndex, whoOf(itemIndex)),
	);
}

/** What only some outcomes have. In a sheet with those of an earlier run it would pass for part of this one. */
const OF_SOME_OUTCOMES = ['advice', 'nextEligibleAt', 'previousInvitationId'];

/**
 * Puts the fields of the input items beside those of their output, where that was asked for. An item for the error
 * output stays as it is: n8n knows it by its keys, and for the same reason a field `error` of the input is left out.
 * Of a failed item often nobody is known but by its row. On any other an address of the row would pass for the
 * service's, and for the one that was emailed.
 */
export function addInputFields(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
): INodeExecutionData[] {
	// What an item asks for may be an expression; most nodes do not have the option at all.
	const set = context.getNode().parameters.options;
	if (!isObject(set) || !('includeInputFields' in set)) return items;
	const input = context.getInputData();
	return items.map((item) => {
		const { pairedItem, json } = item;
		// One row for all of them would have the fields of one.
		if (Array.isArray(pairedItem)) return item;
		const index = typeof pairedItem === 'object' && 'item' in pairedItem ? pairedItem.item : 0;
		const { includeInputFields } = readCollection(context, 'options', index);
		const isAsked = readSwitch(includeInputFields) === true;
		if (!isAsked || json.error !== undefined) return item;
		const fields = { ...input[index]?.json };
		const outdated = json.outcome === undefined ? [] : OF_SOME_OUTCOMES;
		for (const name of ['error', ...outdated]) delete fields[name];
		const merged = { ...fields, ...json };
		// The item that asked for a list is not whom a row of the list is about.
		const isList = context.getNodeParameter('operation', index, '') === 'getAll';
		for (const name of json.outcome === 'failed' && !isList ? ['name', 'email'] : [])
			if (isBlank(json[name]) && !isBlank(fields[name])) merged[name] = fields[name];
		return { ...item, json: merged };
	});
}

/** Says below the node's output what became of a run. */
export function addHint(context: IExecuteFunctions, message: string): void {
	context.addExecutionHints?.({ message: `${message}.`, location: 'outputPane' });
}

/** Shows invitations as the user asked to see them: `Simplify` on or off, with the link or without. */
export function createPresenter(
	context: IExecuteFunctions,
	{ capabilities }: Pick<InvitationProvider, 'capabilities'>,
): (found: Found, itemIndex: number) => IDataObject {
	const countDays = createDayCounter(context.getTimezone());
	return (found, itemIndex) => {
		const simplify = readSwitch(context.getNodeParameter('simplify', itemIndex, true));
		if (simplify === false) return found.raw;
		const { includeLink } = readCollection(context, 'options', itemIndex);
		const { provider } = found.invitation;
		const json = { ...buildInvitationJson(found, capabilities, countDays), provider };
		return readSwitch(includeLink) === true ? { ...json, link: found.link } : json;
	};
}

/** The columns that tell whom an item is about, where nobody is known. */
export function buildNobodyJson({
	name,
	capabilities,
}: Pick<InvitationProvider, 'name' | 'capabilities'>): IDataObject {
	return { ...buildWhoJson({ name: null, email: null }, capabilities), provider: name };
}

/** What a target tells of whom an item is about, as far as it names anybody. */
export function idsOf<Target>(
	provider: InvitationProvider<Target>,
	target: Result<Target> | undefined,
): IDataObject {
	const ids = target?.ok === true ? provider.idsOf(target.value) : {};
	return { ...buildNobodyJson(provider), ...ids };
}
