import type { IDataObject } from 'n8n-workflow';
import { DAY, seeded, type FaultRule, unknownIds } from '../../sandbox';
import type { Run } from './harness';
import {
	credentialsFor,
	DISCOURAGING,
	ids,
	isFailed,
	jsonOf,
	node,
	NOON,
	ON_ERROR,
	ownWords,
	requestsTo,
	told,
	useStage,
	type OnError,
} from './support';

const slept: number[] = [];
jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async (milliseconds: number) => void slept.push(milliseconds),
}));

const stage = useStage();
beforeEach(() => {
	slept.length = 0;
});

const { expired, expiringIn1, pending, begun, completed, cancelled, withoutInvitation } =
	seeded.karmaCheck;
const REFRESH = 'refreshInvitation';

interface Call {
	parameters?: IDataObject;
	onError?: OnError;
}

async function refresh(
	input: IDataObject[],
	{ parameters = {}, onError }: Call = {},
): Promise<Run> {
	return await stage.engine.run({
		node: node('karmaCheck', 'refresh', {
			name: 'Refresh',
			onError,
			parameters: JSON.parse(JSON.stringify(parameters)),
		}),
		input,
		credentials: credentialsFor(stage.sandbox),
	});
}

/** The cases that were asked to be refreshed, in the order of the requests. */
function refreshed(): string[] {
	return requestsTo(stage.sandbox, REFRESH).map(({ path }) => path.split('/')[4] ?? '');
}

const caseOf = (caseId: string) => stage.sandbox.control.state.karmaCheck.get(caseId)?.invitation;

function strike(fault: FaultRule['fault'], rule: Partial<FaultRule> = {}): void {
	stage.sandbox.control.inject({ operationId: REFRESH, ...rule, fault });
}

afterEach(() => {
	// Whatever happened, nobody gets an email from it.
	expect(stage.sandbox.control.outbox()).toEqual([]);
});

describe('Refresh', () => {
	test.each([
		['an open invitation', expiringIn1],
		['an expired one', expired],
	])('gives %s fourteen days from now, and keeps its id and link', async (_, caseId) => {
		const before = { ...caseOf(caseId) };
		const run = await refresh(ids(caseId));

		expect(run.error).toBeUndefined();
		expect(run.output).toEqual([
			[
				{
					json: expect.objectContaining({
						provider: 'karmaCheck',
						invitationId: before.id,
						caseId,
						status: 'pending',
						email: before.email,
						sentAt: new Date(before.createdAt ?? 0).toISOString(),
						expiresAt: new Date(NOON + 14 * DAY).toISOString(),
						daysLeft: 14,
					}),
					pairedItem: { item: 0 },
				},
			],
		]);
		expect(caseOf(caseId)).toMatchObject({
			id: before.id,
			token: before.token,
			createdAt: before.createdAt,
			expiresAt: NOON + 14 * DAY,
		});
		expect(stage.sandbox.control.state.karmaCheck.isLinkAlive(before.token ?? '')).toBe(true);
		expect(stage.sandbox.control.contractViolations()).toEqual([]);
	});

	test('takes 204 for what it is: done', async () => {
		strike({ kind: 'status', status: 204, effect: 'before' });

		const { output } = await refresh(ids(expired));

		expect(jsonOf(output[0])).toMatchObject([{ caseId: expired, status: 'pending' }]);
	});

	test.each<[string, FaultRule['fault']]>([
		['a web page', { kind: 'html' }],
		['a web page after it took effect', { kind: 'html', effect: 'before' }],
		['what has the form of a refusal', { kind: 'status', status: 200, body: { error: 'Locked' } }],
	])('takes %s with 200 for no refresh, and claims neither', async (_, fault) => {
		strike(fault);
		const run = await refresh(ids(expired), { onError: 'continueRegularOutput' });

		const words = told(run);
		expect(words.message).toBe(`KarmaCheck gave an unexpected answer for case ${expired}`);
		expect(words.details).toMatchObject({ outcome: 'failed', reason: 'unexpectedReply' });
		expect(words.description).toMatch(/It may have been refreshed all the same/);
		expect(refreshed()).toEqual([expired]);
	});

	test('says how many were refreshed', async () => {
		const onError = 'continueRegularOutput';
		const { hints } = await refresh(ids(expired, withoutInvitation, pending), { onError });

		expect(hints.map(({ message }) => message)).toEqual(['2 refreshed, 1 failed.']);
		expect((await refresh(ids(expired))).hints).toEqual([]);
	});

	test('leaves the other cases as they are', async () => {
		const before = JSON.stringify(caseOf(pending));
		await refresh(ids(expired));

		expect(refreshed()).toEqual([expired]);
		expect(JSON.stringify(caseOf(pending))).toBe(before);
	});

	test('refreshes a case once that several items name, and answers each of them', async () => {
		const run = await refresh(ids(expired, pending, expired, ` ${expired} `));

		expect([...refreshed()].sort()).toEqual([expired, pending].sort());
		expect(jsonOf(run.output[0]).map(({ invitationId }) => invitationId)).toEqual(
			[expired, pending, expired, expired].map((caseId) => caseOf(caseId)?.id),
		);
		expect(run.output[0]?.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2, 3].map((item) => ({ item })),
		);
	});

	test('tells the link only when asked to', async () => {
		const without = await refresh(ids(expired));
		const run = await refresh(ids(expired), { parameters: { options: { includeLink: true } } });

		const token = caseOf(expired)?.token ?? '?';
		expect(without.execution).not.toContain(token);
		expect(jsonOf(run.output[0])[0]?.link).toBe(`https://my.karmacheck.com/invite/${token}`);
	});

	test("with Simplify off gives KarmaCheck's own reply", async () => {
		const run = await refresh(ids(expired), { parameters: { simplify: false } });

		expect(jsonOf(run.output[0])).toEqual([
			{
				invitation: expect.objectContaining({
					id: caseOf(expired)?.id,
					crStamp: expect.any(String),
				}),
			},
		]);
	});
});

describe('a case that cannot be refreshed', () => {
	test.each<[string, string, RegExp, RegExp]>([
		['begun', begun, /could not refresh/, /already begun/],
		['completed', completed, /could not refresh/, /already been completed/],
		['cancelled', cancelled, /could not refresh/, /cancelled/],
		['without an invitation', withoutInvitation, /could not refresh/, /no invitation/],
	])('%s: says so, with what KarmaCheck said', async (_, caseId, message, description) => {
		const run = await refresh(ids(caseId));

		expect(run.status).toBe('error');
		expect(run.error).toMatchObject({ httpCode: '422', context: { itemIndex: 0 } });
		const words = told(run);
		expect(words.message).toMatch(message);
		expect(words.message).toContain('KarmaCheck');
		expect(words.description).toMatch(description);
		expect(ownWords(words)).not.toMatch(DISCOURAGING);
		expect(refreshed()).toEqual([caseId]);
	});

	test("of another group, or nobody's: says what to check", async () => {
		const run = await refresh(ids(unknownIds.karmaCheck));

		expect(run.error).toMatchObject({ httpCode: '403', context: { itemIndex: 0 } });
		expect(told(run).message).toMatch(/KarmaCheck does not give/);
		expect(told(run).description).toMatch(/Check the case ID/);
		// Asked twice: 403 is also how KarmaCheck says that a token has run out.
		expect(refreshed()).toHaveLength(2);
		expect(requestsTo(stage.sandbox, 'signIn')).toHaveLength(2);
	});

	test.each([
		['empty', '', /empty/],
		['with a slash', '../case/list', /does not look right/],
	])('an id that is %s is refused before any request', async (_, id, message) => {
		const run = await refresh([{ id: expired }, { id }]);

		expect(told(run).message).toMatch(message);
		expect(run.error).toMatchObject({ context: { itemIndex: 1 } });
		expect(requestsTo(stage.sandbox)).toEqual([]);
	});

	test('says so when the invitation is gone right after', async () => {
		stage.sandbox.control.inject({
			operationId: 'getInvitation',
			fault: { kind: 'status', status: 404 },
		});
		const run = await refresh(ids(expired), { onError: 'continueRegularOutput' });

		expect(told(run).message).toMatch(/no invitation/);
		expect(told(run).description).toMatch(/^It was refreshed, but could not be read afterwards\. /);
		expect(jsonOf(run.output[0])).toEqual([
			expect.objectContaining({ outcome: 'failed', reason: 'notFound', caseId: expired }),
		]);
	});

	test('says so when the invitation cannot be read right after', async () => {
		stage.sandbox.control.inject({
			operationId: 'getInvitation',
			times: 'always',
			fault: { kind: 'status', status: 500 },
		});
		const run = await refresh(ids(expired));

		expect(refreshed()).toEqual([expired]);
		expect(told(run).message).toContain(expired);
		expect(told(run).description).toMatch(/^It was refreshed, but could not be read afterwards\. /);
	});
});

describe('an answer that does not come', () => {
	test.each<[string, FaultRule['fault']]>([
		['503', { kind: 'status', status: 503 }],
		['503 after it took effect', { kind: 'status', status: 503, effect: 'before' }],
		['502', { kind: 'status', status: 502 }],
		['504', { kind: 'status', status: 504 }],
		['429', { kind: 'rateLimit' }],
		['a lost connection', { kind: 'reset', effect: 'none' }],
		['a connection lost after it took effect', { kind: 'reset', effect: 'before' }],
	])('%s: is asked again, for that is harmless', async (_, fault) => {
		strike(fault);
		const run = await refresh(ids(expired));

		expect(run.error).toBeUndefined();
		expect(jsonOf(run.output[0])[0]).toMatchObject({
			status: 'pending',
			expiresAt: new Date(NOON + 14 * DAY).toISOString(),
		});
		expect(refreshed()).toEqual([expired, expired]);
		expect(slept.length).toBeGreaterThan(0);
	});

	test('waits as long as it is asked to', async () => {
		strike({ kind: 'rateLimit', retryAfter: '7' });
		await refresh(ids(expired));

		expect(slept.reduce((sum, milliseconds) => sum + milliseconds, 0)).toBe(7000);
	});

	test('gives up after a while', async () => {
		strike({ kind: 'status', status: 503 }, { times: 'always' });
		const run = await refresh(ids(expired), { onError: 'continueErrorOutput' });

		expect(told(run).details).toMatchObject({
			reason: 'unavailable',
			httpStatus: 503,
			retryable: true,
		});
		expect(refreshed().length).toBeGreaterThan(1);
		expect(refreshed().length).toBeLessThanOrEqual(5);
	});

	test('is not waited for by each of forty items', async () => {
		const more = Array.from({ length: 40 }, (_, index) => `more-${index}`);
		for (const id of more) stage.sandbox.control.state.karmaCheck.add({ id });
		strike({ kind: 'status', status: 503 }, { times: 'always' });
		const run = await refresh(ids(...more), { onError: 'continueErrorOutput' });

		expect(new Set(refreshed()).size).toBeLessThanOrEqual(9);
		const rows = jsonOf(run.output[1]);
		expect(rows).toHaveLength(40);
		for (const { details } of rows) expect(details).toMatchObject({ reason: 'unavailable' });
		expect(rows.at(-1)?.error).toBe(
			'KarmaCheck was not asked, because 5 items before this one failed',
		);
	});

	test.each([400, 422, 500])('%i is not asked again', async (status) => {
		strike({ kind: 'status', status });
		const run = await refresh(ids(expired));

		expect(run.status).toBe('error');
		expect(refreshed()).toEqual([expired]);
		expect(slept).toEqual([]);
	});
});

describe('several items, one of which fails', () => {
	test('stopping: the first item that fails ends it', async () => {
		const run = await refresh(ids(begun, expired, pending));

		expect(run.status).toBe('error');
		expect(run.error?.message).toContain('[item 0]');
		expect(refreshed()).toEqual([begun]);
	});

	test('stopping: a later one names its item, and ends what has not begun', async () => {
		for (let index = 0; index < 40; index += 1) {
			stage.sandbox.control.state.karmaCheck.add({ id: `more-${index}` });
		}
		const more = Array.from({ length: 40 }, (_, index) => `more-${index}`);
		const run = await refresh(ids(expired, begun, ...more));

		expect(run.status).toBe('error');
		expect(run.error).toMatchObject({ context: { itemIndex: 1 } });
		expect(run.error?.message).toContain('[item 1]');
		expect(run.output).toEqual([]);
		expect(refreshed().length).toBeLessThan(20);
	});

	const MIXED = [expired, begun, pending];

	test.each(ON_ERROR.filter((mode) => mode !== 'stopWorkflow'))(
		'%s: the others are refreshed, and the failed one is told apart',
		async (onError) => {
			const run = await refresh(ids(...MIXED), { onError });

			expect(run.status).toBe('success');
			expect(new Set(refreshed())).toEqual(new Set(MIXED));
			expect(refreshed()).toHaveLength(3);
			const good = run.output[0]?.filter((entry) => !isFailed(entry)) ?? [];
			expect(good.map(({ json }) => json.caseId)).toEqual([expired, pending]);
			const bad = run.output.flat().filter(isFailed);
			expect(bad).toEqual([
				expect.objectContaining({ pairedItem: expect.objectContaining({ item: 1 }) }),
			]);
			expect(told(run).message).toContain('could not refresh');
			expect(told(run).details).toMatchObject({
				outcome: 'failed',
				reason: 'refused',
				caseId: begun,
				...(onError === 'continueErrorOutput' ? { httpStatus: 422 } : {}),
			});
			const position =
				onError === 'continueRegularOutput' ? run.output[0]?.[1] : run.output[1]?.[0];
			expect(position).toBe(bad[0]);
		},
	);

	test('Retry On Fail refreshes again what was refreshed, and comes to an end', async () => {
		strike({ kind: 'status', status: 500 }, { key: pending });
		const run = await stage.engine.run({
			node: node('karmaCheck', 'refresh', { name: 'Refresh', retryOnFail: true, maxTries: 2 }),
			input: ids(expired, pending),
			credentials: credentialsFor(stage.sandbox),
		});

		expect(run.status).toBe('success');
		expect(run.executions.Refresh).toBe(2);
		expect(run.output[0]).toHaveLength(2);
	});
});
