import {
	NodeConnectionTypes,
	type IExecuteFunctions,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
} from 'n8n-workflow';
import { resourceField } from '../shared/fields';
import { getInvitations } from '../shared/operations/get';
import { resendInvitations } from '../shared/operations/resend';
import { runOperation } from '../shared/runOperation';
import { fields } from './fields';
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

	async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		return await runOperation(this, CREDENTIAL, numiumProvider, {
			get: getInvitations,
			resend: resendInvitations,
		});
	}
}
