import { tryToParseDateTime, type IExecuteFunctions } from 'n8n-workflow';
import {
	INVITATION_STATUSES,
	type Invitation,
	type InvitationStatus,
} from '../invitation/invitation';
import { cleanText, readChoices, readCollection, readNumber, readSwitch } from '../node/parameters';
import { requireText } from '../node/collections';
import { isBlank, type JsonObject } from '../core/json';
import type { Capabilities } from '../invitation/provider';
import { ok, refuse, type Result } from '../core/result';
import { DAY_MS } from '../core/time';

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

function readLimit(context: IExecuteFunctions, itemIndex: number): Result<number | null> {
	if (readSwitch(context.getNodeParameter('returnAll', itemIndex, false)) === true) return ok(null);
	const limit = Number(context.getNodeParameter('limit', itemIndex, 50));
	if (Number.isInteger(limit) && limit > 0) return ok(limit);
	return refuse(
		"'Limit' must be a whole number of 1 or more",
		"Enter one, or switch on 'Return All'. No request was made.",
	);
}

/** A text as it is compared: without what cannot be seen, each accent written in one way, in small letters. */
function foldText(text: string): string {
	return cleanText(text).normalize().toLowerCase();
}

/** A text to look for; '' is in every text. */
function readPart(value: unknown, displayName: string): Result<string> {
	if (isBlank(value)) return ok('');
	const text = requireText(value, displayName);
	if (!text.ok) return text;
	if (text.value !== '') return ok(foldText(text.value));
	return refuse(
		`'${displayName}' is empty`,
		'Enter a value, check its expression, or remove the filter to list everyone. No request was made.',
	);
}

/** A date as ISO 8601 or SQL writes it, in JSON: all else n8n leaves to JavaScript, to which a sheet's 46347 is a year. */
const MOMENT = /^"( *(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d[\d:. Z+-]*)? *)"$/;

/** A moment without a zone of its own is meant in the workflow's. */
function readMoment(value: unknown, timezone: string): Result<number | null> {
	if (isBlank(value)) return ok(null);
	try {
		const [, text, date] = MOMENT.exec(JSON.stringify(value)) ?? [];
		const moment = tryToParseDateTime(text, timezone);
		// JavaScript makes 2 March of 30 February.
		if (moment.toISODate() === date) return ok(moment.toMillis());
	} catch {
		// Said below.
	}
	return refuse(
		"'Sent Before' is not a date",
		'Pick a date, e.g. 2026-11-21. No request was made.',
	);
}

/** Reads the parameters of Get Many. A value that an expression got wrong must not count as no filter: what is listed may be emailed. */
export function readFilters(context: IExecuteFunctions, itemIndex: number): Result<ListFilters> {
	const filters = readCollection(context, 'filters', itemIndex);
	const options = readCollection(context, 'options', itemIndex);
	const limit = readLimit(context, itemIndex);
	if (!limit.ok) return limit;
	const statuses = readChoices(filters.status, 'Status', INVITATION_STATUSES);
	if (!statuses.ok) return statuses;
	const email = readPart(filters.emailContains, 'Email Contains');
	if (!email.ok) return email;
	const name = readPart(filters.nameContains, 'Name Contains');
	if (!name.ok) return name;
	const days = readNumber(filters.expiringWithin, 'Expiring Within (Days)');
	if (!days.ok) return days;
	const sentBefore = readMoment(filters.sentBefore, context.getTimezone());
	if (!sentBefore.ok) return sentBefore;
	return ok({
		limit: limit.value,
		statuses: statuses.value,
		emailContains: email.value,
		nameContains: name.value,
		expiringWithinDays: days.value,
		includesExpired: readSwitch(filters.includeExpired) === true,
		sentBefore: sentBefore.value,
		soonestFirst: readSwitch(options.soonestFirst) === true,
		// The link, too, is only in the details.
		includeDetails:
			readSwitch(options.includeDetails) === true || readSwitch(options.includeLink) === true,
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
		foldText(email ?? '').includes(emailContains) &&
		foldText(name ?? '').includes(nameContains)
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
