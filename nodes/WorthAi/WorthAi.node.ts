import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { resourceField } from '../shared/node/fields';
import { getInvitations } from '../shared/operations/get';
import { getManyInvitations } from '../shared/operations/getMany';
import { resendInvitations } from '../shared/resend/resend';
import { runOperation } from '../shared/node/runOperation';
import { fields } from './descriptions';
import { searchUsers } from './listSearch';
import { CREDENTIAL, worthAiProvider } from './provider';

export class WorthAi implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Worth AI',
		name: 'worthAi',
		icon: { light: 'file:../../icons/worth-ai.svg', dark: 'file:../../icons/worth-ai.dark.svg' },
		group: ['output'],
		version: [1],
		defaultVersion: 1,
		subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
		description: 'Read and resend invitations to the users of a customer',
		defaults: { name: 'Worth AI' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'worthAiApi', required: true }],
		properties: [resourceField, ...fields],
	};

	methods = {
		listSearch: { searchUsers },
	};

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperation(this, CREDENTIAL, worthAiProvider, {
			get: getInvitations,
			getAll: getManyInvitations,
			resend: resendInvitations,
		});
	}
}
