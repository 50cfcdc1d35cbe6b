import type { INodeType, INodeTypeDescription } from 'n8n-workflow';
import type { Found } from '../shared/invitation/provider';
import { describeTrigger } from '../shared/node/service';
import { createTriggerFields } from '../shared/trigger/fields';
import { createPoll } from '../shared/trigger/poll';
import { tenantField } from './descriptions';
import { mapInvitation } from './mapper';
import { numium, readTenant } from './provider';

/** What is known of an invitation that is no longer among the pending ones. */
function recall(id: string, email: string | null, tenantId: string, environment: string): Found {
	const raw = { id, email };
	const invitation = mapInvitation(raw, tenantId, environment);
	return {
		invitation: { ...invitation, status: 'unknown', providerStatus: '' },
		raw,
		link: null,
		// Nothing is known of its dates any more.
		isSummary: true,
	};
}

export class NumiumTrigger implements INodeType {
	description: INodeTypeDescription = {
		icon: { light: 'file:../../icons/numium.svg', dark: 'file:../../icons/numium.dark.svg' },
		subtitle: '={{ [$parameter["events"]].flat().join(", ") }}',
		// n8n shows a trigger's description for the app as a whole.
		description:
			'Read, resend and cancel invitations to a tenant, and start a workflow when one is new or no longer pending',
		...describeTrigger(numium),
		properties: createTriggerFields(
			numium,
			{
				closed: 'The invitation was accepted, declined or cancelled. Numium does not say which.',
				new: 'A pending invitation was added',
			},
			[tenantField],
		),
	};

	poll = createPoll({
		service: numium,
		account: (parameters, session) => {
			const tenant = readTenant(parameters, 0, session);
			// The list refuses a wrong one, in words.
			return tenant.ok ? tenant.value : '';
		},
		keyOf: ({ subject }) => subject.invitationId,
		vanishing: {
			kind: 'closed',
			recall: (id, email, tenantId, { environment }) => recall(id, email, tenantId, environment),
		},
	});
}
