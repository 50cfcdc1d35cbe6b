import type {
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestHelper,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { KARMACHECK_HOSTS, KARMACHECK_SIGN_IN_PATH } from '../nodes/KarmaCheck/environments';
import { baseUrlOf } from '../nodes/shared/http/baseUrl';
import {
	addBearer,
	customBaseUrlField,
	sessionTokenField,
	testRules,
} from '../nodes/shared/http/credential';
import { isObject } from '../nodes/shared/core/json';
import { signIn } from '../nodes/shared/http/signIn';

export class KarmaCheckApi implements ICredentialType {
	name = 'karmaCheckApi';

	displayName = 'KarmaCheck API';

	icon = {
		light: 'file:../icons/karmacheck.svg',
		dark: 'file:../icons/karmacheck.dark.svg',
	} as const;

	documentationUrl = 'https://developer.karmacheck.com/docs/overview/api/authentication';

	properties: INodeProperties[] = [
		{
			displayName: 'Environment',
			name: 'environment',
			type: 'options',
			default: 'stage',
			options: [
				{
					name: 'Custom',
					value: 'custom',
					description: 'Another address, such as a test server',
				},
				{
					name: 'Production',
					value: 'production',
					description: 'Real background checks, which cost money',
				},
				{
					name: 'Stage',
					value: 'stage',
					description: 'For trying out; its mails stay at KarmaCheck',
				},
			],
			description:
				'Which KarmaCheck system the key belongs to. A key of one does not work at the other.',
		},
		customBaseUrlField,
		{
			displayName: 'Sign In With',
			name: 'authentication',
			type: 'options',
			default: 'apiKey',
			options: [
				{
					name: 'API Key and Client Access Token',
					value: 'apiKey',
					description: 'Signs in by itself and renews the token when KarmaCheck refuses it',
				},
				{ name: 'Token', value: 'token', description: 'A JWT you already have' },
			],
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'Identifies your integration. Your KarmaCheck account manager issues it.',
			displayOptions: { show: { authentication: ['apiKey'] } },
		},
		{
			displayName: 'Client Access Token',
			name: 'clientAccessToken',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'Opens one group of one company. For several groups make several credentials.',
			displayOptions: { show: { authentication: ['apiKey'] } },
		},
		{
			displayName: 'Token',
			name: 'token',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'The JWT that KarmaCheck returned when signing in',
			displayOptions: { show: { authentication: ['token'] } },
		},
		sessionTokenField,
	];

	async preAuthentication(
		this: IHttpRequestHelper,
		credential: ICredentialDataDecryptedObject,
	): Promise<{ sessionToken?: string }> {
		if (credential.authentication === 'token') return {};
		const sessionToken = await signIn(this, {
			provider: 'KarmaCheck',
			url: `${baseUrlOf(credential, KARMACHECK_HOSTS)}${KARMACHECK_SIGN_IN_PATH}`,
			body: { apiKey: credential.apiKey, clientAccessToken: credential.clientAccessToken },
			tokenOf: (reply) => (isObject(reply) ? reply.token : undefined),
			refusals: [401, 403],
			check: 'Check the API key, the client access token and the environment they belong to.',
		});
		return { sessionToken };
	}

	async authenticate(
		credential: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		return await addBearer(credential, request);
	}

	test: ICredentialTestRequest = {
		request: {
			baseURL: `={{ ${JSON.stringify(KARMACHECK_HOSTS)}[$credentials.environment] || $credentials.baseUrl }}`,
			// Small, group-scoped and without side effects.
			url: '/package/min/list',
		},
		rules: testRules('KarmaCheck', 'packages', [
			{
				type: 'responseCode',
				properties: {
					value: 401,
					message: 'KarmaCheck did not accept the token. Get a new one and paste it here.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 403,
					message:
						'KarmaCheck refused the token: it was revoked, or belongs to another environment, or its group may not be read. Check the environment first, then ask KarmaCheck about the group.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 404,
					message: 'There is no KarmaCheck API at this address. Check the base URL.',
				},
			},
		]),
	};
}
