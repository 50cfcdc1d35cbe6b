import type { ICredentialTestRequest, ICredentialType, INodeProperties } from 'n8n-workflow';
import * as shared from '../nodes/shared/http/credential';

export class NumiumApi implements ICredentialType {
	name = 'numiumApi';

	displayName = 'Numium API';

	icon = { light: 'file:../icons/numium.svg', dark: 'file:../icons/numium.dark.svg' } as const;

	documentationUrl =
		'https://github.com/n8n-nodes-invitations/n8n-nodes-invitations/blob/main/docs/numium.md#numium-api-credential';

	properties: INodeProperties[] = [
		shared.createBaseUrlField(
			'The address of your Numium API, including a prefix such as /api if it has one',
		),
		shared.createSecretField({
			displayName: 'Token',
			name: 'token',
			description: 'A bearer token (JWT) of a tenant administrator',
		}),
		{
			displayName: 'Tenant ID',
			name: 'tenantId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 1024',
			description: 'The number of your tenant. You can enter another one in a node.',
		},
	];

	authenticate = shared.addBearer;

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{ $credentials.baseUrl }}',
			// The user list is empty, not 404, for a tenant without matches; the invitation list is
			// documented to answer 404 there, which would look like a wrong address.
			url: '=/tenant/{{ encodeURIComponent($credentials.tenantId.trim()) }}/admin/users',
		},
		rules: shared.createTestRules(
			'Numium',
			'isSuccess',
			{
				400: 'Numium did not accept the tenant ID. It is a whole number such as 1024.',
				401: 'Numium did not accept the token. Get a new one and paste it here.',
				403: 'Numium accepted the token, but it does not have access to this tenant. Check the tenant ID and the roles of the token.',
				404: 'This tenant does not exist, or there is no Numium API at this address. Check the tenant ID and the base URL, including /api if it has one.',
			},
			'Numium declined the request. Check the tenant ID and the token.',
		),
	};
}
