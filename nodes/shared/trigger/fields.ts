import type { INodeProperties } from 'n8n-workflow';
import { capitalise, compareNames, createSimplifyField, DAY_IS, type Traits } from '../node/fields';
import { listEvents } from './config';
import type { PollEvent } from './detectEvents';

/** Parameters of the polling triggers; only those that can have an effect at the service. */

function nameEvent(event: PollEvent): string {
	if (event === 'closed') return 'No Longer Pending';
	return event === 'expiringSoon' ? 'Expiring Soon' : capitalise(event);
}

/** As the editor offers it where a trigger is chosen. */
function nameAction(event: PollEvent): string {
	return event === 'new' ? 'On new invitation' : `On invitation ${nameEvent(event).toLowerCase()}`;
}

/** What an event means, by its value; `expiringSoon` means the same everywhere. */
export type EventWords = Readonly<Partial<Record<PollEvent, string>>>;

function createEventsField({ capabilities }: Traits, words: EventWords): INodeProperties {
	const cost = ' Each pending invitation is read once, and again when it is about to expire.';
	const expiringSoon = capabilities.listsCarryDates
		? 'A pending invitation expires in a few days'
		: `A pending invitation expires in a few days.${cost}`;
	const descriptions: EventWords = { expiringSoon, ...words };
	return {
		displayName: 'Events',
		name: 'events',
		type: 'multiOptions',
		required: true,
		options: listEvents(capabilities)
			.map((value) => ({
				name: nameEvent(value),
				value,
				description: descriptions[value],
				action: nameAction(value),
			}))
			.sort((one, other) => compareNames(one.name, other.name)),
		default: ['new'],
		description:
			'The events that start the workflow, each once per invitation. What happened before you first published the workflow does not start it.',
	};
}

const daysBeforeExpiryField: INodeProperties = {
	displayName: 'Days Before Expiry',
	name: 'daysBeforeExpiry',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 3,
	description: `How many days before its expiry an invitation counts as 'Expiring Soon'. ${DAY_IS}.`,
	displayOptions: { show: { events: ['expiringSoon'] } },
};

function createOptionsField(displayName: string): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [
			{
				displayName: 'Resent Counts as New',
				name: 'resentIsNew',
				type: 'boolean',
				default: false,
				description: `Whether 'New' also fires when an invitation is resent, because a resend at ${displayName} creates a new one`,
			},
		],
	};
}

/** @param own the fields that only this service has */
export function createTriggerFields(
	service: Traits,
	words: EventWords,
	own: INodeProperties[] = [],
): INodeProperties[] {
	const { tellsExpiry, makesNewInvitation } = service.capabilities;
	return [
		createEventsField(service, words),
		...(tellsExpiry ? [daysBeforeExpiryField] : []),
		...own,
		createSimplifyField(),
		...(makesNewInvitation ? [createOptionsField(service.displayName)] : []),
	];
}
