import type { ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';
import { KARMACHECK_HOSTS, KARMACHECK_SIGN_IN_PATH } from '../nodes/KarmaCheck/environments';
import { isObject } from '../nodes/shared/core/json';
import { resolveBaseUrl } from '../nodes/shared/http/baseUrl';
import * as shared from '../nodes/shared/http/credential';
import { createPreAuthentication } from '../nodes/shared/http/signIn';

export class KarmaCheckApi implements ICredentialType {
	name = 'karmaCheckApi';

	displayName = 'KarmaCheck API';

	icon = {
		light: 'file:../icons/karmacheck.svg',
		dark: 'file:../icons/karmacheck.dark.svg',
	} as const;

	documentationUrl =
		'https://github.com/n8n-nodes-invitations/n8n-nodes-invitations/blob/main/docs/karmacheck.md#karmacheck-api-credential';

	properties: INodeProperties[] = [
		...shared.createEnvironmentFields(
			'stage',
			'The KarmaCheck system that the key belongs to. A key for one does not work in the other.',
			[
				{
					name: 'Production',
					value: 'production',
					description: 'For real background checks. Its emails go to the candidates.',
				},
				{
					name: 'Stage',
					value: 'stage',
					description: 'For testing. Its emails do not leave KarmaCheck.',
				},
			],
		),
		shared.createSignInField(
			{
				name: 'API Key and Client Access Token',
				value: 'apiKey',
				description: 'Signs in for you, and again when KarmaCheck no longer accepts the token',
			},
			'A JWT you already have',
		),
		shared.createSecretField(
			{
				displayName: 'API Key',
				name: 'apiKey',
				description:
					'Identifies your integration. You get it from your KarmaCheck account manager.',
			},
			'apiKey',
		),
		shared.createSecretField(
			{
				displayName: 'Client Access Token',
				name: 'clientAccessToken',
				description:
					'Gives access to one group of one company. Create one credential for each group.',
			},
			'apiKey',
		),
		shared.createSecretField(
			{
				displayName: 'Token',
				name: 'token',
				description: 'The JWT that KarmaCheck returned when you signed in',
			},
			'token',
		),
		shared.sessionTokenField,
	];

	preAuthentication = createPreAuthentication((credential) => ({
		provider: 'KarmaCheck',
		url: `${resolveBaseUrl(credential, KARMACHECK_HOSTS)}${KARMACHECK_SIGN_IN_PATH}`,
		body: { apiKey: credential.apiKey, clientAccessToken: credential.clientAccessToken },
		tokenOf: (reply) => (isObject(reply) ? reply.token : undefined),
		refusals: [401, 403],
		check: 'Check the API key, the client access token and the environment they belong to.',
	}));

	authenticate = shared.addBearer;

	test: ICredentialTestRequest = {
		request: {
			baseURL: shared.buildTestBaseUrl(KARMACHECK_HOSTS),
			// Small, group-scoped and without side effects.
			url: '/package/min/list',
		},
		rules: shared.createTestRules('KarmaCheck', 'packages', {
			401: 'KarmaCheck did not accept the token. Get a new one and paste it here.',
			403: 'KarmaCheck refused the token: it was revoked, belongs to another environment, or has no access to its group. Check the environment first, then ask KarmaCheck about the group.',
			404: 'There is no KarmaCheck API at this address. Check the base URL.',
		}),
	};
}
