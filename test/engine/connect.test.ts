import type { IDataObject } from 'n8n-workflow';
import { accounts, seeded } from '../../sandbox';
import { chain, source, type NodeSpec, type Run } from './harness';
import { fixtureOf, FIXTURES, type ProviderKey, type ServiceFixture } from '../services';
import {
	credentialsFor,
	isFailed,
	isRecord,
	jsonOf,
	requestsTo,
	targetIn,
	useStage,
} from './support';

/** Nodes put one after the other as the editor does it: no target is filled in by hand. */

const stage = useStage();

const { otherTenantId } = accounts.numium;

function step(
	provider: ProviderKey,
	operation: string,
	name: string,
	parameters: IDataObject = {},
): NodeSpec {
	return {
		type: fixtureOf(provider).nodeType,
		name,
		parameters: JSON.parse(JSON.stringify({ resource: 'invitation', operation, ...parameters })),
	};
}

async function run(...nodes: NodeSpec[]): Promise<Run> {
	return await runFrom([{}], ...nodes);
}

async function runFrom(items: IDataObject[], ...nodes: NodeSpec[]): Promise<Run> {
	return await stage.engine.run({
		...chain(source(items), ...nodes),
		credentials: credentialsFor(stage.sandbox),
	});
}

const outcomes = (json: IDataObject[]): unknown[] => json.map(({ outcome }) => outcome);

const targetsIn = (json: IDataObject[]): string[] => json.map((one) => targetIn(one));

const linksOf = (done: Run, name: string): unknown[] =>
	done.itemsOf(name).map(({ pairedItem }) => (isRecord(pairedItem) ? pairedItem.item : null));

const mailed = (): string[] => stage.sandbox.control.outbox().map(({ key }) => key);

const countUp = (length: number): number[] => Array.from({ length }, (_, index) => index);

/** Every order of all of them. */
function ordersOf<T>(all: readonly T[]): T[][] {
	if (all.length < 2) return [[...all]];
	return all.flatMap((one, index) =>
		ordersOf(all.filter((_, other) => other !== index)).map((rest) => [one, ...rest]),
	);
}

/** What the trigger of a service gives for one invitation. */
async function triggered({ provider, nodeType, add }: ServiceFixture): Promise<IDataObject[]> {
	const spec = { type: `${nodeType}Trigger`, parameters: { events: ['new'] } };
	const credentials = credentialsFor(stage.sandbox);
	const { nodeStaticData } = await stage.engine.runPoll(spec, { credentials });
	add(stage.sandbox.control.state);
	const { items } = await stage.engine.runPoll(spec, { credentials, nodeStaticData });
	const told = jsonOf(items?.[0]);
	expect(told).toHaveLength(1);
	expect(told[0]).not.toHaveProperty('provider', provider);
	return told;
}

describe.each(FIXTURES)('$name in every order', (facts) => {
	const { provider, target, changes, removes, idFields } = facts;
	const orders = ordersOf(['get', 'resend', ...changes]).map((order) => ({
		order,
		words: order.join(' → '),
	}));

	/** Each node finds what the one before it tells of; where that is gone, it says of whom. */
	function expectChained(done: Run, order: readonly string[], id: unknown): void {
		const removed = order.findIndex((operation) => removes.includes(operation));
		for (const [index, operation] of order.entries()) {
			const [item, ...more] = done.itemsOf(operation);
			expect(more).toEqual([]);
			expect(item?.json[target]).toBe(id);
			const isGone = removed !== -1 && index > removed;
			expect(item === undefined || isFailed(item)).toBe(isGone);
			if (!isGone) for (const field of idFields) expect(typeof item?.json[field]).toBe('string');
		}
	}

	const steps = (order: readonly string[]): NodeSpec[] =>
		order.map((operation) => ({
			...step(provider, operation, operation),
			onError: 'continueRegularOutput',
		}));

	test.each(orders)('Get Many → $words', async ({ order }) => {
		const only = { emailContains: facts.emailOf(stage.sandbox.control.state, facts.first) };
		const done = await run(
			step(provider, 'getAll', 'List', { limit: 1, filters: only }),
			...steps(order),
		);

		expect(done.error).toBeUndefined();
		expectChained(done, order, facts.first);
	});

	test.each(orders)('Trigger → $words', async ({ order }) => {
		const told = await triggered(facts);
		const done = await runFrom(told, ...steps(order));

		expect(done.error).toBeUndefined();
		expectChained(done, order, told[0]?.[target]);
	});

	test('and Get Many behind each of them lists anew', async () => {
		for (const operation of ['get', 'resend', ...changes]) {
			const done = await runFrom(
				[{ [target]: facts.second }],
				step(provider, operation, 'First'),
				step(provider, 'getAll', 'List', { returnAll: true }),
			);
			expect(done.error).toBeUndefined();
			expect(done.itemsOf('List').length).toBeGreaterThan(3);
		}
	});
});

describe.each(FIXTURES)('at $name', ({ provider, resendable, sendCall, tidy }) => {
	const OPEN = { returnAll: true, filters: { status: [...resendable] } };

	beforeEach(() => tidy?.(stage.sandbox.control.state));

	test('Get Many → Resend emails each invitation that was listed, once', async () => {
		const done = await run(
			step(provider, 'getAll', 'List', OPEN),
			step(provider, 'resend', 'Resend'),
		);

		expect(done.error).toBeUndefined();
		const listed = jsonOf(done.itemsOf('List'));
		const resent = jsonOf(done.itemsOf('Resend'));
		expect(listed.length).toBeGreaterThan(3);
		expect(targetsIn(resent)).toEqual(targetsIn(listed));
		expect(linksOf(done, 'Resend')).toEqual(countUp(listed.length));
		const sent = resent.filter(({ outcome }) => outcome === 'sent');
		expect(sent.length).toBeGreaterThan(3);
		expect(new Set(mailed()).size).toBe(sent.length);
		expect(mailed()).toHaveLength(sent.length);
		expect(requestsTo(stage.sandbox, sendCall).length).toBeGreaterThanOrEqual(sent.length);
	});

	test('Get Many → Get reads each invitation that was listed', async () => {
		const done = await run(step(provider, 'getAll', 'List', OPEN), step(provider, 'get', 'Get'));

		expect(done.error).toBeUndefined();
		const listed = jsonOf(done.itemsOf('List'));
		const read = jsonOf(done.itemsOf('Get'));
		expect(read.length).toBeGreaterThan(3);
		// All that the list tells is the same; what it leaves out is added.
		expect(read).toEqual(listed.map((json) => expect.objectContaining(json)));
		expect(linksOf(done, 'Get')).toEqual(countUp(listed.length));
		expect(mailed()).toEqual([]);
	});

	test('Get Many → Get → Resend goes on from what Get puts out', async () => {
		const done = await run(
			step(provider, 'getAll', 'List', { limit: 2, filters: { status: ['pending'] } }),
			step(provider, 'get', 'Get'),
			step(provider, 'resend', 'Resend'),
		);

		expect(done.error).toBeUndefined();
		expect(outcomes(jsonOf(done.itemsOf('Resend')))).toHaveLength(2);
		expect(mailed().length).toBeGreaterThan(0);
	});

	test('Get Many → Resend as a dry run emails nobody', async () => {
		const done = await run(
			step(provider, 'getAll', 'List', OPEN),
			step(provider, 'resend', 'Resend', { dryRun: true }),
		);

		expect(outcomes(jsonOf(done.itemsOf('Resend')))).toContain('wouldSend');
		expect(mailed()).toEqual([]);
		expect(requestsTo(stage.sandbox, sendCall)).toEqual([]);
	});

	test('without an invitation before it, the node says what it lacks, and emails nobody', async () => {
		const done = await run(step(provider, 'resend', 'Resend'));

		expect(done.status).toBe('error');
		expect(done.error?.message).toMatch(/is empty/);
		expect(mailed()).toEqual([]);
	});

	test('Resend → Get reads what Resend reports', async () => {
		const done = await run(
			step(provider, 'getAll', 'List', { limit: 3, filters: { status: ['pending'] } }),
			step(provider, 'resend', 'Resend'),
			step(provider, 'get', 'Get'),
		);

		expect(done.error).toBeUndefined();
		const verdicts = jsonOf(done.itemsOf('Resend'));
		const read = jsonOf(done.itemsOf('Get'));
		expect(targetsIn(read)).toEqual(targetsIn(verdicts));
		// What Resend reports is what is there afterwards.
		expect(read.map(({ invitationId }) => invitationId)).toEqual(
			verdicts.map(({ invitationId }) => invitationId),
		);
		expect(read).toHaveLength(3);
	});
});

describe('at KarmaCheck', () => {
	test('Get Many → Refresh extends each invitation that was listed, and emails nobody', async () => {
		const done = await run(
			step('karmaCheck', 'getAll', 'List', {
				returnAll: true,
				filters: { expiringWithin: 2, includeExpired: true },
			}),
			step('karmaCheck', 'refresh', 'Refresh'),
		);

		expect(done.error).toBeUndefined();
		const listed = jsonOf(done.itemsOf('List'));
		const refreshed = jsonOf(done.itemsOf('Refresh'));
		expect(listed).toHaveLength(4);
		expect(
			refreshed.map(({ caseId, invitationId, status, daysLeft }) => ({
				caseId,
				invitationId,
				status,
				daysLeft,
			})),
		).toEqual(
			listed.map(({ caseId, invitationId }) => ({
				caseId,
				invitationId,
				status: 'pending',
				daysLeft: 14,
			})),
		);
		expect(linksOf(done, 'Refresh')).toEqual([0, 1, 2, 3]);
		expect(mailed()).toEqual([]);
	});

	test('Get Many → Refresh, listed by what the list alone holds', async () => {
		const done = await run(
			step('karmaCheck', 'getAll', 'List', { returnAll: true, filters: { status: ['expired'] } }),
			step('karmaCheck', 'refresh', 'Refresh'),
		);

		expect(jsonOf(done.itemsOf('Refresh')).map(({ status }) => status)).toEqual([
			'pending',
			'pending',
		]);
		expect(requestsTo(stage.sandbox, 'refreshInvitation')).toHaveLength(2);
	});

	test('Get Many → Resend goes to the listed address, not to one typed elsewhere', async () => {
		await run(
			step('karmaCheck', 'getAll', 'List', { limit: 1, filters: { emailContains: 'keller' } }),
			step('karmaCheck', 'resend', 'Resend'),
		);

		expect(stage.sandbox.control.outbox()).toEqual([
			expect.objectContaining({
				key: seeded.karmaCheck.expiringIn1,
				email: 'bruno.keller@example.com',
			}),
		]);
	});
});

test('at Worth AI a customer that only Get Many names is taken from the item', async () => {
	const credentials = credentialsFor(stage.sandbox);
	const { customerId } = accounts.worthAi;
	const done = await stage.engine.run({
		...chain(
			source([{}]),
			step('worthAi', 'getAll', 'List', { customerId, filters: { status: ['pending'] } }),
			step('worthAi', 'resend', 'Resend', { customerId: '={{ $json.customerId }}' }),
		),
		credentials: { worthAiApi: { ...credentials.worthAiApi, customerId: '' } },
	});

	expect(done.error).toBeUndefined();
	expect(outcomes(jsonOf(done.itemsOf('Resend')))).toEqual(['sent', 'sent', 'sent', 'sent']);
	expect(mailed()).toHaveLength(4);
});

describe('at Numium', () => {
	test('Get Many → Cancel cancels what was listed, and nothing else', async () => {
		const done = await run(
			step('numium', 'getAll', 'List', { returnAll: true, filters: { emailContains: 'elif' } }),
			step('numium', 'cancel', 'Cancel'),
		);

		expect(done.error).toBeUndefined();
		expect(jsonOf(done.itemsOf('Cancel'))).toEqual([
			expect.objectContaining({ invitationId: seeded.numium.big, status: 'cancelled' }),
		]);
		const { state } = stage.sandbox.control;
		expect(
			state.numium
				.all()
				.filter(({ status }) => status !== 'Pending')
				.map(({ id }) => id),
		).toEqual([seeded.numium.big]);
		expect(mailed()).toEqual([]);
	});

	test('Cancel → Get finds nothing any more', async () => {
		const done = await run(
			step('numium', 'getAll', 'List', { limit: 1 }),
			step('numium', 'cancel', 'Cancel'),
			step('numium', 'get', 'Get'),
		);

		expect(done.status).toBe('error');
		expect(done.error?.message).toMatch(/no pending invitation 9001/);
	});

	describe('of another tenant than that of the credential', () => {
		const LIST = step('numium', 'getAll', 'List', { returnAll: true, tenantId: otherTenantId });

		test.each(['get', 'resend', 'cancel'])(
			'%s goes there when its Tenant ID is taken from the item',
			async (operation) => {
				const done = await run(
					LIST,
					step('numium', operation, 'Then', { tenantId: '={{ $json.tenantId }}' }),
				);

				expect(done.error).toBeUndefined();
				expect(done.itemsOf('Then')).toHaveLength(3);
				expect(
					new Set(
						requestsTo(stage.sandbox)
							.filter(({ provider }) => provider === 'numium')
							.map(({ path }) => path.split('/')[3]),
					),
				).toEqual(new Set([otherTenantId]));
			},
		);

		test.each(['resend', 'cancel'])(
			'%s with Tenant ID left empty stops before it changes anything',
			async (operation) => {
				const done = await run(LIST, step('numium', operation, 'Then'));

				expect(done.status).toBe('error');
				expect(done.error?.message).toMatch(/no pending invitation 9101/);
				expect(
					requestsTo(stage.sandbox).filter(
						({ method, provider }) => provider === 'numium' && method !== 'GET',
					),
				).toEqual([]);
			},
		);
	});
});
