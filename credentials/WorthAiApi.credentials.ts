import type { ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';
import { isObject } from '../nodes/shared/core/json';
import { resolveBaseUrl } from '../nodes/shared/http/baseUrl';
import * as shared from '../nodes/shared/http/credential';
import { createPreAuthentication } from '../nodes/shared/http/signIn';
import { WORTH_AI_AUTH_PATH, WORTH_AI_HOSTS } from '../nodes/WorthAi/environments';

/** The reply's schema holds the token in `data`, its published example in `data.data`. */
function idToken(reply: unknown): unknown {
	const outer = isObject(reply) ? reply.data : undefined;
	if (!isObject(outer)) return undefined;
	return outer.id_token ?? (isObject(outer.data) ? outer.data.id_token : undefined);
}

export class WorthAiApi implements ICredentialType {
	name = 'worthAiApi';

	displayName = 'Worth AI API';

	icon = { light: 'file:../icons/worth-ai.svg', dark: 'file:../icons/worth-ai.dark.svg' } as const;

	documentationUrl =
		'https://github.com/n8n-nodes-invitations/n8n-nodes-invitations/blob/main/docs/worth-ai.md#worth-ai-api-credential';

	properties: INodeProperties[] = [
		...shared.createEnvironmentFields(
			'production',
			'The Worth AI system that the account belongs to',
			[{ name: 'Production', value: 'production' }],
		),
		shared.createSignInField(
			{
				name: 'Email and Password',
				value: 'password',
				description: 'Signs in for you, and again when the token expires after an hour',
			},
			'An ID token you already have',
		),
		{
			displayName: 'Email',
			name: 'email',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. name@example.com',
			description:
				'The address of the account to sign in with. Worth AI accepts a service address.',
			displayOptions: { show: { authentication: ['password'] } },
		},
		shared.createSecretField({ displayName: 'Password', name: 'password' }, 'password'),
		shared.createSecretField(
			{
				displayName: 'Token',
				name: 'token',
				description:
					'The id_token that Worth AI returned when you signed in. It expires after about an hour.',
			},
			'token',
		),
		{
			displayName: 'Customer ID',
			name: 'customerId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 4b7a0b5e-2f60-4a8c-9d0e-6a1f3c2b9d77',
			description:
				'Your own account, whose users are invited. You can enter another one in a node.',
		},
		shared.sessionTokenField,
	];

	preAuthentication = createPreAuthentication((credential) => ({
		provider: 'Worth AI',
		url: `${resolveBaseUrl(credential, WORTH_AI_HOSTS)}${WORTH_AI_AUTH_PATH}/customer/sign-in`,
		body: { email: credential.email, password: credential.password },
		tokenOf: idToken,
		// 500 is documented for a wrong password, beside 400.
		refusals: [400, 401, 403, 500],
		check: 'Check the email and the password.',
	}));

	authenticate = shared.addBearer;

	test: ICredentialTestRequest = {
		request: {
			baseURL: shared.buildTestBaseUrl(WORTH_AI_HOSTS),
			url: `=${WORTH_AI_AUTH_PATH}/customers/{{ encodeURIComponent($credentials.customerId.trim()) }}/subroles`,
		},
		rules: shared.createTestRules('Worth AI', 'data', {
			400: 'Worth AI does not know this customer ID. Check the customer ID.',
			401: 'Worth AI did not accept the token. Get a new one and paste it here.',
			403: 'The sign-in worked, but the account does not have access to this customer. Check the customer ID and the permissions of the account.',
			404: 'Worth AI does not know this customer at this address. Check the customer ID and the base URL.',
		}),
	};
}
