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
import { numium } from './provider';

const { capabilities } = numium;

const operationField = createOperationField({
	cancel: 'Withdraw a pending invitation for good',
	get: 'Retrieve a pending invitation of a tenant',
	getAll: 'Retrieve many pending invitations of a tenant',
	resend: 'Mail an invitation again, if it is due and was not sent before',
});

const invitationField = createTargetField(
	capabilities,
	{
		name: 'invitationId',
		displayName: 'Invitation',
		description: 'The invitation, among the pending ones of the tenant',
		searchListMethod: 'searchInvitationsOfTenant',
		example: '9001',
		pattern: '[0-9]{1,19}',
		errorMessage: 'An invitation ID is a whole number, e.g. 9001',
	},
	['cancel', 'get', 'resend'],
);

/** In the trigger as well, which has no operations. */
export const tenantField: INodeProperties = {
	displayName: 'Tenant ID',
	name: 'tenantId',
	type: 'string',
	default: '',
	placeholder: 'e.g. 1024',
	description: 'Left empty, it is the tenant of the credential',
};

export const fields: INodeProperties[] = [
	resourceField,
	operationField,
	invitationField,
	{ ...tenantField, displayOptions: shownFor('cancel', 'get', 'getAll', 'resend') },
	...createListFields(capabilities),
	createSimplifyField('cancel', 'get', 'getAll'),
	...createResendFields(numium),
];
