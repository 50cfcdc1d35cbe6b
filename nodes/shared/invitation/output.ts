import type { IDataObject } from 'n8n-workflow';
import { INVITATION_STATUSES, type Invitation, type InvitationStatus } from './invitation';
import type { Capabilities, Found } from './provider';

/** Who the invitation is for, as an item's `json` begins; a column of names that is always empty would look broken. */
export function buildWhoJson(
	{ name, email }: Pick<Invitation, 'name' | 'email'>,
	{ tellsName }: Capabilities,
): IDataObject {
	return { ...(tellsName || name !== null ? { name } : {}), email };
}

/** The ids, under the names by which the nodes' parameters look for them in the item before. */
export function buildIdsJson({ subject, id }: Invitation): IDataObject {
	return { ...subject, ...(id === null ? {} : { invitationId: id }) };
}

/** Whom a failed item is about, where the invitation is known. */
export function buildKnownJson(invitation: Invitation, capabilities: Capabilities): IDataObject {
	const { provider } = invitation;
	return { ...buildWhoJson(invitation, capabilities), ...buildIdsJson(invitation), provider };
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
		...buildWhoJson(invitation, capabilities),
		status: invitation.status,
		...buildDatesJson(found, capabilities, countDays),
		...buildIdsJson(invitation),
	};
}

/** In the order in which a summary names them. */
const SUMMARIZED = [...INVITATION_STATUSES, 'failed'] as const;

/** How the invitations of a run stand, in one line, e.g. "12 invitations: 9 pending, 3 completed". */
export function summarizeStatuses(all: ReadonlyArray<InvitationStatus | 'failed'>): string {
	if (all.length === 0) return 'No invitations found';
	const parts = SUMMARIZED.flatMap((status) => {
		const count = all.filter((one) => one === status).length;
		const words = status === 'unknown' ? 'with an unknown status' : status;
		return count === 0 ? [] : [`${count} ${words}`];
	});
	return `${all.length} ${all.length === 1 ? 'invitation' : 'invitations'}: ${parts.join(', ')}`;
}
