import { inspect } from 'node:util';
import { tokens, type Fault } from '../../sandbox';
import type { Run } from './harness';
import { fixtureOf, FIXTURES, type ServiceFixture } from '../services';
import {
	credentialsFor,
	ids,
	isRecord,
	node,
	ON_ERROR,
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

const stage = useStage({ recordReplies: true });

/** Every JWT that was handed out or sent, to whatever place. */
function tokensOnTheWire(): string[] {
	const texts = requestsTo(stage.sandbox).map(({ headers, reply }) =>
		[String(headers.authorization), reply?.body ?? ''].join(' '),
	);
	return texts.flatMap((text) => text.match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g) ?? []);
}

/** The secret parts of all links that people ever got, and what else is nobody's business. */
function hidden(): string[] {
	return FIXTURES.flatMap((facts) => facts.hidden?.(stage.sandbox.control.state) ?? []);
}

function secrets(): string[] {
	return [
		...new Set([
			...FIXTURES.flatMap(({ signsIn, pasted }) => [...(signsIn?.secrets ?? []), pasted.value]),
			...Object.values(tokens),
			...tokensOnTheWire(),
			...hidden(),
			OPAQUE,
		]),
	];
}

/** A token without a form by which it could be known. */
const OPAQUE = 'k3y-0f-n0-f0rm';

/** All that n8n shows or keeps of a run, hidden members and causes of its error included. */
function traces(run: Run): string {
	const seen = inspect([run.error, run.data, run.hints, run.staticData], {
		depth: Infinity,
		maxArrayLength: Infinity,
		maxStringLength: Infinity,
		showHidden: true,
		getters: true,
	});
	const stored = JSON.stringify([run.error, run.output, run.hints]);
	return [run.execution, stored, seen].join('\n');
}

function expectNoSecretIn(run: Run): void {
	const text = traces(run);
	const known = secrets();
	// Else this test would be green for having looked at nothing.
	expect(known.length).toBeGreaterThan(8);
	expect(text.length).toBeGreaterThan(500);
	expect(known.filter((secret) => text.includes(secret))).toEqual([]);
}

async function run(
	facts: ServiceFixture,
	operation: string,
	onError: OnError,
	patch: Record<string, string> = {},
): Promise<Run> {
	const credentials = credentialsFor(stage.sandbox);
	credentials[facts.credential] = { ...credentials[facts.credential], ...patch };
	return await stage.engine.run({
		node: node(facts.provider, operation, { onError }),
		input: ids(facts.first, facts.unknown, facts.second),
		credentials,
	});
}

/** A provider, or something in between, that repeats what it was sent. */
function echo(secret: string): Array<[string, Fault]> {
	return [
		['in a message', { kind: 'status', status: 400, body: { message: `What is ${secret}?` } }],
		['behind Bearer', { kind: 'status', status: 409, body: `authorization: Bearer ${secret}` }],
		['in a list of errors', { kind: 'status', status: 422, body: { errors: [`"${secret}"`] } }],
		['on status 200', { kind: 'isFailure', message: `Unknown: ${secret}`, info: [secret] }],
		[
			'in a page',
			{
				kind: 'status',
				status: 500,
				contentType: 'text/html',
				body: `<html><title>${secret}</title></html>`,
			},
		],
		[
			'at the limit of what is quoted',
			{ kind: 'status', status: 400, body: 'x'.repeat(290) + secret },
		],
	];
}

const FAULTS: Array<[string, Fault]> = [
	['400', { kind: 'status', status: 400, body: { message: 'no' } }],
	['401', { kind: 'status', status: 401, body: { message: 'no' } }],
	['403', { kind: 'status', status: 403, body: { message: 'no' } }],
	['404', { kind: 'status', status: 404, body: 'Invalid case' }],
	['429', { kind: 'rateLimit', retryAfter: '1' }],
	['500', { kind: 'status', status: 500, body: '"Server Error"' }],
	['503', { kind: 'html', status: 503 }],
	['a web page', { kind: 'html' }],
	['a redirect', { kind: 'redirect', location: 'http://127.0.0.1:9/x' }],
	['a cut connection', { kind: 'reset', effect: 'none' }],
	['a connection cut after the effect', { kind: 'reset', effect: 'before' }],
];

describe.each(FIXTURES)('a run at $name keeps secrets to itself', (facts) => {
	test.each(ON_ERROR)('when all goes well (%s)', async (onError) => {
		for (const operation of ['get', 'resend']) {
			expectNoSecretIn(await run(facts, operation, onError));
		}
	});

	test.each(FAULTS)('when reads meet %s', async (_what, fault) => {
		const { provider, readCall: operationId } = facts;
		stage.sandbox.control.inject({ provider, operationId, times: 'always', fault });
		for (const operation of ['get', 'resend']) {
			for (const onError of ON_ERROR) expectNoSecretIn(await run(facts, operation, onError));
		}
	});

	test.each(FAULTS)('when sends meet %s', async (_what, fault) => {
		const { provider, sendCall: operationId } = facts;
		stage.sandbox.control.inject({ provider, operationId, times: 'always', fault });
		for (const onError of ON_ERROR) expectNoSecretIn(await run(facts, 'resend', onError));
	});

	test.each(echo(facts.pasted.value))('when its token is repeated %s', async (_what, fault) => {
		const { provider } = facts;
		stage.sandbox.control.inject({ provider, times: 'always', fault });
		const patch = pasting(facts);
		for (const onError of ON_ERROR) expectNoSecretIn(await run(facts, 'get', onError, patch));
	});

	test.each(echo(OPAQUE))('when a token of no known form is repeated %s', async (_what, fault) => {
		const { provider } = facts;
		stage.sandbox.control.inject({ provider, times: 'always', fault });
		const patch = pasting(facts, OPAQUE);
		for (const onError of ON_ERROR) expectNoSecretIn(await run(facts, 'get', onError, patch));
	});

	test('when a link to an invitation is quoted', async () => {
		const token = hidden()[0] ?? '';
		for (const link of [
			`https://my.karmacheck.com/invite/${token}`,
			`https://x.example/verify/invite?token=${token}`,
		]) {
			stage.sandbox.control.clear();
			const body = { message: `See ${link} for more` };
			stage.sandbox.control.inject({
				times: 'always',
				after: 1,
				fault: { kind: 'status', status: 409, body },
			});
			const result = await run(facts, 'resend', 'continueRegularOutput');
			expectNoSecretIn(result);
		}
	});
});

describe.each(FIXTURES.filter(({ signsIn }) => signsIn !== null))(
	'signing in at $name',
	(facts) => {
		const given = facts.signsIn?.secrets ?? [];

		test.each([...FAULTS, ...given.flatMap(echo)])(
			'keeps the key or password to itself when it meets %#: %s',
			async (_what, fault) => {
				stage.sandbox.control.inject({ operationId: 'signIn', times: 'always', fault });
				for (const onError of ON_ERROR) expectNoSecretIn(await run(facts, 'get', onError));
				const { message } = await stage.engine.testCredential(facts.credential);
				expect(secrets().filter((known) => message.includes(known))).toEqual([]);
			},
		);
	},
);

test('what is shown in place of a secret leaves the rest to be read', async () => {
	const facts = fixtureOf('numium');
	const body = { message: `Token ${OPAQUE} of user 17 is not valid` };
	stage.sandbox.control.inject({ times: 'always', fault: { kind: 'status', status: 400, body } });

	const { description } = told(await run(facts, 'get', 'continueRegularOutput', { token: OPAQUE }));

	expect(description).toContain('Numium answered: Token [hidden] of user 17 is not valid');
});

test('these tests find a secret where there is one', async () => {
	const facts = fixtureOf('karmaCheck');
	const result = await stage.engine.run({
		node: node(facts.provider, 'get', { parameters: { simplify: false } }),
		input: ids(facts.first),
		credentials: credentialsFor(stage.sandbox),
	});

	// The reply as it came was asked for, so this one may be there, and is.
	const token = stage.sandbox.control.state.karmaCheck.get(facts.first)?.invitation?.token;
	expect(secrets()).toContain(token);
	expect(traces(result)).toContain(token);
	const session = stage.engine.credentials.get(facts.credential).sessionToken;
	expect(isRecord(result.data) && secrets().includes(String(session))).toBe(true);
});
