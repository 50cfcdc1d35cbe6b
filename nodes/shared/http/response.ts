import type { Failure } from '../core/failure';
import { isObject, messageOf, parseJson } from '../core/json';

/** An answer from the provider. `body` is undefined where the text is not JSON. */
export interface Reply {
	status: number;
	/** Names in lower case. */
	headers: Record<string, string>;
	text: string;
	body: unknown;
	/** What the request was signed with: some services repeat it, so it is cut out. */
	secrets?: readonly string[];
}

/**
 * A request that got no answer.
 *
 * - `expired`: the token that the user pasted has; the call was not made.
 * - `signIn`: the sign-in before it was refused or went unanswered; the call was not made. `askedWait` is what its answer
 *   asked for, in milliseconds.
 * - `neverSent`: it provably did not reach the provider.
 * - `unclear`: it may have.
 * - `cancelled`: the execution was stopped meanwhile; it may have.
 * - `notStarted`: the execution was stopped before; the call was not made.
 */
export type Fault =
	| { kind: 'expired'; failure: Failure }
	| { kind: 'signIn'; status: number | null; detail: string; askedWait: number | null }
	| { kind: 'neverSent' | 'unclear' | 'cancelled' | 'notStarted'; code: string | null };

/** How long a request may take. */
export const TIMEOUT_MS = 30_000;

export type Exchange = { kind: 'reply'; reply: Reply } | { kind: 'fault'; fault: Fault };

/** The `name` that distinguishes an error of the sign-in from one of the call after it. */
export const SIGN_IN_ERROR = 'SignInError';

/**
 * Codes that prove no connection was made, so nothing can have left: refused, no such host, no
 * route, and handshakes that TLS broke off.
 */
const NEVER_SENT =
	/^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ERR_INVALID_URL|ERR_TLS_\w+|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/;

function readHeaders(value: unknown): Record<string, string> {
	if (!isObject(value)) return {};
	return Object.fromEntries(
		Object.entries(value)
			.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
			.map(([name, text]) => [name.toLowerCase(), text]),
	);
}

/** Bodies are requested as text; one that comes parsed all the same is turned back into text. */
function readBodyText(data: unknown): string {
	if (typeof data === 'string') return data;
	if (data === undefined) return '';
	try {
		return JSON.stringify(data);
	} catch {
		// For example nested deeper than the call stack reaches. It is still a reply, and not an empty one.
		return '(a body that cannot be written as text)';
	}
}

function buildReply(status: number, headers: unknown, data: unknown): Reply {
	const body = typeof data === 'string' ? parseJson(data) : data;
	return { status, headers: readHeaders(headers), text: readBodyText(data), body };
}

function findNumber(value: unknown): number | null {
	return typeof value === 'number' ? value : null;
}

/** Reads what n8n's request helper returned when asked for the full response. */
export function readAnswer(answer: unknown): Reply {
	const { statusCode, headers, body }: Record<string, unknown> = isObject(answer) ? answer : {};
	return buildReply(findNumber(statusCode) ?? 0, headers, body);
}

/**
 * Whether the body of a reply broke off or could not be unpacked: axios then has the status and no data, where an empty
 * body is an empty text. Other statuses say enough by themselves; these two would be read as 'done' and 'nobody is there'.
 */
function isBrokenOff(status: number, data: unknown): boolean {
	return data === undefined && ((status >= 200 && status < 300) || status === 404);
}

/**
 * Reads what n8n's request helper threw. It wraps axios' own error as `cause`; that object holds
 * the Authorization header, so nothing of it but status, code and reply goes on.
 */
export function readThrown(thrown: unknown, signal: AbortSignal | undefined): Exchange {
	const outer = isObject(thrown) ? thrown : {};
	const cause = isObject(outer.cause) ? outer.cause : outer;
	if (cause.name === SIGN_IN_ERROR) {
		const status = findNumber(cause.answered);
		const detail = messageOf(cause);
		const askedWait = findNumber(cause.askedWait);
		return { kind: 'fault', fault: { kind: 'signIn', status, detail, askedWait } };
	}
	const response = isObject(cause.response) ? cause.response : null;
	const status = findNumber(response?.status);
	if (response !== null && status !== null && !isBrokenOff(status, response.data)) {
		return { kind: 'reply', reply: buildReply(status, response.headers, response.data) };
	}
	const code = typeof cause.code === 'string' ? cause.code : null;
	if (signal?.aborted === true) return { kind: 'fault', fault: { kind: 'cancelled', code } };
	const left = status !== null || code === null || !NEVER_SENT.test(code);
	const kind = left ? 'unclear' : 'neverSent';
	return { kind: 'fault', fault: { kind, code } };
}
