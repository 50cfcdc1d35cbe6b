import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import {
	addFirstDate,
	createCollection,
	createNumberField,
	createStatusField,
	DAY_IS,
	showFor,
	type Traits,
} from '../node/fields';

/** The parameters of Resend beside its target; only those that can have an effect at the service. */

/** No run of this node is started by it, so what it defers waits for somebody to start one. */
const DEFERRED = 'deferred: they are not sent later by themselves, so run the workflow again';

const quietHoursOption: INodeProperties = {
	displayName: 'Quiet Hours',
	name: 'quietHours',
	type: 'fixedCollection',
	// Filled in: the editor drops an empty one as soon as another option is added.
	default: { period: { from: '20:00', to: '08:00', weekdays: [1, 2, 3, 4, 5, 6, 7] } },
	placeholder: 'Add Quiet Hours',
	description: `When no emails are sent, in the workflow's time zone. Items in this period are ${DEFERRED} after 'nextEligibleAt'.`,
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
					description: 'Time of day at which the quiet hours begin',
				},
				{
					displayName: 'To',
					name: 'to',
					type: 'string',
					default: '08:00',
					placeholder: 'e.g. 08:00',
					description:
						"Time of day at which the quiet hours end. If this is not later than 'From', they end on the next day.",
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
					description: 'Days on which the quiet hours begin',
				},
			],
		},
	],
};

function createMinimumHoursOption(service: Traits): INodeProperties {
	const description =
		'How many hours must have passed since the last email, according to the service';
	return createNumberField({
		displayName: 'Minimum Hours Since Last Send',
		name: 'minimumHoursSinceLastSend',
		default: 48,
		description: addFirstDate(description, service),
	});
}

const expiringWithinOption = createNumberField({
	displayName: 'Only When Expiring Within (Days)',
	name: 'onlyWhenExpiringWithin',
	default: 3,
	description: `Skip invitations that expire later than this, and those that have already expired. ${DAY_IS}.`,
});

const includeExpiredOption: INodeProperties = {
	displayName: 'Include Expired',
	name: 'includeExpired',
	type: 'boolean',
	default: false,
	description:
		"Whether 'Only When Expiring Within (Days)' also includes invitations that have already expired",
};

function createOptions(service: Traits): INodeProperties[] {
	const { tellsSentAt, tellsExpiry, resendableStatuses } = service.capabilities;
	return [
		{
			displayName: 'Max Sends per Invitation',
			name: 'maxSendsPerInvitation',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 20, numberPrecision: 0 },
			default: 3,
			description:
				'How often this node sends one invitation in total, over all runs, up to 20 times. It counts from the first run with this option; sends before that count as one. The count is kept until the node has sent at least 2,000 other emails.',
		},
		createNumberField({
			displayName: 'Max Sends per Run',
			name: 'maxSendsPerRun',
			default: 100,
			description: `The most emails to send in one run. The rest are ${DEFERRED}.`,
		}),
		...(tellsSentAt ? [createMinimumHoursOption(service)] : []),
		...(tellsExpiry ? [expiringWithinOption, includeExpiredOption] : []),
		createStatusField(resendableStatuses, {
			displayName: 'Only When Status Is',
			name: 'onlyWhenStatusIs',
			default: resendableStatuses.filter((status) => status === 'pending' || status === 'expired'),
			description: 'Invitations with any other status are skipped',
		}),
		quietHoursOption,
		{
			displayName: 'Return One Summary',
			name: 'returnSummary',
			type: 'boolean',
			default: false,
			description:
				"Whether to return one row for the whole run instead of one for each item: 'subject' and 'text' for a chat or email node, and how many there are of each outcome",
		},
		{
			displayName: 'Sends at a Time',
			name: 'sendsAtATime',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 20, numberPrecision: 0 },
			default: 1,
			description: 'How many emails to send in parallel, up to 20. All other limits still apply.',
		},
		createNumberField({
			displayName: 'Sends per Minute',
			name: 'sendsPerMinute',
			default: 30,
			description:
				'The most emails to send in a minute. The node waits in between, so large runs take longer. 0 means no limit.',
		}),
		createNumberField({
			displayName: 'Stop After Consecutive Faults',
			name: 'stopAfterConsecutiveFaults',
			default: 5,
			description: `After this many unclear answers, outages or refused credentials in a row, the rest are ${DEFERRED}. The default is 5; 0 means never stop.`,
		}),
	];
}

/** In the order in which people think of them, which is not that of the alphabet. */
const WINDOW_CHOICES: readonly INodePropertyOptions[] = [
	{ name: 'Per Hour', value: 'hour' },
	{ name: 'Per Day', value: 'day' },
	{ name: 'Per Week', value: 'week' },
	{
		name: 'Ever',
		value: 'ever',
		description: 'This node sends an invitation again once, and then never again',
	},
	{
		name: 'Per Execution',
		value: 'execution',
		description:
			'Prevents duplicates only within one run. Each new run emails everyone again; after a crash or an unclear answer, once ten minutes are over.',
	},
];

/** What to know before sending, where the link of the earlier email is lost. */
function createNotice(displayName: string, advice: string): INodeProperties {
	const warning = `At ${displayName} the link in the earlier email stops working as soon as you resend.`;
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
	service: Traits,
	{ advice, options }: ResendExtras = { advice: '', options: [] },
): INodeProperties[] {
	const { displayName, capabilities } = service;
	return [
		{
			displayName: 'Dry Run',
			name: 'dryRun',
			type: 'boolean',
			default: false,
			description: 'Whether to only show what would be sent, without sending any emails',
			hint: 'When this is off, running the node emails everyone whose invitation is due.',
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
				"The period in which an invitation is sent at most once, no matter how often the workflow runs. Hours, days and weeks are calendar periods in the workflow's time zone.",
			displayOptions: showFor('resend'),
		},
		createCollection('Options', [...createOptions(service), ...options], 'resend'),
	];
}
