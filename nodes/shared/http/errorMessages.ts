import type { Failure, FailureReason } from '../core/failure';
import { isObject, collectTexts, type JsonObject } from '../core/json';
import { redact } from './redact';
import { mayPass } from './retry';
import type { Fault, Reply } from './response';

/** Words for one status of one operation, instead of the general ones. */
export type StatusWords = Partial<Record<number, Partial<Words>>>;

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

/** The parts of an object in a reply that are meant for people. */
function pickWords(object: JsonObject): unknown[] {
	// .NET lists what is wrong by field.
	const byField = isObject(object.errors) ? Object.values(object.errors) : [];
	return [...WORDS.map((key) => object[key]), ...byField];
}

/** Text that a provider wrote, fit to be shown. */
function cleanQuote(text: string, { secrets }: Reply): string {
	const clean = redact(text, secrets);
	return clean.length > MAX_QUOTE ? `${clean.slice(0, MAX_QUOTE)}…` : clean;
}

/**
 * The provider's own words in a reply, from every body shape in the providers' documentation:
 * `message` as text or list, `error` as text or object with `info`, `errors`, a JSON string, plain
 * text, a web page, nothing. Tokens are removed; at most 300 characters.
 */
export function readProviderWords(reply: Reply): string | null {
	if (/<(?:!doctype|html|head|body)\b/i.test(reply.text)) {
		const title = TITLE.exec(reply.text)?.[1]?.trim();
		return title === undefined || title === ''
			? 'a web page'
			: `a web page titled "${cleanQuote(title, reply)}"`;
	}
	const body = reply.body === undefined ? reply.text : reply.body;
	// Whole sentences follow each other; anything else is a list.
	const found = [...new Set(collectTexts(body, pickWords))]
		.join('; ')
		.replace(/([.!?]); (?=\p{Lu})/gu, '$1 ');
	return found === '' ? null : cleanQuote(found, reply);
}

/** What to do, and what the provider said. */
function advise(
	advice: string,
	provider: string,
	reply: Reply,
): Pick<Failure, 'description' | 'answered'> {
	const said = readProviderWords(reply);
	if (said === null) return { description: advice };
	const answered = `${provider} answered: ${said}`;
	return { description: `${advice} ${answered}`, answered };
}

function readCode(reply: Reply): string | null {
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

function describeStatus(status: number, { provider, about }: CallContext): Words {
	if (status >= 300 && status < 400) {
		return {
			message: `${provider} redirected the request for ${about}`,
			description:
				'Redirects are not followed, so that your token is sent nowhere else. Check the environment or the base URL in the credential.',
			reason: 'unexpectedReply',
		};
	}
	if (status === 401) {
		return {
			message: `${provider} did not accept the credential for ${about}`,
			description:
				'Open the credential and test it. If the test does not pass, enter the key or token again.',
			reason: 'credential',
		};
	}
	if (status === 403) {
		return {
			message: `${provider} does not give this credential access to ${about}`,
			description: 'Check that the ID is right and that the credential has access to it.',
			reason: 'forbidden',
		};
	}
	if (status === 404) {
		return {
			message: `${provider} does not know ${about}`,
			description: 'Check the ID, and the environment or the base URL in the credential.',
			reason: 'notFound',
		};
	}
	if (status === 429) {
		return {
			message: `${provider} asked n8n to slow down (${about})`,
			description: 'Run the workflow again later, or with fewer items at a time.',
			reason: 'rateLimited',
		};
	}
	// A gateway's 408 says that it gave up waiting.
	if (status >= 500 || status === 408) {
		return {
			message: `${provider} could not serve the request for ${about} (status ${status})`,
			description: `Try again later. If this continues, contact ${provider}.`,
			reason: 'unavailable',
		};
	}
	return {
		message: `${provider} refused the request for ${about} (status ${status})`,
		description: 'Check the values of this item.',
		reason: 'refused',
	};
}

/** Turns an answer other than the hoped-for one into words. Statuses of 2xx are allowed too. */
export function explainReply(reply: Reply, context: CallContext): Failure {
	const general = describeStatus(reply.status, context);
	const { message, description, reason } = { ...general, ...context.words?.[reply.status] };
	return {
		message,
		...advise(description, context.provider, reply),
		reason,
		httpStatus: reply.status,
		code: readCode(reply),
		retryable: mayPass(reply.status),
	};
}

/** A 2xx answer that is not what the provider documents, such as a proxy's sign-in page. */
export function explainUnexpectedReply(reply: Reply, { provider, about }: CallContext): Failure {
	return {
		message: `${provider} gave an unexpected answer for ${about}`,
		...advise(
			'Check the environment or the base URL in the credential, and whether there is a proxy in between.',
			provider,
			reply,
		),
		reason: 'unexpectedReply',
		httpStatus: reply.status,
		code: null,
		retryable: false,
	};
}

type Unanswered = Exclude<Fault, { kind: 'expired' | 'signIn' }>;

function describeFault({ kind, code }: Unanswered, provider: string, about: string): Words {
	const quoted = code === null ? '' : ` (${code})`;
	const again = 'Start the workflow again when you are ready.';
	const words: Record<Unanswered['kind'], Words> = {
		cancelled: {
			message: `The execution was stopped during the request for ${about}`,
			description: again,
			reason: 'cancelled',
		},
		notStarted: {
			message: `The execution was stopped before the request for ${about}`,
			description: `No request was made. ${again}`,
			reason: 'cancelled',
		},
		neverSent: {
			message: `${provider} could not be reached for ${about}`,
			description: `No connection was made${quoted}. Check the base URL in the credential and the network connection of n8n.`,
			reason: 'unreachable',
		},
		unclear: {
			message: `${provider} did not answer in time, or the connection was lost (${about})`,
			description: `No complete answer arrived${quoted}. Try again later.`,
			reason: 'unreachable',
		},
	};
	return words[kind];
}

/** Turns a request that got no answer into words. */
export function explainFault(fault: Fault, context: CallContext): Failure {
	const { provider, about } = context;
	if (fault.kind === 'expired') return fault.failure;
	if (fault.kind === 'signIn') {
		const { status } = fault;
		const retryable = mayPass(status);
		const outage = status === null ? 'unreachable' : describeStatus(status, context).reason;
		return {
			message: `Could not sign in to ${provider}`,
			description: fault.detail,
			reason: retryable ? outage : 'credential',
			httpStatus: status,
			code: null,
			retryable,
		};
	}
	return {
		...describeFault(fault, provider, about),
		httpStatus: null,
		code: fault.code,
		retryable: true,
	};
}
