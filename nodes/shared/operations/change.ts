import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { addHint, createPresenter, idsOf, stopAtFailure, buildItems } from '../node/items';
import { mapConcurrently } from '../core/concurrency';
import { failed, ok, type Result } from '../core/result';
import type { Found, InvitationProvider } from '../invitation/provider';
import { failNotStarted } from '../invitation/fetchMany';
import type { Session } from '../http/session';

/** Few: each of them changes something at the provider. */
const CHANGES_IN_FLIGHT = 4;

/** How a summary calls what was done, by the operation. */
const DONE: Readonly<Record<string, string>> = { cancel: 'cancelled', refresh: 'refreshed' };

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
	const unique = new Map(
		targets.flatMap((target) =>
			target.ok ? [[provider.key(target.value), target.value] as const] : [],
		),
	);
	const changed = new Map<string, Result<Found>>();
	const stops = !context.continueOnFail();
	await mapConcurrently(
		[...unique],
		async ([key, target]) => {
			const result = await change(target);
			changed.set(key, result);
			return result;
		},
		{ limit: CHANGES_IN_FLIGHT, signal, isLast: (result) => stops && !result.ok },
	);
	const results = targets.map((target) =>
		target.ok ? (changed.get(provider.key(target.value)) ?? null) : target,
	);
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
	const present = createPresenter(context, provider);
	const items = buildItems(
		context,
		results.map((result, itemIndex) => {
			if (result === null) return failNotStarted(null);
			return result.ok ? ok(present(result.value, itemIndex)) : failed(result.failure);
		}),
		(itemIndex) => idsOf(provider, targets[itemIndex]),
	);
	const parts = [`${done} ${did}`];
	if (done < results.length) parts.push(`${results.length - done} failed`);
	if (results.length > 1) addHint(context, parts.join(', '));
	return items;
}
