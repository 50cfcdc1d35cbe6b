import type { IDataObject } from 'n8n-workflow';
import type { Invitation } from './invitation';
import type { Capabilities, Found } from './provider';

/** Who the invitation is for, as an item's `json` begins. */
export function buildWhoJson({ name, email }: Invitation): IDataObject {
	return { name, email };
}

/** The ids, under the names by which the nodes' parameters look for them in the item before. */
export function buildIdsJson({ subject, id }: Invitation): IDataObject {
	return { ...subject, ...(id === null ? {} : { invitationId: id }) };
}

/** How many calendar days there are from today to an instant. */
export type DayCounter = (instant: string) => number;

/** The dates that the service tells and that were read; a column that is always empty would look broken. */
function buildDatesJson(
	{ invitation, isSummary = false }: Found,
	{ tellsExpiry, tellsSentAt, tellsCompletedAt }: Capabilities,
	countDays: DayCounter,
): IDataObject {
	if (isSummary) return {};
	const { expiresAt, sentAt, completedAt } = invitation;
	const daysLeft = expiresAt === null ? null : countDays(expiresAt);
	return {
		...(tellsExpiry ? { daysLeft, expiresAt } : {}),
		...(tellsSentAt ? { sentAt } : {}),
		...(tellsCompletedAt ? { completedAt } : {}),
	};
}

/**
 * An invitation as an item's `json`, flat, in the order of the columns in n8n's table: who, how it stands, when, and
 * the ids. At most ten fields.
 */
export function buildInvitationJson(
	found: Found,
	capabilities: Capabilities,
	countDays: DayCounter,
): IDataObject {
	const { invitation } = found;
	return {
		...buildWhoJson(invitation),
		status: invitation.status,
		...buildDatesJson(found, capabilities, countDays),
		...buildIdsJson(invitation),
	};
}
