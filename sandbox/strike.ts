import type { Fault } from './faults';
import { json, jsonText, wrappedFailure } from './reply';
import type { Reply } from './types';

/** What becomes of a struck request, in this order: wait, let it happen, wait, answer. */
export interface Course {
	waitBefore: number;
	happens: boolean;
	waitAfter: number;
	/** `real`: what the service would have said anyway. */
	ending: Reply | 'real' | 'reset' | 'hang';
}

function answered(ending: Course['ending'], effect: 'none' | 'before' = 'none'): Course {
	return { waitBefore: 0, happens: effect === 'before', waitAfter: 0, ending };
}

const UNTOUCHED: Course = { waitBefore: 0, happens: true, waitAfter: 0, ending: 'real' };

function statusReply(fault: Extract<Fault, { kind: 'status' }>): Reply {
	const isText = typeof fault.body === 'string';
	const fallback = isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
	const body = isText ? String(fault.body) : JSON.stringify(fault.body ?? null);
	return {
		status: fault.status,
		body: fault.body === undefined ? '' : body,
		contentType: fault.contentType ?? (fault.body === undefined ? null : fallback),
		headers: fault.headers,
	};
}

/** What a struck request brought along. */
export interface Brought {
	authorization: string;
	body: string;
}

function echo(fault: Extract<Fault, { kind: 'echo' }>, { authorization, body }: Brought): Reply {
	const { status = 400, as = 'json' } = fault;
	const said = `authorization: ${authorization}; body: ${body}`;
	if (as === 'json') return json(status, { message: said });
	const html = `<!doctype html><html><head><title>${said}</title></head></html>`;
	const kind = as === 'html' ? 'html' : 'plain';
	const text = as === 'html' ? html : said;
	return { status, body: text, contentType: `text/${kind}; charset=utf-8` };
}

export function courseOf(fault: Fault | null, wrapper: string, brought: Brought): Course {
	if (fault === null) return UNTOUCHED;
	switch (fault.kind) {
		case 'status':
			return answered(statusReply(fault), fault.effect);
		case 'delay':
			return fault.effect === 'before'
				? { ...UNTOUCHED, waitAfter: fault.ms }
				: { ...UNTOUCHED, waitBefore: fault.ms };
		case 'reset':
		case 'hang':
			return answered(fault.kind, fault.effect);
		case 'rateLimit': {
			const reply = json(429, { message: 'Too many requests' });
			if (fault.retryAfter !== undefined) reply.headers = { 'retry-after': fault.retryAfter };
			return answered(reply);
		}
		case 'html':
			return answered(
				{
					status: fault.status ?? 200,
					body: '<!doctype html><html><body><h1>Down for maintenance</h1></body></html>',
					contentType: 'text/html; charset=utf-8',
				},
				fault.effect,
			);
		case 'echo':
			return answered(echo(fault, brought), fault.effect);
		case 'redirect':
			return answered(
				{
					// 307 asks for the same method and body again, so a careless client repeats a send.
					status: fault.status ?? 307,
					body: '',
					contentType: null,
					headers: { location: fault.location },
				},
				fault.effect,
			);
		case 'isFailure': {
			const { code = 'OperationFailed', message = 'The operation did not succeed.', info } = fault;
			const body = wrappedFailure({ code, message, info }, wrapper);
			return answered(jsonText(200, body), fault.effect);
		}
	}
}
