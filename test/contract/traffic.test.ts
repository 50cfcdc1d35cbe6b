import { basename } from 'node:path';
import axios from 'axios';
import type { IDataObject } from 'n8n-workflow';
import {
	accounts,
	DAY,
	PROVIDERS,
	seeded,
	startSandbox,
	tokens,
	type ContractViolation,
	type LoggedRequest,
	type Provider,
	type Sandbox,
} from '../../sandbox';
import { createEngine, type Engine, type NodeSpec } from '../engine/harness';
import { credentialsFor, FACTS, ids, node, type ProviderKey } from '../engine/support';
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

type Parameters = NonNullable<NodeSpec['parameters']>;

/** Everything the nodes say to the providers, in good cases and in refused ones. */
class Traffic {
	private constructor(
		readonly sandbox: Sandbox,
		private readonly engine: Engine,
	) {}

	static async record(): Promise<Traffic> {
		const traffic = new Traffic(await startSandbox({ recordReplies: true }), createEngine());
		await traffic.everybody();
		await traffic.karmaCheck();
		await traffic.worthAi();
		await traffic.numium();
		return traffic;
	}

	private async run(
		provider: ProviderKey,
		operation: string,
		input: IDataObject[],
		{
			parameters = {},
			patch = {},
		}: { parameters?: Parameters; patch?: Record<string, string> } = {},
	): Promise<void> {
		const credentials = credentialsFor(this.sandbox);
		const type = `${provider}Api`;
		credentials[type] = { ...credentials[type], ...patch };
		const spec = node(provider, operation, { parameters, onError: 'continueRegularOutput' });
		const run = await this.engine.run({ node: spec, input, credentials });
		if (run.error !== undefined) throw run.error;
		if (run.output[0]?.length !== input.length) throw new Error(`${operation} lost items`);
	}

	private async both(
		provider: ProviderKey,
		input: IDataObject[],
		parameters: Parameters = {},
	): Promise<void> {
		await this.run(provider, 'get', input, { parameters });
		await this.run(provider, 'resend', input, { parameters });
	}

	private async everybody(): Promise<void> {
		for (const { provider, first, second, unknown, credential } of FACTS) {
			await this.both(provider, ids(first, second, unknown));
			await this.engine.testCredential(credential, credentialsFor(this.sandbox)[credential]);
			// A token that ran out, renewed where that is possible.
			this.sandbox.control.revokeTokens(provider);
			await this.run(provider, 'get', ids(first));
			const patch = { authentication: 'token', token: 'no-token' };
			await this.run(provider, 'get', ids(first), { patch });
		}
	}

	private async karmaCheck(): Promise<void> {
		const everyStatus = { onlyWhenStatusIs: ['pending', 'expired', 'completed', 'cancelled'] };
		await this.both('karmaCheck', ids(...Object.values(seeded.karmaCheck)), {
			options: everyStatus,
			atMostOncePer: 'execution',
			email: 'another.address+tag@example.com',
		});
		const patch = { authentication: 'apiKey', apiKey: 'wrong' };
		await this.run('karmaCheck', 'get', ids(seeded.karmaCheck.pending), { patch });
	}

	private async worthAi(): Promise<void> {
		const options = {
			onlyWhenStatusIs: ['pending', 'expired', 'completed', 'cancelled', 'unknown'],
		};
		await this.both('worthAi', ids(...Object.values(seeded.worthAi)), { options });
		const customerId = accounts.worthAi.foreignCustomerId;
		await this.both('worthAi', ids(seeded.worthAi.invited), { customerId });
		for (const worthSignIn of ['flat', 'nested'] as const) {
			for (const worthBadPassword of ['400', '500'] as const) {
				this.sandbox.control.setSwitches({ worthSignIn, worthBadPassword });
				const patch = { authentication: 'password', sessionToken: '' };
				const password = { ...patch, password: 'wrong' };
				await this.run('worthAi', 'get', ids(seeded.worthAi.invited), { patch: password });
				await this.run('worthAi', 'get', ids(seeded.worthAi.invited), { patch });
			}
		}
	}

	private async numium(): Promise<void> {
		const { tenantId, otherTenantId, emptyTenantId, foreignTenantId } = accounts.numium;
		const patch = { token: tokens.numium };
		for (const numiumWrapper of ['value', 'data'] as const) {
			for (const numiumCollection of ['array', 'object'] as const) {
				for (const numiumEmpty of ['404', 'empty'] as const) {
					this.sandbox.control.setSwitches({ numiumWrapper, numiumCollection, numiumEmpty });
					const createdAt = this.sandbox.control.now() - 3 * DAY;
					const { id } = this.sandbox.control.state.numium.add({ createdAt });
					await this.run('numium', 'resend', ids(id, seeded.numium.big), { patch });
					for (const tenant of [tenantId, otherTenantId, emptyTenantId, foreignTenantId]) {
						const parameters = { tenantId: tenant };
						await this.run('numium', 'get', ids(seeded.numium.otherTenant), { parameters, patch });
					}
				}
			}
		}
		const largest = '9223372036854775807';
		this.sandbox.control.state.numium.add({ id: largest, createdAt: 0 });
		await this.run('numium', 'resend', ids(largest), { patch });
		const baseUrl = `${this.sandbox.baseUrls.numium}/api`;
		await this.run('numium', 'get', ids(largest), { patch: { ...patch, baseUrl } });
	}
}

let sandbox: Sandbox;
let log: LoggedRequest[];
let violations: ContractViolation[];

beforeAll(async () => {
	({ sandbox } = await Traffic.record());
	log = sandbox.control.requests();
	violations = sandbox.control.contractViolations();
});

afterAll(async () => {
	await sandbox.close();
});

const of = (provider: Provider): LoggedRequest[] =>
	log.filter((entry) => entry.provider === provider);

/** Operation and status of everything that was said, each once. */
function said(provider: Provider): string[] {
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

	test('covers successes and refusals of each provider', () => {
		expect(said('karmaCheck')).toEqual([
			'getInvitation 200',
			'getInvitation 403',
			'getInvitation 404',
			'listPackages 200',
			'resendInvitation 200',
			'resendInvitation 422',
			'signIn 200',
			'signIn 403',
		]);
		expect(said('worthAi')).toEqual([
			'getUser 200',
			'getUser 401',
			'getUser 403',
			'getUser 404',
			'listSubroles 200',
			'resendInvitation 200',
			'resendInvitation 400',
			'signIn 200',
			'signIn 400',
			'signIn 500',
		]);
		expect(said('numium')).toEqual([
			'listInvitations 200',
			'listInvitations 401',
			'listInvitations 403',
			'listInvitations 404',
			'listTenantUsers 200',
			'resendInvitation 200',
		]);
	});

	test('mails nobody but those that were asked for', () => {
		const sends = log.filter(
			({ operationId, status }) => operationId === 'resendInvitation' && status === 200,
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
	const wrong: Array<[string, Provider, string, Partial<LoggedRequest>, RegExp]> = [
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
