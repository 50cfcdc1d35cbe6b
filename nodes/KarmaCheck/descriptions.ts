import type { INodeProperties } from 'n8n-workflow';
import * as node from '../shared/node/fields';
import { createListFields, createListOptions } from '../shared/operations/fields';
import { createResendFields } from '../shared/resend/fields';
import { CASE_ID, DIFFERENT_ADDRESS, karmaCheck } from './provider';

const { capabilities } = karmaCheck;

const caseFields = node.createTargetFields(
	capabilities,
	CASE_ID,
	{
		name: 'caseId',
		description: 'The case that the invitation belongs to',
		searchListMethod: 'searchCases',
	},
	['get', 'refresh', 'resend'],
);

const differentAddressOption: INodeProperties = {
	displayName: DIFFERENT_ADDRESS,
	name: 'sendTo',
	type: 'string',
	default: '',
	placeholder: 'e.g. name@example.com',
	description:
		"Sends the candidate's new personal link to this address, and the link in the earlier email stops working. It applies to every item, so do not use it for a test: use 'Dry Run'. Later resends may go to this address, too. An invitation that was already sent in the period of 'Send at Most Once' is skipped. This is not a search field: choose the invitation in 'Case'.",
};

const linkOption: INodeProperties = {
	displayName: 'Include Link',
	name: 'includeLink',
	type: 'boolean',
	default: false,
	description:
		"Whether to add the candidate's personal link. Anyone who has the link can open the invitation, so share it with care. In Get Many, this takes one request per invitation.",
};

const packageFilter: INodeProperties = {
	displayName: 'Package Name or ID',
	name: 'packageId',
	type: 'options',
	typeOptions: { loadOptionsMethod: 'getPackages' },
	default: '',
	description:
		'Choose from the list, or specify an ID using an <a href="https://docs.n8n.io/code/expressions/">expression</a>',
};

export const fields: INodeProperties[] = [
	node.resourceField,
	node.createOperationField({
		get: 'Retrieve the invitation of a case',
		getAll: 'Retrieve many invitations of active cases',
		refresh: 'Extend an invitation to 14 days without sending an email. The link stays the same.',
		resend:
			'Email the candidate a new invitation, unless one was sent in this period or the invitation is completed or cancelled',
	}),
	...caseFields,
	...createListFields(karmaCheck, [packageFilter]),
	node.createSimplifyField('get', 'getAll', 'refresh'),
	createListOptions(capabilities, [linkOption]),
	node.createCollection('Options', [linkOption], 'get', 'refresh'),
	...createResendFields(karmaCheck, {
		advice:
			"If the candidate still has that email and only needs more time, use 'Refresh' instead.",
		options: [differentAddressOption],
	}),
];
