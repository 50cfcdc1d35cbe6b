import {
	NodeConnectionTypes,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
} from 'n8n-workflow';
import { textOrNull } from '../shared/core/json';
import { eventsField, pollSimplifyField } from '../shared/trigger/fields';
import { pollInvitations } from '../shared/trigger/poll';
import { CREDENTIAL, worthAiProvider } from './provider';

export class WorthAiTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Worth AI Trigger',
		name: 'worthAiTrigger',
		icon: { light: 'file:../../icons/worth-ai.svg', dark: 'file:../../icons/worth-ai.dark.svg' },
		group: ['trigger'],
		version: [1],
		defaultVersion: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		// n8n shows a trigger's description for the app as a whole.
		description:
			'Read and resend invitations to the users of a customer, and start a workflow when one is new or changes',
		defaults: { name: 'Worth AI Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'worthAiApi', required: true }],
		properties: [
			eventsField([
				{ name: 'Cancelled', value: 'cancelled', description: 'The user was set to inactive' },
				{
					name: 'Completed',
					value: 'completed',
					description: 'The user is active and has signed in',
				},
				{ name: 'New', value: 'new', description: 'A user was added to the customer' },
			]),
			{
				displayName: 'Customer ID',
				name: 'customerId',
				type: 'string',
				default: '',
				placeholder: 'e.g. 4b7a0b5e-2f60-4a8c-9d0e-6a1f3c2b9d77',
				description: 'Left empty, it is the customer of the credential',
			},
			pollSimplifyField,
		],
	};

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await pollInvitations(this, {
			credential: CREDENTIAL,
			createProvider: worthAiProvider,
			events: ['cancelled', 'completed', 'new'],
			account: (parameters, { credential }) =>
				(textOrNull(parameters.value('customerId', 0)) ?? textOrNull(credential.customerId) ?? '')
					.trim()
					.toLowerCase(),
			// Nothing says what becomes of a user who is no longer listed.
			vanishing: { kind: 'forgotten' },
		});
	}
}
