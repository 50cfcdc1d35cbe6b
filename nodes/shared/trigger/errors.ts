import type { Failure as DeclaredCause, INode } from 'n8n-workflow';
import type { Failure } from '../core/failure';
import { readRetryAfter } from '../http/retry';
import type { Session } from '../http/session';
import { buildError } from '../node/items';

/** The session, and the longest wait that a 429 asked for in it. */
export interface ObservedSession {
	session: Session;
	askedWait(): number | null;
}

export function observe(session: Session): ObservedSession {
	let longest: number | null = null;
	return {
		session: {
			...session,
			async exchange(call) {
				const exchange = await session.exchange(call);
				const isAsked = exchange.kind === 'reply' && exchange.reply.status === 429;
				// Uncapped: n8n judges by itself how long it puts a poll off.
				const wait = isAsked ? readRetryAfter(exchange.reply, Date.now(), Infinity) : null;
				if (wait !== null) longest = Math.max(wait, longest ?? 0);
				return exchange;
			},
		},
		askedWait: () => longest,
	};
}

/** What the reply proves, for n8n's own pace of polling; most prove nothing. */
function findCause(
	{ reason, httpStatus, retryable }: Failure,
	askedWait: number | null,
): DeclaredCause | undefined {
	if (reason === 'credential') {
		// Null is a token that has run out by its own date. A service may say 500 to a wrong password, and
		// to other things as well.
		const proven = httpStatus === null || [400, 401, 403].includes(httpStatus);
		return proven ? { cause: 'credential-invalid' } : undefined;
	}
	if (httpStatus === 429) {
		return { cause: 'rate-limited', ...(askedWait === null ? {} : { retryAfterMs: askedWait }) };
	}
	return retryable && httpStatus !== null ? { cause: 'temporarily-unavailable' } : undefined;
}

/**
 * What a poll throws. n8n reads `failure`, and then waits as long as asked, or until the credential was corrected.
 */
export function createPollError(
	node: INode,
	failure: Failure,
	askedWait: number | null = null,
): ReturnType<typeof buildError> {
	const { description } = failure;
	return buildError(node, failure, { description, failure: findCause(failure, askedWait) });
}
