import type { INodeProperties } from 'n8n-workflow';
import * as node from '../../../../../nodes/shared/node/fields';
import { createListFields, createListOptions } from '../../../../../nodes/shared/operations/fields';
import { createResendFields } from '../../../../../nodes/shared/resend/fields';
import { acmeOnboarding, INVITATION_ID } from './provider';

const { capabilities } = acmeOnboarding;

export const fields: INodeProperties[] = [
	node.resourceField,
	node.createOperationField({
		get: 'Retrieve an invitation',
		getAll: 'Retrieve many invitations',
		resend:
			'Email an invitation again, unless it was sent in this period or is completed or cancelled',
	}),
	...node.createTargetFields(
		capabilities,
		INVITATION_ID,
		{
			name: 'invitationId',
			description: 'The invitation to read or resend',
			searchListMethod: 'searchInvitations',
		},
		['get', 'resend'],
	),
	...createListFields(acmeOnboarding),
	node.createSimplifyField('get', 'getAll'),
	createListOptions(capabilities),
	node.createCollection('Options', [], 'get'),
	...createResendFields(acmeOnboarding),
];
