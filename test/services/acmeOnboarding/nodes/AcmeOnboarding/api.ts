import { isObject, readText, type JsonObject } from '../../../../../nodes/shared/core/json';
import { failed, ok, type Result } from '../../../../../nodes/shared/core/result';
import {
	explainUnexpectedReply,
	type CallContext,
} from '../../../../../nodes/shared/http/errorMessages';
import { readContent, readReply } from '../../../../../nodes/shared/http/readReply';
import type { Exchange, Reply } from '../../../../../nodes/shared/http/response';
import type { Call, Session } from '../../../../../nodes/shared/http/session';

/** Typed calls of Acme Onboarding's API. */

export const PROVIDER = 'Acme Onboarding';

export function createResendContext(invitationId: string): CallContext {
	return { provider: PROVIDER, about: `invitation ${invitationId}` };
}

const pathOf = (invitationId: string): string =>
	`/v2/invitations/${encodeURIComponent(invitationId)}`;

/** The entry in a reply, null where there is none. */
export function findEntry({ body }: Reply): JsonObject | null {
	const entry = isObject(body) ? body.data : undefined;
	return isObject(entry) && readText(entry.id) !== null ? entry : null;
}

/** What distinguishes its refusals. */
export function refusalCode(exchange: Exchange): string | null {
	if (exchange.kind === 'fault' || exchange.reply.status !== 409) return null;
	const { body } = exchange.reply;
	return isObject(body) && isObject(body.error) ? readText(body.error.code) : null;
}

/** @returns null where there is no such invitation */
export async function getInvitation(
	session: Session,
	invitationId: string,
): Promise<Result<JsonObject | null>> {
	const context = createResendContext(invitationId);
	const exchange = await session.exchange({
		kind: 'repeatable',
		method: 'GET',
		path: pathOf(invitationId),
	});
	if (exchange.kind === 'reply') {
		const { status, body } = exchange.reply;
		// Documented with a body; a web page with 404 comes from a wrong address.
		if (status === 404 && isObject(body) && isObject(body.error)) return ok(null);
	}
	const reply = readReply(exchange, context);
	if (!reply.ok) return reply;
	const entry = findEntry(reply.value);
	return entry === null ? failed(explainUnexpectedReply(reply.value, context)) : ok(entry);
}

export interface Page {
	entries: JsonObject[];
	/** Where the next page begins; null after the last one. */
	next: string | null;
}

export async function listInvitations(
	session: Session,
	cursor: string | null,
): Promise<Result<Page>> {
	const context: CallContext = { provider: PROVIDER, about: 'the list of invitations' };
	const exchange = await session.exchange({
		kind: 'repeatable',
		method: 'GET',
		path: '/v2/invitations',
		...(cursor === null ? {} : { query: { cursor } }),
	});
	return readContent(exchange, context, ({ data, next_cursor: next }) =>
		Array.isArray(data) ? { entries: data.filter(isObject), next: readText(next) } : null,
	);
}

export function createResendCall(invitationId: string): Call {
	return { kind: 'once', method: 'POST', path: `${pathOf(invitationId)}/resend` };
}
