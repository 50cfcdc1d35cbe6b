import { tryToParseDateTime, type IExecuteFunctions } from 'n8n-workflow';
import { describeInvalidInput } from '../core/failure';
import {
	INVITATION_STATUSES,
	type Invitation,
	type InvitationStatus,
} from '../invitation/invitation';
import { isBlank, isObject, readText, type JsonObject } from '../core/json';
import type { Capabilities } from '../invitation/provider';
import { failed, ok, type Result } from '../core/result';

/** Which invitations Get Many gives, and in which order. */
export interface ListFilters {
	/** Null for as many as there are. */
	limit: number | null;
	/** Empty lets every status pass. */
	statuses: readonly InvitationStatus[];
	emailContains: string;
	nameContains: string;
	expiringWithinDays: number | null;
	/** Whether the filter for those that expire soon lets expired ones pass, too. */
	includesExpired: boolean;
	/** Epoch milliseconds. */
	sentBefore: number | null;
	soonestFirst: boolean;
	includeDetails: boolean;
	/** As entered, for the filters that only one provider has. */
	own: JsonObject;
}

const DAY_MS = 86_400_000;

function readCollection(context: IExecuteFunctions, name: string, itemIndex: number): JsonObject {
	const collection: unknown = context.getNodeParameter(name, itemIndex, {});
	return isObject(collection) ? collection : {};
}

/** A value that an expression got wrong must not pass for no filter: what is listed may be emailed. */
function refuseFilter(message: string, description: string): Result<never> {
	return failed(describeInvalidInput(message, `${description} No request was made.`));
}

function readLimit(context: IExecuteFunctions, itemIndex: number): Result<number | null> {
	if (context.getNodeParameter('returnAll', itemIndex, false) === true) return ok(null);
	const limit = Number(context.getNodeParameter('limit', itemIndex, 50));
	if (Number.isInteger(limit) && limit > 0) return ok(limit);
	return refuseFilter(
		"'Limit' must be a whole number of 1 or more",
		"Enter one, or turn on 'Return All'.",
	);
}

function readStatusFilter(value: unknown): Result<readonly InvitationStatus[]> {
	const chosen: unknown[] = Array.isArray(value) ? value : isBlank(value) ? [] : [value];
	const known = INVITATION_STATUSES.filter((status) => chosen.includes(status));
	if (chosen.every((status) => known.some((one) => one === status))) return ok(known);
	return refuseFilter(
		"'Status' has an unknown value",
		`Use any of ${INVITATION_STATUSES.join(', ')}.`,
	);
}

function readDays(value: unknown): Result<number | null> {
	if (isBlank(value)) return ok(null);
	const days = typeof value === 'string' ? Number(value) : value;
	if (typeof days === 'number' && Number.isFinite(days) && days >= 0) return ok(days);
	return refuseFilter(
		"'Expiring Within (Days)' must be a number of 0 or more",
		'Enter a number, or remove the filter.',
	);
}

/** A text to look for in any case; '' is in every text. */
function readPart(value: unknown): string {
	return (readText(value) ?? '').trim().toLowerCase();
}

/** A moment without a zone of its own is meant in the workflow's. */
function readMoment(value: unknown, timezone: string): Result<number | null> {
	if (isBlank(value)) return ok(null);
	try {
		return ok(tryToParseDateTime(value, timezone).toMillis());
	} catch {
		return refuseFilter("'Sent Before' is not a date", 'Pick a date, e.g. 2026-11-21.');
	}
}

/** Reads the parameters of Get Many. */
export function readFilters(context: IExecuteFunctions, itemIndex: number): Result<ListFilters> {
	const filters = readCollection(context, 'filters', itemIndex);
	const options = readCollection(context, 'options', itemIndex);
	const limit = readLimit(context, itemIndex);
	if (!limit.ok) return limit;
	const statuses = readStatusFilter(filters.status);
	if (!statuses.ok) return statuses;
	const days = readDays(filters.expiringWithin);
	if (!days.ok) return days;
	const sentBefore = readMoment(filters.sentBefore, context.getTimezone());
	if (!sentBefore.ok) return sentBefore;
	return ok({
		limit: limit.value,
		statuses: statuses.value,
		emailContains: readPart(filters.emailContains),
		nameContains: readPart(filters.nameContains),
		expiringWithinDays: days.value,
		includesExpired: filters.includeExpired === true,
		sentBefore: sentBefore.value,
		soonestFirst: options.soonestFirst === true,
		// The link too is known to the details alone.
		includeDetails: options.includeDetails === true || options.includeLink === true,
		own: filters,
	});
}

/** Whether a filter or option asks for what only the details hold. */
export function needsDetails(filters: ListFilters, { listsCarryDates }: Capabilities): boolean {
	if (filters.includeDetails || listsCarryDates) return filters.includeDetails;
	return filters.soonestFirst || filters.expiringWithinDays !== null || filters.sentBefore !== null;
}

/** The filters that every list entry can be judged by. */
export function passesListed({ status, email, name }: Invitation, filters: ListFilters): boolean {
	const { statuses, emailContains, nameContains } = filters;
	return (
		(statuses.length === 0 || statuses.includes(status)) &&
		(email ?? '').toLowerCase().includes(emailContains) &&
		(name ?? '').toLowerCase().includes(nameContains)
	);
}

/** The filters by date. What has no such date does not pass. */
export function passesDates(
	{ expiresAt, sentAt, status }: Invitation,
	{ expiringWithinDays, includesExpired, sentBefore }: ListFilters,
	now: number,
): boolean {
	if (expiringWithinDays !== null) {
		const open = status === 'pending' || status === 'expired';
		if (!open || expiresAt === null) return false;
		const at = Date.parse(expiresAt);
		if (at > now + expiringWithinDays * DAY_MS) return false;
		if (!includesExpired && (status === 'expired' || at <= now)) return false;
	}
	return sentBefore === null || (sentAt !== null && Date.parse(sentAt) < sentBefore);
}

/** Soonest expiry first; without a date last, otherwise in the provider's order. */
export function compareExpiry(one: Invitation, other: Invitation): number {
	const time = ({ expiresAt }: Invitation): number =>
		expiresAt === null ? Number.MAX_SAFE_INTEGER : Date.parse(expiresAt);
	return time(one) - time(other);
}
