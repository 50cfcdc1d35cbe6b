import type { CallContext } from '../shared/http/errorMessages';
import { readContent } from '../shared/http/readReply';
import type { Reply } from '../shared/http/response';
import { isObject, type JsonObject } from '../shared/core/json';
import { ok, type Result } from '../shared/core/result';
import type { Call, Session } from '../shared/http/session';
import { WORTH_AI_AUTH_PATH } from './environments';
import type { UserIds } from './mapper';

/** Typed calls of Worth AI's Auth service. */

export const PROVIDER = 'Worth AI';

function describeUser({ userId }: UserIds): string {
	return `user ${userId}`;
}

function buildUserPath({ customerId, userId }: UserIds): string {
	return `${WORTH_AI_AUTH_PATH}/customers/${encodeURIComponent(customerId)}/users/${encodeURIComponent(userId)}`;
}

const FORBIDDEN = {
	message: 'Worth AI does not allow this account to see the user',
	description: 'Check the customer ID, and the permissions of the account in the credential.',
} as const;

/** @returns the user as it came, or null where Worth AI knows no such user */
export async function getUser(
	session: Session,
	target: UserIds,
): Promise<Result<JsonObject | null>> {
	const context: CallContext = {
		provider: PROVIDER,
		about: describeUser(target),
		words: { 403: FORBIDDEN },
	};
	const exchange = await session.exchange({
		kind: 'repeatable',
		method: 'GET',
		path: buildUserPath(target),
	});
	if (exchange.kind === 'reply') {
		const { status, body } = exchange.reply;
		if (status === 404 && isObject(body)) return ok(null);
	}
	return readContent(exchange, context, ({ data }) => (isObject(data) ? data : null));
}

export function createResendContext(target: UserIds): CallContext {
	return {
		provider: PROVIDER,
		about: describeUser(target),
		words: {
			400: {
				message: 'Worth AI refused to resend the invitation of the user',
				description: 'Check the user ID and the customer ID.',
			},
			403: FORBIDDEN,
		},
	};
}

/** Emails the invited user again. The reply names no id and no time. */
export function createResendCall(target: UserIds): Call {
	return { kind: 'once', method: 'POST', path: `${buildUserPath(target)}/resend-invite` };
}

/** Whether a refusal says that the user has already joined; the wording is the published one. */
export function saysOnboarded({ status, body }: Reply): boolean {
	const message = isObject(body) ? body.message : undefined;
	return status === 400 && typeof message === 'string' && /already onboarded/i.test(message);
}

/** What a 2xx reply to a resend says: the published one carries `status: success`. */
export function readConfirmation({ body }: Reply): 'sent' | 'notSent' | 'unclear' {
	if (!isObject(body)) return 'unclear';
	if (body.status === 'success') return 'sent';
	return body.status === 'fail' || body.status === 'error' ? 'notSent' : 'unclear';
}

/** A page of users, and how many pages and users Worth AI says there are; NaN or 0 where it says nothing. */
export interface UserPage {
	users: JsonObject[];
	pages: number;
	total: number;
}

/**
 * Lists the users of a customer. How a further page is asked for is not documented; `page` is the
 * inference, so the caller must notice when it has no effect.
 */
export async function listUsers(
	session: Session,
	customerId: string,
	page: number,
): Promise<Result<UserPage>> {
	const context: CallContext = {
		provider: PROVIDER,
		about: `customer ${customerId}`,
		words: {
			403: {
				...FORBIDDEN,
				message: 'Worth AI does not allow this account to see the users of the customer',
			},
		},
	};
	const exchange = await session.exchange({
		kind: 'repeatable',
		method: 'GET',
		path: `${WORTH_AI_AUTH_PATH}/customers/${encodeURIComponent(customerId)}/users`,
		...(page === 1 ? {} : { query: { page: String(page) } }),
	});
	return readContent(exchange, context, ({ data }) =>
		isObject(data) && Array.isArray(data.records)
			? {
					users: data.records.filter(isObject),
					pages: Number(data.total_pages),
					total: Number(data.total_items),
				}
			: null,
	);
}
