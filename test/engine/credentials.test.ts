import type { IDataObject, INodeCredentialTestResult } from 'n8n-workflow';
import { accounts, DAY, type Fault, type LoggedRequest } from '../../sandbox';
import { startServer, type FixtureServer } from './harness/fixture/server';
import type { Run } from './harness';
import { fixtureOf, FIXTURES, type Fields, type ServiceFixture } from '../services';
import {
	credentialsFor,
	DISCOURAGING,
	EXPIRED,
	ids,
	isFailed,
	jsonOf,
	node,
	NOON,
	ON_ERROR,
	ownWords,
	pasting,
	requestsTo,
	told,
	useStage,
	type OnError,
} from './support';

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async () => undefined,
}));

const stage = useStage();

/** The services whose credential signs in by itself, and the status that asks for a new token. */
const SIGNING_IN = FIXTURES.flatMap((facts) =>
	facts.signsIn === null ? [] : [{ ...facts, ...facts.signsIn, facts }],
);

function credentialsWith(facts: ServiceFixture, patch: Fields): ReturnType<typeof credentialsFor> {
	const all = credentialsFor(stage.sandbox);
	return { ...all, [facts.credential]: { ...all[facts.credential], ...patch } };
}

async function run(
	facts: ServiceFixture,
	input: IDataObject[],
	{
		operation = 'get',
		onError = 'continueRegularOutput',
		patch = {},
	}: {
		operation?: 'get' | 'resend';
		onError?: OnError;
		patch?: Fields;
	} = {},
): Promise<Run> {
	return await stage.engine.run({
		node: node(facts.provider, operation, { onError }),
		input,
		credentials: credentialsWith(facts, patch),
	});
}

/** Thirty invitations that may be sent, beside the seeded ones. */
function thirty({ add }: ServiceFixture): IDataObject[] {
	const wanted = { sentAt: NOON - 3 * DAY };
	return ids(...Array.from({ length: 30 }, () => add(stage.sandbox.control.state, wanted)));
}

const signIns = (): LoggedRequest[] => requestsTo(stage.sandbox, 'signIn');
const all = (provider: string): unknown => expect.objectContaining({ provider });

describe.each(SIGNING_IN)('the credential of $name', (row) => {
	const { facts, provider, name, credential, readCall, sendCall, refusedAs } = row;

	test('signs in before the first call, and keeps the token for later runs', async () => {
		await run(facts, ids(facts.first));
		const token = stage.engine.credentials.get(credential).sessionToken;
		await run(facts, ids(facts.second));

		expect(requestsTo(stage.sandbox).map(({ operationId }) => operationId)).toEqual([
			'signIn',
			readCall,
			readCall,
		]);
		expect(token).toMatch(/^eyJ/);
		const sent = requestsTo(stage.sandbox, readCall).map(({ headers }) => headers.authorization);
		expect(sent).toEqual([`Bearer ${String(token)}`, `Bearer ${String(token)}`]);
		expect(signIns()[0]?.headers).not.toHaveProperty('authorization');
	});

	test('signs in once for thirty items', async () => {
		const { output } = await run(facts, thirty(facts));

		expect(jsonOf(output[0])).toEqual(Array.from({ length: 30 }, () => all(provider)));
		expect(signIns()).toHaveLength(1);
	});

	test(`renews a token that is answered with ${refusedAs} once for thirty items`, async () => {
		await run(facts, ids(facts.first));
		const before = stage.engine.credentials.get(credential).sessionToken;
		stage.sandbox.control.revokeTokens(provider);
		stage.sandbox.control.clear();

		const { output } = await run(facts, thirty(facts));

		expect(jsonOf(output[0])).toEqual(Array.from({ length: 30 }, () => all(provider)));
		expect(signIns()).toHaveLength(1);
		expect(requestsTo(stage.sandbox, readCall).map(({ status }) => status)).toEqual([
			refusedAs,
			...Array.from({ length: 30 }, () => 200),
		]);
		expect(stage.engine.credentials.get(credential).sessionToken).not.toBe(before);
	});

	test('renews once a token that runs out while thirty reads are under way', async () => {
		const input = thirty(facts);
		for (const { id } of input.slice(1)) {
			const fault: Fault = { kind: 'status', status: refusedAs };
			stage.sandbox.control.inject({ operationId: readCall, key: String(id), fault });
		}
		stage.sandbox.control.setLatency(50);
		const { output } = await run(facts, input);

		expect(jsonOf(output[0])).toEqual(input.map(() => all(provider)));
		// Before the first call, and once more.
		expect(signIns()).toHaveLength(2);
	});

	test('renews a token that is refused at the send, and emails once', async () => {
		stage.sandbox.control.inject({
			operationId: sendCall,
			fault: { kind: 'status', status: refusedAs },
		});

		const { output } = await run(facts, ids(facts.first), { operation: 'resend' });

		expect(jsonOf(output[0])[0]).toMatchObject({ outcome: 'sent' });
		expect(signIns()).toHaveLength(2);
		expect(requestsTo(stage.sandbox, sendCall).map(({ status }) => status)).toEqual([
			refusedAs,
			200,
		]);
		expect(stage.sandbox.control.outbox()).toHaveLength(1);
	});

	test('is read once per run, whatever the number of items', async () => {
		const input = thirty(facts);
		for (const operation of ['get', 'resend'] as const) {
			const before = stage.engine.credentialReads();
			await run(facts, input, { operation });
			expect(stage.engine.credentialReads() - before).toBe(1);
		}
	});

	test('with a wrong key or password is told in words, after one try for thirty items', async () => {
		const result = await run(facts, thirty(facts), { patch: row.wrong });

		const { message, description, details } = told(result);
		expect(message).toBe(`Could not sign in to ${name}`);
		expect(description).toContain(`${name} did not accept the sign-in. ${row.check}`);
		expect(details).toMatchObject({ reason: 'credential' });
		expect(new Set(jsonOf(result.output[0]).map((json) => json.message))).toEqual(
			new Set([message]),
		);
		expect(result.output[0]).toHaveLength(30);
		expect(requestsTo(stage.sandbox)).toHaveLength(1);
		expect(JSON.stringify(result.output)).not.toContain(Object.values(row.wrong)[0]);
	});

	test.each<[string, Fault, string]>([
		['503', { kind: 'status', status: 503 }, '(status 503). Check the environment'],
		['a web page', { kind: 'html' }, '(status 200). Check the environment'],
		[
			'JSON without a token',
			{ kind: 'status', status: 200, body: { id: 1 } },
			'(status 200). Check the environment',
		],
		[
			'an empty token',
			{ kind: 'status', status: 200, body: { token: '', data: { id_token: '' } } },
			'(status 200). Check the environment',
		],
		['a cut connection', { kind: 'reset', effect: 'none' }, 'Could not reach '],
	])('tells of a sign-in that meets %s', async (_what, fault, words) => {
		stage.sandbox.control.inject({ operationId: 'signIn', times: 'always', fault });

		for (const onError of ON_ERROR) {
			const result = told(await run(facts, ids(facts.first, facts.second), { onError }));
			expect(result.message).toBe(`Could not sign in to ${name}`);
			expect(result.description).toContain(words);
			expect(ownWords(result)).not.toMatch(DISCOURAGING);
		}
		expect(requestsTo(stage.sandbox, readCall)).toEqual([]);
	});

	test.each<[string, Fault, object]>([
		['503', { kind: 'status', status: 503 }, { reason: 'unavailable', httpStatus: 503 }],
		['429', { kind: 'rateLimit' }, { reason: 'rateLimited', httpStatus: 429 }],
		[
			'a cut connection',
			{ kind: 'reset', effect: 'none' },
			{ reason: 'unreachable', httpStatus: null },
		],
	])('signs in again where that meets %s, and calls it no refusal', async (_what, fault, ends) => {
		const input = thirty(facts);
		await run(facts, input.slice(0, 1));
		stage.sandbox.control.revokeTokens(provider);
		stage.sandbox.control.clear();
		stage.sandbox.control.inject({ operationId: 'signIn', times: 3, fault });
		const { output } = await run(facts, input);
		expect(jsonOf(output[0])).toEqual(input.map(() => all(provider)));
		expect(signIns()).toHaveLength(4);

		stage.sandbox.control.revokeTokens(provider);
		stage.sandbox.control.inject({ operationId: 'signIn', times: 'always', fault });
		const { details } = told(await run(facts, input, { onError: 'continueErrorOutput' }));
		expect(details).toMatchObject({ ...ends, retryable: true });
		const before = signIns().length;
		await run(facts, input, { onError: 'stopWorkflow' });
		expect(signIns().length - before).toBe(4);
	});

	test.each([302, 418, 500])('signs in once where that is answered with %i', async (status) => {
		stage.sandbox.control.inject({
			operationId: 'signIn',
			times: 'always',
			fault: { kind: 'status', status },
		});
		const { details } = told(
			await run(facts, ids(facts.first), { onError: 'continueErrorOutput' }),
		);
		expect(details).toMatchObject({ reason: 'credential', httpStatus: status });
		expect(signIns()).toHaveLength(1);
	});
});

describe('a 403 of KarmaCheck that stays', () => {
	const karmaCheck = fixtureOf('karmaCheck');
	const forbidden: Fault = { kind: 'status', status: 403, body: { message: 'Not your case' } };

	test('costs one sign-in for a run of thirty items, not one each', async () => {
		await run(karmaCheck, ids(karmaCheck.first));
		stage.sandbox.control.clear();
		const { readCall: operationId } = karmaCheck;
		stage.sandbox.control.inject({ operationId, times: 'always', fault: forbidden });

		const { output } = await run(karmaCheck, thirty(karmaCheck));

		expect(signIns()).toHaveLength(1);
		expect(requestsTo(stage.sandbox, operationId)).toHaveLength(31);
		expect(jsonOf(output[0])).toEqual(
			Array.from({ length: 30 }, () =>
				expect.objectContaining({
					outcome: 'failed',
					reason: 'forbidden',
					message: 'KarmaCheck does not give this credential access to the case',
				}),
			),
		);
	});

	// No id was entered, and KarmaCheck's pages say of GET /case/list that 403 means a missing or invalid token.
	test('to a list is about the credential, and asks for no ID', async () => {
		stage.sandbox.control.inject({ operationId: 'listCases', times: 'always', fault: forbidden });
		const byEmail = { caseId: { __rl: true, mode: 'email', value: '={{ $json.email }}' } };
		for (const operation of ['getAll', 'get', 'resend'] as const) {
			const result = await stage.engine.run({
				node: node('karmaCheck', operation, {
					onError: 'continueErrorOutput',
					...(operation === 'getAll' ? {} : { parameters: byEmail }),
				}),
				input: [{ email: 'ann@example.com' }],
				credentials: credentialsFor(stage.sandbox),
			});
			const words = told(result);
			expect(words).toMatchObject({
				message: 'KarmaCheck does not give this credential access to the list of cases',
				details: { reason: 'credential', httpStatus: 403 },
			});
			expect(words.description).toContain('Test the credential');
			expect(words.description).toContain('KarmaCheck answered: Not your case');
			expect(ownWords(words)).not.toMatch(/\bID\b/);
			expect(ownWords(words)).not.toMatch(DISCOURAGING);
		}
		expect(stage.sandbox.control.outbox()).toEqual([]);
	});

	test('for one case leaves the others to be read', async () => {
		const input = thirty(karmaCheck);
		const foreign = String(input[7]?.id);
		stage.sandbox.control.inject({ key: foreign, times: 'always', fault: forbidden });

		const { output } = await run(karmaCheck, input);

		const failed = jsonOf(output[0]?.filter(isFailed));
		expect(failed).toEqual([
			expect.objectContaining({ advice: expect.stringContaining('Not your case') }),
		]);
		expect(jsonOf(output[0])[7]).toEqual(failed[0]);
		expect(signIns()).toHaveLength(2);
	});
});

describe('Worth AI', () => {
	const facts = fixtureOf('worthAi');

	test.each(['flat', 'nested'] as const)('signs in with the %s form of its reply', async (form) => {
		stage.sandbox.control.setSwitches({ worthSignIn: form });

		expect(jsonOf((await run(facts, ids(facts.first))).output[0])).toEqual([all('worthAi')]);
	});

	test.each(['400', '500'] as const)('says a wrong password with status %s', async (status) => {
		stage.sandbox.control.setSwitches({ worthBadPassword: status });

		const { description, details } = told(
			await run(facts, ids(facts.first), {
				onError: 'continueErrorOutput',
				patch: { password: 'wrong' },
			}),
		);

		expect(description).toContain('Worth AI answered: Incorrect username or password.');
		expect(details).toMatchObject({ reason: 'credential', httpStatus: Number(status) });
	});
});

describe.each(FIXTURES.filter(({ pasted }) => pasted.isToken))(
	'a pasted token of $name',
	(facts) => {
		const { provider, name, readCall } = facts;
		const pasted = (token: string): { patch: Fields } => ({
			patch: pasting(facts, token),
		});
		const good = facts.pasted.value;

		test.each([
			['as it is', good],
			['with Bearer before it', `Bearer ${good}`],
			['with bearer and blanks around it', `  bearer  ${good}\n`],
		])('works %s, without signing in', async (_what, token) => {
			const { output } = await run(facts, ids(facts.first), pasted(token));

			expect(jsonOf(output[0])).toEqual([all(provider)]);
			expect(requestsTo(stage.sandbox).map(({ operationId }) => operationId)).toEqual([readCall]);
			expect(requestsTo(stage.sandbox)[0]?.headers.authorization).toBe(`Bearer ${good}`);
		});

		test.each(['get', 'resend'] as const)(
			'that has expired is named with its time before any request of %s',
			async (operation) => {
				for (const onError of ON_ERROR) {
					const result = told(
						await run(facts, ids(facts.first), {
							operation,
							onError,
							...pasted(EXPIRED),
						}),
					);
					expect(result.message).toBe(
						'The token in the credential expired at 2024-01-01T01:00:00.000Z',
					);
					expect(result.description).toContain('No request was made.');
					expect(ownWords(result)).not.toMatch(DISCOURAGING);
				}
				expect(requestsTo(stage.sandbox)).toEqual([]);
			},
		);

		test('that is no JWT is left to the provider to judge', async () => {
			const { details } = told(await run(facts, ids(facts.first), pasted('opaque')));

			expect(details).toMatchObject({
				reason: facts.refusedAs === 403 ? 'forbidden' : 'credential',
			});
			expect(requestsTo(stage.sandbox)[0]?.headers.authorization).toBe('Bearer opaque');
		});

		test('that is refused ends the calls of a run', async () => {
			// KarmaCheck says 403 to a wrong token and to another group's case alike.
			stage.sandbox.control.inject({
				operationId: readCall,
				times: 'always',
				fault: { kind: 'status', status: 401 },
			});

			const { output } = await run(facts, thirty(facts), pasted(good));

			expect(
				new Set(jsonOf(output[0]).map(({ message }) => String(message).split(' for ')[0])),
			).toEqual(new Set([`${name} did not accept the credential`]));
			expect(requestsTo(stage.sandbox, readCall).length).toBeLessThanOrEqual(2);
		});
	},
);

describe('the test of a credential', () => {
	let other: FixtureServer;
	beforeAll(async () => {
		other = await startServer();
	});
	beforeEach(() => other.reset());
	afterAll(async () => await other.close());

	async function press(
		facts: ServiceFixture,
		patch: Fields = {},
	): Promise<INodeCredentialTestResult> {
		const data = credentialsWith(facts, patch)[facts.credential];
		const result = await stage.engine.testCredential(facts.credential, data);
		if (result.status === 'Error') expect(result.message).not.toMatch(DISCOURAGING);
		return result;
	}

	const answer = ({ testCall: operationId }: ServiceFixture, fault: Fault): void => {
		stage.sandbox.control.inject({ operationId, times: 'always', fault });
	};

	describe.each(FIXTURES)('of $name', (facts) => {
		const { name } = facts;
		const mount = (): string => stage.sandbox.baseUrls[facts.provider];
		const token = pasting(facts);
		const { value } = facts.pasted;

		test('is green, and neither mails nor breaks the contract', async () => {
			expect(await press(facts)).toEqual({ status: 'OK', message: 'Connection successful!' });
			expect(stage.sandbox.control.outbox()).toEqual([]);
			expect(stage.sandbox.control.contractViolations()).toEqual([]);
		});

		test.each([
			['a pasted token', () => token],
			['a token pasted with Bearer', () => pasting(facts, `Bearer ${value} `)],
			['slashes behind the base URL', () => ({ baseUrl: `${mount()}//` })],
			['blanks around the base URL', () => ({ baseUrl: ` ${mount()}\n` })],
		])('is green with %s', async (_what, patch) => {
			expect(await press(facts, patch())).toMatchObject({ status: 'OK' });
		});

		test.each([
			['a token that is not right', () => pasting(facts, 'x')],
			['a token that has expired', () => pasting(facts, EXPIRED)],
		])('points at the token for %s', async (_what, patch) => {
			const { status, message } = await press(facts, patch());

			expect(status).toBe('Error');
			expect(message).toMatch(facts.refusal);
		});

		test.each([
			['http elsewhere', () => 'http://api.example.com', 'must start with https://'],
			['a user name', () => mount().replace('//', '//me@'), 'must not contain a user name'],
			['a step up', () => `${mount()}/../x`, 'must not contain . or ..'],
			['a query', () => `${mount()}?x=1`, 'must not contain ? or #'],
			['nothing', () => ' ', 'is empty'],
		])('says of a base URL with %s what is wrong, without a request', async (_what, url, words) => {
			for (const patch of [{}, token]) {
				const { status, message } = await press(facts, { ...patch, baseUrl: url() });
				expect(status).toBe('Error');
				expect(message).toContain(words);
			}
			expect(requestsTo(stage.sandbox)).toEqual([]);
		});

		test('says that nothing answers at the address', async () => {
			const closed = await startServer();
			await closed.close();

			const signingIn = await press(facts, { baseUrl: closed.url });
			const withToken = await press(facts, { baseUrl: closed.url, ...token });

			expect(signingIn).toMatchObject({
				status: 'Error',
				message:
					facts.signsIn === null
						? 'ECONNREFUSED'
						: `Could not reach ${name} to sign in. Check the environment or the base URL in the credential, and the network connection of n8n.`,
			});
			// n8n shows the bare code and leaves no say in it.
			expect(withToken).toMatchObject({ status: 'Error', message: 'ECONNREFUSED' });
		});

		test('says that the path of the address is not right', async () => {
			for (const patch of [{}, token]) {
				const { status, message } = await press(facts, { ...patch, baseUrl: `${mount()}/nowhere` });
				expect(status).toBe('Error');
				expect(message).toMatch(/base URL/);
			}
		});

		test.each<[string, Fault]>([
			['a web page', { kind: 'html' }],
			['JSON of another kind', { kind: 'status', status: 200, body: { hello: 'world' } }],
			['a text', { kind: 'status', status: 200, body: 'OK' }],
			['an empty body', { kind: 'status', status: 200 }],
		])('is red where %s answers with status 200', async (_what, fault) => {
			answer(facts, fault);

			expect(await press(facts)).toEqual({
				status: 'Error',
				message: `The address answers, but it is not the ${name} API. Check the environment or the base URL.`,
			});
		});

		test.each([301, 302, 303, 307, 308])(
			'does not take the token along to another origin (%s)',
			async (status) => {
				answer(facts, { kind: 'redirect', location: `${other.url}/x`, status });

				const result = await press(facts);

				expect(result.status).toBe('Error');
				expect(result.message).toContain('The address redirects to another one');
				expect(other.received).toEqual([]);
			},
		);
	});

	test.each(SIGNING_IN)('of $name tells a wrong key or password from all else', async (row) => {
		const { status, message } = await press(row.facts, row.wrong);

		expect(status).toBe('Error');
		expect(message).toContain(`${row.name} did not accept the sign-in. ${row.check}`);
		expect(message).not.toContain(Object.values(row.wrong)[0]);
	});

	test('of KarmaCheck tells a group that may not be read', async () => {
		answer(fixtureOf('karmaCheck'), { kind: 'status', status: 403 });

		expect((await press(fixtureOf('karmaCheck'))).message).toContain('has no access to its group');
	});

	test.each([
		[
			'another customer',
			accounts.worthAi.foreignCustomerId,
			'does not have access to this customer',
		],
		[
			'an unknown customer',
			'00000000-0000-4000-8000-000000000000',
			'does not know this customer ID',
		],
		['no UUID', 'abc', 'does not know this customer ID'],
		['a path', '../users', 'does not know this customer ID'],
	])('of Worth AI tells %s', async (_what, customerId, words) => {
		const { status, message } = await press(fixtureOf('worthAi'), { customerId });

		expect(status).toBe('Error');
		expect(message).toContain(words);
	});

	test.each([
		[
			'a tenant of others',
			accounts.numium.foreignTenantId,
			'it does not have access to this tenant',
		],
		['no number', 'abc', 'did not accept the tenant ID'],
		['a path', '../x', 'did not accept the tenant ID'],
	])('of Numium tells %s', async (_what, tenantId, words) => {
		const { status, message } = await press(fixtureOf('numium'), { tenantId });

		expect(status).toBe('Error');
		expect(message).toContain(words);
	});

	test('of Numium is green for a tenant without invitations', async () => {
		const { emptyTenantId: tenantId } = accounts.numium;
		expect(await press(fixtureOf('numium'), { tenantId })).toMatchObject({ status: 'OK' });
	});

	test('of Numium is red for a refusal on status 200', async () => {
		answer(fixtureOf('numium'), { kind: 'isFailure' });

		expect(await press(fixtureOf('numium'))).toEqual({
			status: 'Error',
			message: 'Numium declined the request. Check the tenant ID and the token.',
		});
	});
});
