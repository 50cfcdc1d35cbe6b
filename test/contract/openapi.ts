import { existsSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import {
	loadContract,
	match,
	replyFaults,
	requestFaults,
	type Contract,
	type WireRequest,
} from '../../sandbox/contract';
import type { LoggedReply, LoggedRequest } from '../../sandbox';
import { PLAYED, type ProviderKey } from '../services';

const REPOSITORY = join(__dirname, '..', '..');

/** The services' own published documents lie beside a checkout at times; the project never needs them. */
const PUBLISHED = join(REPOSITORY, '..', 'shared', 'openapi');

/** The published files of a service by name, sorted; none where the folder is absent. */
export function publishedDocuments(provider: ProviderKey): string[] {
	if (!existsSync(PUBLISHED)) return [];
	const prefix = `${PLAYED[provider].title.toLowerCase().replace(' ', '-')}-`;
	return readdirSync(PUBLISHED)
		.filter((name) => name.startsWith(prefix) && name.endsWith('.yaml'))
		.sort()
		.map((name) => join(PUBLISHED, name));
}

/** Why tests against published documents cannot run, or null where they can. */
export const whyNotPublished: string | null = existsSync(PUBLISHED)
	? null
	: `no published documents at ${relative(REPOSITORY, PUBLISHED)}`;

const opened = new Map<string, Promise<Contract>>();

/** A service's own document, as the sandbox keeps to it. */
export async function openOwnDocument(provider: ProviderKey): Promise<Contract> {
	return await openDocument(PLAYED[provider].document);
}

/** The document with all its validators, itself checked; it rejects where that is not valid OpenAPI. */
export function openDocument(file: string): Promise<Contract> {
	const known = opened.get(file) ?? loadContract(file, { thorough: true });
	opened.set(file, known);
	return known;
}

/** One request as it was on the wire, and its reply; a log entry of the sandbox is one. */
export interface Exchange {
	method: string;
	/** Below the base URL of the document. */
	servicePath: string;
	query: WireRequest['query'];
	headers: WireRequest['headers'];
	/** Parsed JSON, text, or null. */
	body: unknown;
	/** Null where it was not recorded or never came. */
	reply: LoggedReply | null;
}

function wireOf(exchange: Exchange): WireRequest {
	const { body } = exchange;
	return {
		method: exchange.method,
		path: exchange.servicePath,
		query: exchange.query,
		headers: exchange.headers,
		body: body === null ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
	};
}

/** What the document holds against a request; null where it does not declare the operation. */
export function judgeRequest(contract: Contract, exchange: Exchange): string[] | null {
	const request = wireOf(exchange);
	const operation = match(contract, request);
	return operation === null ? null : requestFaults(contract, operation, request);
}

/** The same for the reply; a reply that is not there is held against the exchange. */
export function judgeReply(contract: Contract, exchange: Exchange): string[] | null {
	const operation = match(contract, wireOf(exchange));
	if (operation === null) return null;
	const { reply } = exchange;
	if (reply === null) return ['no reply was recorded'];
	const contentType = reply.headers['content-type'] ?? null;
	return replyFaults(contract, operation, { ...reply, contentType });
}

/** `requestId operationId: message` for all that is wrong in a log; injected replies are not judged. */
export function judgeLog(
	contract: Contract,
	provider: string,
	log: readonly LoggedRequest[],
): { judged: number; messages: string[] } {
	let judged = 0;
	const messages: string[] = [];
	for (const entry of log) {
		if (entry.provider !== provider) continue;
		const request = judgeRequest(contract, entry);
		if (request === null) continue;
		judged += 1;
		const reply = entry.fault === null ? (judgeReply(contract, entry) ?? []) : [];
		for (const message of [...request, ...reply]) {
			messages.push(`${entry.requestId} ${entry.operationId ?? entry.servicePath}: ${message}`);
		}
	}
	return { judged, messages };
}
