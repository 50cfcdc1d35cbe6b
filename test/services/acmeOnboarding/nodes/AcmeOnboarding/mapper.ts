import { isObject, readText, type JsonObject } from '../../../../../nodes/shared/core/json';
import {
	joinName,
	normaliseInstant,
	type Invitation,
	type InvitationStatus,
} from '../../../../../nodes/shared/invitation/invitation';

/** What Acme Onboarding finds an invitation by. */
export type InvitationIds = { invitationId: string };

const STATUS: Readonly<Record<string, InvitationStatus>> = {
	open: 'pending',
	lapsed: 'expired',
	joined: 'completed',
	withdrawn: 'cancelled',
};

/** Lists and single replies hold the same entries, dates included. */
export function mapInvitation(raw: JsonObject, environment: string): Invitation<InvitationIds> {
	const person = isObject(raw.person) ? raw.person : {};
	const state = readText(raw.state) ?? '';
	const invitationId = readText(raw.id) ?? '';
	return {
		provider: 'acmeOnboarding',
		environment,
		id: invitationId,
		subject: { invitationId },
		status: STATUS[state] ?? 'unknown',
		providerStatus: state,
		email: readText(person.email),
		name: joinName(person.full_name),
		sentAt: normaliseInstant(raw.last_sent_at),
		expiresAt: normaliseInstant(raw.expires_at),
		completedAt: normaliseInstant(raw.joined_at),
	};
}
