import type { INodeType, INodeTypeDescription } from 'n8n-workflow';
import { describeAction } from '../shared/node/service';
import { createExecute } from '../shared/node/runOperation';
import { getInvitations } from '../shared/operations/get';
import { getManyInvitations } from '../shared/operations/getMany';
import { resendInvitations } from '../shared/resend/resend';
import { fields } from './descriptions';
import { searchUsers } from './listSearch';
import { worthAi } from './provider';

export class WorthAi implements INodeType {
	description: INodeTypeDescription = {
		...describeAction(worthAi),
		icon: { light: 'file:../../icons/worth-ai.svg', dark: 'file:../../icons/worth-ai.dark.svg' },
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: "Read and resend invitations to a customer's users",
		usableAsTool: true,
		properties: fields,
	};

	methods = { listSearch: { searchUsers } };

	execute = createExecute(
		worthAi,
		{
			get: getInvitations,
			getAll: getManyInvitations,
			resend: resendInvitations,
		},
		fields,
	);
}
