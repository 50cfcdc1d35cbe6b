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
import { searchInvitationsOfTenant } from './listSearch';
import { CREDENTIAL, numiumProvider } from './provider';

export class Numium implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Numium',
		name: 'numium',
		icon: { light: 'file:../../icons/numium.svg', dark: 'file:../../icons/numium.dark.svg' },
		group: ['output'],
		version: [1],
		defaultVersion: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Read and resend invitations to a tenant',
		defaults: { name: 'Numium' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'numiumApi', required: true }],
		properties: [resourceField, ...fields],
	};

	methods = {
		listSearch: { searchInvitationsOfTenant },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperation(this, CREDENTIAL, numiumProvider, {
			cancel: changeInvitations,
			get: getInvitations,
			getAll: getManyInvitations,
			resend: resendInvitations,
		});
	}
}
