import type { INodeType, INodeTypeDescription } from 'n8n-workflow';
import { describeTrigger } from '../shared/node/service';
import { createTriggerFields } from '../shared/trigger/fields';
import { createPoll } from '../shared/trigger/poll';
import { karmaCheck } from './provider';

export class KarmaCheckTrigger implements INodeType {
	description: INodeTypeDescription = {
		icon: {
			light: 'file:../../icons/karmacheck.svg',
			dark: 'file:../../icons/karmacheck.dark.svg',
		},
		subtitle: '={{ [$parameter["events"]].flat().join(", ") }}',
		// n8n shows a trigger's description for the app as a whole.
		description:
			'Read and resend invitations to background checks, and start a workflow when one is new or changes',
		...describeTrigger(karmaCheck),
		sensitiveOutputFields: ['invitation.invitationToken', 'invitation.dob'],
		properties: createTriggerFields(karmaCheck, {
			cancelled: 'The case was archived before the candidate finished',
			completed: 'The candidate has finished onboarding',
			expired: 'The invitation is no longer valid',
			new: 'A case with an invitation was added',
		}),
	};

	poll = createPoll({
		service: karmaCheck,
		// One credential opens one group.
		account: () => '',
		keyOf: ({ subject }) => subject.caseId,
		// Only active cases are listed. Archiving takes a case off the list and cancels its invitation if that is open,
		// and so would a case completed and archived between two polls. That its invitation can still be read then is an
		// inference: `GET /case/list/all` is documented to tell, but holds every case there ever was.
		vanishing: {
			kind: 'read',
			target: (id) => ({ by: 'id' as const, id, sendTo: null }),
			listedAs: (id) => ({ id }),
		},
	});
}
