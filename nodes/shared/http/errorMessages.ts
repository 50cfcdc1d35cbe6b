import type { Failure, FailureReason } from '../core/failure';
import { isObject, textsIn, type JsonObject } from '../core/json';
import { withoutTokens } from './redact';
import type { Fault, Reply } from './response';

/** Words for one status of one operation, instead of the general ones. */
export type StatusWords = Partial<
	Record<number, { message: string; description: string; reason?: FailureReason }>
>;

export interface CallContext {
	/** The provider's name as people write it. */
	provider: string;
	/** What the call was about, to end a sentence, e.g. `case 7e32`. */
	about: string;
	words?: StatusWords;
}

const MAX_QUOTE = 300;
/** Stops at the next `<`, or each of many titles without an end would be followed to the end. */
const TITLE = /<title[^<>]*>([^<]*)/i;

const WORDS = ['message', 'error', 'errors', 'info', 'detail', 'description', 'title', 'data'];

/** What of an object in a reply is meant to be read by people. */
function wordsIn(object: JsonObject): unknown[] {
	// .NET lists what is wrong by field.
	const byField = isObject(object.errors) ? Object.values(object.errors) : [];
	return [...WORDS.map((key) => object[key]), ...byField];
}

/** Text that a provider wrote, fit to be shown. */
function shown(text: string, { secrets }: Reply): string {
	const clean = withoutTokens(text, secrets);
	return clean.length > MAX_QUOTE ? `${clean.slice(0, MAX_QUOTE)}…` : clean;
}

/**
 * The provider's own words in a reply, from every body shape in the providers' documentation:
 * `message` as text or list, `error` as text or object with `info`, `errors`, a JSON string, plain
 * text, a web page, nothing. Tokens are removed; at most 300 characters.
 */
export function providerWords(reply: Reply): string | null {
	if (/<(?:!doctype|html|head|body)\b/i.test(reply.text)) {
		const title = TITLE.exec(reply.text)?.[1]?.trim();
		return title === undefined || title === ''
			? 'a web page'
			: `a web page titled "${shown(title, reply)}"`;
	}
	const body = reply.body === undefined ? reply.text : reply.body;
	// Whole sentences stand for themselves; anything else is a list.
	const found = [...new Set(textsIn(body, wordsIn))]
		.join('; ')
		.replace(/([.!?]); (?=\p{Lu})/gu, '$1 ');
	return found === '' ? null : shown(found, reply);
}

function quote(provider: string, reply: Reply): string {
	const said = providerWords(reply);
	return said === null ? '' : ` ${provider} answered: ${said}`;
}

function codeOf(reply: Reply): string | null {
	const { body } = reply;
	if (!isObject(body)) return null;
	const inner = isObject(body.error) ? body.error.code : undefined;
	const code = body.errorCode ?? body.code ?? inner;
	return typeof code === 'string' ? code : null;
}

interface Words {
	message: string;
	description: string;
	reason: FailureReason;
}

function generalWords(status: number, { provider, about }: CallContext): Words {
	if (status >= 300 && status < 400) {
		return {
			message: `${provider} sent the request for ${about} elsewhere`,
			description:
				'The address in the credential answers with a redirect, which is not followed, so that the token stays with its host. Check the environment or the base URL in the credential.',
			reason: 'unexpectedReply',
		};
	}
	if (status === 401) {
		return {
			message: `${provider} did not accept the credential for ${about}`,
			description:
				'Open the credential, test it, and enter the key or token again if the test is red.',
			reason: 'credential',
		};
	}
	if (status === 403) {
		return {
			message: `${provider} does not let this credential reach ${about}`,
			description: 'Check that the credential has access to it, and that the id is right.',
			reason: 'forbidden',
		};
	}
	if (status === 404) {
		return {
			message: `${provider} does not know ${about}`,
			description: 'Check the id, and the environment or the base URL in the credential.',
			reason: 'notFound',
		};
	}
	if (status === 429) {
		return {
			message: `${provider} asked to slow down at ${about}`,
			description: 'Run the workflow again later, or with fewer items at a time.',
			reason: 'rateLimited',
		};
	}
	if (status >= 500) {
		return {
			message: `${provider} could not serve the request for ${about} (status ${status})`,
			description: 'Try again later. If it stays so, ask the provider with the time of this run.',
			reason: 'unavailable',
		};
	}
	return {
		message: `${provider} refused the request for ${about} (status ${status})`,
		description: 'Check the values of this item.',
		reason: 'refused',
	};
}

const RETRYABLE_STATUSES = [429, 502, 503, 504];

/** Turns an answer other than the hoped-for one into words. Statuses of 2xx are allowed too. */
export function failureFromReply(reply: Reply, context: CallContext): Failure {
	const general = generalWords(reply.status, context);
	const own = context.words?.[reply.status];
	const chosen: Words =
		own === undefined ? general : { ...own, reason: own.reason ?? general.reason };
	return {
		message: chosen.message,
		description: `${chosen.description}${quote(context.provider, reply)}`,
		reason: chosen.reason,
		httpStatus: reply.status,
		code: codeOf(reply),
		retryable: RETRYABLE_STATUSES.includes(reply.status),
	};
}

/** A 2xx answer that is not what the provider documents, such as a proxy's sign-in page. */
export function unexpectedReply(reply: Reply, { provider, about }: CallContext): Failure {
	return {
		message: `${provider} answered in an unexpected form for ${about}`,
		description: `Check the environment or the base URL in the credential, and whether a proxy stands in between.${quote(provider, reply)}`,
		reason: 'unexpectedReply',
		httpStatus: reply.status,
		code: null,
		retryable: false,
	};
}

type Unanswered = Exclude<Fault, { kind: 'signIn' }>;

function describeFault({ kind, code }: Unanswered, provider: string, about: string): Words {
	const quoted = code === null ? '' : ` (${code})`;
	const again = 'Start the workflow again when you are ready.';
	const words: Record<Unanswered['kind'], Words> = {
		cancelled: {
			message: `The execution was stopped at ${about}`,
			description: again,
			reason: 'cancelled',
		},
		notStarted: {
			message: `The execution was stopped before ${about}`,
			description: `No request was made for it. ${again}`,
			reason: 'cancelled',
		},
		neverSent: {
			message: `${provider} could not be reached for ${about}`,
			description: `No connection was made${quoted}. Check the base URL in the credential and the network of this n8n.`,
			reason: 'unreachable',
		},
		unclear: {
			message: `${provider} did not answer in time or broke off at ${about}`,
			description: `The connection was lost before an answer came${quoted}. Try again later.`,
			reason: 'unreachable',
		},
	};
	return words[kind];
}

/** Turns a request that got no answer into words. */
export function failureFromFault(fault: Fault, { provider, about }: CallContext): Failure {
	if (fault.kind === 'signIn') {
		return {
			message: `Signing in at ${provider} did not succeed`,
			description: fault.detail,
			reason: 'credential',
			httpStatus: fault.status,
			code: null,
			retryable: fault.status === null || RETRYABLE_STATUSES.includes(fault.status),
		};
	}
	return {
		...describeFault(fault, provider, about),
		httpStatus: null,
		code: fault.code,
		retryable: true,
	};
}
