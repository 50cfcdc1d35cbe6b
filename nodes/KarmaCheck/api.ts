import { explainUnexpectedReply, type CallContext } from '../shared/http/errorMessages';
import { isBlank, isObject, type JsonObject } from '../shared/core/json';
import { failed, ok, type Result } from '../shared/core/result';
import type { Call, Session } from '../shared/http/session';
import { mapCaseSummary } from './mapper';
import { readContent, readReply } from '../shared/http/readReply';
import type { Reply } from '../shared/http/response';

/** Typed calls of KarmaCheck's REST API. */

export const PROVIDER = 'KarmaCheck';

/** The secondary status 'Authorization in Progress': the candidate has started. */
const IN_PROGRESS = 'c5f240cb-5221-451c-8bd1-4be5bf348ce5';

export function describeCase(caseId: string): string {
	return `case ${caseId}`;
}

function createContext(caseId: string, words: CallContext['words'] = {}): CallContext {
	return { provider: PROVIDER, about: describeCase(caseId), words };
}

/** 403 stands for a refused token as well as for another group's case. */
const FORBIDDEN = {
	message: 'KarmaCheck does not give this credential access to the case',
	description:
		'Check the case ID. Another group or environment needs its own credential. If every case is refused, test the credential.',
} as const;

/** @returns the `invitation` object as it came, or null for a case without one (404) */
export async function getInvitation(
	session: Session,
	caseId: string,
): Promise<Result<JsonObject | null>> {
	const call = createContext(caseId, { 403: FORBIDDEN });
	const exchange = await session.exchange({
		kind: 'repeatable',
		method: 'GET',
		path: `/invitation/case/${encodeURIComponent(caseId)}`,
	});
	// Documented with an empty body; a 404 with a body comes from a wrong address.
	if (exchange.kind === 'reply' && exchange.reply.status === 404 && exchange.reply.text === '') {
		return ok(null);
	}
	return readContent(exchange, call, ({ invitation }) =>
		isObject(invitation) ? invitation : null,
	);
}

/** Statuses with words of their own when resending. */
export function createResendContext(caseId: string): CallContext {
	return createContext(caseId, {
		403: FORBIDDEN,
		422: {
			message: 'KarmaCheck could not resend the invitation of the case',
			description:
				'The candidate has already started, or KarmaCheck could not use the data of the case, such as the email address.',
			reason: 'refused',
		},
	});
}

/** Makes and emails a new invitation; the link in the earlier email stops working. */
export function createResendCall(caseId: string, email: string): Call {
	return {
		kind: 'once',
		method: 'POST',
		path: `/case/id/${encodeURIComponent(caseId)}/action/resendinvite`,
		body: { email },
	};
}

/**
 * What a 2xx reply to a resend or a refresh says. It is documented with no body at all: a web page comes from something
 * in between, and one with `error` has the form of a refusal.
 */
export function readConfirmation({ headers, body }: Reply): 'sent' | 'unclear' {
	const isPage = /html/i.test(headers['content-type'] ?? '');
	return isPage || (isObject(body) && !isBlank(body.error)) ? 'unclear' : 'sent';
}

/** Extends the validity to 14 days and keeps the link; no email is sent. Repeating it is harmless. */
export async function refreshInvitation(session: Session, caseId: string): Promise<Result<Reply>> {
	const exchange = await session.exchange({
		kind: 'repeatable',
		method: 'PUT',
		path: `/case/id/${encodeURIComponent(caseId)}/action/refreshinvite`,
	});
	const call = createContext(caseId, {
		403: FORBIDDEN,
		422: {
			message: 'KarmaCheck could not refresh the invitation of the case',
			description:
				'The candidate has already started or finished, so the invitation needs no more time.',
			reason: 'refused',
		},
	});
	const reply = readReply(exchange, call);
	if (!reply.ok || readConfirmation(reply.value) === 'sent') return reply;
	const failure = explainUnexpectedReply(reply.value, call);
	const open = 'It may have been refreshed all the same.';
	return failed({ ...failure, description: `${open} ${failure.description}` });
}

/** The objects in the field of a reply that lists them. */
async function fetchList(
	session: Session,
	{ path, field }: { path: string; field: 'cases' | 'packages' },
): Promise<Result<JsonObject[]>> {
	const call: CallContext = {
		provider: PROVIDER,
		about: `the list of ${field}`,
		// No ID is asked for. Of `GET /case/list` the pages say that 403 means a missing or invalid token; of the others less.
		words: {
			403: {
				description: 'Test the credential. Another group or environment needs its own credential.',
				reason: 'credential',
			},
		},
	};
	const exchange = await session.exchange({ kind: 'repeatable', method: 'GET', path });
	return readContent(exchange, call, ({ [field]: listed }) =>
		Array.isArray(listed) ? listed.filter(isObject) : null,
	);
}

/**
 * How a case stands: `completed` or only `started`, null for neither or no answer. That either has used its invitation up,
 * as a 422 may mean, is an inference from what the statuses are said to mean.
 */
export async function findUse(
	session: Session,
	caseId: string,
): Promise<'completed' | 'started' | null> {
	const path = `/case/id/${encodeURIComponent(caseId)}`;
	const found = await fetchList(session, { path, field: 'cases' });
	const [summary = {}] = found.ok ? found.value : [];
	if (mapCaseSummary(summary, '').status === 'completed') return 'completed';
	return summary.secondaryCaseStatusId === IN_PROGRESS ? 'started' : null;
}

/** All active cases in one reply: KarmaCheck has no pages and no filters here. */
export async function listCases(session: Session): Promise<Result<JsonObject[]>> {
	return await fetchList(session, { path: '/case/list', field: 'cases' });
}

/** The packages of the group, for a filter. */
export async function listPackages(session: Session): Promise<Result<JsonObject[]>> {
	return await fetchList(session, { path: '/package/min/list', field: 'packages' });
}
