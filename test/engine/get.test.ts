import type { IDataObject } from 'n8n-workflow';
import { accounts, DAY, seeded, type Fault } from '../../sandbox';
import type { NodeSpec, Run } from './harness';
import { fixtureOf, FIXTURES, type ProviderKey } from '../services';
import {
	credentialsFor,
	ids,
	jsonOf,
	MOST_FIELDS,
	node,
	NOON,
	requestsTo,
	told,
	useStage,
} from './support';

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async () => undefined,
}));

const stage = useStage();

const HOUR = 3_600_000;

const { tenantId, otherTenantId, emptyTenantId } = accounts.numium;
const { customerId, foreignCustomerId } = accounts.worthAi;

async function get(
	provider: ProviderKey,
	input: IDataObject[],
	parameters: NonNullable<NodeSpec['parameters']> = {},
): Promise<Run> {
	return await stage.engine.run({
		node: node(provider, 'get', { parameters }),
		input,
		credentials: credentialsFor(stage.sandbox),
	});
}

const first = (run: Run): IDataObject => run.output[0]?.[0]?.json ?? {};

/** The simplified output as the sandbox's state says it must be. */
function shown(provider: ProviderKey, id: string): IDataObject {
	return fixtureOf(provider).shown(stage.sandbox.control.state, id);
}

describe.each(FIXTURES)(
	'Get at $name',
	({ provider, name, first: one, second, unknown, fields, readCall, signsIn }) => {
		test('gives exactly the fields of an invitation, for each item, in order and linked', async () => {
			const run = await get(provider, ids(second, one));

			expect(run.error).toBeUndefined();
			expect(run.output).toEqual([
				[
					{ json: shown(provider, second), pairedItem: { item: 0 } },
					{ json: shown(provider, one), pairedItem: { item: 1 } },
				],
			]);
		});

		test('takes an answer that cannot be unpacked for none, and asks again', async () => {
			const garbled: Fault = {
				kind: 'status',
				status: 404,
				body: 'not packed',
				headers: { 'content-encoding': 'gzip' },
			};
			stage.sandbox.control.inject({ operationId: readCall, fault: garbled });
			expect(first(await get(provider, ids(one)))).toEqual(shown(provider, one));

			stage.sandbox.control.inject({ operationId: readCall, times: 'always', fault: garbled });
			expect(told(await get(provider, ids(one))).message).toMatch(/did not answer in time/);
		});

		test('says how several stand, and of one by itself nothing more', async () => {
			const open = fixtureOf(provider).add(stage.sandbox.control.state);
			const several = await stage.engine.run({
				node: node(provider, 'get', { onError: 'continueRegularOutput' }),
				input: ids(open, unknown, open),
				credentials: credentialsFor(stage.sandbox),
			});

			const messages = (run: Run) => run.hints.map(({ message }) => message);
			expect(messages(several)).toEqual(['3 invitations: 2 pending, 1 failed.']);
			expect(messages(await get(provider, ids(open)))).toEqual([]);
		});

		test('names its fields in the order of a table: who, how it stands, when, the ids', async () => {
			const run = await get(provider, ids(one));

			expect(Object.keys(first(run))).toEqual(fields);
			expect(fields.length).toBeLessThanOrEqual(MOST_FIELDS);
		});

		test('asks once for a target that several items name', async () => {
			const run = await get(provider, ids(one, one, one));

			expect(run.output[0]).toHaveLength(3);
			expect(requestsTo(stage.sandbox, readCall)).toHaveLength(1);
		});

		test('neither mails nor changes anything', async () => {
			await get(provider, ids(one, second));

			expect(stage.sandbox.control.outbox()).toEqual([]);
			expect(new Set(requestsTo(stage.sandbox).map(({ operationId }) => operationId))).toEqual(
				new Set(signsIn === null ? [readCall] : ['signIn', readCall]),
			);
		});

		test('says of an invitation that is not there what to check', async () => {
			const { message, description } = told(await get(provider, ids(unknown)));

			expect(message).toContain(name);
			expect(message).toContain(unknown);
			expect(description).toContain('Check');
		});

		test('runs with nothing where no item comes in', async () => {
			const run = await get(provider, []);

			expect(run.status).toBe('success');
			expect(requestsTo(stage.sandbox)).toEqual([]);
		});
	},
);

describe('Get at KarmaCheck', () => {
	const caseId = seeded.karmaCheck.pending;

	test.each([
		['pending', seeded.karmaCheck.pending],
		['expired', seeded.karmaCheck.expired],
		['completed', seeded.karmaCheck.completed],
		['cancelled', seeded.karmaCheck.cancelled],
	])('reads the status %s', async (status, id) => {
		expect(first(await get('karmaCheck', ids(id)))).toEqual(
			expect.objectContaining({ ...shown('karmaCheck', id), status }),
		);
	});

	test('calls a status that nothing documents unknown', async () => {
		stage.sandbox.control.inject({
			operationId: 'getInvitation',
			fault: { kind: 'status', status: 200, body: { invitation: { invitationStatusId: 'new-1' } } },
		});

		expect(first(await get('karmaCheck', ids(caseId)))).toEqual({
			name: null,
			email: null,
			status: 'unknown',
			daysLeft: null,
			expiresAt: null,
			sentAt: null,
			completedAt: null,
			caseId,
			provider: 'karmaCheck',
		});
	});

	test.each([
		['UTC', 1, 0],
		// It is evening there, and the hours of tomorrow are near.
		['Asia/Tokyo', 1, 1],
	])('counts the days left on the calendar of %s', async (timezone, tomorrow, tonight) => {
		const { state } = stage.sandbox.control;
		const days = [];
		for (const hours of [-24 * 14, -24, -12.1, 0, 11, 24, 24 * 14]) {
			const { id } = state.karmaCheck.add({ sentAt: NOON - DAY, expiresAt: NOON + hours * HOUR });
			const run = await stage.engine.run({
				node: node('karmaCheck', 'get'),
				input: ids(id),
				credentials: credentialsFor(stage.sandbox),
				timezone,
			});
			days.push(first(run).daysLeft);
		}
		expect(days).toEqual([-14, -1, timezone === 'UTC' ? -1 : 0, 0, tonight, tomorrow, 14]);
	});

	test('adds the personal link only when asked to', async () => {
		const token = stage.sandbox.control.state.karmaCheck.get(caseId)?.invitation?.token;
		const plain = await get('karmaCheck', ids(caseId));
		const withLink = await get('karmaCheck', ids(caseId), { options: { includeLink: true } });

		expect(JSON.stringify(plain.output)).not.toContain(token);
		expect(first(withLink)).toEqual({
			...first(plain),
			link: `https://my.karmacheck.com/invite/${token}`,
		});
	});

	test('never shows date of birth or token in simplified output', async () => {
		const invitation = stage.sandbox.control.state.karmaCheck.get(caseId)?.invitation;
		for (const options of [{}, { includeLink: true }]) {
			const run = await get('karmaCheck', ids(caseId), { options });
			expect(first(run)).not.toHaveProperty('dob');
			expect(first(run)).not.toHaveProperty('invitationToken');
			expect(JSON.stringify(run.output)).not.toContain(invitation?.dob);
		}
	});

	test("gives KarmaCheck's own reply with Simplify off", async () => {
		const invitation = stage.sandbox.control.state.karmaCheck.get(caseId)?.invitation;
		const run = await get('karmaCheck', ids(caseId), { simplify: false });

		expect(first(run)).toEqual({
			invitation: expect.objectContaining({
				id: invitation?.id,
				dob: invitation?.dob,
				invitationToken: invitation?.token,
				invitationStatusId: '3f5e6898-6641-4685-8ee0-1363b7e10c98',
			}),
		});
	});

	test('takes 404 without a body for a case without an invitation', async () => {
		const { message, description } = told(
			await get('karmaCheck', ids(seeded.karmaCheck.withoutInvitation)),
		);

		expect(message).toBe(
			`There is no invitation for case ${seeded.karmaCheck.withoutInvitation} at KarmaCheck`,
		);
		expect(description).toContain('may have none');
	});
});

describe('Get at Worth AI', () => {
	test.each([
		['INVITED', 'invited', 'pending'],
		['INVITED with a verified address', 'invitedVerified', 'pending'],
		['SIGNUP_PENDING', 'signupPending', 'pending'],
		['ACTIVE after the first login', 'active', 'completed'],
		['ACTIVE before the first login', 'activeNeverSignedIn', 'pending'],
		['INACTIVE', 'inactive', 'cancelled'],
		['INACTIVE before the first login', 'inactiveNeverSignedIn', 'cancelled'],
		['a word that nothing documents', 'unheardOf', 'unknown'],
	] as const)('reads %s', async (_what, seed, status) => {
		const id = seeded.worthAi[seed];

		expect(first(await get('worthAi', ids(id)))).toMatchObject({ status, userId: id });
	});

	test("gives Worth AI's user with Simplify off", async () => {
		const id = seeded.worthAi.invited;
		const run = await get('worthAi', ids(id), { simplify: false });

		expect(first(run)).toMatchObject({
			id,
			is_first_login: true,
			company_details: { id: customerId },
		});
		expect(first(run)).not.toHaveProperty('userId');
	});

	test('takes the customer of the node before that of the credential', async () => {
		const id = seeded.worthAi.invited;
		const { message } = told(await get('worthAi', ids(id), { customerId: foreignCustomerId }));

		expect(message).toBe('Worth AI does not allow this account to see the user');
		expect(requestsTo(stage.sandbox, 'getUser')[0]?.servicePath).toBe(
			`/customers/${foreignCustomerId}/users/${id}`,
		);
	});

	test('takes a UUID in capitals for the same one', async () => {
		const id = seeded.worthAi.invited;
		const run = await get('worthAi', ids(id.toUpperCase(), id));

		expect(jsonOf(run.output[0])).toEqual([shown('worthAi', id), shown('worthAi', id)]);
		expect(requestsTo(stage.sandbox, 'getUser')).toHaveLength(1);
	});
});

describe('Get at Numium', () => {
	const { big, bigNeighbour } = seeded.numium;
	const byEmail = (value: string): NonNullable<NodeSpec['parameters']> => ({
		invitationId: { __rl: true, mode: 'email', value },
	});
	const emailOf = (id: string): string => stage.sandbox.control.state.numium.get(id)?.email ?? '';

	test.each([true, false])(
		'keeps ids beyond 2^53 exact, and apart from their neighbours (Simplify %s)',
		async (simplify) => {
			const run = await get('numium', ids(big, bigNeighbour), { simplify });

			const field = simplify ? 'invitationId' : 'id';
			expect(jsonOf(run.output[0])).toEqual([
				expect.objectContaining({ [field]: big, email: emailOf(big) }),
				expect.objectContaining({ [field]: bigNeighbour, email: emailOf(bigNeighbour) }),
			]);
			expect(emailOf(big)).not.toBe(emailOf(bigNeighbour));
			expect(run.execution).toContain(big);
		},
	);

	test('does not take the neighbour for an id that is gone', async () => {
		stage.sandbox.control.state.numium.accept(big);

		expect(told(await get('numium', ids(big))).message).toBe(
			`Numium has no pending invitation ${big} in tenant ${tenantId}`,
		);
	});

	test("gives Numium's entry with Simplify off", async () => {
		expect(first(await get('numium', ids('9001'), { simplify: false }))).toEqual({
			id: 9001,
			email: emailOf('9001'),
			status: 'Pending',
			createdAt: expect.stringMatching(/Z$/),
		});
	});

	test('finds an invitation by e-mail, in whatever case it is written', async () => {
		const run = await get('numium', [{}], byEmail(emailOf(big).toUpperCase()));

		expect(first(run)).toEqual(shown('numium', big));
	});

	test('names the ids where several invitations go to one address', async () => {
		const email = 'twice@example.com';
		stage.sandbox.control.state.numium.add({ id: '9007199254740995', email });
		stage.sandbox.control.state.numium.add({ id: '77', email: 'Twice@Example.com' });

		const { message, description } = told(await get('numium', [{}], byEmail(email)));

		expect(message).toBe(`Several pending invitations of the tenant were sent to ${email}`);
		expect(description).toContain('9007199254740995, 77');
	});

	test('says that nobody was invited under an address', async () => {
		expect(told(await get('numium', [{}], byEmail('nobody@example.com'))).message).toBe(
			`Numium has no pending invitation to nobody@example.com in tenant ${tenantId}`,
		);
	});

	test('asks once per tenant and run, whatever the number of items', async () => {
		const known = {
			[tenantId]: ['9001', '9002', '9003', big, bigNeighbour],
			[otherTenantId]: ['9101', '9102', '9103'],
		};
		const input = Array.from({ length: 50 }, (_, index) => {
			const tenant = index % 2 === 0 ? tenantId : otherTenantId;
			const options = known[tenant] ?? [];
			return { tenant, id: options[index % options.length] };
		});

		const run = await get('numium', input, { tenantId: '={{ $json.tenant }}' });

		expect(jsonOf(run.output[0]).map((json) => [json.tenantId, json.invitationId])).toEqual(
			input.map(({ tenant, id }) => [tenant, id]),
		);
		expect(run.output[0]?.map(({ pairedItem }) => pairedItem)).toEqual(
			input.map((_, item) => ({ item })),
		);
		expect(requestsTo(stage.sandbox).map(({ servicePath }) => servicePath)).toEqual([
			`/tenant/${tenantId}/admin/user/invitations`,
			`/tenant/${otherTenantId}/admin/user/invitations`,
		]);
	});

	test.each(['value', 'data'] as const)('reads the wrapper that says %s', async (numiumWrapper) => {
		stage.sandbox.control.setSwitches({ numiumWrapper });

		expect(first(await get('numium', ids(big)))).toEqual(shown('numium', big));
	});

	test.each(['value', 'data'] as const)(
		'reads one object in place of a list (wrapper says %s)',
		async (numiumWrapper) => {
			stage.sandbox.control.setSwitches({ numiumWrapper, numiumCollection: 'object' });
			stage.sandbox.control.state.numium.add({ id: '31', tenantId: emptyTenantId });

			const run = await get('numium', ids('31'), { tenantId: emptyTenantId });

			expect(first(run)).toMatchObject({ invitationId: '31', tenantId: emptyTenantId });
		},
	);

	test.each(['404', 'empty'] as const)(
		'takes a tenant without invitations for what it is (%s)',
		async (numiumEmpty) => {
			stage.sandbox.control.setSwitches({ numiumEmpty });

			expect(told(await get('numium', ids('9001'), { tenantId: emptyTenantId }))).toMatchObject({
				message: `Numium has no pending invitation 9001 in tenant ${emptyTenantId}`,
			});
		},
	);

	test('takes a refusal on status 200 for a refusal', async () => {
		stage.sandbox.control.inject({
			operationId: 'listInvitations',
			fault: {
				kind: 'isFailure',
				code: 'TenantLocked',
				message: 'The tenant is locked.',
				info: ['Ask the owner.'],
			},
		});

		const { message, description } = told(await get('numium', ids('9001')));

		expect(message).toBe('Numium declined the request');
		expect(description).toContain('Numium answered: The tenant is locked. Ask the owner.');
	});

	test('finds the API below a prefix', async () => {
		const credentials = credentialsFor(stage.sandbox);
		credentials.numiumApi = {
			...credentials.numiumApi,
			baseUrl: `${stage.sandbox.baseUrls.numium}/api/`,
		};
		const run = await stage.engine.run({
			node: node('numium', 'get'),
			input: ids('9001'),
			credentials,
		});

		expect(first(run)).toEqual(shown('numium', '9001'));
		expect(requestsTo(stage.sandbox)[0]?.path).toBe(
			`/numium/api/tenant/${tenantId}/admin/user/invitations`,
		);
	});
});
