import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { createPresenter, idsOf, stopAtFailure, toItems } from '../node/items';
import { ok } from '../core/result';
import type { InvitationProvider } from '../invitation/provider';
import { readInvitations } from '../invitation/fetchMany';
import type { Session } from '../http/session';

/** Reads the invitation of every item. */
export async function getInvitations<Target>(
	context: IExecuteFunctions,
	provider: InvitationProvider<Target>,
	{ signal }: Session,
): Promise<INodeExecutionData[]> {
	const targets = context.getInputData().map((_, itemIndex) => provider.target(itemIndex));
	// Before any call: with a stop at the first failure, an invalid item ends the node.
	stopAtFailure(context, targets);
	const readingOf = await readInvitations(
		provider,
		targets.flatMap((target) => (target.ok ? [target.value] : [])),
		{ signal, stopOnFailure: !context.continueOnFail() },
	);
	const present = createPresenter(context, provider);
	const results = targets.map((target, itemIndex) => {
		if (!target.ok) return target;
		const reading = readingOf(target.value);
		return reading.ok ? ok(present(reading.value, itemIndex)) : reading;
	});
	return toItems(context, results, (itemIndex) => idsOf(provider, targets[itemIndex]));
}
