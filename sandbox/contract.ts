import { readFileSync } from 'node:fs';
import type { Document, Operation, OpenAPIBackend as Backend } from 'openapi-backend';
import { parse } from 'yaml';
import { int64 } from './ids';
import { fromJson, isRecord } from './json';
import { nativeRequire } from './nativeRequire';
import type { Reply } from './types';

const { OpenAPIBackend } = nativeRequire('openapi-backend') as typeof import('openapi-backend');
// Its regular expressions must be of the same realm as the validators that use them.
const { default: addFormats } = nativeRequire('ajv-formats') as typeof import('ajv-formats');

export type Contract = Backend<Document>;

export interface WireRequest {
	method: string;
	/** Below the base URL; without the query. */
	path: string;
	query: Record<string, string | string[]>;
	headers: Record<string, string | string[]>;
	/** Text as received; undefined without a body. */
	body?: string;
}

export interface MatchedOperation {
	operationId: string;
	params: Record<string, string>;
	declared: Operation<Document>;
}

/** The library checks int64 by comparing with 2^63, to which a double rounds the largest int64 up. */
const int64Format = {
	type: 'number',
	validate: (value: number) => value >= -(2 ** 63) && value <= 2 ** 63,
} as const;

interface Parameter {
	name: string;
	in: string;
	schema?: { format?: string };
}

/** Ids beyond 2^53 are judged by their text, which the library has turned into a number by then. */
function int64Faults(operation: MatchedOperation, request: WireRequest): string[] {
	const parameters = (operation.declared.parameters ?? []) as Parameter[];
	return parameters.flatMap(({ name, in: place, schema }) => {
		if (schema?.format !== 'int64') return [];
		const given = place === 'path' ? operation.params[name] : request.query[name];
		if (given === undefined) return [];
		const isFine = typeof given === 'string' && int64(given) !== null;
		return isFine ? [] : [`${place}.${name} is not an int64`];
	});
}

export interface LoadOptions {
	/**
	 * Whether the document itself is checked and all validators are built at once. That takes a
	 * second a document, so the sandbox leaves it to the contract tests and builds what it needs.
	 */
	thorough?: boolean;
}

export async function loadContract(file: string, options: LoadOptions = {}): Promise<Contract> {
	const thorough = options.thorough ?? false;
	const contract = new OpenAPIBackend<Document>({
		definition: readDocument(file),
		strict: true,
		quick: !thorough,
		ignoreTrailingSlashes: false,
		// Path and query values arrive as text; what handlers get stays text all the same.
		coerceTypes: false,
		ajvOpts: { strict: false, allErrors: true, validateSchema: thorough, meta: thorough },
		customizeAjv(ajv) {
			addFormats(ajv);
			ajv.addFormat('int64', int64Format);
			return ajv;
		},
	});
	await contract.init();
	// The library would list them anew for each request.
	const operations = contract.router.getOperations();
	contract.router.getOperations = () => operations;
	return contract;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/** Without an operationId, which OpenAPI does not ask for, the library would validate nothing. */
function nameOperations(document: Document): Document {
	for (const [path, item] of Object.entries(document.paths ?? {})) {
		for (const method of METHODS) {
			const operation = item?.[method];
			if (operation !== undefined) operation.operationId ??= `${method} ${path}`;
		}
	}
	return document;
}

function readDocument(file: string): Document {
	return nameOperations(parse(readFileSync(file, 'utf8')) as Document);
}

export function match(contract: Contract, request: WireRequest): MatchedOperation | null {
	const declared = contract.matchOperation({ ...request });
	if (declared?.operationId === undefined) return null;
	const { params } = contract.router.parseRequest({ ...request }, declared);
	return {
		operationId: declared.operationId,
		params: params as Record<string, string>,
		declared,
	};
}

interface ErrorLike {
	instancePath?: string;
	message?: string;
}

function messagesOf(errors: readonly ErrorLike[] | null | undefined): string[] {
	return (errors ?? []).map((error) =>
		`${(error.instancePath ?? '').replace(/^\//, '').replace(/\//g, '.')} ${error.message ?? ''}`.trim(),
	);
}

function mediaType(contentType: string | string[] | null | undefined): string {
	const text = Array.isArray(contentType) ? (contentType[0] ?? '') : (contentType ?? '');
	return (text.split(';')[0] ?? '').trim().toLowerCase();
}

function contentOf(container: unknown): Record<string, unknown> {
	return isRecord(container) && isRecord(container.content) ? container.content : {};
}

/** What the document holds against a request; empty where nothing. */
export function requestFaults(
	contract: Contract,
	operation: MatchedOperation,
	request: WireRequest,
): string[] {
	const { declared } = operation;
	const messages = [
		...messagesOf(contract.validateRequest({ ...request }, declared).errors),
		...int64Faults(operation, request),
	];
	const types = Object.keys(contentOf(declared.requestBody));
	if (request.body === undefined) return messages;
	if (types.length === 0) return [...messages, 'a body was sent, none is declared'];
	const sent = mediaType(request.headers['content-type']);
	if (!types.includes(sent)) messages.push(`media type ${sent || '(none)'} is not declared`);
	return messages;
}

/** What the document holds against a reply; the library itself skips undeclared statuses and types. */
export function replyFaults(
	contract: Contract,
	{ declared }: MatchedOperation,
	reply: Pick<Reply, 'status' | 'body' | 'contentType'>,
): string[] {
	const responses: Record<string, unknown> = { ...declared.responses };
	const response = responses[String(reply.status)];
	if (response === undefined) return [`status ${reply.status} is not declared`];
	// A reply described without `content` says nothing of its body; an empty `content` rules one out.
	if (isRecord(response) && response.content === undefined) return [];
	const types = Object.keys(contentOf(response));
	if (reply.body === '') {
		return types.length === 0 ? [] : [`status ${reply.status} came without a body`];
	}
	if (types.length === 0) return [`status ${reply.status} declares no body, one came`];
	const sent = mediaType(reply.contentType);
	if (!types.includes(sent)) return [`media type ${sent || '(none)'} is not declared`];
	if (sent !== 'application/json') return [];
	const body = fromJson(reply.body);
	if (body === undefined) return ['the body is not JSON'];
	return messagesOf(contract.validateResponse(body, declared, reply.status).errors);
}
