import type { IDisplayOptions, INodeProperties, INodePropertyOptions } from 'n8n-workflow';

/** Parameters that read and work alike in all three nodes. */

export const resourceField: INodeProperties = {
	displayName: 'Resource',
	name: 'resource',
	type: 'options',
	noDataExpression: true,
	options: [{ name: 'Invitation', value: 'invitation' }],
	default: 'invitation',
};

export function shownFor(...operations: string[]): IDisplayOptions {
	return { show: { resource: ['invitation'], operation: operations } };
}

export function simplifyField(...operations: string[]): INodeProperties {
	return {
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
		displayOptions: shownFor(...operations),
	};
}

export const returnAllField: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
	displayOptions: shownFor('getAll'),
};

export const limitField: INodeProperties = {
	displayName: 'Limit',
	name: 'limit',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 50,
	description: 'Max number of results to return',
	displayOptions: { show: { resource: ['invitation'], operation: ['getAll'], returnAll: [false] } },
};

/** Filters that every provider has. */
export const emailFilter: INodeProperties = {
	displayName: 'Email Contains',
	name: 'emailContains',
	type: 'string',
	default: '',
	placeholder: 'e.g. @example.com',
	description: 'Part of the e-mail address, in any case',
};

export const statusFilter: INodeProperties = {
	displayName: 'Status',
	name: 'status',
	type: 'multiOptions',
	options: [
		{ name: 'Cancelled', value: 'cancelled' },
		{ name: 'Completed', value: 'completed' },
		{ name: 'Expired', value: 'expired' },
		{ name: 'Pending', value: 'pending' },
		{ name: 'Unknown', value: 'unknown' },
	],
	default: [],
	description: 'Left empty, every status passes',
};

export const sentBeforeFilter: INodeProperties = {
	displayName: 'Sent Before',
	name: 'sentBefore',
	type: 'dateTime',
	default: '',
	description: 'Only invitations whose last mail was sent before this moment',
};

export function filtersField(options: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Filters',
		name: 'filters',
		type: 'collection',
		placeholder: 'Add Filter',
		default: {},
		options,
		displayOptions: shownFor('getAll'),
	};
}

export function operationField(options: INodePropertyOptions[]): INodeProperties {
	return {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['invitation'] } },
		options,
		default: 'get',
	};
}

const quietHoursOption: INodeProperties = {
	displayName: 'Quiet Hours',
	name: 'quietHours',
	type: 'fixedCollection',
	default: {},
	placeholder: 'Add Quiet Hours',
	description:
		"When nobody is mailed, in the workflow's time zone. Items that fall into it are deferred with the time from which they may be sent.",
	options: [
		{
			displayName: 'Period',
			name: 'period',
			values: [
				{
					displayName: 'From',
					name: 'from',
					type: 'string',
					default: '20:00',
					placeholder: 'e.g. 20:00',
					description: 'Time of day at which the quiet begins',
				},
				{
					displayName: 'To',
					name: 'to',
					type: 'string',
					default: '08:00',
					placeholder: 'e.g. 08:00',
					description: "Time of day at which it ends. Earlier than 'From' means the next day.",
				},
				{
					displayName: 'Weekdays',
					name: 'weekdays',
					type: 'multiOptions',
					// In the order of the week, as people look for them.
					options: [
						{ name: '1 Monday', value: 1 },
						{ name: '2 Tuesday', value: 2 },
						{ name: '3 Wednesday', value: 3 },
						{ name: '4 Thursday', value: 4 },
						{ name: '5 Friday', value: 5 },
						{ name: '6 Saturday', value: 6 },
						{ name: '7 Sunday', value: 7 },
					],
					default: [1, 2, 3, 4, 5, 6, 7],
					description: 'Days on which the quiet begins',
				},
			],
		},
	],
};

const resendOptions: INodeProperties[] = [
	{
		displayName: 'Max Sends per Run',
		name: 'maxSendsPerRun',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 100,
		description: 'How many invitations are sent at most. The rest is deferred to a later run.',
	},
	{
		displayName: 'Minimum Hours Since Last Send',
		name: 'minimumHoursSinceLastSend',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 48,
		description:
			"How long the last mail must be ago, by the provider's own time stamp. Worth AI gives none, so there it has no effect.",
	},
	{
		displayName: 'Only When Expiring Within (Days)',
		name: 'onlyWhenExpiringWithin',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 3,
		description:
			'Leaves alone what stays valid for longer. Expired invitations pass. KarmaCheck only: the others do not tell when an invitation expires.',
	},
	{
		displayName: 'Only When Status Is',
		name: 'onlyWhenStatusIs',
		type: 'multiOptions',
		options: [
			{ name: 'Cancelled', value: 'cancelled' },
			{ name: 'Completed', value: 'completed' },
			{ name: 'Expired', value: 'expired' },
			{ name: 'Pending', value: 'pending' },
			{ name: 'Unknown', value: 'unknown' },
		],
		default: ['pending', 'expired'],
		description: 'Invitations with another status are skipped',
	},
	quietHoursOption,
	{
		displayName: 'Sends at a Time',
		name: 'sendsAtATime',
		type: 'number',
		typeOptions: { minValue: 1, maxValue: 20, numberPrecision: 0 },
		default: 1,
		description:
			'How many emails may be on their way at once, up to 20. More is faster; all other limits hold as they are.',
	},
	{
		displayName: 'Sends per Minute',
		name: 'sendsPerMinute',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 30,
		description: 'How fast mails go out. The node waits in between, so large runs take longer.',
	},
	{
		displayName: 'Stop After Consecutive Faults',
		name: 'stopAfterConsecutiveFaults',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 5,
		description:
			'After so many sends in a row that did not go through, the rest is deferred. 5 unless set here; 0 never stops.',
	},
];

/** The parameters of Resend beside its target. */
export const resendFields: INodeProperties[] = [
	{
		displayName: 'Dry Run',
		name: 'dryRun',
		type: 'boolean',
		default: false,
		description: 'Whether to only tell what would be sent, without sending anything',
		displayOptions: shownFor('resend'),
	},
	{
		displayName: 'At Most Once Per',
		name: 'atMostOncePer',
		type: 'options',
		options: [
			{ name: 'Day', value: 'day' },
			{ name: 'Ever', value: 'ever', description: 'One resend by this node, and never another' },
			{
				name: 'Execution',
				value: 'execution',
				description: 'Does not protect when the workflow is started again after a crash',
			},
			{ name: 'Hour', value: 'hour' },
			{ name: 'Week', value: 'week' },
		],
		default: 'day',
		description:
			"How often one invitation is sent at most, however often the workflow runs. Hours, days and weeks are those of the calendar, in the workflow's time zone.",
		displayOptions: shownFor('resend'),
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: resendOptions,
		displayOptions: shownFor('resend'),
	},
];
