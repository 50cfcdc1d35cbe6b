// Who is measured: this package's nodes, n8n's HTTP Request node, and n8n's request helper in a bare loop.
import { READS_IN_FLIGHT } from '../nodes/shared/readInvitations.ts';

const own = (type, parameters) => ({
	type: `n8n-nodes-invitations.${type}`,
	parameters: { resource: 'invitation', ...parameters },
	credentials: { [`${type}Api`]: { id: '', name: '' } },
});

const byId = (value) => ({ __rl: true, mode: 'id', value: `={{ $json.${value} }}` });

export const karmaCheckGet = own('karmaCheck', {
	operation: 'get',
	caseId: byId('subject.caseId'),
});
export const karmaCheckGetMany = own('karmaCheck', { operation: 'getAll', returnAll: true });
export const karmaCheckResend = own('karmaCheck', {
	operation: 'resend',
	caseId: byId('subject.caseId'),
	dryRun: false,
});
export const numiumGet = own('numium', {
	operation: 'get',
	invitationId: byId('subject.invitationId'),
});

const readUrl = (base) => `=${base}/invitation/case/{{ $json.subject.caseId }}`;
const resendUrl = (base) => `=${base}/case/id/{{ $json.subject.caseId }}/action/resendinvite`;

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

export function httpRequestResend(base, typeVersion) {
	const { parameters, ...rest } = httpRequestGet(base, typeVersion);
	const body = {
		method: 'POST',
		url: resendUrl(base),
		sendBody: true,
		bodyParameters: { parameters: [{ name: 'email', value: '={{ $json.email }}' }] },
	};
	return { ...rest, parameters: { ...parameters, ...body } };
}

const bareLoop = (parameters) => ({ type: 'CUSTOM.bareLoop', parameters });

export const bareGet = (base, token) =>
	bareLoop({ url: readUrl(base), token, inFlight: READS_IN_FLIGHT });
export const bareResend = (base, token) =>
	bareLoop({ method: 'POST', url: resendUrl(base), token, inFlight: 1 });
