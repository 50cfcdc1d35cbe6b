import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { addHint, createPresenter, idsOf, stopAtFailure, buildItems } from '../node/items';
import { mapConcurrently } from '../core/concurrency';
import { isObject, type JsonObject } from '../core/json';
import { forgetPart, openPart, readRunIndex } from '../node/executionStore';
import { ok, type Result } from '../core/result';
import type { Found, InvitationProvider } from '../invitation/provider';
import { failNotStarted, watchForOutage } from '../invitation/fetchMany';
import type { Session } from '../http/session';

/** Few: each of them changes something at the provider. */
const CHANGES_IN_FLIGHT = 4;

/** Where the rows of the tries of this pass are kept. */
function nameRows(context: IExecuteFunctions, operation: string): string {
	// A finished execution that is tried again is another one: under the same address there may be a new invitation.
	return `${operation}.${context.getExecutionId()}.${readRunIndex(context)}`;
}

/** n8n runs a node again that ends, or whose first item holds `error`, as those for the error output do. */
function mayBeTriedAgain(context: IExecuteFunctions): boolean {
	const { retryOnFail, onError } = context.getNode();
	return retryOnFail === true && onError !== 'continueRegularOutput';
}

/**
 * Does to the invitation of every item what the operation of this name does. Each different target
 * is changed once, and the items that share it share the result.
 */
export async function changeInvitations<Target>(
	context: IExecuteFunctions,
	provider: InvitationProvider<Target>,
	{ signal }: Session,
): Promise<INodeExecutionData[]> {
	const name = String(context.getNodeParameter('operation', 0));
	const change = provider.changes?.[name];
	if (change === undefined) throw new TypeError(`${provider.displayName} has no operation ${name}`);
	const targets = context.getInputData().map((_, itemIndex) => provider.target(itemIndex));
	stopAtFailure(context, targets);
	// What cannot be made again is taken over from an earlier try.
	const takesOver = !change.isRepeatable && mayBeTriedAgain(context);
	const part = nameRows(context, name);
	const earlier: JsonObject = takesOver ? openPart(context, part) : {};
	const unique = new Map(
		targets.flatMap((target, itemIndex) =>
			target.ok && earlier[itemIndex] === undefined
				? [[provider.key(target.value), target.value] as const]
				: [],
		),
	);
	const changed = new Map<string, Result<Found>>();
	const stops = !context.continueOnFail();
	const outage = watchForOutage(provider.displayName, CHANGES_IN_FLIGHT);
	await mapConcurrently(
		[...unique],
		async ([key, target]) => {
			const result = await change.make(target);
			changed.set(key, result);
			return result;
		},
		{
			limit: CHANGES_IN_FLIGHT,
			signal,
			isLast: (result) => outage.isShownBy(result) || (stops && !result.ok),
		},
	);
	const present = createPresenter(context, provider);
	const results = targets.map((target, itemIndex): Result<IDataObject> | null => {
		const row = earlier[itemIndex];
		if (isObject(row)) return ok(row);
		if (!target.ok) return target;
		const result = changed.get(provider.key(target.value)) ?? null;
		return result?.ok === true ? ok(present(result.value, itemIndex)) : result;
	});
	for (const [itemIndex, row] of results.entries())
		if (row?.ok === true) earlier[itemIndex] = row.value;
	if (results.every((row) => row?.ok === true)) forgetPart(context, part);
	const done = results.filter((result) => result?.ok === true).length;
	// What was not started because another item ended the node is no failure of its own.
	stopAtFailure(
		context,
		results.map((result) => result ?? ok(null)),
		done === 0 ? '' : `Other items were already ${change.done}.`,
	);
	const items = buildItems(
		context,
		results.map((result) => result ?? failNotStarted(outage.failure)),
		(itemIndex) => idsOf(provider, targets[itemIndex]),
	);
	const parts = [`${done} ${change.done}`];
	if (done < results.length) parts.push(`${results.length - done} failed`);
	if (results.length > 1) addHint(context, parts.join(', '));
	return items;
}
