import type { IDataObject } from 'n8n-workflow';
import { DAY } from '../../sandbox';
import { fixtureOf } from '../services';
import { seeded } from '../services/acmeOnboarding/sandbox/seed';
import type { Run } from './harness';
import { credentialsFor, ids, jsonOf, node, NOON, requestsTo, told, useStage } from './support';

/** What is this made-up service's own: pages by cursor, a key in a header, dates in lists. */

const stage = useStage();

const { provider, credentialAt, nodeType } = fixtureOf('acmeOnboarding');

async function getMany(parameters: IDataObject): Promise<Run> {
	return await stage.engine.run({
		node: {
			type: nodeType,
			parameters: JSON.parse(
				JSON.stringify({ resource: 'invitation', operation: 'getAll', ...parameters }),
			),
		},
		input: [{}],
		credentials: credentialsFor(stage.sandbox),
	});
}

const operations = (): unknown[] => requestsTo(stage.sandbox).map(({ operationId }) => operationId);

const cursors = (): unknown[] =>
	requestsTo(stage.sandbox, 'listInvitations').map(({ query }) => query.cursor ?? null);

describe('Get Many', () => {
	beforeEach(() => stage.sandbox.control.reset({ acmeInvitations: 100, fill: 'pending' }));

	test.each([
		['all', { returnAll: true }, 100, [null, 'c40', 'c80']],
		['the first page', { limit: 40 }, 40, [null]],
		['one more than the first page', { limit: 41 }, 41, [null, 'c40']],
	])('of %s asks for no more pages than it needs', async (_what, parameters, count, asked) => {
		const run = await getMany(parameters);

		expect(new Set(jsonOf(run.output[0]).map(({ invitationId }) => invitationId)).size).toBe(count);
		expect(cursors()).toEqual(asked);
	});

	test('ends where a page leads back to one that was read', async () => {
		stage.sandbox.control.inject({
			operationId: 'listInvitations',
			times: 'always',
			fault: { kind: 'status', status: 200, body: { data: [], next_cursor: 'c40' } },
		});
		const run = await getMany({ returnAll: true });

		expect(told(run).message).toBe('Acme Onboarding returned the same page twice');
		expect(cursors()).toEqual([null, 'c40']);
	});

	test('filters and sorts by date without a call for each invitation', async () => {
		const { acmeOnboarding } = stage.sandbox.control.state;
		acmeOnboarding.add({ id: 'inv_last', expiresAt: NOON + 2 * DAY });
		acmeOnboarding.add({ id: 'inv_soon', expiresAt: NOON + DAY });
		const run = await getMany({
			returnAll: true,
			filters: { expiringWithin: 3 },
			options: { soonestFirst: true },
		});

		expect(jsonOf(run.output[0]).map(({ invitationId }) => invitationId)).toEqual([
			'inv_soon',
			'inv_last',
		]);
		expect(new Set(operations())).toEqual(new Set(['listInvitations']));
	});
});

test('the key travels in its own header, and in no other', async () => {
	await stage.engine.run({
		node: node(provider, 'resend'),
		input: ids(seeded.open),
		credentials: credentialsFor(stage.sandbox),
	});

	const { apiKey } = credentialAt('');
	expect(stage.sandbox.control.outbox()).toHaveLength(1);
	for (const { headers } of requestsTo(stage.sandbox)) {
		expect(headers['x-api-key']).toBe(apiKey);
		expect(headers).not.toHaveProperty('authorization');
	}
});

test('a resend says who was emailed', async () => {
	const run = await stage.engine.run({
		node: node(provider, 'resend'),
		input: ids(seeded.open),
		credentials: credentialsFor(stage.sandbox),
	});

	expect(jsonOf(run.output[0])).toEqual([
		expect.objectContaining({
			outcome: 'sent',
			name: 'Ada Mbeki',
			invitationId: seeded.open,
		}),
	]);
	// Looked at for the run and right before the send; its reply holds how it stands now.
	expect(operations()).toEqual(['getInvitation', 'getInvitation', 'resendInvitation']);
});

test('one that has expired is refused in words, and nobody is emailed', async () => {
	const run = await stage.engine.run({
		node: node(provider, 'resend', {
			onError: 'continueRegularOutput',
			parameters: { options: { onlyWhenStatusIs: ['expired'] } },
		}),
		input: ids(seeded.lapsed),
		credentials: credentialsFor(stage.sandbox),
	});

	expect(told(run)).toMatchObject({
		description: expect.stringContaining('Acme Onboarding answered: The invitation is lapsed.'),
		details: { outcome: 'failed', reason: 'refused' },
	});
	expect(stage.sandbox.control.outbox()).toEqual([]);
});
