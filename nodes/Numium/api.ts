import {
	failureFromFault,
	failureFromReply,
	unexpectedReply,
	type CallContext,
	type Reply,
} from '../shared/failure';
import { isObject, type JsonObject } from '../shared/json';
import { failed, ok, type Result } from '../shared/provider';
import type { Call, Exchange, Session } from '../shared/request';

/** Typed calls of Numium's tenant administration. */

export const PROVIDER = 'Numium';

/**
 * The entries in Numium's wrapper. Its schema and its samples differ: `value` or `data`, a list or
 * one object, and null; all are accepted.
 *
 * @returns null for a body that is no wrapper
 */
export function entriesOf(body: unknown): JsonObject[] | null {
	if (!isObject(body)) return null;
	const holds = 'value' in body || 'data' in body || 'isSuccess' in body;
	if (!holds) return null;
	const content = body.value ?? body.data ?? [];
	if (Array.isArray(content)) return content.filter(isObject);
	return isObject(content) ? [content] : null;
}

/** Whether the wrapper says no, which it may do with status 200 (inference: it is built for it). */
export function saysFailure(body: unknown): boolean {
	return isObject(body) && (body.isFailure === true || body.isSuccess === false);
}

const FORBIDDEN = {
	message: 'Numium does not let this token manage the invitations of the tenant',
	description: 'Check the tenant ID, and the roles of the token in the credential.',
} as const;

const DECLINED = {
	message: 'Numium declined the request',
	description: 'Check the tenant ID and the invitation.',
	reason: 'refused',
} as const;

function tenantPath(tenantId: string): string {
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
		path: `${tenantPath(tenantId)}/invitations`,
	});
	if (exchange.kind === 'fault') return failed(failureFromFault(exchange.fault, context));
	const { reply } = exchange;
	// A web page with 404 comes from a wrong address, not from a tenant without invitations.
	if (reply.status === 404 && !/html/i.test(reply.headers['content-type'] ?? '')) return ok([]);
	if (reply.status !== 200 || saysFailure(reply.body))
		return failed(failureFromReply(reply, context));
	const entries = entriesOf(reply.body);
	return entries === null ? failed(unexpectedReply(reply, context)) : ok(entries);
}

export function changeContext(invitationId: string): CallContext {
	return {
		provider: PROVIDER,
		about: `invitation ${invitationId}`,
		words: {
			200: DECLINED,
			403: FORBIDDEN,
			404: {
				message: `Numium has no pending invitation ${invitationId} in this tenant`,
				description:
					'It was accepted, declined or cancelled meanwhile, or it belongs to another tenant.',
				reason: 'notFound',
			},
		},
	};
}

/** Mails the invitation again to its address. The id goes into the query. */
export function resendCall(tenantId: string, invitationId: string): Call {
	return {
		kind: 'once',
		method: 'PUT',
		path: `${tenantPath(tenantId)}/invitation/resend`,
		query: { id: invitationId },
	};
}

/** What a 2xx reply to a resend says. */
export function readConfirmation({ body }: Reply): 'sent' | 'notSent' | 'unclear' {
	if (saysFailure(body)) return 'notSent';
	return entriesOf(body) === null ? 'unclear' : 'sent';
}

/** The entry with this id in the reply to a change, which holds all pending ones of the tenant. */
export function matchingEntry(exchange: Exchange, invitationId: string): JsonObject | null {
	if (exchange.kind === 'fault') return null;
	const entries = entriesOf(exchange.reply.body) ?? [];
	return entries.find((entry) => String(entry.id) === invitationId) ?? null;
}

/** Withdraws a pending invitation for good. */
export function cancelCall(tenantId: string, invitationId: string): Call {
	return {
		kind: 'once',
		method: 'PUT',
		path: `${tenantPath(tenantId)}/invitation/cancel`,
		query: { id: invitationId },
	};
}
