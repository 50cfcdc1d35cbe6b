import type { INodeProperties } from 'n8n-workflow';
import {
	createOperationField,
	createSimplifyField,
	createTargetField,
	resourceField,
	shownFor,
} from '../shared/node/fields';
import { createListFields } from '../shared/operations/fields';
import { createResendFields } from '../shared/resend/fields';
import { worthAi } from './provider';

const { capabilities } = worthAi;

const operationField = createOperationField({
	get: 'Retrieve the state of an invitation from the invited user',
	getAll: 'Retrieve many invitations of the users of a customer',
	resend: 'Mail an invitation again, if it is due and was not sent before',
});

const userField = createTargetField(
	capabilities,
	{
		name: 'userId',
		displayName: 'User',
		description: 'The invited user',
		searchListMethod: 'searchUsers',
		example: '053cfb4b-2073-4ede-afc0-26579bb3e1b8',
		pattern: '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}',
		errorMessage: 'A user ID is a UUID, e.g. 053cfb4b-2073-4ede-afc0-26579bb3e1b8',
	},
	['get', 'resend'],
);

/** In the trigger as well, which has no operations. */
export const customerField: INodeProperties = {
	displayName: 'Customer ID',
	name: 'customerId',
	type: 'string',
	default: '',
	placeholder: 'e.g. 4b7a0b5e-2f60-4a8c-9d0e-6a1f3c2b9d77',
	description: 'Left empty, it is the customer of the credential',
};

export const fields: INodeProperties[] = [
	resourceField,
	operationField,
	userField,
	{ ...customerField, displayOptions: shownFor('get', 'getAll', 'resend') },
	...createListFields(capabilities),
	createSimplifyField('get', 'getAll'),
	...createResendFields(worthAi),
];
