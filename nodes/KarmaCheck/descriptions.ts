import type { INodeProperties } from 'n8n-workflow';
import {
	emailFilter,
	filtersField,
	limitField,
	operationField,
	resendFields,
	returnAllField,
	sentBeforeFilter,
	shownFor,
	simplifyField,
	statusFilter,
} from '../shared/node/fields';

const operations = operationField([
	{
		name: 'Get',
		value: 'get',
		description: 'Retrieve the invitation of a case',
		action: 'Get invitation',
	},
	{
		name: 'Get Many',
		value: 'getAll',
		description: 'Retrieve many invitations of the active cases',
		action: 'Get many invitations',
	},
	{
		name: 'Refresh',
		value: 'refresh',
		description: 'Extend an invitation to 14 days without a mail; the link stays the same',
		action: 'Refresh invitation',
	},
	{
		name: 'Resend',
		value: 'resend',
		description: 'Mail a new invitation, if it is due and was not sent before',
		action: 'Resend invitation',
	},
]);

const caseField: INodeProperties = {
	displayName: 'Case',
	name: 'caseId',
	type: 'resourceLocator',
	default: { mode: 'id', value: '={{ $json.subject.caseId }}' },
	required: true,
	description: 'The case whose invitation is meant',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchCases', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. a09215ff-f46c-49a6-9767-762da1f3afd2',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: '^\\s*[A-Za-z0-9_-]{1,64}\\s*$',
						errorMessage: 'A case ID is up to 64 letters, digits, - and _',
					},
				},
			],
		},
	],
	displayOptions: shownFor('get', 'refresh', 'resend'),
};

const resendNotice: INodeProperties = {
	displayName:
		"At KarmaCheck the link in the earlier mail stops working as soon as you resend. If the candidate still has that mail and only needs more time, use 'Refresh' instead.",
	name: 'resendNotice',
	type: 'notice',
	default: '',
	displayOptions: shownFor('resend'),
};

const emailField: INodeProperties = {
	displayName: 'Email',
	name: 'email',
	type: 'string',
	default: '',
	placeholder: 'e.g. name@example.com',
	description: 'Where to send it. Left empty, it goes to the address of the current invitation.',
	displayOptions: shownFor('resend'),
};

const includeLink: INodeProperties = {
	displayName: 'Include Link',
	name: 'includeLink',
	type: 'boolean',
	default: false,
	description:
		"Whether to add the candidate's personal link. Whoever has it can open the invitation, so pass it on with care.",
};

function optionsField(operation: string, options: INodeProperties[]): INodeProperties {
	return {
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options,
		displayOptions: { show: { resource: ['invitation'], operation: [operation] } },
	};
}

const filters = filtersField([
	emailFilter,
	{
		displayName: 'Expiring Within (Days)',
		name: 'expiringWithin',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 3,
		description:
			'Only open invitations that expire within so many days or have expired. Reads each invitation.',
	},
	{
		displayName: 'Package Name or ID',
		name: 'packageId',
		type: 'options',
		typeOptions: { loadOptionsMethod: 'getPackages' },
		default: '',
		description:
			'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
	},
	sentBeforeFilter,
	statusFilter,
]);

const getManyOptions = optionsField('getAll', [
	{
		displayName: 'Include Dates',
		name: 'includeDetails',
		type: 'boolean',
		default: false,
		description:
			'Whether to read each invitation for the dates that the list of cases leaves out, which costs one call an invitation',
	},
	includeLink,
	{
		displayName: 'Soonest Expiry First',
		name: 'soonestFirst',
		type: 'boolean',
		default: false,
		description: 'Whether to sort by the date of expiry. Reads each invitation.',
	},
]);

export const fields: INodeProperties[] = [
	operations,
	caseField,
	resendNotice,
	emailField,
	returnAllField,
	limitField,
	filters,
	simplifyField('get', 'getAll', 'refresh'),
	optionsField('get', [includeLink]),
	optionsField('refresh', [includeLink]),
	getManyOptions,
	...resendFields,
];
