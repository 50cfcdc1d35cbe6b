import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { createClock } from './clock';
import { createControl, type SandboxControl } from './control';
import { registerControlRoutes } from './controlRoutes';
import { createFaults } from './faults';
import { createGateway, type Gateway } from './gateway';
import { createJournal } from './journal';
import { fromJson } from './json';
import { karmaCheck } from './karmacheck';
import { numium } from './numium';
import { seedState, type SeedOptions } from './seed';
import type { World } from './service';
import { createState } from './state';
import { createTokenStore } from './tokenStore';
import { DEFAULT_SWITCHES, type Switches } from './types';
import { worthAi } from './worthAi';

export { accounts, tokens } from './accounts';
export { DAY } from './clock';
export { seeded, type SeedOptions } from './seed';
export type { SandboxControl } from './control';
export type { Effect, Fault, FaultRule, InjectedFault } from './faults';
export type { ContractViolation, LoggedReply, LoggedRequest, Mail } from './journal';
export type {
	KarmaCheckCase,
	NewKarmaCheckCase,
	NumiumInvitation,
	State,
	WorthUser,
} from './state';
export { PROVIDERS, type Provider, type Switches } from './types';

export interface SandboxOptions {
	/** A free one where left out. */
	port?: number;
	/** Loopback only; 127.0.0.1 where left out. */
	host?: string;
	seed?: SeedOptions;
	/** Every service takes this long before it does anything. */
	latencyMs?: number;
	/** The sandbox's clock. */
	now?: () => number;
	switches?: Partial<Switches>;
	/** Keeps what was answered in the request log. */
	recordReplies?: boolean;
	/** Checks every reply against the OpenAPI documents; on unless turned off for a benchmark. */
	validateReplies?: boolean;
}

export interface Sandbox {
	url: string;
	port: number;
	baseUrls: { karmaCheck: string; worthAi: string; numium: string };
	control: SandboxControl;
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

function createApp(gateway: Gateway, control: SandboxControl): FastifyInstance {
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
			registerControlRoutes(routes, control);
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

export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
	const host = options.host ?? '127.0.0.1';
	if (!LOOPBACK.includes(host))
		throw new Error(`The sandbox listens on loopback only, not on ${host}`);

	const clock = createClock(options.now);
	const state = createState(clock);
	const journal = createJournal();
	const faults = createFaults();
	const tokens = createTokenStore(clock);
	const initialSwitches: Switches = { ...DEFAULT_SWITCHES, ...options.switches };
	const switches = { ...initialSwitches };
	const initialSeed = options.seed ?? {};
	let latencyMs = options.latencyMs ?? 0;
	seedState(state, clock.now(), initialSeed);

	const world: World = {
		state,
		clock,
		tokens,
		switches,
		mail(provider, call, draft) {
			const at = new Date(clock.now()).toISOString();
			journal.mail({ ...draft, provider, at, requestId: call.requestId });
		},
	};
	const closing = new AbortController();
	const gateway = await createGateway({
		services: [karmaCheck(world), worthAi(world), numium(world)],
		journal,
		faults,
		tokens,
		switches,
		now: () => clock.now(),
		latencyMs: () => latencyMs,
		recordReplies: options.recordReplies ?? false,
		validateReplies: options.validateReplies ?? true,
		closing: closing.signal,
	});
	const control = createControl({
		clock,
		state,
		journal,
		faults,
		tokens,
		switches,
		initialSwitches,
		initialSeed,
		setLatency(milliseconds) {
			latencyMs = milliseconds;
		},
	});
	const app = createApp(gateway, control);
	await app.listen({ host, port: options.port ?? 0 });
	const { port } = app.server.address() as AddressInfo;
	const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
	return {
		url,
		port,
		baseUrls: {
			karmaCheck: `${url}/karmacheck`,
			worthAi: `${url}/worth`,
			numium: `${url}/numium`,
		},
		control,
		async close() {
			closing.abort();
			await app.close();
		},
	};
}
