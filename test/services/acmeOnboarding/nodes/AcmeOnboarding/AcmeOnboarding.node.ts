import type { INodeType, INodeTypeDescription } from 'n8n-workflow';
import { createExecute } from '../../../../../nodes/shared/node/runOperation';
import { describeAction } from '../../../../../nodes/shared/node/service';
import { getInvitations } from '../../../../../nodes/shared/operations/get';
import { getManyInvitations } from '../../../../../nodes/shared/operations/getMany';
import { resendInvitations } from '../../../../../nodes/shared/resend/resend';
import { fields } from './descriptions';
import { searchInvitations } from './listSearch';
import { acmeOnboarding } from './provider';

export class AcmeOnboarding implements INodeType {
	description: INodeTypeDescription = {
		...describeAction(acmeOnboarding),
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Read and resend invitations to join a company',
		usableAsTool: true,
		properties: fields,
	};

	methods = { listSearch: { searchInvitations } };

	execute = createExecute(
		acmeOnboarding,
		{ get: getInvitations, getAll: getManyInvitations, resend: resendInvitations },
		fields,
	);
}
