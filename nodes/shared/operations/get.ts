import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { addHint, createPresenter, idsOf, stopAtFailure, buildItems } from '../node/items';
import { ok } from '../core/result';
import { summarizeStatuses } from '../invitation/output';
import type { InvitationProvider } from '../invitation/provider';
import { fetchMany } from '../invitation/fetchMany';
import type { Session } from '../http/session';

/** This room holds the operations that email nobody, one file each, and their parameters. */

/** Reads the invitation of every item. */
export async function getInvitations<Target>(
	context: IExecuteFunctions,
	provider: InvitationProvider<Target>,
	{ signal }: Session,
): Promise<INodeExecutionData[]> {
	const targets = context.getInputData().map((_, itemIndex) => provider.target(itemIndex));
	// Before any call: with a stop at the first failure, an invalid item ends the node.
	stopAtFailure(context, targets);
	const readingOf = await fetchMany(
		provider,
		targets.flatMap((target) => (target.ok ? [target.value] : [])),
		{ signal, stopOnFailure: !context.continueOnFail() },
	);
	const present = createPresenter(context, provider);
	const readings = targets.map((target) => (target.ok ? readingOf(target.value) : target));
	const results = readings.map((reading, itemIndex) =>
		reading.ok ? ok(present(reading.value, itemIndex)) : reading,
	);
	const items = buildItems(context, results, (itemIndex) => idsOf(provider, targets[itemIndex]));
	// One row tells by itself how it stands.
	if (readings.length > 1) {
		const statuses = readings.map((one) => (one.ok ? one.value.invitation.status : 'failed'));
		addHint(context, summarizeStatuses(statuses));
	}
	return items;
}
