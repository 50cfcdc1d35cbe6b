import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { baseUrlsAt } from '../../../sandbox';
import { PLAYED, type TestSandbox } from '../../services';
import type { CredentialsByType } from '../harness';
import { credentialsFor, isRecord } from '../support';

export interface Answer {
	status: number;
	type: string;
	body: string;
}

export const BAD_GATEWAY: Answer = {
	status: 502,
	type: 'text/plain',
	body: 'Bad gateway',
};

/** Stands between n8n and the service, as a provider's load balancer does. */
export interface Balancer {
	/** Of accounts that are reached through it. */
	credentials: CredentialsByType;
	/** What becomes of a send; it is passed on where this is null. */
	onSend: ((forward: () => Promise<Answer>) => Promise<Answer>) | null;
	/** Which path of the service is meant. */
	pathOf: (path: string) => string;
	close(): void;
}

/** Headers that are about the connection, or about a body in the form that it had on it. */
const OF_A_HOP = ['host', 'connection', 'content-length', 'transfer-encoding', 'accept-encoding'];

async function passOn(
	{ url }: TestSandbox,
	path: string,
	{ method, headers }: IncomingMessage,
	body: string,
): Promise<Answer> {
	const reply = await fetch(`${url}${path}`, {
		method,
		headers: Object.entries(headers)
			.filter(([name]) => !OF_A_HOP.includes(name))
			.map(([name, value]): [string, string] => [name, String(value)]),
		body: body === '' ? undefined : body,
	});
	return {
		status: reply.status,
		type: reply.headers.get('content-type') ?? '',
		body: await reply.text(),
	};
}

async function openBalancer(sandbox: TestSandbox): Promise<Balancer> {
	const answer = async (request: IncomingMessage): Promise<Answer> => {
		const body = await text(request);
		const path = balancer.pathOf(request.url ?? '/');
		const forward = async () => await passOn(sandbox, path, request, body);
		const { onSend } = balancer;
		return onSend !== null && /resend/.test(path) ? await onSend(forward) : await forward();
	};
	const write = (response: ServerResponse, said: Answer): void => {
		const headers = said.type === '' ? {} : { 'content-type': said.type };
		response.writeHead(said.status, headers).end(said.body);
	};
	const server = createServer((request, response) => {
		answer(request).then(
			(said) => write(response, said),
			() => response.destroy(),
		);
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	const address = server.address();
	const origin = `http://127.0.0.1:${isRecord(address) ? String(address.port) : ''}`;
	const baseUrls = baseUrlsAt(origin, PLAYED);
	const balancer: Balancer = {
		credentials: credentialsFor({ baseUrls }),
		onSend: null,
		pathOf: (path) => path,
		close() {
			server.close();
			server.closeAllConnections();
		},
	};
	return balancer;
}

/** For a file of tests: opens one, which is closed after the test. */
export function useBalancers(): (sandbox: TestSandbox) => Promise<Balancer> {
	const open: Balancer[] = [];
	afterEach(() => {
		for (const balancer of open.splice(0)) balancer.close();
	});
	return async (sandbox) => {
		const balancer = await openBalancer(sandbox);
		open.push(balancer);
		return balancer;
	};
}

/**
 * The next send is answered at once, before it happens.
 *
 * @returns what lets it happen after all
 */
export function giveUpNextSend(balancer: Balancer, said: Answer): () => Promise<void> {
	let leave: (() => Promise<Answer>) | null = null;
	balancer.onSend = async (forward) => {
		balancer.onSend = null;
		leave = forward;
		return said;
	};
	return async () => {
		if (leave === null) throw new Error('Nothing was given up');
		await leave();
	};
}
