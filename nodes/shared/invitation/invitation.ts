/**
 * This room describes an invitation and what a service has to offer for the operations. It knows the
 * services' port, and none of n8n's items.
 */

/** `unknown` is a status the provider reported and this package has no documentation for. */
export type InvitationStatus = 'pending' | 'expired' | 'completed' | 'cancelled' | 'unknown';

export const INVITATION_STATUSES = [
	'pending',
	'expired',
	'completed',
	'cancelled',
	'unknown',
] as const satisfies readonly InvitationStatus[];

/** The ids by which a service finds an invitation, by their names. They stay texts: some are int64. */
export type Subject = Readonly<Record<string, string>>;

/** The one shape in which every service's invitations leave the nodes. Instants are ISO 8601 in UTC, or null where the provider does not tell. */
export interface Invitation<Ids extends Subject = Subject> {
	/** The service's own name, e.g. for a Switch node. */
	provider: string;
	/** Which system answered: `production`, `stage`, or the host of a custom base URL. */
	environment: string;
	/** The provider's id of the invitation itself; null where invitations have none. */
	id: string | null;
	subject: Ids;
	status: InvitationStatus;
	/** The status in the provider's own words. */
	providerStatus: string;
	email: string | null;
	name: string | null;
	sentAt: string | null;
	expiresAt: string | null;
	completedAt: string | null;
}

/** For an invitation of which no date is known. */
export const NO_DATES = {
	sentAt: null,
	expiresAt: null,
	completedAt: null,
} as const satisfies Partial<Invitation>;

const WITHOUT_ZONE = /^\d{4}-\d{2}-\d{2}[T ][\d:.]+$/i;

/**
 * An instant as ISO 8601 in UTC, or null for anything that is not one. A stamp without a zone is
 * read as UTC: a service may write `2024-02-12T14:16:49.053328` where its lists end in `Z`. One before
 * 1970 is none: some services write the year 1 for a date that is not set.
 */
export function normaliseInstant(value: unknown): string | null {
	if (typeof value !== 'string') return null;
	const text = value.trim();
	const time = Date.parse(WITHOUT_ZONE.test(text) ? `${text}Z` : text);
	return time >= 0 ? new Date(time).toISOString() : null;
}

/** Given and family name as one, or null when neither is there. */
export function joinName(...parts: unknown[]): string | null {
	const name = parts
		.filter((part): part is string => typeof part === 'string')
		.map((part) => part.trim())
		.filter((part) => part !== '')
		.join(' ');
	return name === '' ? null : name;
}
