import type { INodeType, INodeTypeDescription } from 'n8n-workflow';
import { describeAction } from '../shared/node/service';
import { createExecute } from '../shared/node/runOperation';
import { changeInvitations } from '../shared/operations/change';
import { getInvitations } from '../shared/operations/get';
import { getManyInvitations } from '../shared/operations/getMany';
import { resendInvitations } from '../shared/resend/resend';
import { fields } from './descriptions';
import { getPackages, searchCases } from './listSearch';
import { karmaCheck } from './provider';

export class KarmaCheck implements INodeType {
	description: INodeTypeDescription = {
		...describeAction(karmaCheck),
		icon: {
			light: 'file:../../icons/karmacheck.svg',
			dark: 'file:../../icons/karmacheck.dark.svg',
		},
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Read and resend invitations to background checks',
		usableAsTool: true,
		// The candidate's link and token open the invitation, and the date of birth is private.
		sensitiveOutputFields: ['link', 'invitation.invitationToken', 'invitation.dob'],
		properties: fields,
	};

	methods = {
		listSearch: { searchCases },
		loadOptions: { getPackages },
	};

	execute = createExecute(
		karmaCheck,
		{
			get: getInvitations,
			getAll: getManyInvitations,
			refresh: changeInvitations,
			resend: resendInvitations,
		},
		fields,
	);
}
