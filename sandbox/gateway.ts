import { setTimeout as sleep } from 'node:timers/promises';
import {
	loadContract,
	match,
	replyFaults,
	requestFaults,
	type Contract,
	type MatchedOperation,
	type WireRequest,
} from './contract';
import type { Faults } from './faults';
import type { Journal, LoggedRequest } from './journal';
import { fromJson } from './json';
import { json } from './reply';
import type { Service, ServiceDefinition } from './service';
import { courseOf } from './strike';
import type { TokenStore } from './tokenStore';
import type { Call, Reply } from './types';

export interface Incoming {
	method: string;
	/** Path and query as on the request line. */
	target: string;
	headers: Record<string, string | string[]>;
	body: string;
}

/** `reset` and `hang` leave the client without an answer. */
export type Answer = Reply | 'reset' | 'hang';

/** A service in a sandbox. */
export type Mounted = Service & Pick<ServiceDefinition, 'root' | 'document'> & { provider: string };

export interface GatewayOptions {
	services: readonly Mounted[];
	journal: Journal;
	faults: Faults;
	tokens: TokenStore;
	now: () => number;
	latencyMs: () => number;
	recordReplies: boolean;
	validateReplies: boolean;
	/** Ends all waiting when the sandbox closes. */
	closing: AbortSignal;
}

export interface Gateway {
	/** `left` runs the given function once the client got its answer or is gone. */
	handle(incoming: Incoming, left: (listener: () => void) => void): Promise<Answer>;
}

function parseQuery(text: string): WireRequest['query'] {
	const query: WireRequest['query'] = {};
	for (const [name, value] of new URLSearchParams(text)) {
		const earlier = query[name];
		query[name] = earlier === undefined ? value : [...[earlier].flat(), value];
	}
	return query;
}

function bearerOf(headers: Incoming['headers']): string | null {
	const { authorization } = headers;
	const found = typeof authorization === 'string' && /^Bearer (\S+)$/i.exec(authorization);
	return found ? (found[1] ?? null) : null;
}

/** Read once a process: a contract has no state but the validators it has built so far. */
const loaded = new Map<string, Promise<Contract>>();

function contractOf({ document }: Mounted): Promise<Contract> {
	const known = loaded.get(document) ?? loadContract(document);
	loaded.set(document, known);
	return known;
}

const isBelow = (path: string, root: string) => path === root || path.startsWith(`${root}/`);

export async function createGateway(options: GatewayOptions): Promise<Gateway> {
	const { services, journal, faults, tokens, closing } = options;
	const contracts = new Map<Mounted, Contract>();
	for (const service of services) {
		contracts.set(service, await contractOf(service));
	}
	let counter = 0;

	async function wait(milliseconds: number): Promise<void> {
		if (milliseconds <= 0) return;
		await sleep(milliseconds, undefined, { signal: closing }).catch(() => undefined);
	}

	/** What the service itself says: sign-in, then the document, then the handler. */
	function serve(
		service: Mounted,
		contract: Contract,
		operation: MatchedOperation | null,
		request: WireRequest,
		entry: LoggedRequest,
	): Reply {
		const { provider } = service;
		const { requestId } = entry;
		const violation = (side: 'request' | 'reply', messages: string[]) =>
			journal.violation({ requestId, provider, operationId: entry.operationId, side, messages });

		if (operation === null) {
			violation('request', [`${request.method} ${request.path} is not declared`]);
			return service.notFound();
		}
		const isOpen = (operation.declared.security ?? []).length === 0;
		const knocks = service.isWelcome ?? ((headers) => tokens.accepts(provider, bearerOf(headers)));
		const isWelcome = isOpen || knocks(request.headers);
		const complaints = isWelcome ? requestFaults(contract, operation, request) : [];
		if (complaints.length > 0) {
			violation('request', complaints);
			// Not checked below: some operations declare no 400, and a wrong request is news enough.
			return service.invalid(operation.operationId, complaints);
		}
		const handler = service.handlers[operation.operationId];
		if (handler === undefined) throw new Error(`${operation.operationId} has no handler`);
		const call: Call = {
			requestId,
			params: operation.params,
			query: request.query,
			body: request.body === undefined ? undefined : fromJson(request.body),
		};
		const reply = isWelcome ? handler(call) : service.unauthorized();
		const messages = options.validateReplies ? replyFaults(contract, operation, reply) : [];
		if (messages.length === 0) return reply;
		violation('reply', messages);
		return service.broken(messages);
	}

	function finish(entry: LoggedRequest, reply: Reply): Reply {
		entry.status = reply.status;
		if (options.recordReplies) {
			const headers = { ...reply.headers };
			if (reply.contentType !== null) headers['content-type'] = reply.contentType;
			entry.reply = { status: reply.status, headers, body: reply.body };
		}
		return reply;
	}

	return {
		async handle(incoming, left) {
			const [path = '/', search = ''] = incoming.target.split(/\?(.*)/s);
			const query = parseQuery(search);
			const service = services.find(({ root }) => isBelow(path, root));
			const mount = service?.mounts.find((candidate) => isBelow(path, candidate)) ?? '';
			counter += 1;
			const entry: LoggedRequest = {
				requestId: `request-${counter}`,
				provider: service?.provider ?? null,
				operationId: null,
				method: incoming.method,
				path,
				servicePath: path.slice(mount.length) || '/',
				query,
				headers: incoming.headers,
				body: incoming.body === '' ? null : (fromJson(incoming.body) ?? incoming.body),
				at: new Date(options.now()).toISOString(),
				status: null,
				fault: null,
				reply: null,
			};
			journal.request(entry);
			const contract = service === undefined ? undefined : contracts.get(service);
			if (service === undefined || contract === undefined) {
				return finish(entry, json(404, { message: 'No service is mounted here' }));
			}

			const leave = journal.enter(service.provider);
			left(leave);
			const request: WireRequest = {
				method: incoming.method,
				path: entry.servicePath,
				query,
				headers: incoming.headers,
				body: incoming.body === '' ? undefined : incoming.body,
			};
			const operation = mount === '' ? null : match(contract, request);
			entry.operationId = operation?.operationId ?? null;
			const fault = faults.strike({
				provider: service.provider,
				operationId: entry.operationId,
				key: service.keyOf(operation?.params ?? {}, query),
			});
			entry.fault = fault?.kind ?? null;
			const course = courseOf(fault, service.wrapper?.() ?? 'value', {
				authorization: String(incoming.headers.authorization ?? ''),
				body: incoming.body,
			});

			await wait(options.latencyMs() + course.waitBefore);
			const real = course.happens ? serve(service, contract, operation, request, entry) : null;
			await wait(course.waitAfter);
			const ending = course.ending === 'real' ? real : course.ending;
			if (ending === 'reset' || ending === 'hang') return ending;
			leave();
			return finish(entry, ending ?? service.broken(['nothing was answered']));
		},
	};
}
