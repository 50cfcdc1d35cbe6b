import { invalidInput, unconfirmedSend, type Failure } from '../shared/failure';
import type { Invitation } from '../shared/invitation';
import { textOrNull } from '../shared/json';
import { judgeSend, type SendEvidence } from '../shared/judgeSend';
import {
	failed,
	ok,
	type Found,
	type InvitationProvider,
	type Result,
	type SendReply,
} from '../shared/provider';
import type { CredentialPlan, Session } from '../shared/request';
import { checkId, checkOptionalEmail, type ParameterReader } from '../shared/parameters';
import {
	aboutCase,
	getInvitation,
	listCases,
	PROVIDER,
	refreshInvitation,
	resendCall,
	resendContext,
} from './api';
import { KARMACHECK_HOSTS } from './hosts';
import { fromCaseSummary, invitationLink, toInvitation } from './invitation';

export const CREDENTIAL: CredentialPlan = {
	type: 'karmaCheckApi',
	hosts: KARMACHECK_HOSTS,
	// A revoked token is answered with 403; 401 is declared for three operations only.
	refreshStatuses: [401, 403],
};

export interface CaseTarget {
	caseId: string;
	/** Where to mail a resend; null takes the address of the current invitation. */
	email: string | null;
}

const CASE_ID = {
	parameter: 'Case',
	pattern: /^[A-Za-z0-9_-]{1,64}$/,
	looksLike: 'It is up to 64 letters, digits, - and _, e.g. a09215ff-f46c-49a6-9767-762da1f3afd2.',
};

const LOOK_AGAIN =
	'Run the workflow again later: it then sees whether a new invitation has appeared.';

/** For a request that KarmaCheck accepted without making the new invitation it documents. */
function stillEarlier(): Failure {
	return invalidInput(
		'',
		'KarmaCheck accepted the request and still shows the earlier invitation.',
	);
}

/** A new id, or where an id is missing a new stamp, shows a send: each makes a new invitation. */
function settle(before: Invitation, now: Invitation): 'sent' | 'notSent' {
	const changed = before.id !== now.id || (now.id === null && before.sentAt !== now.sentAt);
	return changed ? 'sent' : 'notSent';
}

/** Reads the evidence of a send together with the invitation as it stands afterwards. */
export function concludeSend(
	evidence: SendEvidence,
	before: Found,
	after: Result<Found | null>,
	caseId: string,
): SendReply {
	if (evidence.kind !== 'accepted' && evidence.kind !== 'unclear') return evidence;
	const current = after.ok ? after.value : null;
	const settled = current === null ? null : settle(before.invitation, current.invitation);
	if (settled === 'sent') return { kind: 'sent', current };
	if (evidence.kind === 'accepted') {
		// Without a look at the new invitation KarmaCheck's own word stands.
		if (settled === null) return { kind: 'sent', current: null };
		return {
			kind: 'unknown',
			failure: unconfirmedSend(stillEarlier(), aboutCase(caseId), LOOK_AGAIN),
		};
	}
	if (settled === 'notSent' && !evidence.pending) {
		const description = `${evidence.failure.description} KarmaCheck still shows the earlier invitation, so nothing was mailed.`;
		return { kind: 'notSent', failure: { ...evidence.failure, description } };
	}
	const failure = unconfirmedSend(evidence.failure, aboutCase(caseId), LOOK_AGAIN);
	return { kind: 'unknown', failure };
}

function missing({ caseId }: CaseTarget): Failure {
	return {
		message: `There is no invitation for ${aboutCase(caseId)} at KarmaCheck`,
		description:
			'Check the case ID and the environment of the credential. A case whose data your company enters itself has no invitation to send.',
		reason: 'notFound',
		httpStatus: 404,
		code: null,
		retryable: false,
	};
}

/** KarmaCheck as the shared operations see it, for one run of the node. */
export function karmaCheckProvider(
	parameters: ParameterReader,
	session: Session,
): InvitationProvider<CaseTarget> {
	async function read({ caseId }: CaseTarget): Promise<Result<Found | null>> {
		const reading = await getInvitation(session, caseId);
		if (!reading.ok) return reading;
		const raw = reading.value;
		if (raw === null) return ok(null);
		return ok({
			invitation: toInvitation(raw, caseId, session.environment, Date.now()),
			raw: { invitation: raw },
			link: invitationLink(raw, session.environment),
		});
	}

	return {
		displayName: PROVIDER,
		stampTells: true,
		target(itemIndex) {
			const caseId = checkId(parameters.value('caseId', itemIndex), CASE_ID);
			if (!caseId.ok) return caseId;
			const email = checkOptionalEmail(parameters.value('email', itemIndex), 'Email');
			return email.ok ? ok({ caseId: caseId.value, email: email.value }) : email;
		},
		key: ({ caseId }) => caseId,
		read,
		missing,
		async send(target, before) {
			const { caseId } = target;
			const email = target.email ?? before.invitation.email;
			if (email === null) {
				const failure = invalidInput(
					`The invitation of ${aboutCase(caseId)} has no e-mail address`,
					"Enter one in the parameter 'Email'. Nothing was sent.",
				);
				return { kind: 'neverSent', failure };
			}
			const exchange = await session.exchange(resendCall(caseId, email));
			// Documented with no body at all; a web page comes from something in between.
			const evidence = judgeSend(exchange, resendContext(caseId), (reply) =>
				/html/i.test(reply.headers['content-type'] ?? '') ? 'unclear' : 'sent',
			);
			const looks = evidence.kind === 'accepted' || evidence.kind === 'unclear';
			const after = looks ? await read(target) : ok<Found | null>(null);
			return concludeSend(evidence, before, after, caseId);
		},
		settle,
		async *list() {
			const cases = await listCases(session);
			if (!cases.ok) return yield cases;
			// A case whose data the company enters itself has no invitation to anybody.
			const invited = cases.value.filter(
				(summary) => textOrNull(summary.caseInvitationId) !== null,
			);
			yield ok(
				invited.map((summary) => ({
					invitation: fromCaseSummary(summary, session.environment),
					raw: summary,
					link: null,
				})),
			);
		},
		details: async ({ invitation, raw }) => {
			const caseId = 'caseId' in invitation.subject ? invitation.subject.caseId : '';
			const found = await read({ caseId, email: null });
			if (!found.ok || found.value === null) return found;
			return ok({ ...found.value, raw: { ...raw, ...found.value.raw } });
		},
		passes: ({ raw }, { packageId }) =>
			packageId === undefined || packageId === '' || raw.packageId === packageId,
		changes: {
			async refresh(target) {
				const refreshed = await refreshInvitation(session, target.caseId);
				if (!refreshed.ok) return refreshed;
				const now = await read(target);
				if (!now.ok) return now;
				return now.value === null ? failed(missing(target)) : ok(now.value);
			},
		},
	};
}
