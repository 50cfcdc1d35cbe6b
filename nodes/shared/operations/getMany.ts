import type { IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import type { Failure } from '../core/failure';
import {
	addHint,
	createPresenter,
	buildNobodyJson,
	createFailureItem,
	createNodeError,
} from '../node/items';
import type { InvitationStatus } from '../invitation/invitation';
import { summarizeStatuses } from '../invitation/output';
import {
	compareExpiry,
	readFilters,
	needsDetails,
	passesDates,
	passesListed,
	type ListFilters,
} from './listFilters';
import { mapConcurrently } from '../core/concurrency';
import { failed, ok, type Result } from '../core/result';
import type { Found, InvitationProvider } from '../invitation/provider';
import { READS_IN_FLIGHT } from '../invitation/fetchMany';
import type { Session } from '../http/session';

/** How many details are read before looking whether the limit is reached. */
const DETAILS_AT_ONCE = READS_IN_FLIGHT * 5;

/** Reads what the list left out, of those that are still there. */
async function fetchDetails<Target>(
	provider: InvitationProvider<Target>,
	listed: Found[],
	{ signal }: Session,
): Promise<Result<Found[]>> {
	const { details } = provider;
	if (details === undefined) return ok(listed);
	let failure: Failure | null = null;
	const readings = await mapConcurrently(listed, async (found) => await details(found), {
		limit: READS_IN_FLIGHT,
		signal,
		isLast: (reading) => {
			if (!reading.ok) failure = reading.failure;
			return !reading.ok;
		},
	});
	if (failure !== null) return failed(failure);
	return ok(
		readings.flatMap((reading) =>
			reading?.ok === true && reading.value !== null ? [reading.value] : [],
		),
	);
}

/** To be read one after the other. The first has about as many as are wanted, as it may be enough. */
function* splitIntoChunks(found: Found[], wanted: number): Generator<Found[]> {
	let size = Math.min(Math.max(wanted, READS_IN_FLIGHT), DETAILS_AT_ONCE);
	for (let start = 0; start < found.length; start += size, size = DETAILS_AT_ONCE) {
		yield found.slice(start, start + size);
	}
}

/** The invitations that pass, at most as many as asked for. */
async function collect<Target>(
	provider: InvitationProvider<Target>,
	itemIndex: number,
	filters: ListFilters,
	session: Session,
): Promise<Result<Found[]>> {
	// Sorting needs all of them before any can be left out.
	const enough = filters.soonestFirst ? null : filters.limit;
	const collected: Found[] = [];
	const now = Date.now();
	for await (const page of provider.list(itemIndex)) {
		if (!page.ok) return page;
		const passing = page.value.filter(
			(found) =>
				passesListed(found.invitation, filters) && (provider.passes?.(found, filters.own) ?? true),
		);
		for (const chunk of splitIntoChunks(passing, enough ?? DETAILS_AT_ONCE)) {
			if (enough !== null && collected.length >= enough) return ok(collected.slice(0, enough));
			const read = needsDetails(filters, provider.capabilities)
				? await fetchDetails(provider, chunk, session)
				: ok(chunk);
			if (!read.ok) return read;
			// The details are newer than the list, so its filters are asked again.
			collected.push(
				...read.value.filter(
					({ invitation }) =>
						passesListed(invitation, filters) && passesDates(invitation, filters, now),
				),
			);
		}
		// Enough of this page already: the next one is not asked for.
		if (enough !== null && collected.length >= enough) break;
	}
	if (filters.soonestFirst) {
		collected.sort((one, other) => compareExpiry(one.invitation, other.invitation));
	}
	return ok(filters.limit === null ? collected : collected.slice(0, filters.limit));
}

/** Lists invitations, once for every input item. */
export async function getManyInvitations<Target>(
	context: IExecuteFunctions,
	provider: InvitationProvider<Target>,
	session: Session,
): Promise<INodeExecutionData[]> {
	const items: INodeExecutionData[] = [];
	const statuses: Array<InvitationStatus | 'failed'> = [];
	const present = createPresenter(context, provider);
	for (const itemIndex of context.getInputData().keys()) {
		const filters = readFilters(context, itemIndex);
		const found = filters.ok ? await collect(provider, itemIndex, filters.value, session) : filters;
		if (!found.ok) {
			if (!context.continueOnFail())
				throw createNodeError(context.getNode(), found.failure, itemIndex);
			statuses.push('failed');
			items.push(createFailureItem(context, found.failure, itemIndex, buildNobodyJson(provider)));
			continue;
		}
		for (const one of found.value) {
			statuses.push(one.invitation.status);
			items.push({
				json: present(one, itemIndex),
				pairedItem: { item: itemIndex },
			});
		}
	}
	addHint(context, summarizeStatuses(statuses));
	return items;
}
