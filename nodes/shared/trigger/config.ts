import type { IDataObject, IPollFunctions, IWebhookFunctions } from 'n8n-workflow';
import { isObject } from '../core/json';
import { ok, refuse, type Result } from '../core/result';
import type { Session } from '../http/session';
import type { Invitation, Subject } from '../invitation/invitation';
import type { Capabilities, Found, InvitationProvider } from '../invitation/provider';
import { createReader, readChoices, requireSwitch, type ParameterReader } from '../node/parameters';
import type { Service } from '../node/service';
import { POLL_EVENTS, type PollEvent, type PollRules } from './detectEvents';

/**
 * What to make of an invitation that is no longer listed.
 *
 * - `kept`: nothing, for nothing says that it is gone. A list of pages may leave one out that moved while they were read.
 * - `read`: it can still be read by itself, and its status tells; an open one is read again at each poll.
 * - `closed`: that it is gone is itself the news; `recall` puts it together from what is known.
 */
export type Vanishing<Target> =
	| { kind: 'kept' }
	| {
			kind: 'read';
			target: (key: string) => Target;
			/** What its reply leaves out and the list has. */
			listedAs: (key: string) => IDataObject;
	  }
	| {
			kind: 'closed';
			recall: (key: string, email: string | null, account: string, session: Session) => Found;
	  };

/** One service's trigger, for the shared polling. */
export interface PollPlan<Target, Ids extends Subject = Subject> {
	service: Service<Target, Ids>;
	/** Whose invitations are listed, where the credential alone does not say. */
	account(parameters: ParameterReader, session: Session): string;
	/** What an invitation is called in the stored state; other invitations of the account have other names. */
	keyOf(invitation: Invitation<Ids>): string;
	vanishing: Vanishing<Target>;
}

/** One poll of it, once signed in. */
export interface Poll<Target> {
	plan: PollPlan<Target>;
	provider: InvitationProvider<Target>;
	session: Session;
	account: string;
	rules: PollRules;
}

/** A trigger has no items, so every item's parameters are its own. */
export function createPollReader(context: IPollFunctions): ParameterReader {
	return createReader(
		(name) => context.getNodeParameter(name, ''),
		() => context.getNode(),
	);
}

/** The events that a service can tell, in the order of their names here. */
export function listEvents({ statuses, tellsExpiry }: Capabilities): PollEvent[] {
	const offers: Record<PollEvent, boolean> = {
		cancelled: statuses.includes('cancelled'),
		// Without a status for the end, all that can be noticed is that it is no longer listed.
		closed: !statuses.includes('completed'),
		completed: statuses.includes('completed'),
		expired: statuses.includes('expired'),
		expiringSoon: tellsExpiry,
		new: true,
	};
	return POLL_EVENTS.filter((event) => offers[event]);
}

/** The chosen ones of the events that there are: one that is misspelt would be missed without a word. */
export function readEvents<Event extends string>(
	context: IPollFunctions | IWebhookFunctions,
	offered: readonly Event[],
): Result<readonly Event[]> {
	const events = readChoices(context.getNodeParameter('events', []), 'Events', offered);
	if (!events.ok || events.value.length > 0) return events;
	return refuse("'Events' is empty", 'Choose at least one. No request was made.');
}

/** Reads what the panel asks for. */
export function readRules<Target>(
	context: IPollFunctions,
	plan: PollPlan<Target>,
): Result<PollRules> {
	const events = readEvents(context, listEvents(plan.service.capabilities));
	if (!events.ok) return events;
	const daysBeforeExpiry = Number(context.getNodeParameter('daysBeforeExpiry', 3));
	if (!(Number.isFinite(daysBeforeExpiry) && daysBeforeExpiry > 0)) {
		return refuse("'Days Before Expiry' must be a number above 0", 'Enter one, e.g. 3.');
	}
	const options: unknown = context.getNodeParameter('options', {});
	const { resentIsNew: option = false } = isObject(options) ? options : {};
	const resentIsNew = requireSwitch(option, 'Resent Counts as New');
	if (!resentIsNew.ok) return resentIsNew;
	return ok({
		watch: new Set(events.value),
		daysBeforeExpiry,
		resentIsNew: resentIsNew.value,
		keepEmail: plan.vanishing.kind === 'closed',
		keepUnlisted: plan.vanishing.kind === 'kept',
		keyOf: (invitation) => plan.keyOf(invitation),
	});
}
