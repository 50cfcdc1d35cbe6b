import type {
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { normaliseBaseUrl } from '../../../../nodes/shared/http/baseUrl';
import * as shared from '../../../../nodes/shared/http/credential';
import { stripBearer } from '../../../../nodes/shared/http/token';

export class AcmeOnboardingApi implements ICredentialType {
	name = 'acmeOnboardingApi';

	displayName = 'Acme Onboarding API';

	documentationUrl = 'https://example.com/acme-onboarding';

	properties: INodeProperties[] = [
		shared.createBaseUrlField('The address of the API, without a slash at the end'),
		shared.createSecretField({
			displayName: 'API Key',
			name: 'apiKey',
			description: 'A key of an administrator',
		}),
	];

	// No bearer token, so what the services of the package share does not apply.
	authenticate = async (
		{ apiKey }: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> => ({
		...request,
		...(request.baseURL === undefined
			? {}
			: { baseURL: normaliseBaseUrl(request.baseURL), disableFollowRedirect: true }),
		headers: { ...request.headers, 'X-Api-Key': stripBearer(apiKey) },
	});

	test: ICredentialTestRequest = {
		request: { baseURL: '={{ $credentials.baseUrl }}', url: '/v2/account' },
		rules: shared.createTestRules('Acme Onboarding', 'account', {
			401: 'Acme Onboarding did not accept the API key. Get a new one and paste it here.',
			404: 'There is no Acme Onboarding API at this address. Check the base URL.',
		}),
	};
}
