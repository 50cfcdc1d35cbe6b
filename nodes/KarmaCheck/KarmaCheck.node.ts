import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { resourceField } from '../shared/node/fields';
import { changeInvitations } from '../shared/operations/change';
import { getInvitations } from '../shared/operations/get';
import { getManyInvitations } from '../shared/operations/getMany';
import { resendInvitations } from '../shared/resend/resend';
import { runOperation } from '../shared/node/runOperation';
import { fields } from './descriptions';
import { getPackages, searchCases } from './listSearch';
import { CREDENTIAL, karmaCheckProvider } from './provider';

export class KarmaCheck implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'KarmaCheck',
		name: 'karmaCheck',
		icon: {
			light: 'file:../../icons/karmacheck.svg',
			dark: 'file:../../icons/karmacheck.dark.svg',
		},
		group: ['output'],
		version: [1],
		defaultVersion: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Read and resend invitations to background checks',
		defaults: { name: 'KarmaCheck' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'karmaCheckApi', required: true }],
		// The candidate's link and token open the invitation, and the date of birth is nobody else's.
		sensitiveOutputFields: ['link', 'invitation.invitationToken', 'invitation.dob'],
		properties: [resourceField, ...fields],
	};

	methods = {
		listSearch: { searchCases },
		loadOptions: { getPackages },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperation(this, CREDENTIAL, karmaCheckProvider, {
			get: getInvitations,
			getAll: getManyInvitations,
			refresh: changeInvitations,
			resend: resendInvitations,
		});
	}
}
