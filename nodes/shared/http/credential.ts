import type {
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { normaliseBaseUrl } from './baseUrl';
import { bareToken } from './token';

/** Shown for the environment `custom` only. */
export const customBaseUrlField: INodeProperties = {
	displayName: 'Base URL',
	name: 'baseUrl',
	type: 'string',
	default: '',
	required: true,
	placeholder: 'e.g. https://api.example.com',
	description:
		'Where the API is, without a slash at the end. It must start with https://, except on this machine.',
	displayOptions: { show: { environment: ['custom'] } },
};

/** Where n8n keeps the token it got by signing in; empty or refused, it signs in again. */
export const sessionTokenField: INodeProperties = {
	displayName: 'Session Token',
	name: 'sessionToken',
	type: 'hidden',
	typeOptions: { expirable: true, password: true },
	default: '',
};

/**
 * Adds the bearer token, and brings a custom base URL into the one form the nodes use, so that the
 * credential test calls just what the nodes will call.
 *
 * @throws Error with words for the user, for a base URL that cannot be used
 */
export async function addBearer(
	credential: ICredentialDataDecryptedObject,
	request: IHttpRequestOptions,
): Promise<IHttpRequestOptions> {
	const token =
		credential.authentication === 'token' || credential.sessionToken === undefined
			? bareToken(credential.token)
			: bareToken(credential.sessionToken);
	return {
		...request,
		// Only the credential test has a base URL. n8n would follow a redirect and take the token along.
		...(request.baseURL === undefined
			? {}
			: { baseURL: normaliseBaseUrl(request.baseURL), disableFollowRedirect: true }),
		headers: { ...request.headers, Authorization: `Bearer ${token}` },
	};
}

type Rules = NonNullable<ICredentialTestRequest['rules']>;
type Rule = Rules[number];

/**
 * Rules for a credential test, with those against an address that answers and is not the provider's
 * API: it redirects, or says 200 with a page or a body of its own.
 *
 * @param key a field that every good reply of the provider has
 */
export function testRules(provider: string, key: string, rules: readonly Rule[]): Rules {
	const check = 'Check the environment or the base URL.';
	const redirected = [301, 302, 303, 307, 308].map((value): Rule => ({
		type: 'responseCode',
		properties: {
			value,
			message: `The address sends requests elsewhere, which is not followed, so that the token stays with its host. ${check}`,
		},
	}));
	const message = `What answers at this address is not the ${provider} API. ${check}`;
	const foreign: Rule = {
		type: 'responseSuccessBody',
		properties: { key, value: undefined, message },
	};
	// n8n's type asks for rules of one kind; its code takes both.
	return [...rules, ...redirected, foreign] as Rules;
}
