import type { IExecuteFunctions } from 'n8n-workflow';
import { invalidInput } from './failure';
import { INVITATION_STATUSES, toInstant, type Invitation } from './invitation';
import { isObject, type JsonObject } from './json';
import { failed, ok, type Result } from './provider';

/** Which invitations Get Many gives, and in which order. */
export interface ListFilters {
	/** Null for as many as there are. */
	limit: number | null;
	/** Empty lets every status pass. */
	statuses: readonly string[];
	emailContains: string;
	expiringWithinDays: number | null;
	/** Epoch milliseconds. */
	sentBefore: number | null;
	soonestFirst: boolean;
	includeDetails: boolean;
	/** As entered, for the filters that only one provider has. */
	own: JsonObject;
}

const DAY_MS = 86_400_000;

function collectionOf(context: IExecuteFunctions, name: string, itemIndex: number): JsonObject {
	const collection: unknown = context.getNodeParameter(name, itemIndex, {});
	return isObject(collection) ? collection : {};
}

/** Reads the parameters of Get Many. */
export function filtersOf(context: IExecuteFunctions, itemIndex: number): Result<ListFilters> {
	const filters = collectionOf(context, 'filters', itemIndex);
	const options = collectionOf(context, 'options', itemIndex);
	const all = context.getNodeParameter('returnAll', itemIndex, false) === true;
	const limit = Number(context.getNodeParameter('limit', itemIndex, 50));
	if (!all && !(Number.isInteger(limit) && limit > 0)) {
		return failed(
			invalidInput(
				"'Limit' is not a whole number of at least 1",
				"Enter one, or switch 'Return All' on.",
			),
		);
	}
	const statuses: unknown = filters.status;
	const days = filters.expiringWithin;
	const typed = filters.sentBefore;
	const sentBefore = toInstant(typed);
	if (typed !== undefined && typed !== '' && sentBefore === null) {
		return failed(
			invalidInput(
				"'Sent Before' is not a date",
				'Pick a date, e.g. 2026-11-21. No request was made.',
			),
		);
	}
	return ok({
		limit: all ? null : limit,
		statuses: Array.isArray(statuses)
			? INVITATION_STATUSES.filter((one) => statuses.includes(one))
			: [],
		emailContains:
			typeof filters.emailContains === 'string' ? filters.emailContains.trim().toLowerCase() : '',
		expiringWithinDays: days === undefined || days === '' ? null : Number(days),
		sentBefore: sentBefore === null ? null : Date.parse(sentBefore),
		soonestFirst: options.soonestFirst === true,
		includeDetails: options.includeDetails === true,
		own: filters,
	});
}

/** Whether a filter or option asks for what only the details hold. */
export function needsDetails(filters: ListFilters): boolean {
	return (
		filters.includeDetails ||
		filters.soonestFirst ||
		filters.expiringWithinDays !== null ||
		filters.sentBefore !== null
	);
}

/** The filters that every list entry can be judged by. */
export function passesListed({ status, email }: Invitation, filters: ListFilters): boolean {
	return (
		(filters.statuses.length === 0 || filters.statuses.includes(status)) &&
		(filters.emailContains === '' || (email ?? '').toLowerCase().includes(filters.emailContains))
	);
}

/** The filters by date. What has no such date does not pass. */
export function passesDates(
	{ expiresAt, sentAt, status }: Invitation,
	{ expiringWithinDays, sentBefore }: ListFilters,
	now: number,
): boolean {
	if (expiringWithinDays !== null) {
		const open = status === 'pending' || status === 'expired';
		if (!open || expiresAt === null) return false;
		if (Date.parse(expiresAt) > now + expiringWithinDays * DAY_MS) return false;
	}
	return sentBefore === null || (sentAt !== null && Date.parse(sentAt) < sentBefore);
}

/** Soonest expiry first; without a date last, otherwise in the provider's order. */
export function bySoonestExpiry(one: Invitation, other: Invitation): number {
	const time = ({ expiresAt }: Invitation): number =>
		expiresAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(expiresAt);
	return time(one) - time(other);
}
