import type { FastifyInstance } from 'fastify';
import type { SandboxControl } from './control';
import { bodies } from './controlSchemas';
import type { FaultRule } from './faults';
import type { SeedOptions } from './seed';
import type { NewKarmaCheckCase, NumiumInvitation, WorthUser } from './state';
import { PROVIDERS, type Provider, type Switches } from './types';

type CaseChange = 'begin' | 'complete' | 'cancel' | 'expire';

/** The control of `control.ts` for other processes: what the sandbox saw, and how it shall behave. */
export function registerControlRoutes(app: FastifyInstance, control: SandboxControl): void {
	const { state } = control;

	app.get('/outbox', () => control.outbox());
	app.get('/requests', () => control.requests());
	app.get('/violations', () => control.contractViolations());
	app.get('/in-flight', () =>
		Object.fromEntries(PROVIDERS.map((name) => [name, control.maxInFlight(name)])),
	);
	app.get('/state', () => ({
		now: new Date(control.now()).toISOString(),
		switches: control.switches,
		karmaCheck: state
			.karmaCheckCases()
			.map((entry) => ({ ...entry, status: state.karmaCheckStatus(entry.id) })),
		worthAi: state.worthUsers(),
		numium: state.numiumInvitations(),
	}));
	app.get<{ Params: { token: string } }>('/links/:token', ({ params }) => ({
		alive: state.isLinkAlive(params.token),
	}));

	app.post('/clear', () => {
		control.clear();
		return { done: true };
	});
	app.post<{ Body: SeedOptions | null }>('/reset', { schema: bodies.reset }, ({ body }) => {
		control.reset(body ?? undefined);
		return { done: true };
	});
	app.post<{ Body: FaultRule }>('/faults', { schema: bodies.fault }, ({ body }) => ({
		id: control.inject(body).id,
	}));
	app.delete('/faults', () => {
		control.clearFaults();
		return { done: true };
	});
	app.post<{ Body: Partial<Switches> }>('/switches', { schema: bodies.switches }, ({ body }) => {
		control.setSwitches(body);
		return control.switches;
	});
	app.post<{ Body: { now?: number | null; advance?: number } }>(
		'/clock',
		{ schema: bodies.clock },
		({ body }) => {
			if (body.now !== undefined) control.setNow(body.now);
			control.advance(body.advance ?? 0);
			return { now: control.now() };
		},
	);
	app.post<{ Body: { ms: number } }>('/latency', { schema: bodies.latency }, ({ body }) => {
		control.setLatency(body.ms);
		return { done: true };
	});
	app.post<{ Body: { provider?: Provider; pasted?: boolean } | null }>(
		'/revoke',
		{ schema: bodies.revoke },
		({ body }) => {
			control.revokeTokens(body?.provider, { pasted: body?.pasted });
			return { done: true };
		},
	);

	app.post<{ Body: NewKarmaCheckCase }>('/cases', { schema: bodies.newCase }, ({ body }) =>
		state.addKarmaCheckCase(body),
	);
	app.post<{ Params: { caseId: string; change: CaseChange } }>(
		'/cases/:caseId/:change',
		{ schema: bodies.caseChange },
		({ params: { caseId, change } }) => {
			const changes: Record<CaseChange, (id: string) => void> = {
				begin: state.beginCase,
				complete: state.completeCase,
				cancel: state.cancelCase,
				expire: state.expireCase,
			};
			changes[change](caseId);
			return state.karmaCheckCase(caseId);
		},
	);
	app.post<{ Body: Partial<WorthUser> }>('/users', { schema: bodies.user }, ({ body }) =>
		state.addWorthUser(body),
	);
	app.patch<{ Params: { userId: string }; Body: Partial<WorthUser> }>(
		'/users/:userId',
		{ schema: bodies.user },
		({ params, body }) => {
			state.setWorthUser(params.userId, body);
			return state.worthUser(params.userId);
		},
	);
	app.post<{ Body: Partial<NumiumInvitation> }>(
		'/invitations',
		{ schema: bodies.newInvitation },
		({ body }) => state.addNumiumInvitation(body),
	);
	app.post<{ Params: { id: string } }>('/invitations/:id/accept', ({ params }) => {
		state.acceptNumiumInvitation(params.id);
		return state.numiumInvitation(params.id);
	});
}
