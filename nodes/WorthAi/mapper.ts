import {
	joinName,
	NO_DATES,
	type Invitation,
	type InvitationStatus,
} from '../shared/invitation/invitation';
import { readText, type JsonObject } from '../shared/core/json';

/** What Worth AI finds an invited user by. */
export type UserIds = { userId: string; customerId: string };

/**
 * Worth AI has no invitation to read, only the invited user. `INVITED` and `SIGNUP_PENDING` speak
 * for themselves and `INACTIVE` is a user who was disabled. For `ACTIVE` the status alone does not
 * tell: the published sample is ACTIVE with a first login that has not happened.
 */
export function mapStatus(user: JsonObject): InvitationStatus {
	switch (readText(user.status)?.toUpperCase()) {
		case 'INVITED':
		case 'SIGNUP_PENDING':
			return 'pending';
		case 'INACTIVE':
			return 'cancelled';
		case 'ACTIVE':
			return user.is_first_login === true ? 'pending' : 'completed';
		default:
			return 'unknown';
	}
}

/** Maps a customer user. Stamps of the user are no stamps of an email, so the dates stay null. */
export function mapInvitation(
	user: JsonObject,
	{ customerId, userId }: UserIds,
	environment: string,
): Invitation<UserIds> {
	return {
		provider: 'worthAi',
		environment,
		id: null,
		subject: { userId, customerId },
		status: mapStatus(user),
		providerStatus: readText(user.status) ?? '',
		email: readText(user.email),
		name: joinName(user.first_name, user.last_name),
		...NO_DATES,
	};
}
