import {
	fullName,
	NO_DATES,
	toInstant,
	type Invitation,
	type InvitationStatus,
} from '../shared/invitation/invitation';
import { textOrNull, type JsonObject } from '../shared/core/json';

/** What Numium finds an invitation by; both are int64, as texts. */
export type InvitationIds = { invitationId: string; tenantId: string };

/** `Pending` is the one published value; the others are the states its documentation names. */
export function statusOf(providerStatus: string | null): InvitationStatus {
	switch (providerStatus?.toLowerCase()) {
		// The list holds pending invitations only, so one without a status is pending.
		case undefined:
		case 'pending':
			return 'pending';
		case 'expired':
			return 'expired';
		case 'accepted':
			return 'completed';
		case 'declined':
		case 'cancelled':
		case 'canceled':
			return 'cancelled';
		default:
			return 'unknown';
	}
}

/** Maps an entry of a tenant's list. */
export function toInvitation(
	raw: JsonObject,
	tenantId: string,
	environment: string,
): Invitation<InvitationIds> {
	const ids = { invitationId: textOrNull(raw.id) ?? '', tenantId };
	const providerStatus = textOrNull(raw.status);
	return {
		provider: 'numium',
		environment,
		id: ids.invitationId,
		subject: ids,
		status: statusOf(providerStatus),
		providerStatus: providerStatus ?? '',
		email: textOrNull(raw.email),
		name: fullName(raw.firstName, raw.lastName),
		...NO_DATES,
		// Creating an invitation mails it; the published samples show a later `createdAt` after a
		// resend (inference).
		sentAt: toInstant(raw.createdAt),
	};
}
