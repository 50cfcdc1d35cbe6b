import type { FastifyInstance } from 'fastify';
import type { SandboxControl } from './control';
import { describeBodies } from './controlSchemas';
import type { FaultRule } from './faults';
import type { Part, SeedOptions, Services } from './service';

/** The control of `control.ts` for other processes: what the sandbox saw, and how it shall behave. */
export function addControlRoutes<All extends Services>(
	app: FastifyInstance,
	parts: readonly Part[],
	control: SandboxControl<All>,
): void {
	const bodies = describeBodies(parts);
	const done = { done: true };

	app.get('/outbox', () => control.outbox());
	app.get('/requests', () => control.requests());
	app.get('/violations', () => control.contractViolations());
	app.get('/in-flight', () =>
		Object.fromEntries(parts.map(({ provider }) => [provider, control.maxInFlight(provider)])),
	);
	app.get('/state', () => ({
		now: new Date(control.now()).toISOString(),
		switches: control.switches,
		...Object.fromEntries(
			parts.map(({ provider, definition, state }) => [provider, definition.show(state)]),
		),
	}));

	app.post('/clear', () => {
		control.clear();
		return done;
	});
	app.post<{ Body: SeedOptions<All> | null }>(
		'/reset',
		{ schema: { body: bodies.reset } },
		({ body }) => {
			control.reset(body ?? undefined);
			return done;
		},
	);
	app.post<{ Body: FaultRule }>('/faults', { schema: { body: bodies.fault } }, ({ body }) => ({
		id: control.inject(body).id,
	}));
	app.delete('/faults', () => {
		control.clearFaults();
		return done;
	});
	app.post<{ Body: object }>('/switches', { schema: { body: bodies.switches } }, ({ body }) =>
		Object.assign(control.switches, body),
	);
	app.post<{ Body: { now?: number | null; advance?: number } }>(
		'/clock',
		{ schema: { body: bodies.clock } },
		({ body }) => {
			if (body.now !== undefined) control.setNow(body.now);
			control.advance(body.advance ?? 0);
			return { now: control.now() };
		},
	);
	app.post<{ Body: { ms: number } }>(
		'/latency',
		{ schema: { body: bodies.latency } },
		({ body }) => {
			control.setLatency(body.ms);
			return done;
		},
	);
	app.post<{ Body: { provider?: string; pasted?: boolean } | null }>(
		'/revoke',
		{ schema: { body: bodies.revoke } },
		({ body }) => {
			control.revokeTokens(body?.provider, { pasted: body?.pasted });
			return done;
		},
	);

	for (const { definition, state } of parts) definition.addControlRoutes(app, state);
}
