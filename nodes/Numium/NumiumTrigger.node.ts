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
import type { Found } from '../shared/invitation/provider';
import { toInvitation } from './mapper';
import { CREDENTIAL, numiumProvider } from './provider';

/** What is known of an invitation that is no longer among the pending ones. */
function recall(id: string, email: string | null, tenantId: string, environment: string): Found {
	const raw = { id, email };
	const invitation = toInvitation(raw, tenantId, environment);
	return {
		invitation: { ...invitation, status: 'unknown', providerStatus: '' },
		raw,
		link: null,
	};
}

export class NumiumTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Numium Trigger',
		name: 'numiumTrigger',
		icon: { light: 'file:../../icons/numium.svg', dark: 'file:../../icons/numium.dark.svg' },
		group: ['trigger'],
		version: [1],
		defaultVersion: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		// n8n shows a trigger's description for the app as a whole.
		description:
			'Read and resend invitations to a tenant, and start a workflow when one is new or no longer pending',
		defaults: { name: 'Numium Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'numiumApi', required: true }],
		properties: [
			eventsField([
				{ name: 'New', value: 'new', description: 'A pending invitation was added' },
				{
					name: 'No Longer Pending',
					value: 'closed',
					description:
						'The invitation was accepted, declined or cancelled, which Numium does not tell apart',
				},
			]),
			{
				displayName: 'Tenant ID',
				name: 'tenantId',
				type: 'string',
				default: '',
				placeholder: 'e.g. 1024',
				description: 'Left empty, it is the tenant of the credential',
			},
			pollSimplifyField,
		],
	};

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await pollInvitations(this, {
			credential: CREDENTIAL,
			createProvider: numiumProvider,
			events: ['closed', 'new'],
			account: (parameters, { credential }) =>
				(
					textOrNull(parameters.value('tenantId', 0)) ??
					textOrNull(credential.tenantId) ??
					''
				).trim(),
			vanishing: {
				kind: 'closed',
				recall: (id, email, tenantId, { environment }) => recall(id, email, tenantId, environment),
			},
		});
	}
}
