import {
	NodeConnectionTypes,
	type INodeExecutionData,
	type INodeProperties,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
} from 'n8n-workflow';
import { daysBeforeExpiryField, eventsField, pollSimplifyField } from '../shared/trigger/fields';
import { pollInvitations } from '../shared/trigger/poll';
import { CREDENTIAL, karmaCheckProvider } from './provider';

const optionsField: INodeProperties = {
	displayName: 'Options',
	name: 'options',
	type: 'collection',
	placeholder: 'Add option',
	default: {},
	options: [
		{
			displayName: 'Resent Counts as New',
			name: 'resentIsNew',
			type: 'boolean',
			default: false,
			description:
				"Whether 'New' fires again when an invitation is resent, which at KarmaCheck makes a new one for the same case",
		},
	],
};

export class KarmaCheckTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'KarmaCheck Trigger',
		name: 'karmaCheckTrigger',
		icon: {
			light: 'file:../../icons/karmacheck.svg',
			dark: 'file:../../icons/karmacheck.dark.svg',
		},
		group: ['trigger'],
		version: [1],
		defaultVersion: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		// n8n shows a trigger's description for the app as a whole.
		description:
			'Read and resend invitations to background checks, and start a workflow when one is new or changes',
		defaults: { name: 'KarmaCheck Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'karmaCheckApi', required: true }],
		sensitiveOutputFields: ['invitation.invitationToken', 'invitation.dob'],
		properties: [
			eventsField([
				{
					name: 'Cancelled',
					value: 'cancelled',
					description: 'The case was archived before the candidate had finished',
				},
				{
					name: 'Completed',
					value: 'completed',
					description: 'The candidate has finished onboarding',
				},
				{ name: 'Expired', value: 'expired', description: 'The invitation is no longer valid' },
				{
					name: 'Expiring Soon',
					value: 'expiringSoon',
					description:
						'The invitation is pending and ends in a few days. Reads each pending invitation once, and again when it is due.',
				},
				{ name: 'New', value: 'new', description: 'A case with an invitation was added' },
			]),
			daysBeforeExpiryField,
			pollSimplifyField,
			optionsField,
		],
	};

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await pollInvitations(this, {
			credential: CREDENTIAL,
			createProvider: karmaCheckProvider,
			events: ['cancelled', 'completed', 'expired', 'expiringSoon', 'new'],
			// One credential opens one group.
			account: () => '',
			// Only active cases are listed. Archiving takes a case off the list and cancels its
			// invitation if that is open, and so would a case completed and archived between two polls.
			vanishing: { kind: 'read', target: (caseId) => ({ caseId, email: null }) },
		});
	}
}
