import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

/** Parameters that read and work alike in the polling triggers. */

export function eventsField(options: INodePropertyOptions[]): INodeProperties {
	return {
		displayName: 'Events',
		name: 'events',
		type: 'multiOptions',
		required: true,
		options,
		default: ['new'],
		description:
			'What starts the workflow, once for each invitation. What is so already when the workflow is activated counts as known.',
	};
}

export const pollSimplifyField: INodeProperties = {
	displayName: 'Simplify',
	name: 'simplify',
	type: 'boolean',
	default: true,
	description: 'Whether to return a simplified version of the response instead of the raw data',
};

export const daysBeforeExpiryField: INodeProperties = {
	displayName: 'Days Before Expiry',
	name: 'daysBeforeExpiry',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 3,
	description: "How long before its end an invitation counts as 'Expiring Soon'",
	displayOptions: { show: { events: ['expiringSoon'] } },
};
