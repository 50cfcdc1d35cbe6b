import {
	explainReply,
	explainUnexpectedReply,
	type CallContext,
} from '../shared/http/errorMessages';
import { readReply } from '../shared/http/readReply';
import type { Reply, Exchange } from '../shared/http/response';
import { isObject, collectTexts, type JsonObject } from '../shared/core/json';
import { failed, ok, type Result } from '../shared/core/result';
import type { Call, Session } from '../shared/http/session';

/** Typed calls of Numium's tenant administration. */

export const PROVIDER = 'Numium';

/** What the wrapper holds, null for nothing. Its schema calls it `value`, its samples `data`. */
function readContent(body: JsonObject): unknown {
	return body.value ?? body.data ?? null;
}

function isWrapper(body: unknown): body is JsonObject {
	return isObject(body) && ['value', 'data', 'isSuccess'].some((key) => key in body);
}

/**
 * The entries in Numium's wrapper. Its schema and its samples differ: a list or one object, and null;
 * all are accepted.
 *
 * @returns null for a body that is no wrapper
 */
export function readEntries(body: unknown): JsonObject[] | null {
	if (!isWrapper(body)) return null;
	const content = readContent(body) ?? [];
	if (Array.isArray(content)) return content.filter(isObject);
	return isObject(content) ? [content] : null;
}

/**
 * Whether the wrapper's error says anything. Wrappers of this kind in .NET put an `Error.None` of
 * empty texts beside a success (inference: Numium documents null there), which says nothing.
 */
function saysError(body: JsonObject): boolean {
	return collectTexts(body.error).length > 0;
}

/**
 * Whether the wrapper says no, which it may do with status 200 (inference: it is built for it). It
 * does so by a flag; without one, by an error that says something while there is no value (inference:
 * the published samples leave out fields of the schema). An error beside a claim of success is
 * neither yes nor no.
 */
export function saysFailure(body: unknown): boolean {
	if (!isObject(body)) return false;
	if (body.isFailure === true || body.isSuccess === false) return true;
	if (body.isFailure === false || body.isSuccess === true) return false;
	return isWrapper(body) && readContent(body) === null && saysError(body);
}

const FORBIDDEN = {
	message: 'Numium does not allow this token to manage the invitations of the tenant',
	description: 'Check the tenant ID, and the roles of the token in the credential.',
} as const;

const DECLINED = {
	message: 'Numium declined the request',
	description: 'Check the tenant ID and the invitation.',
	reason: 'refused',
} as const;

function buildTenantPath(tenantId: string): string {
	return `/tenant/${encodeURIComponent(tenantId)}/admin/user`;
}

/** Only pending invitations are listed; a tenant without any is documented as 404. */
export async function listInvitations(
	session: Session,
	tenantId: string,
): Promise<Result<JsonObject[]>> {
	const context: CallContext = {
		provider: PROVIDER,
		about: `tenant ${tenantId}`,
		words: { 200: DECLINED, 403: FORBIDDEN },
	};
	const exchange = await session.exchange({
		kind: 'repeatable',
		method: 'GET',
		path: `${buildTenantPath(tenantId)}/invitations`,
	});
	if (exchange.kind === 'reply') {
		const { status, text, body } = exchange.reply;
		// A page or a text with 404 comes from a wrong address or a gateway, not from a tenant without invitations.
		if (status === 404 && (text === '' || body !== undefined)) return ok([]);
	}
	const reply = readReply(exchange, context);
	if (!reply.ok) return reply;
	const { body } = reply.value;
	if (saysFailure(body)) return failed(explainReply(reply.value, context));
	// Without entries and without a place for them it says nothing of who is pending, and beside an error neither yes nor no.
	const isList = isObject(body) && ('value' in body || 'data' in body) && !saysError(body);
	const entries = isList ? readEntries(body) : null;
	return entries === null ? failed(explainUnexpectedReply(reply.value, context)) : ok(entries);
}

export function createChangeContext(invitationId: string): CallContext {
	return {
		provider: PROVIDER,
		about: `invitation ${invitationId}`,
		words: {
			200: DECLINED,
			403: FORBIDDEN,
			404: {
				message: `Numium has no pending invitation ${invitationId} in this tenant`,
				description:
					'It has since been accepted, declined or cancelled, or it belongs to another tenant.',
				reason: 'notFound',
			},
		},
	};
}

/** Emails the invitation again to its address, or withdraws it for good. The id goes into the query. */
export function createChangeCall(
	action: 'resend' | 'cancel',
	tenantId: string,
	invitationId: string,
): Call {
	return {
		kind: 'once',
		method: 'PUT',
		path: `${buildTenantPath(tenantId)}/invitation/${action}`,
		query: { id: invitationId },
	};
}

/** What a 2xx reply to a resend says. */
export function readConfirmation({ body }: Reply): 'sent' | 'notSent' | 'unclear' {
	if (saysFailure(body)) return 'notSent';
	if (!isObject(body) || saysError(body)) return 'unclear';
	return readEntries(body) === null ? 'unclear' : 'sent';
}

/** The entry with this id in the reply to a change, which holds all pending ones of the tenant. */
export function findEntry(exchange: Exchange, invitationId: string): JsonObject | null {
	if (exchange.kind === 'fault') return null;
	const entries = readEntries(exchange.reply.body) ?? [];
	return entries.find((entry) => String(entry.id) === invitationId) ?? null;
}
