import type { IDataObject } from 'n8n-workflow';
import { accounts, seeded, type FaultRule, unknownIds } from '../../sandbox';
import { loopOver, source, type NodeSpec, type Run } from './harness';
import { fixtureOf } from '../services';
import {
	credentialsFor,
	DISCOURAGING,
	ids,
	isFailed,
	jsonOf,
	node,
	ON_ERROR,
	ownWords,
	requestsTo,
	told,
	useStage,
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

const { big, bigNeighbour, first } = seeded.numium;
const { tenantId, otherTenantId, foreignTenantId } = accounts.numium;
const CANCEL = 'cancelInvitation';
const LIST = 'listInvitations';

async function cancel(input: IDataObject[], more: Partial<NodeSpec> = {}): Promise<Run> {
	return await stage.engine.run({
		node: node('numium', 'cancel', { name: 'Cancel', ...more }),
		input,
		credentials: credentialsFor(stage.sandbox),
	});
}

const byEmail = (more: IDataObject = {}): Partial<NodeSpec> => ({
	parameters: {
		invitationId: { __rl: true, mode: 'email', value: '={{ $json.email }}' },
		...JSON.parse(JSON.stringify(more)),
	},
});

/** The ids that were asked to be cancelled, in the order of the requests. */
function asked(): unknown[] {
	return requestsTo(stage.sandbox, CANCEL).map(({ query }) => query.id);
}

function cancelled(): string[] {
	return stage.sandbox.control.state.numium
		.all()
		.filter(({ status }) => status === 'Cancelled')
		.map(({ id }) => id);
}

function strike(fault: FaultRule['fault'], rule: Partial<FaultRule> = {}): void {
	stage.sandbox.control.inject({ operationId: CANCEL, ...rule, fault });
}

afterEach(() => {
	// A cancelled invitation is nothing to mail about.
	expect(stage.sandbox.control.outbox()).toEqual([]);
});

describe('Cancel', () => {
	test.each([
		['an ordinary one', first],
		['one beyond 2^53', big],
		['its neighbour', bigNeighbour],
	])('cancels %s, and no other', async (_, id) => {
		const run = await cancel(ids(id));

		expect(run.error).toBeUndefined();
		expect(cancelled()).toEqual([id]);
		expect(asked()).toEqual([id]);
		expect(run.output).toEqual([
			[
				{
					json: expect.objectContaining({
						provider: 'numium',
						invitationId: id,
						tenantId,
						status: 'cancelled',
						email: stage.sandbox.control.state.numium.get(id)?.email,
					}),
					pairedItem: { item: 0 },
				},
			],
		]);
		expect(stage.sandbox.control.contractViolations()).toEqual([]);
	});

	test('refuses a number that JavaScript has rounded, before any request', async () => {
		const run = await cancel([{ id: Number(big) }]);

		expect(told(run).message).toMatch(/too large to be exact/);
		expect(told(run).description).toMatch(/text/);
		expect(requestsTo(stage.sandbox)).toEqual([]);
	});

	test.each([
		['as it was written', 'chiara.lindqvist@example.com'],
		['in another case and with spaces', ' Chiara.Lindqvist@EXAMPLE.com '],
	])('finds an invitation by its address %s', async (_, email) => {
		const run = await cancel([{ email }], byEmail());

		expect(cancelled()).toEqual(['9003']);
		expect(jsonOf(run.output[0])[0]).toMatchObject({ invitationId: '9003', status: 'cancelled' });
	});

	test('cancels nothing where several go to one address, and names them', async () => {
		const email = stage.sandbox.control.state.numium.get(big)?.email ?? '';
		stage.sandbox.control.state.numium.add({ id: '9555', email: email.toUpperCase() });
		const run = await cancel([{ email }], byEmail());

		expect(told(run).message).toMatch(/Several/);
		expect(told(run).description).toContain(big);
		expect(told(run).description).toContain('9555');
		expect(asked()).toEqual([]);
	});

	test('the tenant may differ from item to item', async () => {
		const run = await cancel(
			[
				{ id: '9101', tenant: otherTenantId },
				{ id: first, tenant: tenantId },
			],
			{ parameters: { tenantId: '={{ $json.tenant }}' } },
		);

		expect(new Set(cancelled())).toEqual(new Set(['9101', first]));
		expect(jsonOf(run.output[0]).map((json) => [json.tenantId, json.invitationId])).toEqual([
			[otherTenantId, '9101'],
			[tenantId, first],
		]);
	});

	test('an id of another tenant is not cancelled', async () => {
		const run = await cancel(ids('9101'));

		expect(told(run).message).toMatch(/no pending invitation 9101/);
		expect(asked()).toEqual([]);
	});

	test('cancels once what several items name, and answers each of them', async () => {
		const run = await cancel(ids(first, big, first));

		expect([...asked()].sort()).toEqual([first, big].sort());
		expect(jsonOf(run.output[0]).map((json) => [json.invitationId, json.status])).toEqual([
			[first, 'cancelled'],
			[big, 'cancelled'],
			[first, 'cancelled'],
		]);
		expect(run.output[0]?.map(({ pairedItem }) => pairedItem)).toEqual(
			[0, 1, 2].map((item) => ({ item })),
		);
	});

	test('cancels once what is named in two ways, also where the list is read again in between', async () => {
		const email = stage.sandbox.control.state.numium.get(first)?.email ?? '';
		const { state } = stage.sandbox.control;
		const others = Array.from({ length: 8 }, () => fixtureOf('numium').add(state, {}));
		strike({ kind: 'reset', effect: 'before' }, { key: big });
		const run = await cancel(
			[
				{ mode: 'id', whom: first },
				...[big, ...others].map((whom) => ({ mode: 'id', whom })),
				{ mode: 'email', whom: email },
			],
			{
				parameters: {
					invitationId: { __rl: true, mode: '={{ $json.mode }}', value: '={{ $json.whom }}' },
				},
			},
		);

		expect(run.error).toBeUndefined();
		expect(new Set(asked())).toEqual(new Set([first, big, ...others]));
		expect(asked()).toHaveLength(10);
		expect(jsonOf(run.output[0]).at(-1)).toMatchObject({
			invitationId: first,
			status: 'cancelled',
		});
	});

	test('cancels once what one item names by its id and another by its address', async () => {
		const { email } = stage.sandbox.control.state.numium.get(big) ?? {};
		const run = await cancel(
			[
				{ mode: 'id', value: big },
				{ mode: 'email', value: email },
			],
			{
				parameters: {
					invitationId: { __rl: true, mode: '={{ $json.mode }}', value: '={{ $json.value }}' },
				},
			},
		);

		expect(run.error).toBeUndefined();
		expect(asked()).toEqual([big]);
		expect(jsonOf(run.output[0]).map((json) => [json.invitationId, json.status])).toEqual([
			[big, 'cancelled'],
			[big, 'cancelled'],
		]);
	});

	test('that stops at one item says that what was cancelled before stays cancelled', async () => {
		strike({ kind: 'status', status: 500 }, { key: big });
		const run = await cancel(ids(first, big));

		expect(cancelled()).toEqual([first]);
		expect(run.error?.message).toMatch(/\[item 1\]$/);
		expect(told(run).description).toMatch(
			/^Other items were already cancelled\. If only this item is affected, set 'On Error' to 'Continue' under Settings, and the others go ahead\. /,
		);
	});

	test('that stops at what the others may meet as well does not advise to go on', async () => {
		strike({ kind: 'status', status: 503 }, { key: big });
		const run = await cancel(ids(first, big));

		expect(told(run).description).toMatch(
			/^Other items were already cancelled\. Try again later\./,
		);
	});

	test('that stops before anything was cancelled says nothing of it', async () => {
		strike({ kind: 'status', status: 500 }, { key: first });
		const run = await cancel(ids(first, big));

		expect(cancelled()).toEqual([]);
		expect(told(run).description).toMatch(/^If only this item is affected, .+ Try again later\./);
	});

	test('looks at the list of a tenant once, however many items there are', async () => {
		await cancel(ids(first, '9002', '9003', big, bigNeighbour));

		expect(requestsTo(stage.sandbox, LIST)).toHaveLength(1);
		expect(cancelled()).toHaveLength(5);
	});

	test.each([
		['value', 'array'],
		['data', 'array'],
		['value', 'object'],
		['data', 'object'],
	] as const)('understands replies in %s as %s', async (numiumWrapper, numiumCollection) => {
		stage.sandbox.control.setSwitches({ numiumWrapper, numiumCollection });
		const run = await cancel(ids(big));

		expect(run.error).toBeUndefined();
		expect(cancelled()).toEqual([big]);
	});

	test("with Simplify off gives Numium's own entry", async () => {
		const run = await cancel(ids(big), { parameters: { simplify: false } });

		expect(jsonOf(run.output[0])).toEqual([
			expect.objectContaining({ id: big, status: 'Cancelled', createdAt: expect.any(String) }),
		]);
	});
});

describe('an answer that does not tell', () => {
	const UNCLEAR: ReadonlyArray<[string, (effect: 'none' | 'before') => FaultRule['fault']]> = [
		['a lost connection', (effect) => ({ kind: 'reset', effect })],
		['500', (effect) => ({ kind: 'status', status: 500, effect })],
		['503', (effect) => ({ kind: 'status', status: 503, effect })],
		['504', (effect) => ({ kind: 'status', status: 504, effect })],
		['a web page', (effect) => ({ kind: 'html', effect })],
		['nothing with status 200', (effect) => ({ kind: 'status', status: 200, effect })],
		[
			'a redirect',
			(effect) => ({ kind: 'redirect', location: 'https://elsewhere.example/', effect }),
		],
	];

	test.each(UNCLEAR)(
		'%s after it took effect: is cancelled, as the list shows',
		async (_, fault) => {
			strike(fault('before'));
			const run = await cancel(ids(big));

			expect(run.error).toBeUndefined();
			expect(jsonOf(run.output[0])[0]).toMatchObject({ invitationId: big, status: 'cancelled' });
			expect(cancelled()).toEqual([big]);
			expect(asked()).toEqual([big]);
			expect(requestsTo(stage.sandbox, LIST)).toHaveLength(2);
		},
	);

	test.each(UNCLEAR)('%s with no effect: fails, and is not asked again', async (_, fault) => {
		strike(fault('none'));
		const run = await cancel(ids(big), { onError: 'continueRegularOutput' });

		expect(cancelled()).toEqual([]);
		expect(asked()).toEqual([big]);
		expect(jsonOf(run.output[0])).toHaveLength(1);
		const words = told(run);
		expect(words.message).toContain('Numium');
		expect(words.message).toContain(big);
		expect(words.details.outcome).toBe('failed');
		expect(ownWords(words)).not.toMatch(DISCOURAGING);
	});

	test('the last one of a tenant: the list that is then gone shows it', async () => {
		for (const { id } of stage.sandbox.control.state.numium.all(tenantId)) {
			if (id !== big) stage.sandbox.control.state.numium.accept(id);
		}
		strike({ kind: 'reset', effect: 'before' });
		const run = await cancel(ids(big));

		expect(jsonOf(run.output[0])[0]).toMatchObject({ invitationId: big, status: 'cancelled' });
		expect(requestsTo(stage.sandbox, LIST).map(({ status }) => status)).toEqual([200, 404]);
	});

	test('by address: another invitation to it does not pass for the same one', async () => {
		const email = stage.sandbox.control.state.numium.get(big)?.email ?? '';
		strike({ kind: 'reset', effect: 'before' });
		stage.sandbox.control.inject({
			operationId: LIST,
			after: 1,
			fault: {
				kind: 'status',
				status: 200,
				body: { isSuccess: true, value: [{ id: 9556, email, status: 'Pending' }] },
			},
		});
		const run = await cancel([{ email }], byEmail());

		expect(jsonOf(run.output[0])[0]).toMatchObject({ invitationId: big, status: 'cancelled' });
	});

	test('where the list cannot be read either, it fails and is not asked again', async () => {
		strike({ kind: 'reset', effect: 'before' });
		stage.sandbox.control.inject({
			operationId: LIST,
			after: 1,
			times: 'always',
			fault: { kind: 'status', status: 500 },
		});
		const run = await cancel(ids(big));

		expect(run.status).toBe('error');
		expect(asked()).toEqual([big]);
	});

	test('where the list cannot be read either, the items after it are cancelled all the same', async () => {
		const { control } = stage.sandbox;
		const targets = Array.from({ length: 10 }, () => fixtureOf('numium').add(control.state, {}));
		// Two at the same time, neither of them the first, which is cancelled by itself.
		const unclear = targets.slice(2, 4);
		const others = targets.filter((id) => !unclear.includes(id));
		for (const key of unclear) strike({ kind: 'reset', effect: 'none' }, { key });
		control.inject({
			operationId: LIST,
			after: 1,
			times: 'always',
			fault: { kind: 'status', status: 500 },
		});
		const run = await cancel(ids(...targets), { onError: 'continueRegularOutput' });

		// Of more than are cancelled at the same time some begin after that look.
		expect(new Set(cancelled())).toEqual(new Set(others));
		expect(run.output[0]?.map(isFailed)).toEqual(targets.map((id) => unclear.includes(id)));
	});
});

describe('a refusal', () => {
	test('that comes with status 200 fails with its words, and is not asked again', async () => {
		strike({ kind: 'isFailure', message: 'Already processed', info: ['Ask support'] });
		const run = await cancel(ids(big), { onError: 'continueErrorOutput' });

		expect(told(run).message).toMatch(/Numium declined/);
		expect(told(run).description).toContain('Already processed');
		expect(told(run).description).toContain('Ask support');
		expect(told(run).details).toMatchObject({ reason: 'refused', httpStatus: 200 });
		expect(cancelled()).toEqual([]);
		expect(asked()).toEqual([big]);
	});

	test.each([
		[400, /refused/],
		[403, /does not allow this token/],
		[404, /no pending invitation/],
	])('with status %i fails, and is not asked again', async (status, message) => {
		strike({ kind: 'status', status, body: { error: { code: 'X', message: 'Not today' } } });
		const run = await cancel(ids(big));

		expect(run.error).toMatchObject({ httpCode: String(status) });
		expect(told(run).message).toMatch(message);
		expect(told(run).description).toContain('Not today');
		expect(asked()).toEqual([big]);
	});

	test('for its pace is waited out, since nothing has happened', async () => {
		strike({ kind: 'rateLimit', retryAfter: '3' });
		const run = await cancel(ids(big));

		expect(jsonOf(run.output[0])[0]).toMatchObject({ invitationId: big, status: 'cancelled' });
		expect(asked()).toEqual([big, big]);
		expect(slept.reduce((sum, milliseconds) => sum + milliseconds, 0)).toBe(3000);
	});

	test('an invitation that is no longer pending is not asked for at all', async () => {
		stage.sandbox.control.state.numium.accept(first);
		const run = await cancel(ids(first));

		expect(told(run).message).toMatch(/no pending invitation/);
		expect(asked()).toEqual([]);
	});

	test('a tenant that the token may not manage', async () => {
		const run = await cancel(ids(first), { parameters: { tenantId: foreignTenantId } });

		expect(run.error).toMatchObject({ httpCode: '403' });
		expect(told(run).description).toContain('tenant ID');
		expect(asked()).toEqual([]);
	});
});

describe('several items, one of which fails', () => {
	test('stopping: the first item that fails ends it', async () => {
		strike({ kind: 'status', status: 400 });
		const run = await cancel(ids(first, big, bigNeighbour));

		expect(run.status).toBe('error');
		expect(run.error?.message).toContain('[item 0]');
		expect(asked()).toEqual([first]);
		expect(cancelled()).toEqual([]);
	});

	test('stopping: an invalid item ends it before any request', async () => {
		const run = await cancel(ids(first, 'abc'));

		expect(run.error).toMatchObject({ context: { itemIndex: 1 } });
		expect(requestsTo(stage.sandbox)).toEqual([]);
	});

	test.each(ON_ERROR.filter((mode) => mode !== 'stopWorkflow'))(
		'%s: the others are cancelled, and the failed one is told apart',
		async (onError) => {
			const run = await cancel(ids(first, unknownIds.numium, big), { onError });

			expect(run.status).toBe('success');
			expect(new Set(cancelled())).toEqual(new Set([first, big]));
			const good = run.output[0]?.filter((entry) => !isFailed(entry)) ?? [];
			expect(good.map(({ json }) => json.invitationId)).toEqual([first, big]);
			const bad = run.output.flat().filter(isFailed);
			expect(bad).toEqual([
				expect.objectContaining({ pairedItem: expect.objectContaining({ item: 1 }) }),
			]);
			expect(told(run).message).toContain(unknownIds.numium);
			expect(told(run).details).toMatchObject({
				outcome: 'failed',
				reason: 'notFound',
				invitationId: unknownIds.numium,
				tenantId,
			});
			const position =
				onError === 'continueRegularOutput' ? run.output[0]?.[1] : run.output[1]?.[0];
			expect(position).toBe(bad[0]);
		},
	);

	test('Retry On Fail cancels nothing a second time', async () => {
		strike({ kind: 'status', status: 500 }, { key: big });
		const run = await cancel(ids(first, big), { retryOnFail: true, maxTries: 2 });

		expect(run.executions.Cancel).toBe(2);
		expect(asked()).toEqual([first, big, big]);
		expect(run.error).toBeUndefined();
		expect(jsonOf(run.output[0])).toEqual(
			[first, big].map((invitationId) =>
				expect.objectContaining({ invitationId, status: 'cancelled', email: expect.any(String) }),
			),
		);
		// What the tries hand on is not kept any longer than they need it.
		expect(run.execution).not.toContain('invitations.cancel');
	});

	test('a later pass of a loop does not take over what an earlier one cancelled', async () => {
		const run = await stage.engine.run({
			...loopOver(
				source(ids(first, unknownIds.numium, first, unknownIds.numium)),
				[
					node('numium', 'cancel', {
						name: 'Cancel',
						onError: 'continueErrorOutput',
						retryOnFail: true,
						maxTries: 2,
					}),
				],
				{ batchSize: 2 },
			),
			credentials: credentialsFor(stage.sandbox),
		});

		expect(asked()).toEqual([first]);
		const last = run.itemsOf('Cancel', 1, 1).map(({ json }) => json.details);
		expect(last).toEqual([
			expect.objectContaining({ invitationId: first, reason: 'notFound' }),
			expect.objectContaining({ invitationId: unknownIds.numium, reason: 'notFound' }),
		]);
	});

	test.each(ON_ERROR)(
		'without Retry On Fail nothing is kept for another try: %s',
		async (onError) => {
			const run = await cancel(ids(first, unknownIds.numium), { onError });

			expect(cancelled()).toEqual([first]);
			expect(run.execution).not.toContain('invitations.cancel');
		},
	);
});
