import type {
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestHelper,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { WORTH_AI_AUTH_PATH, WORTH_AI_HOSTS } from '../nodes/WorthAi/environments';
import { baseUrlOf } from '../nodes/shared/http/baseUrl';
import {
	addBearer,
	customBaseUrlField,
	sessionTokenField,
	testRules,
} from '../nodes/shared/http/credential';
import { isObject } from '../nodes/shared/core/json';
import { signIn } from '../nodes/shared/http/signIn';

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

	documentationUrl = 'https://docs.worthai.com/getting-started/overview';

	properties: INodeProperties[] = [
		{
			displayName: 'Environment',
			name: 'environment',
			type: 'options',
			default: 'production',
			options: [
				{
					name: 'Custom',
					value: 'custom',
					description: 'Another address, such as a test server',
				},
				{ name: 'Production', value: 'production' },
			],
			description: 'Which Worth AI system the account belongs to',
		},
		customBaseUrlField,
		{
			displayName: 'Sign In With',
			name: 'authentication',
			type: 'options',
			default: 'password',
			options: [
				{
					name: 'Email and Password',
					value: 'password',
					description: 'Signs in by itself and again when the token runs out after an hour',
				},
				{ name: 'Token', value: 'token', description: 'An ID token you already have' },
			],
		},
		{
			displayName: 'Email',
			name: 'email',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. name@example.com',
			description: 'Of the account to sign in with. Worth AI accepts a service address.',
			displayOptions: { show: { authentication: ['password'] } },
		},
		{
			displayName: 'Password',
			name: 'password',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			displayOptions: { show: { authentication: ['password'] } },
		},
		{
			displayName: 'Token',
			name: 'token',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'The value called id_token in the reply to a sign-in. It lasts about an hour.',
			displayOptions: { show: { authentication: ['token'] } },
		},
		{
			displayName: 'Customer ID',
			name: 'customerId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 4b7a0b5e-2f60-4a8c-9d0e-6a1f3c2b9d77',
			description: 'Your own account, whose users are invited. Nodes may name another one.',
		},
		sessionTokenField,
	];

	async preAuthentication(
		this: IHttpRequestHelper,
		credential: ICredentialDataDecryptedObject,
	): Promise<{ sessionToken?: string }> {
		if (credential.authentication === 'token') return {};
		const sessionToken = await signIn(this, {
			provider: 'Worth AI',
			url: `${baseUrlOf(credential, WORTH_AI_HOSTS)}${WORTH_AI_AUTH_PATH}/customer/sign-in`,
			body: { email: credential.email, password: credential.password },
			tokenOf: idToken,
			// 500 is documented for a wrong password, beside 400.
			refusals: [400, 401, 403, 500],
			check: 'Check the e-mail and the password.',
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
			baseURL: `={{ ${JSON.stringify(WORTH_AI_HOSTS)}[$credentials.environment] || $credentials.baseUrl }}`,
			url: `=${WORTH_AI_AUTH_PATH}/customers/{{ encodeURIComponent($credentials.customerId.trim()) }}/subroles`,
		},
		rules: testRules('Worth AI', 'data', [
			{
				type: 'responseCode',
				properties: {
					value: 400,
					message: 'Worth AI does not know this customer ID. Check the customer ID.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 401,
					message: 'Worth AI did not accept the token. Get a new one and paste it here.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 403,
					message:
						'Worth AI signed in, and does not let this account see the customer. Check the customer ID and the permissions of the account.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 404,
					message:
						'Worth AI does not know this customer at this address. Check the customer ID and the base URL.',
				},
			},
		]),
	};
}
