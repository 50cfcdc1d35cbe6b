import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { addHint, createPresenter, idsOf, stopAtFailure, buildItems } from '../node/items';
import { mapConcurrently } from '../core/concurrency';
import { isObject } from '../core/json';
import { forgetPart, openPart, readRunIndex } from '../node/executionStore';
import { ok, type Result } from '../core/result';
import type { Found, InvitationProvider } from '../invitation/provider';
import { failNotStarted } from '../invitation/fetchMany';
import type { Session } from '../http/session';

/** Few: each of them changes something at the provider. */
const CHANGES_IN_FLIGHT = 4;

/** How a summary calls what was done, by the operation. */
const DONE: Readonly<Record<string, string>> = { cancel: 'cancelled', refresh: 'refreshed' };

/** The rows that earlier tries of this same pass came to, for a change that cannot be made again. */
interface Remembered {
	row(itemIndex: number): IDataObject | null;
	remember(rows: ReadonlyArray<Result<IDataObject> | null>): void;
}

function openRemembered(context: IExecuteFunctions, operation: string): Remembered {
	// A finished execution that is tried again is another one: under the same address there may be a new invitation.
	const name = `${operation}.${context.getExecutionId()}.${readRunIndex(context)}`;
	return {
		row(itemIndex) {
			const row = openPart(context, name)[itemIndex];
			return isObject(row) ? row : null;
		},
		remember(rows) {
			if (rows.every((row) => row?.ok === true)) return forgetPart(context, name);
			const part = openPart(context, name);
			for (const [itemIndex, row] of rows.entries())
				if (row?.ok === true) part[itemIndex] = row.value;
		},
	};
}

/** n8n runs a node again that ends, or whose first item holds `error`, as those for the error output do. */
function mayBeTriedAgain(context: IExecuteFunctions): boolean {
	const { retryOnFail, onError } = context.getNode();
	return retryOnFail === true && onError !== 'continueRegularOutput';
}

const NOTHING_REMEMBERED: Remembered = { row: () => null, remember: () => undefined };

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
	const remembered =
		!change.isRepeatable && mayBeTriedAgain(context)
			? openRemembered(context, name)
			: NOTHING_REMEMBERED;
	const before = targets.map((_, itemIndex) => remembered.row(itemIndex));
	const unique = new Map(
		targets.flatMap((target, itemIndex) =>
			target.ok && before[itemIndex] === null
				? [[provider.key(target.value), target.value] as const]
				: [],
		),
	);
	const changed = new Map<string, Result<Found>>();
	const stops = !context.continueOnFail();
	await mapConcurrently(
		[...unique],
		async ([key, target]) => {
			const result = await change.make(target);
			changed.set(key, result);
			return result;
		},
		{ limit: CHANGES_IN_FLIGHT, signal, isLast: (result) => stops && !result.ok },
	);
	const present = createPresenter(context, provider);
	const results = targets.map((target, itemIndex): Result<IDataObject> | null => {
		const row = before[itemIndex] ?? null;
		if (row !== null) return ok(row);
		if (!target.ok) return target;
		const result = changed.get(provider.key(target.value)) ?? null;
		return result?.ok === true ? ok(present(result.value, itemIndex)) : result;
	});
	remembered.remember(results);
	const done = results.filter((result) => result?.ok === true).length;
	const did = DONE[name] ?? name;
	// What was not started because another item ended the node is no failure of its own.
	stopAtFailure(
		context,
		results.map((result) => result ?? ok(null)),
		done === 0
			? ''
			: `Other items were already ${did}. To let the remaining items go ahead, choose 'Continue' under Settings.`,
	);
	const items = buildItems(
		context,
		results.map((result) => result ?? failNotStarted(null)),
		(itemIndex) => idsOf(provider, targets[itemIndex]),
	);
	const parts = [`${done} ${did}`];
	if (done < results.length) parts.push(`${results.length - done} failed`);
	if (results.length > 1) addHint(context, parts.join(', '));
	return items;
}
