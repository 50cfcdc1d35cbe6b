// Who is measured: this package's nodes, n8n's HTTP Request node, and n8n's request helper in a bare loop.
import { WORTH_AI_AUTH_PATH } from '../nodes/WorthAi/environments.ts';
import { READS_IN_FLIGHT } from '../nodes/shared/invitation/fetchMany.ts';

const own = (type, parameters) => ({
	type: `n8n-nodes-invitations.${type}`,
	parameters: { resource: 'invitation', ...parameters },
	credentials: { [`${type}Api`]: { id: '', name: '' } },
});

const byId = (value) => ({ __rl: true, mode: 'id', value: `={{ $json.${value} }}` });

export const karmaCheckGet = own('karmaCheck', {
	operation: 'get',
	caseId: byId('caseId'),
});
export const karmaCheckGetMany = own('karmaCheck', { operation: 'getAll', returnAll: true });
export const numiumGet = own('numium', {
	operation: 'get',
	invitationId: byId('invitationId'),
});

const readUrl = (base) => `=${base}/karmacheck/invitation/case/{{ $json.caseId }}`;

const usersUrl = (base) =>
	`=${base}/worth${WORTH_AI_AUTH_PATH}/customers/{{ $json.customerId }}/users`;
const tenantUrl = (base) => `=${base}/numium/tenant/{{ $json.tenantId }}/admin/user`;

/** By service: how its node is told whom to mail, and the request that mails. */
const RESENDS = {
	karmaCheck: {
		target: { caseId: byId('caseId') },
		request: (base) => ({
			method: 'POST',
			url: `=${base}/karmacheck/case/id/{{ $json.caseId }}/action/resendinvite`,
			body: '={{ ({ email: $json.email }) }}',
		}),
	},
	worthAi: {
		target: {
			customerId: '={{ $json.customerId }}',
			userId: byId('userId'),
		},
		request: (base) => ({
			method: 'POST',
			url: `${usersUrl(base)}/{{ $json.userId }}/resend-invite`,
		}),
	},
	numium: {
		target: {
			tenantId: '={{ $json.tenantId }}',
			invitationId: byId('invitationId'),
		},
		request: (base) => ({
			method: 'PUT',
			url: `${tenantUrl(base)}/invitation/resend?id={{ $json.invitationId }}`,
		}),
	},
};

export const resend = (service, options = {}) =>
	own(service, { operation: 'resend', ...RESENDS[service].target, dryRun: false, options });

/** At its default settings, with a bearer token as its credential. */
export const httpRequestGet = (base, typeVersion) => ({
	type: 'n8n-nodes-base.httpRequest',
	typeVersion,
	parameters: {
		url: readUrl(base),
		authentication: 'genericCredentialType',
		genericAuthType: 'httpBearerAuth',
	},
	credentials: { httpBearerAuth: { id: '', name: '' } },
});

/** KarmaCheck's request, whose token the credential holds. */
export function httpRequestResend(base, typeVersion) {
	const { parameters, ...rest } = httpRequestGet(base, typeVersion);
	const { method, url } = RESENDS.karmaCheck.request(base);
	const body = {
		method,
		url,
		sendBody: true,
		bodyParameters: { parameters: [{ name: 'email', value: '={{ $json.email }}' }] },
	};
	return { ...rest, parameters: { ...parameters, ...body } };
}

const bareLoop = (parameters) => ({ type: 'CUSTOM.bareLoop', parameters });

export const bareGet = (base, token) =>
	bareLoop({ url: readUrl(base), token, inFlight: READS_IN_FLIGHT });
export const bareResend = (service, base, token) =>
	bareLoop({ ...RESENDS[service].request(base), token, inFlight: 1 });
