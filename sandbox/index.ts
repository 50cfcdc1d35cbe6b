import { setMaxListeners } from 'node:events';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { SandboxControl } from './control';
import { addControlRoutes } from './controlRoutes';
import type { Gateway } from './gateway';
import { fromJson } from './json';
import type { Services } from './service';
import { SERVICES, type Shipped } from './services';
import { openWorld, type WorldOptions } from './world';

export { DAY } from './clock';
export type { SandboxControl } from './control';
export type { Effect, Fault, FaultRule, InjectedFault } from './faults';
export type { ContractViolation, LoggedReply, LoggedRequest, Mail } from './journal';
export {
	accounts,
	PROVIDERS,
	seeded,
	SERVICES,
	tokens,
	unknownIds,
	type Provider,
	type Shipped,
} from './services';
export { openWorld, type OpenWorld } from './world';

export interface SandboxOptions<All extends Services = Shipped> extends WorldOptions<All> {
	/** A free one where left out. */
	port?: number;
	/** Loopback only; 127.0.0.1 where left out. */
	host?: string;
}

export interface Sandbox<All extends Services = Shipped> {
	url: string;
	port: number;
	baseUrls: { readonly [Name in keyof All]: string };
	control: SandboxControl<All>;
	/** Ends at once, whatever is still open. */
	close(): Promise<void>;
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

function headersOf(request: FastifyRequest): Record<string, string | string[]> {
	const entries = Object.entries(request.headers);
	return Object.fromEntries(
		entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
	);
}

async function relay(
	gateway: Gateway,
	request: FastifyRequest,
	reply: FastifyReply,
): Promise<FastifyReply> {
	const answer = await gateway.handle(
		{
			method: request.method,
			target: request.raw.url ?? '/',
			headers: headersOf(request),
			body: typeof request.body === 'string' ? request.body : '',
		},
		(listener) => void reply.raw.once('close', listener),
	);
	if (answer === 'hang') return reply.hijack();
	if (answer === 'reset') {
		reply.hijack();
		request.raw.socket.resetAndDestroy();
		return reply;
	}
	reply.code(answer.status).headers(answer.headers ?? {});
	if (answer.contentType !== null) reply.header('content-type', answer.contentType);
	return reply.send(answer.body === '' ? undefined : answer.body);
}

function createApp(gateway: Gateway, addRoutes: (app: FastifyInstance) => void): FastifyInstance {
	const app = fastify({
		forceCloseConnections: true,
		// The control routes want what they say, not something that can be bent into it.
		ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
	});
	void app.register(
		async (routes) => {
			// Clients label an empty body in many ways; here every body is JSON, or none.
			routes.removeAllContentTypeParsers();
			routes.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
				done(null, body === '' ? null : fromJson(body.toString()));
			});
			addRoutes(routes);
		},
		{ prefix: '/_sandbox' },
	);
	void app.register(async (routes) => {
		// The gateway judges bodies by the service's own document, so it gets them as text.
		routes.removeAllContentTypeParsers();
		routes.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
			done(null, body);
		});
		routes.all('/*', (request, reply) => relay(gateway, request, reply));
	});
	return app;
}

/** Where each service is, if the sandbox is at this address. */
export function baseUrlsAt<All extends Services>(
	url: string,
	services: All,
): Sandbox<All>['baseUrls'] {
	return Object.fromEntries(
		Object.entries(services).map(([name, { root }]) => [name, `${url}${root}`]),
	) as Sandbox<All>['baseUrls'];
}

/** The sandbox of these services. */
export async function startSandboxOf<All extends Services>(
	services: All,
	options: SandboxOptions<All> = {},
): Promise<Sandbox<All>> {
	const host = options.host ?? '127.0.0.1';
	if (!LOOPBACK.includes(host))
		throw new Error(`The sandbox listens on loopback only, not on ${host}`);

	const closing = new AbortController();
	// Each request that waits listens to it.
	setMaxListeners(Infinity, closing.signal);
	const { parts, control, gateway } = await openWorld(services, options, closing.signal);
	const app = createApp(gateway, (routes) => addControlRoutes(routes, parts, control));
	await app.listen({ host, port: options.port ?? 0 });
	const { port } = app.server.address() as AddressInfo;
	const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
	return {
		url,
		port,
		baseUrls: baseUrlsAt(url, services),
		control,
		async close() {
			closing.abort();
			await app.close();
		},
	};
}

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	return await startSandboxOf(SERVICES, options);
}
