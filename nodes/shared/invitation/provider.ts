import type { Result } from '../core/result';
import type { IDataObject } from 'n8n-workflow';
import type { Failure } from '../core/failure';
import type { Invitation } from './invitation';
import type { JsonObject } from '../core/json';

/** An invitation as the nodes show it, and the provider's reply it was read from. */
export interface Found {
	invitation: Invitation;
	/** The reply as it came, for `Simplify` off. */
	raw: IDataObject;
	/** The candidate's personal link, a secret; null where the provider gives none. */
	link: string | null;
}

/**
 * What the reply to a send proves by itself.
 *
 * - `accepted`: the provider says that it was sent. `current` is the invitation now, if the reply holds it.
 * - `closed`: refused because the invitation was completed meanwhile.
 * - `refused`: the provider answered that it did not send.
 * - `neverSent`: the request did not reach the provider.
 * - `rateLimited`: refused for its pace, after waiting as asked.
 * - `unclear`: the request may have left, and the email may have been sent or may still be.
 */
export type SendReply =
	| { kind: 'accepted'; current: Found | null }
	| { kind: 'closed' }
	| { kind: 'refused' | 'neverSent' | 'rateLimited' | 'unclear'; failure: Failure };

/**
 * One provider's API as the operations see it. It knows nothing of n8n's items; the operations
 * know nothing of any provider.
 */
export interface InvitationProvider<Target = unknown> {
	/** As people write it, for messages. */
	readonly displayName: string;
	/** The target that item `itemIndex` names, validated; no request is made. */
	target(itemIndex: number): Result<Target>;
	/** Equal for two targets exactly when they are the same invitation to mail. */
	key(target: Target): string;
	/**
	 * The invitation as it stands, or a failure; `null` where the provider has none. Asked `fresh`,
	 * nothing read earlier in this run is used.
	 */
	read(target: Target, fresh?: 'fresh'): Promise<Result<Found | null>>;
	/** The words for a target that has no invitation. */
	missing(target: Target): Failure;
	/**
	 * The name of the invitation in the record of sends. It must never change: under another name everyone would be
	 * emailed again.
	 */
	recordKey(invitation: Invitation): string;
	/**
	 * Emails the invitation again. Never repeats a request that may have left.
	 *
	 * @param onWait told before each wait that the provider asks for
	 */
	send(
		target: Target,
		before: Found,
		onWait: (milliseconds: number) => Promise<void>,
	): Promise<SendReply>;
	/** Whether the provider stamps each send in `sentAt`. */
	readonly stampTells: boolean;
	/**
	 * Whether the send begun when the invitation stood as `before` has happened, now that it stands
	 * as `now`. Absent where the provider's API cannot tell.
	 */
	settle?(before: Invitation, now: Invitation): 'sent' | 'notSent';
	/** All invitations that item `itemIndex` may mean, page by page; ends after a failure. */
	list(itemIndex: number): AsyncIterable<Result<Found[]>>;
	/**
	 * Adds what a list leaves out. Present only where lists leave something out; it costs a call an
	 * invitation.
	 */
	details?(listed: Found): Promise<Result<Found | null>>;
	/** Whether a listed invitation passes the filters that only this provider has. */
	passes?(listed: Found, filters: JsonObject): boolean;
	/** What can be done to an invitation beside resending, by operation. */
	changes?: Readonly<Record<string, (target: Target) => Promise<Result<Found>>>>;
}
