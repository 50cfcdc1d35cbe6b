import { basename } from 'node:path';
import axios from 'axios';
import type { INodeParameters } from 'n8n-workflow';
import {
	accounts,
	seeded,
	startSandboxOf,
	tokens,
	type ContractViolation,
	type LoggedRequest,
} from '../../sandbox';
import { createEngine, type Engine } from '../engine/harness';
import { credentialsFor, ids, node, pasting } from '../engine/support';
import {
	FIXTURES,
	PLAYED,
	PROVIDERS,
	type ProviderKey,
	type Runs,
	type ServiceFixture,
	type TestSandbox,
} from '../services';
import {
	judgeLog,
	judgeRequest,
	openDocument,
	openOwnDocument,
	publishedDocuments,
	whyNotPublished,
} from './openapi';

// Building every validator of a document takes seconds on a busy machine.
jest.setTimeout(60_000);

/** Everything the nodes say to the services, in good cases and in refused ones. */
function runsOf(sandbox: TestSandbox, engine: Engine, fixture: ServiceFixture): Runs {
	const { provider, credential: type } = fixture;
	const run =
		(...operations: string[]): Runs['get'] =>
		async (targets, { parameters = {}, patch = {} } = {}) => {
			const credentials = credentialsFor(sandbox);
			credentials[type] = { ...credentials[type], ...patch };
			for (const operation of operations) {
				const more = { parameters: parameters as INodeParameters };
				const spec = node(provider, operation, { ...more, onError: 'continueRegularOutput' });
				const { error, output } = await engine.run({
					node: spec,
					input: ids(...targets),
					credentials,
				});
				if (error !== undefined) throw error;
				if (output[0]?.length !== targets.length) throw new Error(`${operation} lost items`);
			}
		};
	return { sandbox, get: run('get'), resend: run('resend'), both: run('get', 'resend') };
}

async function record(): Promise<TestSandbox> {
	const sandbox = await startSandboxOf(PLAYED, { recordReplies: true });
	const engine = createEngine();
	const all = FIXTURES.map((fixture) => ({ fixture, runs: runsOf(sandbox, engine, fixture) }));
	for (const { fixture, runs } of all) {
		const { provider, first, second, unknown, credential } = fixture;
		await runs.both([first, second, unknown]);
		await engine.testCredential(credential, credentialsFor(sandbox)[credential]);
		// A token that ran out, renewed where that is possible.
		sandbox.control.revokeTokens(provider);
		await runs.get([first]);
		await runs.get([first], { patch: pasting(fixture, 'no-token') });
	}
	for (const { fixture, runs } of all) await fixture.traffic(runs);
	return sandbox;
}

let sandbox: TestSandbox;
let log: LoggedRequest[];
let violations: ContractViolation[];

beforeAll(async () => {
	sandbox = await record();
	log = sandbox.control.requests();
	violations = sandbox.control.contractViolations();
});

afterAll(async () => {
	await sandbox.close();
});

const of = (provider: ProviderKey): LoggedRequest[] =>
	log.filter((entry) => entry.provider === provider);

/** Operation and status of everything that was said, each once. */
function said(provider: ProviderKey): string[] {
	return [
		...new Set(of(provider).map(({ operationId, status }) => `${operationId} ${status}`)),
	].sort();
}

describe('what the nodes send, and what they get', () => {
	test.each(PROVIDERS)('keeps to the document of %s', async (provider) => {
		const { judged, messages } = judgeLog(await openOwnDocument(provider), provider, log);

		expect(messages).toEqual([]);
		expect(judged).toBe(of(provider).length);
		expect(log.filter((entry) => entry.provider === null)).toEqual([]);
	});

	test('gives the sandbox nothing to object to', () => {
		expect(violations).toEqual([]);
	});

	test.each(FIXTURES)('covers successes and refusals of $name', (fixture) => {
		expect(said(fixture.provider)).toEqual(fixture.said);
	});

	test('emails nobody but those that were asked for', () => {
		const sends = log.filter(
			({ operationId, status }) =>
				operationId === 'resendInvitation' && Math.floor((status ?? 0) / 100) === 2,
		);
		expect(sandbox.control.outbox()).toHaveLength(sends.length);
	});
});

const published = PROVIDERS.flatMap((provider) =>
	publishedDocuments(provider).map((file) => ({ provider, file, name: basename(file) })),
);

if (published.length === 0) {
	test.skip(`the published documents (skipped: ${whyNotPublished ?? 'the folder is empty'})`, () =>
		undefined);
} else {
	test.each(published)('the nodes keep to the published $name', async ({ provider, file }) => {
		const { judged, messages } = judgeLog(await openDocument(file), provider, log);

		expect(messages).toEqual([]);
		expect(judged).toBeGreaterThan(2);
	});
}

describe('a wrong request is caught', () => {
	const wrong: Array<[string, ProviderKey, string, Partial<LoggedRequest>, RegExp]> = [
		['no body', 'karmaCheck', 'resendInvitation', { body: null }, /required/],
		['no address', 'karmaCheck', 'resendInvitation', { body: {} }, /email/],
		[
			'an address that is none',
			'karmaCheck',
			'resendInvitation',
			{ body: { email: 'x' } },
			/email/,
		],
		[
			'an id that is no UUID',
			'worthAi',
			'resendInvitation',
			{ servicePath: `/customers/${accounts.worthAi.customerId}/users/17/resend-invite` },
			/uuid/,
		],
		[
			'a body that nothing declares',
			'worthAi',
			'resendInvitation',
			{ body: { email: 'a@b.example' } },
			/none is declared/,
		],
		[
			'a key too many',
			'worthAi',
			'signIn',
			{ body: { email: 'a@b.example', password: 'x', more: 1 } },
			/additional/,
		],
		['no id', 'numium', 'resendInvitation', { query: {} }, /id/],
		[
			'an id beyond int64',
			'numium',
			'resendInvitation',
			{ query: { id: '9223372036854775808' } },
			/int64/,
		],
		[
			'a tenant that is no number',
			'numium',
			'listInvitations',
			{ servicePath: '/tenant/x1/admin/user/invitations' },
			/tenantId|int64|integer/,
		],
	];

	test.each(wrong)('with %s (%s %s)', async (_what, provider, operationId, change, message) => {
		const contract = await openOwnDocument(provider);
		const right = of(provider).find((entry) => entry.operationId === operationId);
		if (right === undefined) throw new Error(`${operationId} was never called`);

		expect(judgeRequest(contract, right)).toEqual([]);
		expect((judgeRequest(contract, { ...right, ...change }) ?? []).join('\n')).toMatch(message);
	});

	test('with an operation that no document declares', async () => {
		const contract = await openOwnDocument('karmaCheck');
		const [right] = of('karmaCheck');
		if (right === undefined) throw new Error('KarmaCheck was never called');

		expect(judgeRequest(contract, { ...right, servicePath: '/case/undeclared' })).toBeNull();
	});

	test('by the sandbox itself, while it happens', async () => {
		await axios.post(
			`${sandbox.baseUrls.karmaCheck}/case/id/${seeded.karmaCheck.pending}/action/resendinvite`,
			{ email: 'no address' },
			{ headers: { authorization: `Bearer ${tokens.karmaCheck}` }, validateStatus: () => true },
		);

		expect(sandbox.control.contractViolations().slice(violations.length)).toEqual([
			expect.objectContaining({ provider: 'karmaCheck', side: 'request' }),
		]);
	});

	test('and so is a reply that breaks the document', async () => {
		const contract = await openOwnDocument('numium');
		const right = of('numium').find(({ status }) => status === 200);
		if (right?.reply == null) throw new Error('Numium never answered');
		const broken = { ...right, reply: { ...right.reply, body: '{"isSuccess":true}' } };

		expect(judgeLog(contract, 'numium', [right]).messages).toEqual([]);
		expect(judgeLog(contract, 'numium', [broken]).messages).not.toEqual([]);
	});
});
