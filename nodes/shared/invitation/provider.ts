import type { OnWait } from '../http/retry';
import type { Result } from '../core/result';
import type { IDataObject } from 'n8n-workflow';
import type { Failure } from '../core/failure';
import type { Invitation, InvitationStatus, Subject } from './invitation';
import type { JsonObject } from '../core/json';

/** An invitation as the nodes show it, and the provider's reply it was read from. */
export interface Found<Ids extends Subject = Subject> {
	invitation: Invitation<Ids>;
	/** The reply as it came, for `Simplify` off. */
	raw: IDataObject;
	/** The invited person's own link, a secret; null where the provider gives none. */
	link: string | null;
	/** It was read from a list that leaves out its dates. */
	isSummary?: boolean;
}

/**
 * What the reply to a send proves by itself.
 *
 * - `accepted`: the provider says that it was sent. `current` is the invitation now, if the reply holds it.
 * - `closed`: refused because the invitation was completed meanwhile, or the person has started and is not done yet.
 * - `refused`: the provider answered that it did not send.
 * - `neverSent`: the request did not reach the provider.
 * - `rateLimited`: refused for its pace, after waiting as asked.
 * - `unclear`: the request may have left, and the email may have been sent or may still be.
 */
export type SendReply<Ids extends Subject = Subject> =
	| { kind: 'accepted'; current: Found<Ids> | null }
	| { kind: 'closed'; reason: 'completed' | 'started' }
	| { kind: 'refused' | 'neverSent' | 'rateLimited' | 'unclear'; failure: Failure };

/**
 * What a service can tell and do, declared once. Parameters, choices, defaults, texts and events are
 * made of it, so that nothing is offered which could have no effect.
 */
export interface Capabilities {
	/** Invitations have a name as a rule. */
	readonly tellsName: boolean;
	/** Each send is stamped in `sentAt`, so that the stamp proves whether one happened. */
	readonly stampsSends: boolean;
	/** Invitations have a `sentAt`, though it may prove nothing. */
	readonly tellsSentAt: boolean;
	readonly tellsExpiry: boolean;
	/** Completed invitations have a `completedAt`. */
	readonly tellsCompletedAt: boolean;
	/** The statuses that its invitations can have. */
	readonly statuses: readonly InvitationStatus[];
	/** Those among them in which it may send an invitation again. */
	readonly resendableStatuses: readonly InvitationStatus[];
	/** The dates it tells are in its lists, so that no invitation has to be read for them. */
	readonly listsCarryDates: boolean;
	/** An invitation can be named by the address it was sent to. */
	readonly findsByEmail: boolean;
	/** A resend makes a new invitation, and the link in the earlier email stops working. */
	readonly makesNewInvitation: boolean;
}

export interface Change<Target = unknown, Ids extends Subject = Subject> {
	make(target: Target): Promise<Result<Found<Ids>>>;
	/** As a summary calls it once it was made, e.g. `cancelled`. */
	done: string;
	/** Whether an invitation to which it was done can have it done again. */
	isRepeatable: boolean;
}

/**
 * One provider's API as the operations see it. It knows nothing of n8n's items; the operations
 * know nothing of any provider.
 */
export interface InvitationProvider<Target = unknown, Ids extends Subject = Subject> {
	/** As its invitations name it. */
	readonly name: string;
	/** As people write it, for messages. */
	readonly displayName: string;
	readonly capabilities: Capabilities;
	/** The target that item `itemIndex` names, validated; no request is made. */
	target(itemIndex: number): Result<Target>;
	/** What a target tells of whom it means, for an item of which nothing else is known. */
	idsOf(target: Target): Partial<Ids> & { email?: string };
	/** The address that a target wants it sent to instead of its own; null for none. */
	redirectOf?(target: Target): string | null;
	/** Equal for two targets exactly when they are the same invitation to email. */
	key(target: Target): string;
	/**
	 * The invitation as it stands, or a failure; `null` where the provider has none. Asked `fresh`,
	 * nothing read earlier in this run is used.
	 */
	read(target: Target, fresh?: 'fresh'): Promise<Result<Found<Ids> | null>>;
	/** The words for a target that has no invitation. */
	describeMissing(target: Target): Failure;
	/**
	 * The name of the invitation in the record of sends. It must never change: under another name everyone would be
	 * emailed again.
	 */
	recordKey(invitation: Invitation<Ids>): string;
	/**
	 * Emails the invitation again. Never repeats a request that may have left.
	 *
	 * @param onWait told before each wait that the provider asks for; what it returns tells after the wait whether the
	 * email is still wanted
	 */
	send(target: Target, before: Found<Ids>, onWait: OnWait): Promise<SendReply<Ids>>;
	/**
	 * Whether the send begun when the invitation stood as `before` has happened, now that it stands
	 * as `now`; null where these do not tell. Absent where the provider's API cannot tell.
	 */
	settle?(before: Invitation<Ids>, now: Invitation<Ids>): 'sent' | 'notSent' | null;
	/** All invitations that item `itemIndex` may mean, page by page; ends after a failure. */
	list(itemIndex: number): AsyncIterable<Result<Found<Ids>[]>>;
	/**
	 * Adds what a list leaves out. Present only where lists leave something out; it costs a call an
	 * invitation.
	 */
	details?(listed: Found<Ids>): Promise<Result<Found<Ids> | null>>;
	/** Whether a listed invitation passes the filters that only this provider has. */
	passes?(listed: Found<Ids>, filters: JsonObject): boolean;
	/** What can be done to an invitation beside resending, by operation. */
	changes?: Readonly<Record<string, Change<Target, Ids>>>;
}
