import type { INodeType, INodeTypeDescription } from 'n8n-workflow';
import { describeTrigger } from '../../../../../nodes/shared/node/service';
import { createTriggerFields } from '../../../../../nodes/shared/trigger/fields';
import { createPoll } from '../../../../../nodes/shared/trigger/poll';
import { acmeOnboarding } from './provider';

export class AcmeOnboardingTrigger implements INodeType {
	description: INodeTypeDescription = {
		...describeTrigger(acmeOnboarding),
		subtitle: '={{ [$parameter["events"]].flat().join(", ") }}',
		description:
			'Read and resend invitations to join a company, and start a workflow when one is new or changes',
		properties: createTriggerFields(acmeOnboarding, {
			cancelled: 'The invitation was withdrawn',
			completed: 'The person has joined',
			expired: 'The invitation is no longer valid',
			new: 'An invitation was added',
		}),
	};

	poll = createPoll({
		service: acmeOnboarding,
		account: () => '',
		keyOf: ({ subject }) => subject.invitationId,
		// All invitations are listed for good.
		vanishing: { kind: 'kept' },
	});
}
