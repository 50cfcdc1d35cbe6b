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
		name: 'Cancel',
		value: 'cancel',
		description: 'Withdraw a pending invitation for good',
		action: 'Cancel invitation',
	},
	{
		name: 'Get',
		value: 'get',
		description: 'Retrieve a pending invitation of a tenant',
		action: 'Get invitation',
	},
	{
		name: 'Get Many',
		value: 'getAll',
		description: 'Retrieve many pending invitations of a tenant',
		action: 'Get many invitations',
	},
	{
		name: 'Resend',
		value: 'resend',
		description: 'Mail an invitation again, if it is due and was not sent before',
		action: 'Resend invitation',
	},
]);

const invitationField: INodeProperties = {
	displayName: 'Invitation',
	name: 'invitationId',
	type: 'resourceLocator',
	default: { mode: 'id', value: '={{ $json.subject.invitationId }}' },
	required: true,
	description: 'The invitation, among the pending ones of the tenant',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchInvitationsOfTenant', searchable: true },
		},
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
	displayOptions: shownFor('cancel', 'get', 'resend'),
};

const tenantField: INodeProperties = {
	displayName: 'Tenant ID',
	name: 'tenantId',
	type: 'string',
	default: '',
	placeholder: 'e.g. 1024',
	description: 'Left empty, it is the tenant of the credential',
	displayOptions: shownFor('cancel', 'get', 'getAll', 'resend'),
};

export const fields: INodeProperties[] = [
	operations,
	invitationField,
	tenantField,
	returnAllField,
	limitField,
	filtersField([emailFilter, sentBeforeFilter, statusFilter]),
	simplifyField('cancel', 'get', 'getAll'),
	...resendFields,
];
