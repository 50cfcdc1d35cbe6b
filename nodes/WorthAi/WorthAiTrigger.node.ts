import type { INodeType, INodeTypeDescription } from 'n8n-workflow';
import { describeTrigger } from '../shared/node/service';
import { createTriggerFields } from '../shared/trigger/fields';
import { createPoll } from '../shared/trigger/poll';
import { customerField } from './descriptions';
import { readCustomer, worthAi } from './provider';

export class WorthAiTrigger implements INodeType {
	description: INodeTypeDescription = {
		icon: { light: 'file:../../icons/worth-ai.svg', dark: 'file:../../icons/worth-ai.dark.svg' },
		subtitle: '={{ [$parameter["events"]].flat().join(", ") }}',
		// n8n shows a trigger's description for the app as a whole.
		description:
			"Read and resend invitations to a customer's users, and start a workflow when one is new or changes",
		...describeTrigger(worthAi),
		properties: createTriggerFields(
			worthAi,
			{
				cancelled: 'The user was set to inactive',
				completed: 'The user is active and has signed in',
				new: 'A user was added to the customer',
			},
			[customerField],
		),
	};

	poll = createPoll({
		service: worthAi,
		account: (parameters, session) => {
			const customer = readCustomer(parameters, 0, session);
			// The list refuses a wrong one, in words.
			return customer.ok ? customer.value : '';
		},
		keyOf: ({ subject }) => subject.userId,
		// Nothing says what becomes of a user who is no longer listed.
		vanishing: { kind: 'kept' },
	});
}
