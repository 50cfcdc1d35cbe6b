import {
	NodeApiError,
	NodeOperationError,
	type Failure as DeclaredCause,
	type INode,
} from 'n8n-workflow';
import type { Failure } from '../core/failure';
import type { Reply } from '../http/response';
import type { Session } from '../http/session';

/** The session, and the longest wait that a 429 asked for in it. */
export interface ObservedSession {
	session: Session;
	askedWait(): number | null;
}

/** In milliseconds, uncapped: n8n judges by itself how long it puts a poll off. */
function readWait({ status, headers }: Reply, now: number): number | null {
	const header = headers['retry-after'];
	if (status !== 429 || header === undefined) return null;
	const wait = /^\s*\d+\s*$/.test(header) ? Number(header) * 1000 : Date.parse(header) - now;
	return Number.isNaN(wait) ? null : Math.max(wait, 0);
}

export function observe(session: Session): ObservedSession {
	let longest: number | null = null;
	return {
		session: {
			...session,
			async exchange(call) {
				const exchange = await session.exchange(call);
				const wait = exchange.kind === 'reply' ? readWait(exchange.reply, Date.now()) : null;
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
	if (reason === 'credential' && !retryable) {
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
 * What a poll throws. `failure` is read by n8n from 2.37 on, which then waits as long as asked, or
 * until somebody has mended the credential; older ones do not look at it.
 */
export function createPollError(
	node: INode,
	failure: Failure,
	askedWait: number | null = null,
): NodeApiError | NodeOperationError {
	const { message, description, httpStatus } = failure;
	const cause = findCause(failure, askedWait);
	const options = { description, level: 'warning', failure: cause } as const;
	if (httpStatus === null) return new NodeOperationError(node, message, options);
	const httpCode = String(httpStatus);
	return new NodeApiError(node, { message, httpCode }, { ...options, message, httpCode });
}
