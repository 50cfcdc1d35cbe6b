import {
	INVITATION_STATUSES,
	joinName,
	normaliseInstant,
	type Invitation,
	type InvitationStatus,
} from '../shared/invitation/invitation';
import { readText, type JsonObject } from '../shared/core/json';

/** What KarmaCheck finds an invitation by. */
export type CaseIds = { caseId: string };

/** The published ids of an invitation's status. */
const STATUS_BY_ID: Readonly<Record<string, InvitationStatus>> = {
	'3f5e6898-6641-4685-8ee0-1363b7e10c98': 'pending',
	'b5af27f7-8a03-4820-b2bd-82587dcacf5b': 'expired',
	'd1962405-dd97-48f2-bede-530c2895481f': 'completed',
	'0f6acacc-71c4-43ec-80fa-941ff71c0c16': 'cancelled',
};

/**
 * Where a candidate opens the invitation. Production's is published and names the pattern for the
 * others; that a custom address stands in front of production is an inference.
 */
const LINK_HOSTS: Readonly<Record<string, string>> = {
	production: 'https://my.karmacheck.com',
	stage: 'https://my-stage.karmacheck.com',
};

/** Maps the `invitation` object of `GET /invitation/case/{caseId}`, where only the lists name the status. Every field may be absent. */
export function mapInvitation(
	raw: JsonObject,
	caseId: string,
	environment: string,
): Invitation<CaseIds> {
	const statusId = readText(raw.invitationStatusId) ?? '';
	const name = readText(raw.invitationStatusName)?.trim().toLowerCase();
	const named = INVITATION_STATUSES.find((status) => status === name);
	const status = STATUS_BY_ID[statusId] ?? named ?? 'unknown';
	return {
		provider: 'karmaCheck',
		environment,
		id: readText(raw.id),
		subject: { caseId },
		status,
		providerStatus: status === 'unknown' ? (name ?? statusId) : status,
		email: readText(raw.email),
		name: joinName(raw.givenName, raw.familyName),
		// A resend makes a new invitation, so its creation is the time of the last send (inference
		// from the documented semantics of resend).
		sentAt: normaliseInstant(raw.crStamp),
		expiresAt: normaliseInstant(raw.expiresStamp),
		completedAt: normaliseInstant(raw.completedStamp),
	};
}

/**
 * Maps an entry of `GET /case/list`. It tells who, which package and the status; the dates are known
 * only to `GET /invitation/case/{caseId}`.
 */
export function mapCaseSummary(summary: JsonObject, environment: string): Invitation<CaseIds> {
	return mapInvitation(
		{
			id: summary.caseInvitationId,
			email: summary.invitationEmail,
			givenName: summary.invitationGivenName,
			familyName: summary.invitationFamilyName,
			invitationStatusId: summary.invitationStatusId,
			invitationStatusName: summary.invitationStatusName,
		},
		readText(summary.id) ?? '',
		environment,
	);
}

/** The candidate's personal link, which is as good as a password. */
export function buildLink(raw: JsonObject, installation: string): string | null {
	const host = LINK_HOSTS[installation] ?? LINK_HOSTS.production;
	const token = readText(raw.invitationToken);
	return token === null ? null : `${host}/invite/${encodeURIComponent(token)}`;
}
