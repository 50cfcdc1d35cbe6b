import type {
	ICredentialDataDecryptedObject,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { normaliseBaseUrl } from './baseUrl';
import { bareToken } from './jwt';

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
		...(request.baseURL === undefined ? {} : { baseURL: normaliseBaseUrl(request.baseURL) }),
		headers: { ...request.headers, Authorization: `Bearer ${token}` },
	};
}
