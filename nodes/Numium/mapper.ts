import {
	joinName,
	NO_DATES,
	normaliseInstant,
	type Invitation,
	type InvitationStatus,
} from '../shared/invitation/invitation';
import { readText, type JsonObject } from '../shared/core/json';

/** What Numium finds an invitation by; both are int64, as texts. */
export type InvitationIds = { invitationId: string; tenantId: string };

/** `Pending` is the one published value; the others are the states its documentation names. */
export function mapStatus(providerStatus: string | null): InvitationStatus {
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
export function mapInvitation(
	raw: JsonObject,
	tenantId: string,
	environment: string,
): Invitation<InvitationIds> {
	const id = readText(raw.id);
	const providerStatus = readText(raw.status);
	return {
		provider: 'numium',
		environment,
		id,
		subject: { invitationId: id ?? '', tenantId },
		status: mapStatus(providerStatus),
		providerStatus: providerStatus ?? '',
		email: readText(raw.email),
		name: joinName(raw.firstName, raw.lastName),
		...NO_DATES,
		// Creating an invitation emails it; the published samples show a later `createdAt` after a resend (inference).
		sentAt: normaliseInstant(raw.createdAt),
	};
}
