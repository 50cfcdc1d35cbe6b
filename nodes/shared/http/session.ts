import * as workflow from 'n8n-workflow';
import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IPollFunctions,
} from 'n8n-workflow';
import { baseUrlOf, environmentOf, installationOf, type KnownHosts } from './baseUrl';
import { invalidInput, secretsIn, type Failure, type Fault, type Reply } from '../core/failure';
import { isObject, parseJson } from '../core/json';
import { bareToken, jwtExpiry } from './token';
import { pause } from '../core/time';
import { failed, ok, type Result } from '../invitation/provider';
import { SIGN_IN_ERROR } from './signIn';

export type Caller = IExecuteFunctions | ILoadOptionsFunctions | IPollFunctions;

/** What distinguishes one provider's credential for the shared HTTP code. */
export interface CredentialPlan {
	type: string;
	hosts: KnownHosts;
	/** Statuses by which the provider may mean "this token has run out". */
	refreshStatuses: readonly number[];
}

export interface Call {
	/**
	 * `repeatable`: making it twice has the effect of making it once. `once`: it mails a person, or
	 * answers differently the second time; it is never repeated once it may have left.
	 */
	kind: 'repeatable' | 'once';
	method: 'GET' | 'POST' | 'PUT';
	/** Below the base URL; its parts already encoded. */
	path: string;
	query?: Record<string, string>;
	body?: IDataObject;
}

export type Exchange = { kind: 'reply'; reply: Reply } | { kind: 'fault'; fault: Fault };

/** A wait that a 429 to one send asks of all sends of its session. */
interface SlowDown {
	/** When it is over, epoch milliseconds. */
	until: number;
	over: Promise<void>;
	/** The 429. */
	answer: Exchange;
}

/** One run's signed-in connection: the credential is read once. */
export interface Session {
	credential: ICredentialDataDecryptedObject;
	/** For outputs: `production`, `stage`, or the host of a custom base URL. */
	environment: string;
	/**
	 * For keys, such as those of the record of sends: `production` or `stage` at the provider's own
	 * hosts, else the whole base URL, normalised. One host may serve several installations, whose
	 * ids have nothing to do with each other.
	 */
	installation: string;
	signal: AbortSignal | undefined;
	/** @param onWait told before each wait that a call of kind `once` is asked for */
	exchange(call: Call, onWait?: (milliseconds: number) => Promise<void>): Promise<Exchange>;
}

const TIMEOUT_MS = 30_000;
const MAX_WAIT_MS = 60_000;
const MAX_WAITS = 3;
/** So long a send waits in all, for answers to itself and to others; a second is for late timers. */
const LONGEST_WAITING_MS = MAX_WAITS * MAX_WAIT_MS + 1000;
const FIRST_BACKOFF_MS = 250;
const REPEATABLE_STATUSES = [429, 502, 503, 504];

/**
 * Codes that prove no connection was made, so nothing can have left: refused, no such host, no
 * route, and handshakes that TLS broke off.
 */
const NEVER_SENT =
	/^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|ERR_INVALID_URL|ERR_TLS_\w+|CERT_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/;

const NOT_STARTED: Exchange = { kind: 'fault', fault: { kind: 'notStarted', code: null } };

function headersOf(value: unknown): Record<string, string> {
	if (!isObject(value)) return {};
	return Object.fromEntries(
		Object.entries(value)
			.filter((entry): entry is [string, string] => typeof entry[1] === 'string')
			.map(([name, text]) => [name.toLowerCase(), text]),
	);
}

/** A body is asked for as text; should it come parsed all the same, it is written anew. */
function textOf(data: unknown): string {
	if (typeof data === 'string') return data;
	if (data === undefined) return '';
	try {
		return JSON.stringify(data);
	} catch {
		// Nested deeper than the call stack reaches, for one. A reply it is, and not an empty one.
		return '(a body that cannot be written as text)';
	}
}

function replyOf(status: number, headers: unknown, data: unknown): Reply {
	const body = typeof data === 'string' ? parseJson(data) : data;
	return { status, headers: headersOf(headers), text: textOf(data), body };
}

/**
 * Reads what n8n's request helper threw. It wraps axios' own error as `cause`; that object holds
 * the Authorization header, so nothing of it but status, code and reply goes on.
 */
function exchangeOfThrown(thrown: unknown, signal: AbortSignal | undefined): Exchange {
	const outer = isObject(thrown) ? thrown : {};
	const cause = isObject(outer.cause) ? outer.cause : outer;
	if (cause.name === SIGN_IN_ERROR) {
		const status = typeof cause.answered === 'number' ? cause.answered : null;
		const detail = typeof cause.message === 'string' ? cause.message : '';
		return { kind: 'fault', fault: { kind: 'signIn', status, detail } };
	}
	const response = isObject(cause.response) ? cause.response : null;
	if (response !== null && typeof response.status === 'number') {
		const reply = replyOf(response.status, response.headers, response.data);
		return { kind: 'reply', reply };
	}
	const code = typeof cause.code === 'string' ? cause.code : null;
	if (signal?.aborted === true) return { kind: 'fault', fault: { kind: 'cancelled', code } };
	const kind = code !== null && NEVER_SENT.test(code) ? 'neverSent' : 'unclear';
	return { kind: 'fault', fault: { kind, code } };
}

/** How long a reply asks to wait, in milliseconds; null where it does not say. */
export function retryAfter(reply: Reply, now: number): number | null {
	const header = reply.headers['retry-after'];
	if (header === undefined) return null;
	const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : null;
	const wait = seconds === null ? Date.parse(header) - now : seconds * 1000;
	return Number.isNaN(wait) ? null : Math.min(Math.max(wait, 0), MAX_WAIT_MS);
}

/** Whether the same call may be made again without a second effect. */
function mayRepeat(call: Call, exchange: Exchange): boolean {
	if (exchange.kind === 'fault') {
		const { kind } = exchange.fault;
		return call.kind === 'repeatable' && (kind === 'neverSent' || kind === 'unclear');
	}
	const { status } = exchange.reply;
	// 429 is a refusal, so nothing happened; after 5xx a send may well have taken effect.
	return call.kind === 'repeatable' ? REPEATABLE_STATUSES.includes(status) : status === 429;
}

function allowedDomains(
	caller: Caller,
	credential: ICredentialDataDecryptedObject,
	baseUrl: string,
): string | undefined {
	// Absent before n8n 2.40, where the engine has no such restriction either.
	if (typeof workflow.getCredentialAllowedDomains !== 'function') return undefined;
	return workflow.getCredentialAllowedDomains({
		node: caller.getNode(),
		credentialData: credential,
		credentialOwnedSurface: true,
		nodeEndpointUrl: baseUrl,
	});
}

function cancelSignal(caller: Caller): AbortSignal | undefined {
	return 'getExecutionCancelSignal' in caller ? caller.getExecutionCancelSignal() : undefined;
}

/** A pasted token that has run out needs no call to be found out. */
function expiredToken(credential: ICredentialDataDecryptedObject, now: number): Failure | null {
	const pasted = credential.authentication === 'token' || credential.authentication === undefined;
	const expiry = pasted ? jwtExpiry(bareToken(credential.token)) : null;
	if (expiry === null || expiry > now) return null;
	return {
		...invalidInput(
			`The token in the credential expired at ${new Date(expiry).toISOString()}`,
			'Get a new token from the provider and paste it into the credential. No request was made.',
		),
		reason: 'credential',
	};
}

/** Reads the credential, once for the run, and prepares the calls made with it. */
export async function openSession(caller: Caller, plan: CredentialPlan): Promise<Result<Session>> {
	const credential = await caller.getCredentials(plan.type);
	const expired = expiredToken(credential, Date.now());
	if (expired !== null) return failed(expired);
	let baseUrl: string;
	try {
		baseUrl = baseUrlOf(credential, plan.hosts);
	} catch (thrown) {
		const message = thrown instanceof Error ? thrown.message : 'The base URL cannot be used';
		return failed(
			invalidInput(message, 'Open the credential and correct it. No request was made.'),
		);
	}
	const stored = caller.getNode().credentials?.[plan.type];
	const decrypted: ICredentialsDecrypted = {
		id: stored?.id ?? '',
		name: stored?.name ?? '',
		type: plan.type,
		data: credential,
	};
	const domains = allowedDomains(caller, credential, baseUrl);
	const signal = cancelSignal(caller);
	let refreshStatuses = [...plan.refreshStatuses];

	// Asked for each time: n8n renews the session token in the credential.
	const answered = (reply: Reply): Exchange => ({
		kind: 'reply',
		reply: { ...reply, secrets: secretsIn(credential) },
	});

	async function once(call: Call): Promise<Exchange> {
		const url = `${baseUrl}${call.path}`;
		const options: IHttpRequestOptions = {
			method: call.method,
			url,
			headers: { Accept: 'application/json' },
			...(call.query === undefined ? {} : { qs: call.query }),
			...(call.body === undefined ? {} : { body: call.body }),
			// As text: a plain JSON parse would round int64 ids.
			encoding: 'text',
			returnFullResponse: true,
			timeout: TIMEOUT_MS,
			disableFollowRedirect: true,
			sendCredentialsOnCrossOriginRedirect: false,
			ignoreHttpStatusErrors: { ignore: true, except: refreshStatuses },
			...(domains === undefined ? {} : { allowedDomains: domains }),
		};
		try {
			const answer: unknown = await caller.helpers.httpRequestWithAuthentication.call(
				caller,
				plan.type,
				options,
				{ credentialsDecrypted: decrypted, preAuthenticationRetryStatusCode: refreshStatuses },
			);
			const full = isObject(answer) ? answer : {};
			const status = typeof full.statusCode === 'number' ? full.statusCode : 0;
			return answered(replyOf(status, full.headers, full.body));
		} catch (thrown) {
			const caught = exchangeOfThrown(thrown, signal);
			const exchange = caught.kind === 'reply' ? answered(caught.reply) : caught;
			// The token was renewed for this call and 403 came again: it is no matter of the token,
			// so further 403s of this run are not worth a sign-in each.
			if (exchange.kind === 'reply' && exchange.reply.status === 403) {
				refreshStatuses = refreshStatuses.filter((status) => status !== 403);
			}
			return exchange;
		}
	}

	let slowDown: SlowDown | null = null;

	/** Several may be asked for by sends that left together: the longest counts. */
	function holdSends(milliseconds: number, answer: Exchange): void {
		const earlier = slowDown;
		const until = Math.max(Date.now() + milliseconds, earlier?.until ?? 0);
		const over = Promise.all([earlier?.over, pause(milliseconds, signal)]).then(() => {
			if (slowDown === held) slowDown = null;
		});
		const held: SlowDown = { until, over, answer };
		slowDown = held;
	}

	async function exchange(
		call: Call,
		onWait?: (milliseconds: number) => Promise<void>,
	): Promise<Exchange> {
		let last: Exchange | null = null;
		let waited = 0;
		for (let tries = 1; ; tries++) {
			// A further 429 may come while this one waits.
			while (call.kind === 'once' && slowDown !== null) {
				const from = Date.now();
				// It may be over, and gone, by the time that others know of the wait.
				const held: SlowDown = slowDown;
				if (waited + held.until - from > LONGEST_WAITING_MS) return last ?? held.answer;
				await onWait?.(held.until - from);
				await held.over;
				waited += Date.now() - from;
			}
			// A repeat that does not leave changes nothing about the answer before it: after a 429 the
			// call is refused, though n8n's helper would now tell of one that was broken off.
			if (signal?.aborted === true) return last ?? NOT_STARTED;
			last = await once(call);
			if (!mayRepeat(call, last)) return last;
			const asked = last.kind === 'reply' ? retryAfter(last.reply, Date.now()) : null;
			// Jitter keeps the lanes of the pool from coming back all at once.
			const wait = asked ?? FIRST_BACKOFF_MS * 2 ** (tries - 1) * (1 + Math.random());
			// The other sends wait also where this one has waited often enough.
			if (call.kind === 'once') holdSends(wait, last);
			if (tries > MAX_WAITS) return last;
			if (call.kind === 'repeatable') await pause(wait, signal);
		}
	}

	const environment = environmentOf(credential, baseUrl, plan.hosts);
	const installation = installationOf(baseUrl, plan.hosts);
	return ok({ credential, environment, installation, signal, exchange });
}
