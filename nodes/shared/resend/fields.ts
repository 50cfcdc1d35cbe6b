import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import type { Capabilities, InvitationProvider } from '../invitation/provider';
import { createCollection, createNumberField, createStatusField, showFor } from '../node/fields';

/** The parameters of Resend beside its target; only those that can have an effect at the service. */

const quietHoursOption: INodeProperties = {
	displayName: 'Quiet Hours',
	name: 'quietHours',
	type: 'fixedCollection',
	// Filled in: the editor drops an empty one as soon as another option is added.
	default: { period: { from: '20:00', to: '08:00', weekdays: [1, 2, 3, 4, 5, 6, 7] } },
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

const minimumHoursOption = createNumberField({
	displayName: 'Minimum Hours Since Last Send',
	name: 'minimumHoursSinceLastSend',
	default: 48,
	description: "How long the last mail must be ago, by the provider's own time stamp",
});

const expiringWithinOption = createNumberField({
	displayName: 'Only When Expiring Within (Days)',
	name: 'onlyWhenExpiringWithin',
	default: 3,
	description: 'Skips invitations that expire later than this, and those that have expired',
});

const includeExpiredOption: INodeProperties = {
	displayName: 'Include Expired',
	name: 'includeExpired',
	type: 'boolean',
	default: false,
	description:
		"Whether 'Only When Expiring Within (Days)' also lets those pass that have already expired",
};

function createOptions(capabilities: Capabilities): INodeProperties[] {
	const { tellsSentAt, tellsExpiry, resendableStatuses } = capabilities;
	return [
		createNumberField({
			displayName: 'Max Sends per Run',
			name: 'maxSendsPerRun',
			default: 100,
			description: 'How many invitations are sent at most. The rest is deferred to a later run.',
		}),
		...(tellsSentAt ? [minimumHoursOption] : []),
		...(tellsExpiry ? [expiringWithinOption, includeExpiredOption] : []),
		createStatusField(resendableStatuses, {
			displayName: 'Only When Status Is',
			name: 'onlyWhenStatusIs',
			default: resendableStatuses.filter((status) => status === 'pending' || status === 'expired'),
			description: 'Invitations with another status are skipped',
		}),
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
		createNumberField({
			displayName: 'Sends per Minute',
			name: 'sendsPerMinute',
			default: 30,
			description: 'How fast mails go out. The node waits in between, so large runs take longer.',
		}),
		createNumberField({
			displayName: 'Stop After Consecutive Faults',
			name: 'stopAfterConsecutiveFaults',
			default: 5,
			description:
				'After so many sends in a row that did not go through, the rest is deferred. 5 unless set here; 0 never stops.',
		}),
	];
}

/** In the order in which people think of them, which is not that of the alphabet. */
const WINDOW_CHOICES: readonly INodePropertyOptions[] = [
	{ name: 'Per Hour', value: 'hour' },
	{ name: 'Per Day', value: 'day' },
	{ name: 'Per Week', value: 'week' },
	{ name: 'Ever', value: 'ever', description: 'One resend by this node, and never another' },
	{
		name: 'Per Execution',
		value: 'execution',
		description: 'Does not protect when the workflow is started again after a crash',
	},
];

/** What to know before sending, where the link of the earlier email is lost. */
function createNotice(displayName: string, advice: string): INodeProperties {
	const warning = `At ${displayName} the link in the earlier mail stops working as soon as you resend.`;
	return {
		displayName: `${warning} ${advice}`.trim(),
		name: 'resendNotice',
		type: 'notice',
		default: '',
		displayOptions: showFor('resend'),
	};
}

/** What a service adds to the parameters of Resend. */
export interface ResendExtras {
	/** What else it offers where a resend has a disadvantage. */
	advice: string;
	options: INodeProperties[];
}

export function createResendFields(
	{ displayName, capabilities }: Pick<InvitationProvider, 'displayName' | 'capabilities'>,
	{ advice, options }: ResendExtras = { advice: '', options: [] },
): INodeProperties[] {
	return [
		{
			displayName: 'Dry Run',
			name: 'dryRun',
			type: 'boolean',
			default: false,
			description: 'Whether to only say what would be sent, without sending anything',
			hint: 'When this is off, every invitation that is due is emailed as soon as the node runs.',
			displayOptions: showFor('resend'),
		},
		...(capabilities.makesNewInvitation ? [createNotice(displayName, advice)] : []),
		{
			displayName: 'Send at Most Once',
			name: 'atMostOncePer',
			type: 'options',
			options: WINDOW_CHOICES.map((choice) => ({ ...choice })),
			default: 'day',
			description:
				"How often one invitation is sent at most, however often the workflow runs. Hours, days and weeks are those of the calendar, in the workflow's time zone.",
			displayOptions: showFor('resend'),
		},
		createCollection('Options', [...createOptions(capabilities), ...options], 'resend'),
	];
}
