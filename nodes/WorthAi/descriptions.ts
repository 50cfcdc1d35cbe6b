import type { INodeProperties } from 'n8n-workflow';
import {
	emailFilter,
	filtersField,
	limitField,
	operationField,
	resendFields,
	returnAllField,
	shownFor,
	simplifyField,
	statusFilter,
} from '../shared/node/fields';

const operations = operationField([
	{
		name: 'Get',
		value: 'get',
		description: 'Retrieve the state of an invitation from the invited user',
		action: 'Get invitation',
	},
	{
		name: 'Get Many',
		value: 'getAll',
		description: 'Retrieve many invitations of the users of a customer',
		action: 'Get many invitations',
	},
	{
		name: 'Resend',
		value: 'resend',
		description: 'Mail an invitation again, if it is due and was not sent before',
		action: 'Resend invitation',
	},
]);

const userField: INodeProperties = {
	displayName: 'User',
	name: 'userId',
	type: 'resourceLocator',
	default: { mode: 'id', value: '={{ $json.subject.userId }}' },
	required: true,
	description: 'The invited user',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			typeOptions: { searchListMethod: 'searchUsers', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 053cfb4b-2073-4ede-afc0-26579bb3e1b8',
			validation: [
				{
					type: 'regex',
					properties: {
						regex: '^\\s*[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\\s*$',
						errorMessage: 'A user ID is a UUID, e.g. 053cfb4b-2073-4ede-afc0-26579bb3e1b8',
					},
				},
			],
		},
	],
	displayOptions: shownFor('get', 'resend'),
};

const customerField: INodeProperties = {
	displayName: 'Customer ID',
	name: 'customerId',
	type: 'string',
	default: '',
	placeholder: 'e.g. 4b7a0b5e-2f60-4a8c-9d0e-6a1f3c2b9d77',
	description: 'Left empty, it is the customer of the credential',
	displayOptions: shownFor('get', 'getAll', 'resend'),
};

export const fields: INodeProperties[] = [
	operations,
	userField,
	customerField,
	returnAllField,
	limitField,
	filtersField([emailFilter, statusFilter]),
	simplifyField('get', 'getAll'),
	...resendFields,
];
