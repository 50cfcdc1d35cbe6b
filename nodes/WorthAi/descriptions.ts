import type { INodeProperties } from 'n8n-workflow';
import * as node from '../shared/node/fields';
import { createListFields, createListOptions } from '../shared/operations/fields';
import { createResendFields } from '../shared/resend/fields';
import { CUSTOMER_ID, USER_ID, worthAi } from './provider';

const { capabilities } = worthAi;

/** In the trigger as well, which has no operations. */
export const customerField = node.createAccountField(CUSTOMER_ID, {
	name: 'customerId',
	noun: 'customer',
});

const userFields = node.createTargetFields(
	capabilities,
	USER_ID,
	{ name: 'userId', description: 'The invited user', searchListMethod: 'searchUsers' },
	['get', 'resend'],
);

export const fields: INodeProperties[] = [
	node.resourceField,
	node.createOperationField({
		get: 'Retrieve the invitation of a user',
		getAll: "Retrieve many invitations of a customer's users",
		resend:
			'Email an invitation again, unless it was sent in this period or is completed or cancelled',
	}),
	...userFields,
	{ ...customerField, displayOptions: node.showFor('get', 'getAll', 'resend') },
	...createListFields(worthAi),
	node.createSimplifyField('get', 'getAll'),
	createListOptions(capabilities),
	node.createCollection('Options', [], 'get'),
	...createResendFields(worthAi),
];
