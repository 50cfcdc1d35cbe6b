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
			description: 'Retrieve a pending invitation of a tenant',
			action: 'Get invitation',
		},
		{
			name: 'Resend',
			value: 'resend',
			description: 'Mail an invitation again, if it is due and was not sent before',
			action: 'Resend invitation',
		},
	],
	default: 'get',
};

const invitationField: INodeProperties = {
	displayName: 'Invitation',
	name: 'invitationId',
	type: 'resourceLocator',
	default: { mode: 'id', value: '={{ $json.subject.invitationId }}' },
	required: true,
	description: 'The invitation, among the pending ones of the tenant',
	modes: [
		{
			displayName: 'By Email',
			name: 'email',
			type: 'string',
			placeholder: 'e.g. name@example.com',
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 9001',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: '^\\s*[0-9]{1,19}\\s*$',
						errorMessage: 'An invitation ID is a whole number, e.g. 9001',
					},
				},
			],
		},
	],
	displayOptions: shownFor('get', 'resend'),
};

const tenantField: INodeProperties = {
	displayName: 'Tenant ID',
	name: 'tenantId',
	type: 'string',
	default: '',
	placeholder: 'e.g. 1024',
	description: 'Left empty, it is the tenant of the credential',
	displayOptions: shownFor('get', 'resend'),
};

export const fields: INodeProperties[] = [
	operationField,
	invitationField,
	tenantField,
	simplifyField,
	...resendFields,
];
