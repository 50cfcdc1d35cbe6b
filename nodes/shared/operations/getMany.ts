import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { isAboutOne, type Failure } from '../core/failure';
import {
	addHint,
	createPresenter,
	buildNobodyJson,
	createFailureItem,
	createNodeError,
} from '../node/items';
import type { InvitationStatus } from '../invitation/invitation';
import { buildKnownJson, summarizeStatuses } from '../invitation/output';
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

/** Said where the list is as long as it may be. Whether it ends there only another request could tell. */
const MAY_BE_MORE =
	". The limit was reached, so there may be more: switch on 'Return All' to get them all";

/** How many details are read before looking whether the limit is reached. */
const DETAILS_AT_ONCE = READS_IN_FLIGHT * 5;

/** One that is listed, and whose details were refused. */
interface Unread {
	listed: Found;
	failure: Failure;
}

interface Collected {
	found: Found[];
	unread: Unread[];
}

/** What is done where the details of one are refused: the node ends, or the others are given all the same. */
type OnRefusal = 'end' | 'goOn';

/** Reads what the list left out, of those that are still there. */
async function fetchDetails<Target>(
	provider: InvitationProvider<Target>,
	listed: Found[],
	{ signal }: Session,
	onRefusal: OnRefusal,
): Promise<Result<Collected>> {
	const { details } = provider;
	if (details === undefined) return ok({ found: listed, unread: [] });
	let ending: Failure | null = null;
	const readings = await mapConcurrently(listed, async (found) => await details(found), {
		limit: READS_IN_FLIGHT,
		signal,
		isLast: (reading) => {
			if (reading.ok || (onRefusal === 'goOn' && isAboutOne(reading.failure))) return false;
			ending = reading.failure;
			return true;
		},
	});
	if (ending !== null) return failed(ending);
	const collected: Collected = { found: [], unread: [] };
	for (const [index, one] of listed.entries()) {
		const reading = readings[index];
		if (reading?.ok === false) collected.unread.push({ listed: one, failure: reading.failure });
		else if (reading?.ok === true && reading.value !== null) collected.found.push(reading.value);
	}
	return ok(collected);
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
	onRefusal: OnRefusal,
): Promise<Result<Collected>> {
	// Sorting needs all of them before any can be left out.
	const enough = filters.soonestFirst ? null : filters.limit;
	const collected: Found[] = [];
	const unread: Unread[] = [];
	const now = Date.now();
	for await (const page of provider.list(itemIndex)) {
		if (!page.ok) return page;
		const passing = page.value.filter(
			(found) =>
				passesListed(found.invitation, filters) && (provider.passes?.(found, filters.own) ?? true),
		);
		for (const chunk of splitIntoChunks(passing, enough ?? DETAILS_AT_ONCE)) {
			if (enough !== null && collected.length >= enough) break;
			const read = needsDetails(filters, provider.capabilities)
				? await fetchDetails(provider, chunk, session, onRefusal)
				: ok({ found: chunk, unread: [] });
			if (!read.ok) return read;
			unread.push(...read.value.unread);
			// The details are newer than the list, so its filters are asked again.
			collected.push(
				...read.value.found.filter(
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
	return ok({ found: collected.slice(0, filters.limit ?? collected.length), unread });
}

/** Lists invitations, once for every input item. */
export async function getManyInvitations<Target>(
	context: IExecuteFunctions,
	provider: InvitationProvider<Target>,
	session: Session,
): Promise<INodeExecutionData[]> {
	const items: INodeExecutionData[] = [];
	const statuses: Array<InvitationStatus | 'failed'> = [];
	let mayBeMore = false;
	const present = createPresenter(context, provider);
	const onRefusal = context.continueOnFail() ? 'goOn' : 'end';
	const addFailed = (failure: Failure, itemIndex: number, who: IDataObject): void => {
		if (onRefusal === 'end') throw createNodeError(context.getNode(), failure, itemIndex);
		statuses.push('failed');
		items.push(createFailureItem(context, failure, itemIndex, who));
	};
	for (const itemIndex of context.getInputData().keys()) {
		const filters = readFilters(context, itemIndex);
		const collected = filters.ok
			? await collect(provider, itemIndex, filters.value, session, onRefusal)
			: filters;
		if (!collected.ok) {
			addFailed(collected.failure, itemIndex, buildNobodyJson(provider));
			continue;
		}
		if (filters.ok && collected.value.found.length === filters.value.limit) mayBeMore = true;
		for (const one of collected.value.found) {
			statuses.push(one.invitation.status);
			items.push({
				json: present(one, itemIndex),
				pairedItem: { item: itemIndex },
			});
		}
		for (const { listed, failure } of collected.value.unread) {
			addFailed(failure, itemIndex, buildKnownJson(listed.invitation, provider.capabilities));
		}
	}
	addHint(context, summarizeStatuses(statuses) + (mayBeMore ? MAY_BE_MORE : ''));
	return items;
}
