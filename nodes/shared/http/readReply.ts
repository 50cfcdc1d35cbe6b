import {
	explainFault,
	explainReply,
	explainUnexpectedReply,
	type CallContext,
} from './errorMessages';
import type { Failure } from '../core/failure';
import { isObject, type JsonObject } from '../core/json';
import { failed, ok, type Result } from '../core/result';
import type { Reply, Exchange } from './response';

/** What comes of a call: what a read holds, and what a send proves. */

/** The reply that says yes, or the failure any other answer stands for. */
export function readReply(exchange: Exchange, context: CallContext): Result<Reply> {
	if (exchange.kind === 'fault') return failed(explainFault(exchange.fault, context));
	const { reply } = exchange;
	return reply.status < 300 ? ok(reply) : failed(explainReply(reply, context));
}

/**
 * What such a reply holds.
 *
 * @param pick finds it in the body; null where it is not there
 */
export function readContent<Content>(
	exchange: Exchange,
	context: CallContext,
	pick: (body: JsonObject) => Content | null,
): Result<Content> {
	const reply = readReply(exchange, context);
	if (!reply.ok) return reply;
	const { body } = reply.value;
	const content = isObject(body) ? pick(body) : null;
	return content === null ? failed(explainUnexpectedReply(reply.value, context)) : ok(content);
}

/** What the reply to a send proves by itself. */
export type SendEvidence =
	| { kind: 'accepted' }
	| { kind: 'refused' | 'neverSent' | 'rateLimited' | 'unclear'; failure: Failure };

/**
 * Reads a send's own reply. Only a 4xx proves that nothing was sent; a redirect, a 5xx or a lost
 * connection may follow the effect (some services answer 500 to what is the client's fault, too).
 *
 * @param confirms what a 2xx reply says: that it was sent, that it was not, or nothing at all
 */
export function classifySend(
	exchange: Exchange,
	context: CallContext,
	confirms: (reply: Reply) => 'sent' | 'notSent' | 'unclear',
): SendEvidence {
	if (exchange.kind === 'fault') {
		const { fault } = exchange;
		const failure = explainFault(fault, context);
		if (fault.kind === 'signIn' && fault.status === 429) return { kind: 'rateLimited', failure };
		const mayHaveLeft = fault.kind === 'unclear' || fault.kind === 'cancelled';
		return { kind: mayHaveLeft ? 'unclear' : 'neverSent', failure };
	}
	const { reply } = exchange;
	const { status } = reply;
	if (status >= 200 && status < 300) {
		const said = confirms(reply);
		if (said === 'sent') return { kind: 'accepted' };
		if (said === 'notSent') return { kind: 'refused', failure: explainReply(reply, context) };
		return { kind: 'unclear', failure: explainUnexpectedReply(reply, context) };
	}
	const failure = explainReply(reply, context);
	if (status === 429) return { kind: 'rateLimited', failure };
	// A gateway's 408 says that it gave up waiting, not that the provider did nothing.
	if (status >= 400 && status < 500 && status !== 408) return { kind: 'refused', failure };
	return { kind: 'unclear', failure };
}
