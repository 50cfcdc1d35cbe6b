import type { ICredentialType, INodeProperties } from 'n8n-workflow';

/** Tested by the trigger: no request can tell whether a signing secret is the right one. */
export class KarmaCheckWebhookApi implements ICredentialType {
	name = 'karmaCheckWebhookApi';

	displayName = 'KarmaCheck Webhook API';

	icon = {
		light: 'file:../icons/karmacheck.svg',
		dark: 'file:../icons/karmacheck.dark.svg',
	} as const;

	documentationUrl =
		'https://github.com/n8n-nodes-invitations/n8n-nodes-invitations/blob/main/docs/karmacheck.md#karmacheck-webhook-api-credential';

	properties: INodeProperties[] = [
		{
			displayName: 'Signing Secret',
			name: 'signingSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description:
				'Shown beside the webhook in your KarmaCheck dashboard, under company settings. It begins with whsec_.',
		},
	];
}
