import type { INodeProperties } from 'n8n-workflow';
import * as node from '../shared/node/fields';
import { createListFields, createListOptions } from '../shared/operations/fields';
import { createResendFields } from '../shared/resend/fields';
import { INVITATION_ID, numium, TENANT_ID } from './provider';

const { capabilities } = numium;

/** In the trigger as well, which has no operations. */
export const tenantField = node.createAccountField(TENANT_ID, { name: 'tenantId', noun: 'tenant' });

const invitationFields = node.createTargetFields(
	capabilities,
	INVITATION_ID,
	{
		name: 'invitationId',
		description: 'One of the pending invitations of the tenant',
		searchListMethod: 'searchInvitationsOfTenant',
	},
	['cancel', 'get', 'resend'],
);

export const fields: INodeProperties[] = [
	node.resourceField,
	node.createOperationField({
		cancel: 'Cancel a pending invitation for good',
		get: 'Retrieve a pending invitation of a tenant',
		getAll: 'Retrieve many pending invitations of a tenant',
		resend:
			'Email an invitation again, unless it was sent in this period or is completed or cancelled',
	}),
	...invitationFields,
	{ ...tenantField, displayOptions: node.showFor('cancel', 'get', 'getAll', 'resend') },
	...createListFields(numium),
	node.createSimplifyField('cancel', 'get', 'getAll'),
	createListOptions(capabilities),
	node.createCollection('Options', [], 'cancel', 'get'),
	...createResendFields(numium),
];
