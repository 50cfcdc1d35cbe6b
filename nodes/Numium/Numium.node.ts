import type { INodeType, INodeTypeDescription } from 'n8n-workflow';
import { describeAction } from '../shared/node/service';
import { createExecute } from '../shared/node/runOperation';
import { changeInvitations } from '../shared/operations/change';
import { getInvitations } from '../shared/operations/get';
import { getManyInvitations } from '../shared/operations/getMany';
import { resendInvitations } from '../shared/resend/resend';
import { fields } from './descriptions';
import { searchInvitationsOfTenant } from './listSearch';
import { numium } from './provider';

export class Numium implements INodeType {
	description: INodeTypeDescription = {
		...describeAction(numium),
		icon: { light: 'file:../../icons/numium.svg', dark: 'file:../../icons/numium.dark.svg' },
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Read, resend and cancel invitations to a tenant',
		usableAsTool: true,
		properties: fields,
	};

	methods = { listSearch: { searchInvitationsOfTenant } };

	execute = createExecute(
		numium,
		{
			cancel: changeInvitations,
			get: getInvitations,
			getAll: getManyInvitations,
			resend: resendInvitations,
		},
		fields,
	);
}
