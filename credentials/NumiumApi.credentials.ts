import type {
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';
import { addBearer, testRules } from '../nodes/shared/http/credential';

export class NumiumApi implements ICredentialType {
	name = 'numiumApi';

	displayName = 'Numium API';

	icon = { light: 'file:../icons/numium.svg', dark: 'file:../icons/numium.dark.svg' } as const;

	documentationUrl = 'https://docs.numium.com/api-reference/tenant-users/getinvitations';

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. https://api.example.com',
			description:
				'Where your Numium API is, with a prefix such as /api if it has one. It must start with https://, except on this machine.',
		},
		{
			displayName: 'Token',
			name: 'token',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			description: 'A bearer token (JWT) of a tenant administrator',
		},
		{
			displayName: 'Tenant ID',
			name: 'tenantId',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 1024',
			description: 'The number of the tenant. Nodes may name another one.',
		},
	];

	async authenticate(
		credential: ICredentialDataDecryptedObject,
		request: IHttpRequestOptions,
	): Promise<IHttpRequestOptions> {
		return await addBearer(credential, request);
	}

	test: ICredentialTestRequest = {
		request: {
			baseURL: '={{ $credentials.baseUrl }}',
			// The user list is empty, not 404, for a tenant without matches; the invitation list is
			// documented to answer 404 there, which would look like a wrong address.
			url: '=/tenant/{{ encodeURIComponent($credentials.tenantId.trim()) }}/admin/users',
		},
		rules: testRules('Numium', 'isSuccess', [
			{
				type: 'responseCode',
				properties: {
					value: 400,
					message: 'Numium did not accept the tenant ID. It is a whole number such as 1024.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 401,
					message: 'Numium did not accept the token. Get a new one and paste it here.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 403,
					message:
						'Numium accepted the token, and does not let it administer this tenant. Check the tenant ID and the roles of the token.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 404,
					message:
						'There is no such tenant, or no Numium API at this address. Check the tenant ID and the base URL, with its /api if it has one.',
				},
			},
			{
				type: 'responseSuccessBody',
				properties: {
					key: 'isSuccess',
					value: false,
					message: 'Numium declined the request. Check the tenant ID and the token.',
				},
			},
		]),
	};
}
