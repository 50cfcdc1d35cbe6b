import type { INodeProperties } from 'n8n-workflow';
import { resendFields, shownFor, simplifyField } from '../shared/fields';

const operationField: INodeProperties = {
	displayName: 'Operation',
	name: 'operation',
	type: 'options',
	noDataExpression: true,
	displayOptions: { show: { resource: ['invitation'] } },
	options: [
		{
			name: 'Get',
			value: 'get',
			description: 'Retrieve the invitation of a case',
			action: 'Get invitation',
		},
		{
			name: 'Resend',
			value: 'resend',
			description: 'Mail a new invitation, if it is due and was not sent before',
			action: 'Resend invitation',
		},
	],
	default: 'get',
};

const caseField: INodeProperties = {
	displayName: 'Case',
	name: 'caseId',
	type: 'resourceLocator',
	default: { mode: 'id', value: '={{ $json.subject.caseId }}' },
	required: true,
	description: 'The case whose invitation is meant',
	modes: [
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
	displayOptions: shownFor('get', 'resend'),
};

const resendNotice: INodeProperties = {
	displayName:
		'At KarmaCheck the link in the earlier mail stops working as soon as you resend. The new invitation has a new ID.',
	name: 'resendNotice',
	type: 'notice',
	default: '',
	displayOptions: shownFor('resend'),
};

const emailField: INodeProperties = {
	displayName: 'E-Mail',
	name: 'email',
	type: 'string',
	default: '',
	placeholder: 'e.g. name@example.com',
	description: 'Where to send it. Left empty, it goes to the address of the current invitation.',
	displayOptions: shownFor('resend'),
};

const getOptions: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'Include Link',
			name: 'includeLink',
			type: 'boolean',
			default: false,
			description:
				"Whether to add the candidate's personal link. Whoever has it can open the invitation, so pass it on with care.",
		},
	],
	displayOptions: { show: { resource: ['invitation'], operation: ['get'], simplify: [true] } },
};

export const fields: INodeProperties[] = [
	operationField,
	caseField,
	resendNotice,
	emailField,
	simplifyField,
	getOptions,
	...resendFields,
];
