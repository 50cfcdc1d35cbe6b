import axios, { AxiosError, type AxiosRequestConfig, type AxiosResponse } from 'axios';
import {
	DAY,
	SERVICES,
	accounts,
	seeded,
	startSandbox,
	tokens,
	type Effect,
	type Fault,
	type Sandbox,
	unknownIds,
} from '../../sandbox';

// Starting takes a second or two while other test files compile on the same cores.
jest.setTimeout(20_000);

const NOW = Date.UTC(2026, 5, 15, 12);

let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await startSandbox({ now: () => NOW });
});

afterAll(async () => {
	await sandbox.close();
});

beforeEach(() => {
	sandbox.control.reset({});
	sandbox.control.setLatency(0);
});

/** Bodies stay text: what is tested is what was on the wire. */
function call(
	method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
	url: string,
	token: string | null,
	data?: unknown,
	more: AxiosRequestConfig = {},
): Promise<AxiosResponse<string>> {
	return axios.request<string>({
		method,
		url,
		data,
		headers: token === null ? {} : { authorization: `Bearer ${token}` },
		validateStatus: () => true,
		transformResponse: (text: string) => text,
		maxRedirects: 0,
		...more,
	});
}

interface InvitationOnTheWire {
	id: string;
	email: string;
	invitationToken: string;
	invitationStatusId: string;
	crStamp: string;
	expiresStamp: string;
}

const kc = (path: string) => `${sandbox.baseUrls.karmaCheck}${path}`;
const worth = (path: string) =>
	`${sandbox.baseUrls.worthAi}/auth/api/v1/customers/${accounts.worthAi.customerId}/users${path}`;
const numium = (path: string, tenant: string = accounts.numium.tenantId) =>
	`${sandbox.baseUrls.numium}/tenant/${tenant}/admin/user${path}`;

async function invitationOf(caseId: string): Promise<InvitationOnTheWire> {
	const { data } = await call('GET', kc(`/invitation/case/${caseId}`), tokens.karmaCheck);
	return (JSON.parse(data) as { invitation: InvitationOnTheWire }).invitation;
}

const resendCase = (caseId: string, more?: AxiosRequestConfig) =>
	call(
		'POST',
		kc(`/case/id/${caseId}/action/resendinvite`),
		tokens.karmaCheck,
		{ email: 'candidate@example.com' },
		more,
	);
const resendUser = (userId: string, more?: AxiosRequestConfig) =>
	call('POST', worth(`/${userId}/resend-invite`), tokens.worthAi, undefined, more);
const resendNumium = (id: string, more?: AxiosRequestConfig) =>
	call('PUT', numium(`/invitation/resend?id=${id}`), tokens.numium, undefined, more);

/** One resend that would go through: with a body, without one, and in a wrapper. */
const RESENDS = {
	karmaCheck: (more?: AxiosRequestConfig) => resendCase(seeded.karmaCheck.pending, more),
	worthAi: (more?: AxiosRequestConfig) => resendUser(seeded.worthAi.invited, more),
	numium: (more?: AxiosRequestConfig) => resendNumium(seeded.numium.first, more),
};
const PROVIDERS = ['karmaCheck', 'worthAi', 'numium'] as const;

async function outcomeOf(request: Promise<AxiosResponse<string>>): Promise<number | string> {
	try {
		return (await request).status;
	} catch (error) {
		return error instanceof AxiosError ? (error.code ?? 'no code') : String(error);
	}
}

describe('KarmaCheck', () => {
	test('a resend makes a new invitation, mails it once and kills the old link', async () => {
		const caseId = seeded.karmaCheck.expiringIn1;
		const before = await invitationOf(caseId);
		expect(sandbox.control.state.karmaCheck.isLinkAlive(before.invitationToken)).toBe(true);

		const reply = await resendCase(caseId);
		expect([reply.status, reply.data]).toEqual([200, '']);

		const after = await invitationOf(caseId);
		expect(after.id).not.toBe(before.id);
		expect(after.invitationToken).not.toBe(before.invitationToken);
		expect(after.email).toBe('candidate@example.com');
		expect(after.crStamp).toBe('2026-06-15T12:00:00.000+00:00');
		expect(after.expiresStamp).toBe('2026-06-29T12:00:00.000+00:00');
		expect(sandbox.control.state.karmaCheck.isLinkAlive(before.invitationToken)).toBe(false);
		expect(sandbox.control.state.karmaCheck.isLinkAlive(after.invitationToken)).toBe(true);
		expect(sandbox.control.outbox()).toEqual([
			{
				provider: 'karmaCheck',
				key: caseId,
				invitationId: after.id,
				email: 'candidate@example.com',
				at: '2026-06-15T12:00:00.000Z',
				requestId: sandbox.control.requests().at(1)?.requestId,
			},
		]);
	});

	test('a refresh keeps id and link, tops up to fourteen days and emails nobody', async () => {
		const caseId = seeded.karmaCheck.expiringIn3;
		const before = await invitationOf(caseId);
		const url = kc(`/case/id/${caseId}/action/refreshinvite`);
		expect((await call('PUT', url, tokens.karmaCheck)).status).toBe(200);
		const after = await invitationOf(caseId);
		expect([after.id, after.invitationToken]).toEqual([before.id, before.invitationToken]);
		expect(Date.parse(after.expiresStamp)).toBe(NOW + 14 * DAY);
		expect(sandbox.control.outbox()).toEqual([]);
	});

	test.each(['completed', 'cancelled', 'begun', 'withoutInvitation'] as const)(
		'%s: resend and refresh are refused with 422 and a message',
		async (name) => {
			const caseId = seeded.karmaCheck[name];
			const refresh = kc(`/case/id/${caseId}/action/refreshinvite`);
			for (const reply of [
				await resendCase(caseId),
				await call('PUT', refresh, tokens.karmaCheck),
			]) {
				expect(reply.status).toBe(422);
				expect(JSON.parse(reply.data)).toMatchObject({
					message: expect.stringMatching(/./) as string,
					error: 'Unprocessable Entity',
					statusCode: 422,
				});
			}
			expect(sandbox.control.outbox()).toEqual([]);
		},
	);

	test('an expired invitation can be sent again', async () => {
		expect((await resendCase(seeded.karmaCheck.expired)).status).toBe(200);
		expect(sandbox.control.state.karmaCheck.status(seeded.karmaCheck.expired)).toBe('pending');
	});

	test('the clock makes invitations expire', () => {
		const { control } = sandbox;
		const caseId = seeded.karmaCheck.expiringIn2;
		control.advance(2 * DAY - 1);
		expect(control.state.karmaCheck.status(caseId)).toBe('pending');
		control.advance(1);
		expect(control.state.karmaCheck.status(caseId)).toBe('expired');
		control.setNow(NOW);
		expect(control.state.karmaCheck.status(caseId)).toBe('pending');
	});

	test('403 has a body, 404 for a case without an invitation has none', async () => {
		const noToken = await call('GET', kc('/case/list'), null);
		expect(noToken.status).toBe(403);
		expect(JSON.parse(noToken.data)).toMatchObject({ error: 'Forbidden', statusCode: 403 });
		const unknown = await call('GET', kc(`/case/id/${unknownIds.karmaCheck}`), tokens.karmaCheck);
		expect(unknown.status).toBe(403);
		for (const caseId of [seeded.karmaCheck.withoutInvitation, unknownIds.karmaCheck]) {
			const reply = await call('GET', kc(`/invitation/case/${caseId}`), tokens.karmaCheck);
			expect([reply.status, reply.data]).toEqual([404, '']);
		}
	});

	test('archived cases are in the full list only, latest first', async () => {
		const list = async (path: string) => {
			const { data } = await call('GET', kc(path), tokens.karmaCheck);
			return (JSON.parse(data) as { cases: Array<{ id: string; crStamp: string }> }).cases;
		};
		const active = await list('/case/list');
		const all = await list('/case/list/all');
		const cancelled = seeded.karmaCheck.cancelled;
		expect(active.map(({ id }) => id)).not.toContain(cancelled);
		expect(all.map(({ id }) => id)).toContain(cancelled);
		const stamps = all.map(({ crStamp }) => crStamp);
		expect(stamps).toEqual([...stamps].sort().reverse());
	});
});

describe('Worth AI', () => {
	test.each([
		['invited', 200],
		['signupPending', 200],
		['activeNeverSignedIn', 200],
		['unheardOf', 200],
		['active', 400],
		['inactive', 400],
	] as const)('a resend to %s is answered with %i', async (name, status) => {
		const reply = await resendUser(seeded.worthAi[name]);
		expect(reply.status).toBe(status);
		expect(sandbox.control.outbox().map(({ key }) => key)).toEqual(
			status === 200 ? [seeded.worthAi[name]] : [],
		);
	});

	test('stamps have no zone for one user and end in Z in the list; the total is a text', async () => {
		const one = await call('GET', worth(`/${seeded.worthAi.invited}`), tokens.worthAi);
		expect(one.data).toMatch(/"created_at":"[\d-]+T[\d:]+\.\d{6}"/);
		const list = await call('GET', worth(''), tokens.worthAi);
		expect(list.data).toMatch(/"created_at":"[\d-]+T[\d:]+\.\d{3}Z"/);
		expect(list.data).toContain('"total_pages":1,"total_items":"8"');
	});

	test('another customer is forbidden, an unknown user is not found', async () => {
		const foreign = worth('').replace(
			accounts.worthAi.customerId,
			accounts.worthAi.foreignCustomerId,
		);
		expect((await call('GET', foreign, tokens.worthAi)).data).toContain('ERR_FORBIDDEN');
		const unknown = await call('GET', worth(`/${unknownIds.worthAi}`), tokens.worthAi);
		expect([unknown.status, JSON.parse(unknown.data)]).toMatchObject([
			404,
			{ errorCode: 'NOT_FOUND' },
		]);
	});
});

describe('Numium', () => {
	const { big, bigNeighbour } = seeded.numium;

	test('ids beyond 2^53 are exact on the wire and as a target', async () => {
		const list = await call('GET', numium('/invitations'), tokens.numium);
		expect(list.data).toContain(`"id":${big},`);
		expect(list.data).toContain(`"id":${bigNeighbour},`);

		sandbox.control.setNow(NOW + 60_000);
		const reply = await resendNumium(big);
		const createdAt = (id: string) =>
			new RegExp(`"id":${id},[^}]*"createdAt":"([^"]+)"`).exec(reply.data)?.[1];
		expect(createdAt(big)).toBe('2026-06-15T12:01:00Z');
		expect(createdAt(bigNeighbour)).not.toBe('2026-06-15T12:01:00Z');
		expect(sandbox.control.outbox().map(({ key }) => key)).toEqual([big]);
	});

	test('cancelling answers with the rest; what is not pending looks absent', async () => {
		const { state } = sandbox.control;
		const cancel = numium(`/invitation/cancel?id=${seeded.numium.first}`);
		const reply = await call('PUT', cancel, tokens.numium);
		expect(reply.data).not.toContain('"id":9001,');
		expect(reply.data).toContain('"id":9002,');
		state.numium.accept('9002');
		expect((await resendNumium('9001')).status).toBe(404);
		expect((await resendNumium('9002')).status).toBe(404);
		expect((await resendNumium(seeded.numium.otherTenant)).status).toBe(404);
		expect(sandbox.control.outbox()).toEqual([]);
	});

	test('int64 has edges, and what is beyond them is a bad request', async () => {
		expect((await resendNumium('9223372036854775807')).status).toBe(404);
		for (const id of ['9223372036854775808', '1e3', '12.0', 'abc', '']) {
			expect((await resendNumium(id)).status).toBe(400);
		}
	});

	test('the prefix makes no difference', async () => {
		const url = numium('/invitations').replace('/numium/', '/numium/api/');
		expect((await call('GET', url, tokens.numium)).status).toBe(200);
	});
});

describe('switches', () => {
	test('Numium wraps as told', async () => {
		const { control } = sandbox;
		const url = numium('/invitations', accounts.numium.otherTenantId);
		control.setSwitches({ numiumWrapper: 'data' });
		expect((await call('GET', url, tokens.numium)).data).toMatch(
			/^\{"data":\[.*\],"isSuccess":true\}$/,
		);
		control.setSwitches({ numiumWrapper: 'value', numiumCollection: 'object' });
		expect((await resendNumium(seeded.numium.first)).data).toMatch(/"value":\{"id":9001,[^[]*$/);
	});

	test('a tenant without invitations gets what was chosen', async () => {
		const url = numium('/invitations', accounts.numium.emptyTenantId);
		expect((await call('GET', url, tokens.numium)).status).toBe(404);
		sandbox.control.switches.numiumEmpty = 'empty';
		const reply = await call('GET', url, tokens.numium);
		expect([reply.status, JSON.parse(reply.data)]).toMatchObject([200, { value: [] }]);
	});

	test('Worth AI nests its tokens as told, and refuses with either status', async () => {
		const { control, ...rest } = sandbox;
		const url = `${rest.baseUrls.worthAi}/auth/api/v1/customer/sign-in`;
		const { email, password } = accounts.worthAi;
		const signIn = (secret: string) => call('POST', url, null, { email, password: secret });
		expect(JSON.parse((await signIn(password)).data)).toHaveProperty('data.id_token');
		control.setSwitches({ worthSignIn: 'nested' });
		expect(JSON.parse((await signIn(password)).data)).toHaveProperty('data.data.id_token');
		expect((await signIn('wrong')).status).toBe(400);
		control.setSwitches({ worthBadPassword: '500' });
		expect((await signIn('wrong')).status).toBe(500);
	});
});

describe('tokens', () => {
	async function signIn(): Promise<{ karmaCheck: string; worthAi: string }> {
		const { apiKey, clientAccessToken } = accounts.karmaCheck;
		const { email, password } = accounts.worthAi;
		const one = await call('POST', kc('/auth/api'), null, { apiKey, clientAccessToken });
		const url = `${sandbox.baseUrls.worthAi}/auth/api/v1/customer/sign-in`;
		const other = await call('POST', url, null, { email, password });
		return {
			karmaCheck: (JSON.parse(one.data) as { token: string }).token,
			worthAi: (JSON.parse(other.data) as { data: { id_token: string } }).data.id_token,
		};
	}

	const claims = (token: string) =>
		JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
			string,
			unknown
		>;

	test('revoking ends what was signed in, of one service or of all, but no pasted token', async () => {
		const { control } = sandbox;
		const fresh = await signIn();
		const statuses = async () => [
			(await call('GET', kc('/package/min/list'), fresh.karmaCheck)).status,
			(await call('GET', worth(''), fresh.worthAi)).status,
			(await call('GET', kc('/package/min/list'), tokens.karmaCheck)).status,
		];
		expect(await statuses()).toEqual([200, 200, 200]);
		control.revokeTokens('karmaCheck');
		expect(await statuses()).toEqual([403, 200, 200]);
		control.revokeTokens();
		expect(await statuses()).toEqual([403, 401, 200]);
		control.revokeTokens('karmaCheck', { pasted: true });
		expect(await statuses()).toEqual([403, 401, 403]);
		expect((await call('GET', worth(''), (await signIn()).worthAi)).status).toBe(200);
	});

	test('a Worth AI token lives an hour, a KarmaCheck token has no expiry', async () => {
		const { karmaCheck, worthAi } = await signIn();
		expect(claims(worthAi)).toMatchObject({ iat: NOW / 1000, exp: NOW / 1000 + 3600 });
		expect(claims(karmaCheck)).not.toHaveProperty('exp');
		sandbox.control.advance(3_600_000);
		expect((await call('GET', worth(''), worthAi)).status).toBe(401);
		expect((await call('GET', kc('/case/list'), karmaCheck)).status).toBe(200);
	});

	test('a token of one service, a forged one and an expired one are refused', async () => {
		const forged = `${tokens.numium.slice(0, -4)}AAAA`;
		for (const token of [tokens.worthAi, forged, tokens.numiumExpired, 'x']) {
			expect((await call('GET', numium('/invitations'), token)).status).toBe(401);
		}
	});
});

describe('faults', () => {
	type Kind = Extract<Fault, { effect?: Effect }>['kind'];
	const KINDS: ReadonlyArray<[Kind, Fault, number | string]> = [
		['status', { kind: 'status', status: 502, body: 'Bad gateway' }, 502],
		['html', { kind: 'html' }, 200],
		['echo', { kind: 'echo' }, 400],
		['redirect', { kind: 'redirect', location: 'http://127.0.0.1:9/elsewhere' }, 307],
		['isFailure', { kind: 'isFailure', message: 'No' }, 200],
		['reset', { kind: 'reset', effect: 'none' }, 'ECONNRESET'],
		['hang', { kind: 'hang', effect: 'none' }, 'ECONNABORTED'],
	];
	const cases = PROVIDERS.flatMap((provider) =>
		KINDS.flatMap(([kind, fault, outcome]) =>
			(['none', 'before'] as const).map((effect) => ({ provider, kind, fault, outcome, effect })),
		),
	);

	test.each(cases)(
		'$provider: $kind with effect $effect',
		async ({ provider, fault, outcome, effect }) => {
			const { control } = sandbox;
			control.inject({
				provider,
				operationId: 'resendInvitation',
				fault: { ...fault, effect } as Fault,
			});
			expect(await outcomeOf(RESENDS[provider]({ timeout: 300 }))).toBe(outcome);
			expect(control.outbox()).toHaveLength(effect === 'before' ? 1 : 0);
			// It struck once; the next one goes through.
			expect(await outcomeOf(RESENDS[provider]())).toBe(200);
			expect(control.outbox()).toHaveLength(effect === 'before' ? 2 : 1);
		},
	);

	test('a status fault carries its body, type and headers', async () => {
		sandbox.control.inject({
			fault: { kind: 'status', status: 503, body: { odd: true }, headers: { 'x-odd': 'yes' } },
		});
		const reply = await RESENDS.worthAi();
		expect([reply.status, reply.data, reply.headers['x-odd']]).toEqual([
			503,
			'{"odd":true}',
			'yes',
		]);
	});

	test.each([
		['json', 'application/json', (said: string) => JSON.stringify({ message: said })],
		['text', 'text/plain', (said: string) => said],
		[
			'html',
			'text/html',
			(said: string) => `<!doctype html><html><head><title>${said}</title></head></html>`,
		],
	] as const)('an echo as %s tells back what came', async (as, type, written) => {
		sandbox.control.inject({ fault: { kind: 'echo', status: 422, as } });
		const reply = await RESENDS.numium();
		expect(reply.status).toBe(422);
		expect(reply.headers['content-type']).toBe(`${type}; charset=utf-8`);
		expect(reply.data).toBe(written(`authorization: Bearer ${tokens.numium}; body: `));
	});

	test('429 with and without Retry-After', async () => {
		const { control } = sandbox;
		control.inject({ fault: { kind: 'rateLimit', retryAfter: '2' } });
		control.inject({ fault: { kind: 'rateLimit' } });
		const [first, second] = [await RESENDS.numium(), await RESENDS.numium()];
		expect([first.status, first.headers['retry-after']]).toEqual([429, '2']);
		expect([second.status, second.headers['retry-after']]).toEqual([429, undefined]);
		expect(control.outbox()).toEqual([]);
	});

	test('isFailure comes on HTTP 200 in the wrapper', async () => {
		sandbox.control.inject({
			fault: { kind: 'isFailure', code: 'Busy', message: 'Later', info: ['a'] },
		});
		expect(JSON.parse((await RESENDS.numium()).data)).toEqual({
			isSuccess: false,
			isFailure: true,
			error: { code: 'Busy', message: 'Later', info: ['a'] },
			value: null,
		});
	});

	test('key, after and times choose the requests', async () => {
		const { control } = sandbox;
		const { pending, pendingToo } = seeded.karmaCheck;
		const fault = control.inject({
			provider: 'karmaCheck',
			key: pending,
			after: 1,
			times: 2,
			fault: { kind: 'status', status: 500 },
		});
		const seen: number[] = [];
		for (const caseId of [pending, pendingToo, pending, pending, pending]) {
			seen.push((await resendCase(caseId)).status);
		}
		expect(seen).toEqual([200, 200, 500, 500, 200]);
		expect(fault.hits()).toBe(2);

		const always = control.inject({ times: 'always', fault: { kind: 'status', status: 500 } });
		for (let round = 0; round < 3; round += 1) expect((await RESENDS.worthAi()).status).toBe(500);
		always.remove();
		expect((await RESENDS.worthAi()).status).toBe(200);
	});

	test('they strike before the token is looked at', async () => {
		sandbox.control.inject({ fault: { kind: 'status', status: 418 } });
		expect((await call('GET', kc('/case/list'), 'no-token')).status).toBe(418);
	});

	test('a client that gives up during a delay is emailed all the same', async () => {
		const { control } = sandbox;
		control.inject({ fault: { kind: 'delay', ms: 150 } });
		expect(await outcomeOf(RESENDS.karmaCheck({ timeout: 50 }))).toBe('ECONNABORTED');
		expect(control.outbox()).toEqual([]);
		await new Promise((resolve) => setTimeout(resolve, 250));
		expect(control.outbox()).toHaveLength(1);
	});

	test('a delay after the effect holds back only the reply', async () => {
		const { control } = sandbox;
		control.inject({ fault: { kind: 'delay', ms: 10_000, effect: 'before' } });
		expect(await outcomeOf(RESENDS.numium({ timeout: 300 }))).toBe('ECONNABORTED');
		expect(control.outbox()).toHaveLength(1);
	});
});

describe('what the sandbox saw', () => {
	test('requests with their operation, fault and status; replies only on demand', async () => {
		const { control } = sandbox;
		control.inject({ provider: 'numium', fault: { kind: 'reset', effect: 'none' } });
		await RESENDS.karmaCheck();
		await outcomeOf(RESENDS.numium());
		const [first, second] = control.requests();
		expect(first).toMatchObject({
			provider: 'karmaCheck',
			operationId: 'resendInvitation',
			method: 'POST',
			servicePath: `/case/id/${seeded.karmaCheck.pending}/action/resendinvite`,
			headers: { authorization: `Bearer ${tokens.karmaCheck}` },
			body: { email: 'candidate@example.com' },
			status: 200,
			fault: null,
			reply: null,
		});
		expect(second).toMatchObject({ query: { id: '9001' }, status: null, fault: 'reset' });
	});

	test('how many were open at once', async () => {
		const { control } = sandbox;
		control.setLatency(100);
		await Promise.all([1, 2, 3, 4, 5].map(() => call('GET', worth(''), tokens.worthAi)));
		expect(control.maxInFlight('worthAi')).toBe(5);
		expect(control.maxInFlight('numium')).toBe(0);
		control.clear();
		control.setLatency(0);
		for (let round = 0; round < 3; round += 1) await call('GET', worth(''), tokens.worthAi);
		expect(control.maxInFlight('worthAi')).toBe(1);
	});

	test('no violations after a normal tour', async () => {
		for (const provider of PROVIDERS) expect((await RESENDS[provider]()).status).toBe(200);
		await invitationOf(seeded.karmaCheck.completed);
		await call('GET', kc('/case/list'), tokens.karmaCheck);
		await call('GET', worth(''), tokens.worthAi);
		await call('GET', numium('/invitations'), tokens.numium);
		expect(sandbox.control.contractViolations()).toEqual([]);
	});

	test('a reply that breaks our own document becomes a 500 and is recorded', async () => {
		const { control } = sandbox;
		const userId = seeded.worthAi.invited;
		control.state.worthAi.set(userId, { is_first_login: 'perhaps' as unknown as boolean });
		const reply = await call('GET', worth(`/${userId}`), tokens.worthAi);
		expect(reply.status).toBe(500);
		expect(control.contractViolations()).toEqual([
			{
				requestId: expect.any(String) as string,
				provider: 'worthAi',
				operationId: 'getUser',
				side: 'reply',
				messages: ['data.is_first_login must be boolean'],
			},
		]);
	});

	test.each([
		['a body that misses its field', 'POST', 'resendinvite', { mail: 'x' }, 400],
		['a body that is not wanted', 'PUT', 'refreshinvite', { any: 'thing' }, 400],
		['a method nobody declared', 'DELETE', 'resendinvite', undefined, 404],
		['a path nobody declared', 'POST', 'resendinvites', undefined, 404],
	] as const)('%s is answered and recorded', async (_name, method, action, data, status) => {
		const url = kc(`/case/id/${seeded.karmaCheck.pending}/action/${action}`);
		expect((await call(method, url, tokens.karmaCheck, data)).status).toBe(status);
		expect(sandbox.control.contractViolations()).toMatchObject([{ side: 'request' }]);
		expect(sandbox.control.outbox()).toEqual([]);
	});

	test('form data where JSON is declared is refused', async () => {
		const url = kc(`/case/id/${seeded.karmaCheck.pending}/action/resendinvite`);
		const form = new URLSearchParams({ email: 'candidate@example.com' });
		expect((await call('POST', url, tokens.karmaCheck, form)).status).toBe(400);
	});
});

describe('from another process', () => {
	const control = (path: string) => `${sandbox.url}/_sandbox${path}`;
	const json = async (path: string) =>
		JSON.parse((await call('GET', control(path), null)).data) as unknown;

	test('outbox, requests, state and violations can be read', async () => {
		await RESENDS.numium();
		expect(await json('/outbox')).toMatchObject([{ provider: 'numium', key: '9001' }]);
		expect(await json('/requests')).toMatchObject([{ operationId: 'resendInvitation' }]);
		expect(await json('/violations')).toEqual([]);
		expect(await json('/in-flight')).toMatchObject({ worthAi: 0, numium: 1 });
		expect(await json('/state')).toMatchObject({
			karmaCheck: expect.arrayContaining([
				expect.objectContaining({ id: seeded.karmaCheck.expired, status: 'expired' }),
			]) as unknown,
			numium: expect.arrayContaining([
				expect.objectContaining({ id: '9007199254740993' }),
			]) as unknown,
		});
	});

	test('faults, switches, clock, revocation and reset work', async () => {
		const post = async (path: string, body?: unknown) =>
			(await call('POST', control(path), null, body)).status;
		expect(
			await post('/faults', { provider: 'worthAi', fault: { kind: 'status', status: 504 } }),
		).toBe(200);
		expect((await RESENDS.worthAi()).status).toBe(504);
		expect(await post('/switches', { numiumWrapper: 'data' })).toBe(200);
		expect((await RESENDS.numium()).data).toContain('"data":[');
		expect(await post('/clock', { now: NOW, advance: DAY })).toBe(200);
		expect(sandbox.control.now()).toBe(NOW + DAY);
		expect(await post('/revoke', { provider: 'karmaCheck', pasted: true })).toBe(200);
		expect((await RESENDS.karmaCheck()).status).toBe(403);
		expect(await post('/reset', { karmaCheckCases: 3 })).toBe(200);
		expect(sandbox.control.state.karmaCheck.all()).toHaveLength(3);
		expect((await RESENDS.karmaCheck()).status).toBe(200);
		expect(await json('/outbox')).toHaveLength(1);
		expect(await post('/clear')).toBe(200);
		expect(await json('/outbox')).toEqual([]);
	});

	test('the state can be changed', async () => {
		const { pending } = seeded.karmaCheck;
		await call('POST', control(`/cases/${pending}/complete`), null);
		expect(sandbox.control.state.karmaCheck.status(pending)).toBe('completed');
		const users = control(`/users/${seeded.worthAi.invited}`);
		await call('PATCH', users, null, { is_first_login: false, status: 'ACTIVE' });
		expect((await RESENDS.worthAi()).status).toBe(400);
		await call('POST', control('/invitations/9001/accept'), null);
		expect((await RESENDS.numium()).status).toBe(404);
		await call('POST', control('/invitations'), null, { id: '9007199254740995' });
		expect((await resendNumium('9007199254740995')).status).toBe(200);
	});

	test.each([
		{ fault: { kind: 'delay', ms: 'long' } },
		{ fault: { kind: 'stauts', status: 500 } },
		{ times: 0, fault: { kind: 'rateLimit' } },
		'{',
	])('a misspelt fault is refused: %j', async (rule) => {
		expect((await call('POST', control('/faults'), null, rule)).status).toBe(400);
		expect((await RESENDS.worthAi()).status).toBe(200);
	});
});

describe('the sandbox itself', () => {
	test('seeds the same each time, and as many as wanted', () => {
		const { control } = sandbox;
		const ids = () =>
			Object.values(control.state).flatMap((state) => state.all().map(({ id }) => id));
		const first = ids();
		control.reset();
		expect(ids()).toEqual(first);
		const options = Object.values(SERVICES).map(({ seedOption }) => seedOption);
		const many = Object.fromEntries(options.map((option) => [option, 10_000]));
		control.reset(many);
		expect(new Set(ids()).size).toBe(10_000 * options.length);
		control.reset({ ...many, fill: 'pending' });
		const open = control.state.karmaCheck
			.all()
			.slice(13)
			.every(({ id }) => control.state.karmaCheck.status(id) === 'pending');
		expect(open).toBe(true);
	});

	test('closing ends what hangs, at once', async () => {
		const other = await startSandbox();
		other.control.inject({ fault: { kind: 'hang', effect: 'none' } });
		const hanging = outcomeOf(call('GET', `${other.baseUrls.karmaCheck}/case/list`, null));
		while (other.control.requests().length === 0) {
			await new Promise((resolve) => setTimeout(resolve, 5));
		}
		const started = Date.now();
		await other.close();
		expect(await hanging).toBe('ECONNRESET');
		expect(Date.now() - started).toBeLessThan(1000);
	});

	test('listens on loopback only', async () => {
		await expect(startSandbox({ host: '0.0.0.0' })).rejects.toThrow('loopback');
	});

	test('a redirect to another sandbox shows there what came along', async () => {
		const other = await startSandbox();
		const location = `${other.url}/elsewhere`;
		sandbox.control.inject({ fault: { kind: 'redirect', location } });
		await call('GET', kc('/case/list'), tokens.karmaCheck, undefined, { maxRedirects: 1 });
		expect(other.control.requests()).toMatchObject([
			{ provider: null, path: '/elsewhere', status: 404 },
		]);
		await other.close();
	});
});
