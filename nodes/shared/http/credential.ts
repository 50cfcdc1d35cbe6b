import type {
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	IHttpRequestOptions,
	INodeProperties,
	INodePropertyOptions,
} from 'n8n-workflow';
import { normaliseBaseUrl, type KnownHosts } from './baseUrl';
import { stripBearer } from './token';

/** @param where what the address is, to begin a sentence */
export function createBaseUrlField(where: string): INodeProperties {
	return {
		displayName: 'Base URL',
		name: 'baseUrl',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. https://api.example.com',
		description: `${where}. It must start with https:// unless it is on the machine that runs n8n.`,
	};
}

/** The environments of a service; `Custom` goes to `baseUrl`. */
export function createEnvironmentFields(
	initial: string,
	description: string,
	environments: INodePropertyOptions[],
): INodeProperties[] {
	const custom = {
		name: 'Custom',
		value: 'custom',
		description: 'Another address, such as a test server',
	};
	return [
		{
			displayName: 'Environment',
			name: 'environment',
			type: 'options',
			default: initial,
			options: [custom, ...environments],
			description,
		},
		{
			...createBaseUrlField('The address of the API, without a slash at the end'),
			displayOptions: { show: { environment: ['custom'] } },
		},
	];
}

/** How to sign in: by what the service asks for, or with a token that the user already has. */
export function createSignInField(own: INodePropertyOptions, token: string): INodeProperties {
	const { value } = own;
	return {
		displayName: 'Sign In With',
		name: 'authentication',
		type: 'options',
		default: value,
		options: [own, { name: 'Token', value: 'token', description: token }],
	};
}

/**
 * A field that n8n keeps hidden.
 *
 * @param authentication the way of signing in that needs it; every one by default
 */
export function createSecretField(
	words: Pick<INodeProperties, 'displayName' | 'name' | 'description'>,
	authentication?: string,
): INodeProperties {
	return {
		...words,
		type: 'string',
		typeOptions: { password: true },
		default: '',
		required: true,
		...(authentication === undefined
			? {}
			: { displayOptions: { show: { authentication: [authentication] } } }),
	};
}

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
			? stripBearer(credential.token)
			: stripBearer(credential.sessionToken);
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

/** The base URL of a credential test, by the environment that was chosen. */
export function buildTestBaseUrl(hosts: KnownHosts): string {
	return `={{ ${JSON.stringify(hosts)}[$credentials.environment] || $credentials.baseUrl }}`;
}

/**
 * Rules for a credential test, with those against an address that answers and is not the provider's
 * API: it redirects, or says 200 with a page or a body of its own.
 *
 * @param key a field that every good reply of the provider has
 * @param refusals what an answer with a status means
 * @param declined what it means that a 200 holds `false` in `key`, where it may
 */
export function createTestRules(
	provider: string,
	key: string,
	refusals: Readonly<Record<number, string>>,
	declined?: string,
): Rules {
	const check = 'Check the environment or the base URL.';
	const elsewhere = `The address redirects to another one. This is not followed, so that your token is sent nowhere else. ${check}`;
	const byStatus = (value: number, message: string): Rule => ({
		type: 'responseCode',
		properties: { value, message },
	});
	const byBody = (value: unknown, message: string): Rule => ({
		type: 'responseSuccessBody',
		properties: { key, value, message },
	});
	const rules = [
		...Object.entries(refusals).map(([status, message]) => byStatus(Number(status), message)),
		...(declined === undefined ? [] : [byBody(false, declined)]),
		...[301, 302, 303, 307, 308].map((status) => byStatus(status, elsewhere)),
		byBody(undefined, `The address answers, but it is not the ${provider} API. ${check}`),
	];
	// n8n's type asks for rules of one kind; its code takes both.
	return rules as Rules;
}
