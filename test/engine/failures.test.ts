import { Socket } from 'node:net';
import type { IDataObject } from 'n8n-workflow';
import type { Fault } from '../../sandbox';
import { startServer, type FixtureServer } from './harness/fixture/server';
import type { Run } from './harness';
import { FIXTURES, PLAYED, type ServiceFixture } from '../services';
import {
	credentialsFor,
	DISCOURAGING,
	ids,
	jsonOf,
	node,
	NOON,
	ON_ERROR,
	ownAdvice,
	ownWords,
	pasting,
	requestsTo,
	told,
	useStage,
	type OnError,
	type Told,
} from './support';

/** The waits the nodes asked for, in milliseconds; none of them is waited out. */
const mockWaits: number[] = [];
jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async (milliseconds: number) => void mockWaits.push(milliseconds),
}));

const stage = useStage();

beforeEach(() => {
	mockWaits.length = 0;
});

const waited = (): number => mockWaits.reduce((sum, wait) => sum + wait, 0);

interface Plan {
	operation?: 'get' | 'resend';
	onError?: OnError;
	input?: IDataObject[];
	credential?: Record<string, string>;
}

async function run(facts: ServiceFixture, plan: Plan = {}): Promise<Run> {
	// The item for an error output tells most.
	const { operation = 'get', onError = 'continueErrorOutput', credential = {} } = plan;
	const credentials = credentialsFor(stage.sandbox);
	credentials[facts.credential] = { ...credentials[facts.credential], ...credential };
	return await stage.engine.run({
		node: node(facts.provider, operation, { onError }),
		input: plan.input ?? ids(facts.first),
		credentials,
	});
}

function inject(
	facts: ServiceFixture,
	call: 'readCall' | 'sendCall',
	fault: Fault,
	times = 1000,
): void {
	const { provider } = facts;
	stage.sandbox.control.inject({ provider, operationId: facts[call], times, fault });
}

/** What a target by itself tells of whom it means. */
function namedBy({ target, scope }: ServiceFixture, id: string): IDataObject {
	return { [target]: id, ...(scope === null ? {} : { [scope.field]: scope.own }) };
}

/** A longer advice makes a tall row of n8n's table. */
const LONGEST_ADVICE = 130;

/** What was told, checked for the tone every text of ours must have. */
function plainly(words: Told): Told {
	expect(words.message).not.toBe('');
	expect(words.description).not.toBe('');
	// The name of a setting of n8n.
	expect(ownWords(words).replaceAll("'On Error'", '')).not.toMatch(DISCOURAGING);
	const isRow = 'outcome' in words.details;
	expect(isRow ? ownAdvice(words).length : 0).toBeLessThanOrEqual(LONGEST_ADVICE);
	expect(ownWords(words)).not.toMatch(/undefined|null|\[object/);
	return words;
}

const JSON_TEXT = 'application/json; charset=utf-8';

/** Every shape of a body that the providers' pages show, and what of it a user must get to read. */
const SHAPES: ReadonlyArray<{ shape: string; body: unknown; contentType?: string; words: string }> =
	[
		{
			shape: 'a message',
			body: { message: 'Case is archived', error: 'Bad Request', statusCode: 400 },
			words: 'Case is archived; Bad Request',
		},
		{
			shape: 'a list of messages',
			body: { message: ['a.0.b must be a string', 'c is missing'], error: 'Bad Request' },
			words: 'a.0.b must be a string; c is missing; Bad Request',
		},
		{
			shape: 'a list of errors',
			body: { errors: ['a is odd', { message: 'b is odd' }] },
			words: 'a is odd; b is odd',
		},
		{
			shape: 'errors by field',
			body: { title: 'Not valid', errors: { Name: ['The Name field is required.'] } },
			words: 'Not valid; The Name field is required.',
		},
		{ shape: 'an error as text', body: { error: 'jwt expired' }, words: 'jwt expired' },
		{ shape: 'an error as object', body: { error: { message: 'no access' } }, words: 'no access' },
		{
			shape: "Worth AI's shape",
			body: { status: 'fail', message: 'Not yet', errorCode: 'INVALID', data: { errorName: 'X' } },
			words: 'Not yet',
		},
		{
			shape: "Numium's wrapper",
			body: {
				isSuccess: false,
				isFailure: true,
				error: { code: 'Locked', message: 'It is locked.', info: ['Unlock it.', 'Or wait.'] },
				value: null,
			},
			words: 'It is locked. Unlock it. Or wait.',
		},
		{
			shape: 'a JSON text',
			body: '"Token is not valid"',
			contentType: JSON_TEXT,
			words: 'Token is not valid',
		},
		{ shape: 'a JSON list', body: ['one', 'two'], words: 'one; two' },
		{ shape: 'plain text', body: 'Invalid case', words: 'Invalid case' },
		{
			shape: 'a web page',
			body: '<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>x</body></html>',
			contentType: 'text/html',
			words: 'a web page titled "Bad gateway"',
		},
		{
			shape: 'a web page without a title',
			body: '<html><body>x</body></html>',
			contentType: 'text/html',
			words: 'a web page',
		},
	];

/** Bodies without a word in them. */
const WORDLESS: ReadonlyArray<{ shape: string; body?: unknown; contentType?: string }> = [
	{ shape: 'no body' },
	{ shape: 'null', body: 'null', contentType: JSON_TEXT },
	{ shape: 'an empty object', body: {} },
	{ shape: 'blanks', body: '  \n' },
];

describe.each(FIXTURES)('a refusal by $name', (facts) => {
	test.each(SHAPES)('with $shape is told in words', async ({ body, contentType, words }) => {
		const fault: Fault = { kind: 'status', status: 418, body, contentType };
		for (const [operation, call] of [
			['get', 'readCall'],
			['resend', 'sendCall'],
		] as const) {
			stage.sandbox.control.clear();
			inject(facts, call, fault);

			const { message, description, details } = plainly(told(await run(facts, { operation })));

			expect(message).toBe(
				`${facts.name} refused the request for ${facts.about(call, facts.first)} (status 418)`,
			);
			expect(description).toBe(`Check the values of this item. ${facts.name} answered: ${words}`);
			expect(details).toMatchObject({ outcome: 'failed', reason: 'refused', httpStatus: 418 });
		}
	});

	// 401 and 403 go through n8n's own reading of what was refused, before they come to the node.
	test.each([401, 403, 418])('with %s, nested 20,000 deep, is told in words', async (status) => {
		const body = `${'[{"error":'.repeat(20_000)}"very deep"${'}]'.repeat(20_000)}`;
		const fault: Fault = { kind: 'status', status, body, contentType: JSON_TEXT };
		for (const [operation, call] of [
			['get', 'readCall'],
			['resend', 'sendCall'],
		] as const) {
			stage.sandbox.control.clear();
			inject(facts, call, fault);

			const { description, details } = plainly(told(await run(facts, { operation })));

			expect(description).toContain(`${facts.name} answered: very deep`);
			expect(details).toMatchObject({ outcome: 'failed', httpStatus: status });
		}
	});

	test.each(WORDLESS)('with $shape is told all the same', async ({ body, contentType }) => {
		inject(facts, 'readCall', { kind: 'status', status: 418, body, contentType });

		const { message, description } = plainly(told(await run(facts)));

		expect(message).toContain('(status 418)');
		expect(description).toBe('Check the values of this item.');
	});

	test('is quoted at a bearable length', async () => {
		inject(facts, 'readCall', { kind: 'status', status: 418, body: { message: 'x'.repeat(5000) } });

		expect(told(await run(facts)).description.length).toBeLessThan(500);
	});

	test.each([
		[400, 'refused'],
		[401, 'credential'],
		[403, 'forbidden'],
		[404, 'notFound'],
		[409, 'refused'],
		[422, 'refused'],
		[429, 'rateLimited'],
		[500, 'unavailable'],
		[501, 'unavailable'],
		[502, 'unavailable'],
		[503, 'unavailable'],
		[504, 'unavailable'],
	])('with status %s of a read has the reason %s', async (status, reason) => {
		const contentType = 'text/html';
		inject(facts, 'readCall', { kind: 'status', status, body: '<html></html>', contentType });

		const { details } = plainly(told(await run(facts)));

		expect(details).toMatchObject({ outcome: 'failed', reason });
		// Where a service's own words for a missing one apply, no status is claimed.
		expect([status, null]).toContain(details.httpStatus);
	});

	test('carries the code the provider gives', async () => {
		const body = { message: 'no', errorCode: 'E_17' };
		inject(facts, 'readCall', { kind: 'status', status: 418, body });

		expect(told(await run(facts)).details).toMatchObject({ code: 'E_17' });
	});

	test.each([
		['a web page', { kind: 'html' }],
		['an empty body', { kind: 'status', status: 200 }],
		['a text', { kind: 'status', status: 200, body: 'OK' }],
		['JSON of another kind', { kind: 'status', status: 200, body: { hello: 'world' } }],
		['a list', { kind: 'status', status: 200, body: [] }],
	] satisfies Array<[string, Fault]>)('is what %s on status 200 is taken for', async (_, fault) => {
		inject(facts, 'readCall', fault);

		const { message, description, details } = plainly(told(await run(facts)));

		expect(message).toContain(`${facts.name} gave an unexpected answer`);
		expect(description).toContain('Check the environment or the base URL in the credential');
		expect(details).toMatchObject({ reason: 'unexpectedReply', httpStatus: 200 });
	});
});

describe.each(FIXTURES)('one item of three that fails at $name', (facts) => {
	const refusal: Fault = { kind: 'status', status: 418, body: { message: 'teapot' } };
	const input = [facts.first, facts.unknown, facts.second].map((id, x) => ({ id, x }));

	test('ends the run, names the item and keeps its status, when told to stop', async () => {
		const result = await run(facts, { onError: 'stopWorkflow', input });

		expect(result.status).toBe('error');
		expect(result.error).toMatchObject({ context: { itemIndex: 1 } });
		expect(result.error?.message).toMatch(/ \[item 1\]$/);
		plainly(told(result));
	});

	test('keeps status and words in what is thrown', async () => {
		inject(facts, 'readCall', refusal);
		const result = await run(facts, { onError: 'stopWorkflow' });

		expect(result.error).toMatchObject({
			name: 'NodeApiError',
			httpCode: '418',
			message: `${facts.name} refused the request for ${facts.about('readCall', facts.first)} (status 418) [item 0]`,
			description: `Check the values of this item. ${facts.name} answered: teapot`,
		});
	});

	test('stays in its place among the others when told to continue', async () => {
		const { output } = await run(facts, { onError: 'continueRegularOutput', input });

		expect(output).toHaveLength(1);
		expect(output[0]?.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2].map((item) => ({ item })),
		);
		expect(jsonOf(output[0])).toEqual([
			expect.objectContaining({ provider: facts.provider }),
			expect.objectContaining({
				outcome: 'failed',
				reason: 'notFound',
				message: expect.stringContaining(facts.unknown),
				advice: expect.stringContaining('Check'),
				[facts.target]: facts.unknown,
				provider: facts.provider,
			}),
			expect.objectContaining({ provider: facts.provider }),
		]);
	});

	test('goes to the branch for it, with the fields of its input', async () => {
		const { output } = await run(facts, { onError: 'continueErrorOutput', input });

		expect(jsonOf(output[0])).toEqual([
			expect.objectContaining({ provider: facts.provider }),
			expect.objectContaining({ provider: facts.provider }),
		]);
		expect(output[0]?.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 2 }]);
		expect(jsonOf(output[1])).toEqual([
			{
				id: facts.unknown,
				x: 1,
				error: expect.stringContaining(facts.unknown),
				message: expect.any(String),
				details: {
					...namedBy(facts, facts.unknown),
					outcome: 'failed',
					reason: 'notFound',
					httpStatus: facts.missingStatus,
					code: null,
					retryable: false,
					provider: facts.provider,
				},
			},
		]);
	});

	test('lets Resend mail the others when told to continue', async () => {
		inject(facts, 'sendCall', refusal, 1);
		const { output } = await run(facts, {
			operation: 'resend',
			onError: 'continueRegularOutput',
			input: ids(facts.first, facts.second),
		});

		expect(jsonOf(output[0]).map(({ outcome }) => outcome)).toEqual(['failed', 'sent']);
		expect(stage.sandbox.control.outbox().map(({ key }) => key)).toEqual([facts.second]);
	});

	test('says, where Resend stops behind an email, that it will not go out again', async () => {
		stage.sandbox.control.inject({ operationId: facts.sendCall, after: 1, fault: refusal });
		const result = await run(facts, {
			operation: 'resend',
			onError: 'stopWorkflow',
			input: ids(facts.first, facts.second),
		});

		expect(result.error?.message).toMatch(/ \[item 1\]$/);
		expect(plainly(told(result)).description).toMatch(
			/^Invitations that were already sent are not sent again in the period of 'Send at Most Once'\. If only this item is affected, set 'On Error' to 'Continue' under Settings, and the others go ahead\. /,
		);
		expect(stage.sandbox.control.outbox()).toHaveLength(1);
	});

	test.each(['readCall', 'sendCall'] as const)(
		'says, where Resend stops before an email (%s), that none went out',
		async (call) => {
			inject(facts, call, refusal);
			const stopped = async (...keys: string[]): Promise<string> =>
				plainly(
					told(
						await run(facts, { operation: 'resend', onError: 'stopWorkflow', input: ids(...keys) }),
					),
				).description;

			expect(await stopped(facts.first, facts.second)).toMatch(
				/^Nothing was sent in this run of the node\. If only this item is affected, set 'On Error' to 'Continue' under Settings, and the others go ahead\. /,
			);
			// There are no others.
			expect(await stopped(facts.first)).toMatch(
				/^Nothing was sent in this run of the node\. (?!If only)/,
			);
			expect(stage.sandbox.control.outbox()).toEqual([]);
		},
	);

	test.each(['get', 'resend'] as const)(
		'says how the others go ahead of a blank one, where %s stops',
		async (operation) => {
			const stopped = async (...keys: string[]): Promise<string> =>
				plainly(told(await run(facts, { operation, onError: 'stopWorkflow', input: ids(...keys) })))
					.description;

			expect(await stopped(facts.first, '', facts.second)).toMatch(
				/^If only this item is affected, set 'On Error' to 'Continue' under Settings, and the others go ahead\. .*No request was made\.$/,
			);
			// All are blank.
			expect(await stopped('', '')).toMatch(/^(?!If only).*No request was made\.$/);
			expect(stage.sandbox.control.outbox()).toEqual([]);
		},
	);

	test('does not advise to go on with a credential that is refused', async () => {
		inject(facts, 'sendCall', { kind: 'status', status: 401 });
		const { description } = told(
			await run(facts, {
				operation: 'resend',
				onError: 'stopWorkflow',
				input: ids(facts.first, facts.second),
			}),
		);

		expect(description).toMatch(/^Nothing was sent in this run of the node\. (?!If only)/);
	});
});

describe.each(FIXTURES)('a base URL at $name', (facts) => {
	const path = PLAYED[facts.provider].root;
	const here = (): string => new URL(stage.sandbox.url).host;
	const urls: Array<[string, () => string, string]> = [
		['http elsewhere', () => 'http://api.example.com', 'must start with https://'],
		[
			'http on a name like loopback',
			() => 'http://127.0.0.1.example.com',
			'must start with https://',
		],
		[
			'http on all addresses',
			() => `http://0.0.0.0:${stage.sandbox.port}${path}`,
			'must start with https://',
		],
		['a user name', () => `http://me@${here()}${path}`, 'must not contain a user name'],
		['a password', () => `http://me:secret@${here()}${path}`, 'must not contain a user name'],
		[
			'a host dressed as a user name',
			() => 'https://api.example.com@evil.example',
			'must not contain a user name',
		],
		['a step up', () => `http://${here()}/a/..${path}`, 'must not contain . or ..'],
		['an encoded step up', () => `http://${here()}/a/%2e%2E${path}`, 'must not contain . or ..'],
		[
			'a step up with a backslash',
			() => `http://${here()}/a\\..${path}`,
			'must not contain . or ..',
		],
		['a query', () => `http://${here()}${path}?x=1`, 'must not contain ? or #'],
		['an empty query', () => `http://${here()}${path}?`, 'must not contain ? or #'],
		['a fragment', () => `http://${here()}${path}#x`, 'must not contain ? or #'],
		['another protocol', () => `ftp://${here()}${path}`, 'is not a web address'],
		['no protocol', () => here(), 'is not a web address'],
		['no host', () => 'https://', 'is not a web address'],
		['nothing', () => ' ', 'is empty'],
	];

	test.each(urls)('with %s makes no request', async (_what, baseUrl, words) => {
		for (const operation of ['get', 'resend'] as const) {
			for (const onError of ON_ERROR) {
				const connect = jest.spyOn(Socket.prototype, 'connect');
				const result = await run(facts, { operation, onError, credential: { baseUrl: baseUrl() } });
				const connections = connect.mock.calls.length;
				connect.mockRestore();

				const { message, description } = plainly(told(result));
				expect(message).toContain(words);
				expect(message).not.toContain('secret');
				expect(description).toContain('Open the credential');
				expect(connections).toBe(0);
			}
		}
	});

	test.each([
		['slashes at its end', (url: string) => `${url}//`],
		['blanks around it', (url: string) => `  ${url} \n`],
		['capitals in its host', (url: string) => url.replace('http://127.0.0.1', 'HTTP://LOCALHOST')],
	])('with %s works', async (_what, dress) => {
		const baseUrl = dress(stage.sandbox.baseUrls[facts.provider]);
		const result = await run(facts, { onError: 'stopWorkflow', credential: { baseUrl } });

		expect(result.error).toBeUndefined();
	});

	test('at which nothing listens is told, with the code of the network', async () => {
		const closed = await startServer();
		await closed.close();
		const result = await run(facts, {
			credential: { baseUrl: closed.url, ...pasting(facts, 'x') },
		});

		const { message, details } = plainly(told(result));
		expect(message).toBe(
			`${facts.name} could not be reached for ${facts.about('readCall', facts.first)}`,
		);
		expect(details).toMatchObject({
			reason: 'unreachable',
			httpStatus: null,
			code: 'ECONNREFUSED',
		});
	});
});

describe('a redirect to another origin', () => {
	let other: FixtureServer;
	beforeAll(async () => {
		other = await startServer();
	});
	beforeEach(() => other.reset());
	afterAll(async () => await other.close());

	const statuses = [301, 302, 303, 307, 308];
	const each = FIXTURES.flatMap((facts) => statuses.map((status) => ({ ...facts, facts, status })));

	test.each(each)('of a read at $name is not followed ($status)', async ({ facts, status }) => {
		inject(facts, 'readCall', { kind: 'redirect', location: `${other.url}/x`, status });

		const { message, details } = plainly(told(await run(facts)));

		expect(message).toBe(
			`${facts.name} redirected the request for ${facts.about('readCall', facts.first)}`,
		);
		expect(details).toMatchObject({ reason: 'unexpectedReply', httpStatus: status });
		expect(other.received).toEqual([]);
	});

	test.each(each)(
		'of a send at $name is neither followed nor called sent ($status)',
		async (row) => {
			const { facts, status } = row;
			inject(facts, 'sendCall', { kind: 'redirect', location: `${other.url}/x`, status });

			const result = await run(facts, { operation: 'resend', onError: 'continueRegularOutput' });

			expect(jsonOf(result.output[0])[0]?.outcome).toBe('unknown');
			expect(requestsTo(stage.sandbox, facts.sendCall)).toHaveLength(1);
			expect(stage.sandbox.control.outbox()).toEqual([]);
			expect(other.received).toEqual([]);
		},
	);

	const signingIn = each.filter(({ signsIn }) => signsIn !== null);
	test.each(signingIn)('of a sign-in at $name is not followed ($status)', async (row) => {
		const { facts, name, status } = row;
		stage.sandbox.control.inject({
			operationId: 'signIn',
			times: 'always',
			fault: { kind: 'redirect', location: `${other.url}/x`, status },
		});

		const { message, details } = plainly(told(await run(facts)));

		expect(message).toBe(`Could not sign in to ${name}`);
		expect(details).toMatchObject({ reason: 'credential', httpStatus: status });
		expect(other.received).toEqual([]);
	});
});

describe.each(FIXTURES)('a read of $name', (facts) => {
	const reads = (): number => requestsTo(stage.sandbox, facts.readCall).length;
	const sends = (): number => requestsTo(stage.sandbox, facts.sendCall).length;

	test.each([
		['Retry-After: 1', '1', 1000],
		['Retry-After: 5', '5', 5000],
		['a Retry-After that is a date', new Date(NOON + 2000).toUTCString(), 2000],
		['a Retry-After beyond a minute', '3600', 60_000],
	])('that meets 429 with %s waits just that', async (_what, header, milliseconds) => {
		inject(facts, 'readCall', { kind: 'rateLimit', retryAfter: header }, 1);

		const result = await run(facts);

		expect(jsonOf(result.output[0])).toEqual([
			expect.objectContaining({ provider: facts.provider }),
		]);
		expect(reads()).toBe(2);
		expect(waited()).toBe(milliseconds);
	});

	test.each<[string, Fault]>([
		['429 without Retry-After', { kind: 'rateLimit' }],
		['429 with a Retry-After that says nothing', { kind: 'rateLimit', retryAfter: 'soon' }],
		['429 with a Retry-After of no time', { kind: 'rateLimit', retryAfter: '0' }],
		[
			'429 with a Retry-After in the past',
			{ kind: 'rateLimit', retryAfter: new Date(NOON - 2000).toUTCString() },
		],
		['502', { kind: 'status', status: 502 }],
		['503', { kind: 'html', status: 503 }],
		['504', { kind: 'status', status: 504, body: 'Gateway timed out' }],
		['a connection that is cut', { kind: 'reset', effect: 'none' }],
	])('that meets %s is made again a little later', async (_what, fault) => {
		inject(facts, 'readCall', fault, 2);

		const result = await run(facts);

		expect(jsonOf(result.output[0])).toEqual([
			expect.objectContaining({ provider: facts.provider }),
		]);
		expect(reads()).toBe(3);
		// Twice, the second time longer, and each up to double: 250 to 500 and 500 to 1000.
		expect(waited()).toBeGreaterThanOrEqual(750);
		expect(waited()).toBeLessThanOrEqual(1500);
	});

	test.each<[string, Fault, string, number | null]>([
		['429', { kind: 'rateLimit' }, 'rateLimited', 429],
		['503', { kind: 'status', status: 503 }, 'unavailable', 503],
		['a cut connection', { kind: 'reset', effect: 'none' }, 'unreachable', null],
	])('that keeps meeting %s gives up and says so', async (_what, fault, reason, httpStatus) => {
		inject(facts, 'readCall', fault);

		const { details } = plainly(told(await run(facts)));

		expect(details).toMatchObject({ reason, httpStatus, retryable: true });
		expect(reads()).toBe(4);
	});

	test.each([201, 204])(
		'that meets %s with nothing in it is not told as refused',
		async (status) => {
			inject(facts, 'readCall', { kind: 'status', status });

			const { message, details } = plainly(told(await run(facts)));

			expect(message).toMatch(new RegExp(`^${facts.name} gave an unexpected answer for `));
			expect(details).toMatchObject({ reason: 'unexpectedReply', httpStatus: status });
		},
	);

	test.each([400, 409, 422, 500, 501])('that meets %s is not made again', async (status) => {
		inject(facts, 'readCall', { kind: 'status', status });

		plainly(told(await run(facts)));

		expect(reads()).toBe(1);
		expect(mockWaits).toEqual([]);
	});

	test.each<[string, Fault]>([
		['500', { kind: 'status', status: 500 }],
		['502', { kind: 'status', status: 502 }],
		['503 with Retry-After', { kind: 'status', status: 503, headers: { 'retry-after': '1' } }],
		['504', { kind: 'status', status: 504 }],
		['a web page', { kind: 'html' }],
		['a connection cut before anything happened', { kind: 'reset', effect: 'none' }],
		['a connection cut after the email', { kind: 'reset', effect: 'before' }],
		['503 after the email', { kind: 'status', status: 503, effect: 'before' }],
	])('may be made again; a send that meets %s never is', async (_what, fault) => {
		inject(facts, 'sendCall', fault);

		const result = await run(facts, { operation: 'resend', onError: 'continueRegularOutput' });

		expect(result.output[0]).toHaveLength(1);
		expect(sends()).toBe(1);
		const mailed = 'effect' in fault && fault.effect === 'before' ? 1 : 0;
		expect(stage.sandbox.control.outbox()).toHaveLength(mailed);
		if (mailed === 0) expect(jsonOf(result.output[0])[0]?.outcome).not.toBe('sent');
	});

	test('and a send that is refused for its pace both wait as asked', async () => {
		inject(facts, 'sendCall', { kind: 'rateLimit', retryAfter: '7' }, 1);

		const result = await run(facts, { operation: 'resend' });

		expect(jsonOf(result.output[0])[0]).toMatchObject({ outcome: 'sent' });
		expect(mockWaits.filter((wait) => wait === 1000)).toHaveLength(7);
		expect(sends()).toBe(2);
		expect(stage.sandbox.control.outbox()).toHaveLength(1);
	});

	test('goes through; a send that stays refused for its pace is deferred', async () => {
		inject(facts, 'sendCall', { kind: 'rateLimit', retryAfter: '7' });

		const result = await run(facts, { operation: 'resend', input: ids(facts.first, facts.second) });

		expect(jsonOf(result.output[0]).map(({ outcome, reason }) => `${outcome}: ${reason}`)).toEqual([
			'deferred: rateLimited',
			'deferred: rateLimited',
		]);
		expect(sends()).toBe(4);
		expect(stage.sandbox.control.outbox()).toEqual([]);
	});
});
