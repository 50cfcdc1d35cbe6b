import type { IDataObject } from 'n8n-workflow';
import { accounts, DAY, seeded, type LoggedRequest } from '../../sandbox';
import type { Run } from './harness';
import {
	fixtureOf,
	FIXTURES,
	NOBODY,
	type ProviderKey,
	type Scope,
	type ServiceFixture,
	type TestSandbox,
} from '../services';
import {
	credentialsFor,
	DISCOURAGING,
	isFailed,
	isRecord,
	jsonOf,
	MOST_FIELDS,
	NOON,
	ON_ERROR,
	ownWords,
	pagedUsers,
	requestsTo,
	setStage,
	startWorth,
	targetIn,
	told,
	useStage,
	type OnError,
	type Stage,
	type UserPages,
	type WorthStandIn,
} from './support';

const stage = useStage({ recordReplies: true });

const { tenantId, otherTenantId, emptyTenantId } = accounts.numium;
const { customerId, foreignCustomerId } = accounts.worthAi;
const ALL = { returnAll: true };

interface Call {
	parameters?: IDataObject;
	input?: IDataObject[];
	onError?: OnError;
	on?: Stage;
}

async function getMany(
	provider: ProviderKey,
	{ parameters = ALL, input = [{}], onError, on = stage }: Call = {},
): Promise<Run> {
	return await on.engine.run({
		node: {
			type: fixtureOf(provider).nodeType,
			name: 'Get Many',
			parameters: JSON.parse(
				JSON.stringify({ resource: 'invitation', operation: 'getAll', ...parameters }),
			),
			onError,
		},
		input,
		credentials: credentialsFor(on.sandbox),
	});
}

/** The operations called, sign-ins left out. */
function calls(sandbox: TestSandbox = stage.sandbox): string[] {
	return requestsTo(sandbox)
		.map(({ operationId }) => String(operationId))
		.filter((operation) => operation !== 'signIn');
}

const detailsRead = (sandbox?: TestSandbox): number =>
	calls(sandbox).filter((operation) => operation === 'getInvitation').length;

const NAME_OF: Record<string, string> = Object.fromEntries(
	[seeded.karmaCheck, seeded.worthAi].flatMap((ids) =>
		Object.entries(ids).map(([name, id]) => [id, name]),
	),
);

/** What came out: the seed's names of KarmaCheck's cases and Worth AI's users, else the ids. */
function namesIn(run: Run): string[] {
	return jsonOf(run.output[0])
		.map((json) => targetIn(json))
		.map((id) => NAME_OF[id] ?? id);
}

const linksIn = (run: Run): unknown[] =>
	(run.output[0] ?? []).map(({ pairedItem }) => (isRecord(pairedItem) ? pairedItem.item : null));

/** The invited cases that are active, as KarmaCheck lists them: the case ordered last comes first. */
const LISTED = [
	'resentToday',
	'pending',
	'expiringIn10',
	'begun',
	'pendingToo',
	'completed',
	'expiringIn3',
	'expiringIn2',
	'expiringIn1',
	'expired',
	'expiredLongAgo',
];

const BY_EXPIRY = [
	'expiredLongAgo',
	'expired',
	'expiringIn1',
	'expiringIn2',
	'expiringIn3',
	'completed',
	'pendingToo',
	// These two expire at the same moment, and stay in the order of the list.
	'expiringIn10',
	'begun',
	'pending',
	'resentToday',
];

function caseIdOf(name: string): string {
	return Object.entries(seeded.karmaCheck).find(([key]) => key === name)?.[1] ?? '';
}

const daysAgo = (days: number): string => new Date(NOON - days * DAY).toISOString();

describe('Get Many at KarmaCheck', () => {
	test('gives every active case that was invited, from one request', async () => {
		const run = await getMany('karmaCheck');

		expect(run.error).toBeUndefined();
		expect(namesIn(run)).toEqual(LISTED);
		expect(calls()).toEqual(['listCases']);
		const invitation = stage.sandbox.control.state.karmaCheck.get(
			seeded.karmaCheck.pending,
		)?.invitation;
		expect(run.output[0]?.[1]).toEqual({
			json: {
				name: 'Ada Mbeki',
				email: 'ada.mbeki@example.com',
				status: 'pending',
				caseId: seeded.karmaCheck.pending,
				invitationId: invitation?.id,
				provider: 'karmaCheck',
			},
			pairedItem: { item: 0 },
		});
	});

	test('leaves out a case whose data the company supplies, as nobody was invited', async () => {
		stage.sandbox.control.state.karmaCheck.add({ isCustomerProvidedPii: true });
		const run = await getMany('karmaCheck');

		expect(namesIn(run)).toEqual(LISTED);
		expect(stage.sandbox.control.contractViolations()).toEqual([]);
	});

	test.each<[string, IDataObject, string[]]>([
		['one status', { status: ['completed'] }, ['completed']],
		['several', { status: ['completed', 'expired'] }, ['completed', 'expired', 'expiredLongAgo']],
		['a status that nothing has', { status: ['unknown'] }, []],
		['a part of the name in any case', { nameContains: ' keLLer ' }, ['expiringIn1']],
		['a part of the e-mail in any case', { emailContains: ' KELLER@Example ' }, ['expiringIn1']],
		['an e-mail that nothing has', { emailContains: 'nobody@' }, []],
		[
			'both, which must hold',
			{ status: ['pending'], emailContains: 'yvo' },
			['resentToday', 'pending'],
		],
	])('filters by %s without a further request', async (_, filters, expected) => {
		stage.sandbox.control.state.karmaCheck.add({
			id: seeded.karmaCheck.pending,
			email: 'YVONNE@example.com',
			sentAt: Date.now() - 2 * DAY,
		});
		stage.sandbox.control.state.karmaCheck.add({
			id: seeded.karmaCheck.resentToday,
			email: 'yvo@example.com',
			sentAt: Date.now() - 60_000,
		});

		const run = await getMany('karmaCheck', { parameters: { ...ALL, filters } });

		expect(new Set(namesIn(run))).toEqual(new Set(expected));
		expect(run.output[0]).toHaveLength(expected.length);
		expect(calls()).toEqual(['listCases']);
	});

	test('says how those that it gives stand', async () => {
		const hintsOf = async (filters: IDataObject) =>
			(await getMany('karmaCheck', { parameters: { ...ALL, filters } })).hints;
		const { output, hints } = await getMany('karmaCheck');
		const open = jsonOf(output[0]).filter(({ status }) => status === 'pending');

		expect(hints).toHaveLength(1);
		expect(hints[0]?.message).toMatch(/^11 invitations: \d+ pending, \d+ expired, /);
		expect(hints[0]?.message).toContain(`: ${open.length} pending,`);
		expect(await hintsOf({ nameContains: 'nobody at all' })).toEqual([
			{ message: 'No invitations found.', location: 'outputPane' },
		]);
	});

	test('filters by package without a further request', async () => {
		const { state } = stage.sandbox.control;
		const packageId = state.karmaCheck.get(seeded.karmaCheck.expiringIn2)?.packageId ?? '';
		const pasted = ` ${packageId}\u200b`;
		const run = await getMany('karmaCheck', {
			parameters: { ...ALL, filters: { packageId: pasted } },
		});

		expect(namesIn(run)).toEqual(
			LISTED.filter((name) => state.karmaCheck.get(caseIdOf(name))?.packageId === packageId),
		);
		expect(namesIn(run).length).toBeGreaterThan(0);
		expect(namesIn(run).length).toBeLessThan(LISTED.length);
		expect(calls()).toEqual(['listCases']);
	});

	// How many pass the filters that the list alone can judge is how many are read.
	test.each<[string, IDataObject, string[], number]>([
		['expiring within two days', { expiringWithin: 2 }, ['expiringIn2', 'expiringIn1'], 11],
		[
			'expiring within two days, or expired',
			{ expiringWithin: 2, includeExpired: true },
			['expiringIn2', 'expiringIn1', 'expired', 'expiredLongAgo'],
			11,
		],
		[
			'expired by now',
			{ expiringWithin: 0, includeExpired: true },
			['expired', 'expiredLongAgo'],
			11,
		],
		['expiring within no time', { expiringWithin: 0 }, [], 11],
		[
			'expiring within two days and pending',
			{ expiringWithin: 2, status: ['pending'] },
			['expiringIn2', 'expiringIn1'],
			8,
		],
		[
			'expiring within two days and completed',
			{ expiringWithin: 30, status: ['completed'] },
			[],
			1,
		],
		[
			'expiring and one address',
			{ expiringWithin: 2, emailContains: 'keller' },
			['expiringIn1'],
			1,
		],
		['expiring and an address nothing has', { expiringWithin: 2, emailContains: 'nobody' }, [], 0],
		[
			'sent before',
			{ sentBefore: daysAgo(4.5) },
			LISTED.filter((name) => !['resentToday', 'pending', 'expiringIn10', 'begun'].includes(name)),
			11,
		],
		[
			'sent before and expired',
			{ sentBefore: daysAgo(14), expiringWithin: 1, includeExpired: true },
			['expired', 'expiredLongAgo'],
			11,
		],
	])('%s: reads only what the list alone lets pass', async (_, filters, expected, reads) => {
		const run = await getMany('karmaCheck', { parameters: { ...ALL, filters } });

		expect(namesIn(run)).toEqual(expected);
		expect(calls().slice(0, 1)).toEqual(['listCases']);
		expect(calls()).toHaveLength(1 + reads);
		expect(detailsRead()).toBe(reads);
	});

	test.each([['={{ ["abc"] }}'], ['={{ ({ id: "abc" }) }}']])(
		'a package that is no text (%s) is refused before any request',
		async (packageId) => {
			const run = await getMany('karmaCheck', { parameters: { ...ALL, filters: { packageId } } });
			expect(told(run).message).toBe("'Package Name or ID' is not text");
			expect(requestsTo(stage.sandbox)).toEqual([]);
		},
	);

	test('a name is found also with an invisible character pasted along', async () => {
		const all = await getMany('karmaCheck', {
			parameters: { ...ALL, filters: { nameContains: 'bruno' } },
		});
		const pasted = await getMany('karmaCheck', {
			parameters: { ...ALL, filters: { nameContains: '\u200bBruno\u200b' } },
		});
		expect(namesIn(all)).toHaveLength(1);
		expect(namesIn(pasted)).toEqual(namesIn(all));
	});

	test('sorts by expiry before it cuts at the limit', async () => {
		const options = { soonestFirst: true };
		const all = await getMany('karmaCheck', { parameters: { ...ALL, options } });
		const three = await getMany('karmaCheck', { parameters: { limit: 3, options } });

		expect(namesIn(all)).toEqual(BY_EXPIRY);
		expect(namesIn(three)).toEqual(BY_EXPIRY.slice(0, 3));
		expect(detailsRead()).toBe(2 * LISTED.length);
	});

	test('shows the dates when asked to', async () => {
		const run = await getMany('karmaCheck', {
			parameters: { ...ALL, options: { includeDetails: true } },
		});

		expect(namesIn(run)).toEqual(LISTED);
		for (const json of jsonOf(run.output[0]))
			expect(Object.keys(json)).toEqual(fixtureOf('karmaCheck').fields);
		const { state } = stage.sandbox.control;
		expect(jsonOf(run.output[0]).map(({ sentAt, expiresAt }) => [sentAt, expiresAt])).toEqual(
			LISTED.map((name) => {
				const invitation = state.karmaCheck.get(caseIdOf(name))?.invitation;
				return [invitation?.createdAt, invitation?.expiresAt].map((instant) =>
					new Date(instant ?? 0).toISOString(),
				);
			}),
		);
		expect(jsonOf(run.output[0]).some((json) => 'link' in json)).toBe(false);
	});

	test('shows the links only when asked to', async () => {
		const filters = { status: ['expired'] };
		const without = await getMany('karmaCheck', { parameters: { ...ALL, filters } });
		const run = await getMany('karmaCheck', {
			parameters: { ...ALL, filters, options: { includeLink: true } },
		});

		const token = (name: string): string =>
			stage.sandbox.control.state.karmaCheck.get(caseIdOf(name))?.invitation?.token ?? '';
		expect(without.execution).not.toContain(token('expired'));
		expect(namesIn(run)).toEqual(['expired', 'expiredLongAgo']);
		expect(jsonOf(run.output[0]).map(({ link }) => String(link).split('/invite/')[1])).toEqual(
			['expired', 'expiredLongAgo'].map(token),
		);
	});

	test.each<[string, IDataObject, string[]]>([
		['a filter', { filters: { expiringWithin: 2 } }, ['expiringIn2']],
		[
			'an option',
			{ options: { includeDetails: true } },
			LISTED.filter((name) => name !== 'expiringIn1'),
		],
	])('leaves out what is gone when %s looks at it', async (_, parameters, expected) => {
		stage.sandbox.control.inject({
			operationId: 'getInvitation',
			key: seeded.karmaCheck.expiringIn1,
			times: 'always',
			fault: { kind: 'status', status: 404 },
		});
		const run = await getMany('karmaCheck', { parameters: { ...ALL, ...parameters } });

		expect(run.status).toBe('success');
		expect(namesIn(run)).toEqual(expected);
	});

	test('goes by the details where they are newer than the list', async () => {
		const { control } = stage.sandbox;
		control.inject({
			operationId: 'getInvitation',
			key: seeded.karmaCheck.expiringIn1,
			fault: {
				kind: 'status',
				status: 200,
				body: {
					invitation: {
						id: 'now-completed',
						invitationStatusId: 'd1962405-dd97-48f2-bede-530c2895481f',
						expiresStamp: new Date(Date.now() + DAY).toISOString(),
					},
				},
			},
		});
		const run = await getMany('karmaCheck', {
			parameters: { ...ALL, filters: { status: ['pending'] }, options: { includeDetails: true } },
		});

		expect(namesIn(run)).not.toContain('expiringIn1');
		expect(namesIn(run)).toHaveLength(7);
	});

	test.each([403, 500])(
		'ends when a detail is answered with %i, and with Continue gives the others',
		async (status) => {
			stage.sandbox.control.inject({
				operationId: 'getInvitation',
				key: seeded.karmaCheck.expiringIn2,
				times: 'always',
				fault: { kind: 'status', status, body: { message: 'Not this one' } },
			});
			const run = await getMany('karmaCheck', {
				parameters: { ...ALL, options: { soonestFirst: true } },
			});

			expect(run.status).toBe('error');
			expect(told(run).description).toContain('Not this one');

			const onward = await getMany('karmaCheck', {
				parameters: { ...ALL, options: { soonestFirst: true } },
				onError: 'continueRegularOutput',
			});
			const rows = jsonOf(onward.output[0]);
			expect(rows.filter(({ outcome }) => outcome !== 'failed')).toHaveLength(10);
			expect(rows.at(-1)).toMatchObject({
				outcome: 'failed',
				caseId: seeded.karmaCheck.expiringIn2,
				name: expect.any(String),
				advice: expect.stringContaining('Not this one'),
				provider: 'karmaCheck',
			});
		},
	);

	test('with Continue an outage still ends the list', async () => {
		stage.sandbox.control.inject({
			operationId: 'getInvitation',
			key: seeded.karmaCheck.expiringIn2,
			times: 'always',
			fault: { kind: 'status', status: 503 },
		});
		const run = await getMany('karmaCheck', {
			parameters: { ...ALL, options: { soonestFirst: true } },
			onError: 'continueRegularOutput',
		});
		expect(jsonOf(run.output[0])).toEqual([
			expect.objectContaining({ outcome: 'failed', reason: 'unavailable' }),
		]);
	});

	describe('with many cases', () => {
		beforeEach(() => {
			// Two of the named ones are not listed: a cancelled case, and one without invitation.
			stage.sandbox.control.reset({ karmaCheckCases: 152, fill: 'pending' });
		});

		test('gives fifty when nothing is set', async () => {
			expect(namesIn(await getMany('karmaCheck', { parameters: {} }))).toHaveLength(50);
		});

		test('gives as many as the limit, the first ones of the list', async () => {
			const all = await getMany('karmaCheck');
			const seven = await getMany('karmaCheck', { parameters: { limit: 7 } });

			expect(namesIn(all)).toHaveLength(150);
			expect(namesIn(seven)).toEqual(namesIn(all).slice(0, 7));
		});

		test('says that there may be more where it gives as many as the limit', async () => {
			const said = async (parameters: IDataObject): Promise<unknown[]> =>
				(await getMany('karmaCheck', { parameters })).hints.map(({ message }) => message);
			const more =
				"The limit was reached, so there may be more: switch on 'Return All' to get them all.";

			expect(await said({})).toEqual([expect.stringMatching(/^50 invitations: /)]);
			expect(await said({})).toEqual([expect.stringContaining(`. ${more}`)]);
			expect(await said({ limit: 3, options: { soonestFirst: true } })).toEqual([
				expect.stringContaining(`. ${more}`),
			]);
			expect(await said({ limit: 151 })).toEqual([expect.not.stringContaining('limit')]);
			expect(await said({ ...ALL, limit: 7 })).toEqual([expect.not.stringContaining('limit')]);
		});

		test('Return All takes no notice of a limit set before', async () => {
			const run = await getMany('karmaCheck', { parameters: { ...ALL, limit: 7 } });
			expect(namesIn(run)).toHaveLength(150);
		});

		test.each<[string, IDataObject]>([
			['dates', { options: { includeDetails: true } }],
			['a filter by date', { filters: { expiringWithin: 14 } }],
		])('with %s and a limit it stops early', async (_, parameters) => {
			const run = await getMany('karmaCheck', { parameters: { limit: 5, ...parameters } });

			expect(namesIn(run)).toHaveLength(5);
			// No more than are in flight at once.
			expect(detailsRead()).toBeLessThanOrEqual(50);
		});

		test('reads on until the limit is reached when few pass', async () => {
			const all = await getMany('karmaCheck', {
				parameters: { ...ALL, filters: { expiringWithin: 2 } },
			});
			const most = namesIn(all).length - 1;
			expect(most).toBeGreaterThan(10);
			const run = await getMany('karmaCheck', {
				parameters: { limit: most, filters: { expiringWithin: 2 } },
			});

			expect(namesIn(run)).toEqual(namesIn(all).slice(0, most));
		});

		test('sorting reads them all, never more than fifty at once', async () => {
			stage.sandbox.control.setLatency(2);
			await getMany('karmaCheck', { parameters: { limit: 1, options: { soonestFirst: true } } });

			expect(detailsRead()).toBe(150);
			expect(stage.sandbox.control.maxInFlight('karmaCheck')).toBeLessThanOrEqual(50);
			expect(stage.sandbox.control.maxInFlight('karmaCheck')).toBeGreaterThan(1);
		});
	});

	describe('with ten thousand cases in one reply', () => {
		let large: Stage;
		beforeAll(async () => {
			large = await setStage({
				sandbox: {
					seed: { karmaCheckCases: 10_002, fill: 'pending' },
					now: () => NOON,
					validateReplies: false,
				},
			});
		});
		beforeEach(() => large.sandbox.control.clear());
		afterAll(async () => await large.sandbox.close());

		test('gives them all', async () => {
			const run = await getMany('karmaCheck', { on: large });

			expect(new Set(namesIn(run)).size).toBe(10_000);
			expect(linksIn(run).every((item) => item === 0)).toBe(true);
			expect(calls(large.sandbox)).toEqual(['listCases']);
		});

		test('gives as many as the limit', async () => {
			const run = await getMany('karmaCheck', {
				on: large,
				parameters: { limit: 25, filters: { expiringWithin: 14 } },
			});

			expect(namesIn(run)).toHaveLength(25);
			expect(calls(large.sandbox).length).toBeLessThan(100);
		});
	});
});

describe('Get Many at Worth AI', () => {
	test('gives every user of the customer, from one request', async () => {
		const run = await getMany('worthAi');

		expect(namesIn(run)).toEqual(Object.keys(seeded.worthAi));
		expect(calls()).toEqual(['listUsers']);
		expect(run.output[0]?.[0]).toEqual({
			json: {
				name: 'Ada Mbeki',
				email: 'ada.mbeki@example.com',
				status: 'pending',
				userId: seeded.worthAi.invited,
				customerId,
				provider: 'worthAi',
			},
			pairedItem: { item: 0 },
		});
	});

	test.each<[string, IDataObject, string[]]>([
		[
			'pending',
			{ status: ['pending'] },
			['invited', 'signupPending', 'activeNeverSignedIn', 'invitedVerified'],
		],
		['completed', { status: ['completed'] }, ['active']],
		['cancelled', { status: ['cancelled'] }, ['inactive', 'inactiveNeverSignedIn']],
		['unknown', { status: ['unknown'] }, ['unheardOf']],
		['an e-mail', { emailContains: 'OKAFOR' }, ['activeNeverSignedIn']],
		[
			'an e-mail and a status that excludes it',
			{ emailContains: 'okafor', status: ['completed'] },
			[],
		],
	])('filters by %s', async (_, filters, expected) => {
		const run = await getMany('worthAi', { parameters: { ...ALL, filters } });

		expect(namesIn(run)).toEqual(expected);
		expect(calls()).toEqual(['listUsers']);
	});

	test('gives as many as the limit', async () => {
		const run = await getMany('worthAi', { parameters: { limit: 2 } });
		expect(namesIn(run)).toEqual(['invited', 'signupPending']);
	});

	test('lists the customer that the item names', async () => {
		const run = await getMany('worthAi', {
			parameters: { ...ALL, customerId: '={{ $json.customer }}' },
			input: [{ customer: ` ${customerId.toUpperCase()} ` }],
		});

		expect(namesIn(run)).toHaveLength(8);
		expect(requestsTo(stage.sandbox, 'listUsers')[0]?.path).toContain(`/customers/${customerId}/`);
	});

	test('says of a foreign customer that it may not be read', async () => {
		const words = told(
			await getMany('worthAi', { parameters: { ...ALL, customerId: foreignCustomerId } }),
		);

		expect(words.message).toMatch(/Worth AI.*customer/);
		expect(words.description).toContain('customer ID');
		expect(ownWords(words)).not.toMatch(DISCOURAGING);
	});
});

describe('Get Many at Worth AI, with pages', () => {
	let worth: WorthStandIn;

	async function getUsers(pages: UserPages, parameters: IDataObject = ALL): Promise<Run> {
		worth = await startWorth(pages);
		return await stage.engine.run({
			node: {
				type: 'n8n-nodes-invitations.worthAi',
				parameters: JSON.parse(
					JSON.stringify({ resource: 'invitation', operation: 'getAll', ...parameters }),
				),
			},
			credentials: { worthAiApi: worth.credential },
		});
	}

	afterEach(async () => await worth.close());

	const CHANGED = "Worth AI's list of users changed while it was read";
	const emails = (run: Run): unknown[] => jsonOf(run.output[0]).map(({ email }) => email);
	const expected = (count: number): string[] =>
		Array.from({ length: count }, (_, index) => `user${index}@example.com`);

	test('asks for one page after the other', async () => {
		const run = await getUsers(pagedUsers(5, 2));

		expect(run.error).toBeUndefined();
		expect(emails(run)).toEqual(expected(5));
		expect(worth.pagesAsked).toEqual([null, '2', '3']);
	});

	test.each([
		['inside the first page', 1, [null]],
		['the whole first page', 2, [null]],
		['inside the second', 3, [null, '2']],
	])('a limit %s ends the asking', async (_, limit, asked) => {
		const run = await getUsers(pagedUsers(5, 2), { limit });

		expect(emails(run)).toEqual(expected(limit));
		expect(worth.pagesAsked).toEqual(asked);
	});

	test.each<[string, UserPages]>([
		['ignores which page is asked for', () => pagedUsers(5, 2)(null)],
		['gives an empty second page', (page) => ({ ...pagedUsers(2, 2)(page), total_pages: 3 })],
		[
			'ignores it and claims more pages each time',
			(page) => ({ ...pagedUsers(5, 2)(null), total_pages: Number(page ?? 1) + 1000 }),
		],
	])('a Worth AI that %s is found out at the second page', async (_, pages) => {
		const run = await getUsers(pages);

		expect(run.status).toBe('error');
		const words = told(run);
		expect(words.message).toMatch(/Worth AI.*page 2/);
		expect(words.description).toMatch(/limit/i);
		expect(ownWords(words)).not.toMatch(DISCOURAGING);
		expect(worth.pagesAsked).toEqual([null, '2']);
	});

	test.each([
		['its last page', 3, 2],
		['a page, and somebody moves up unseen', 5, 3],
	])(
		'a Worth AI whose list loses %s while it is read is read again another time',
		async (_, before, after) => {
			const run = await getUsers((page) => pagedUsers(page === null ? before : after, 2)(page));

			const words = told(run);
			expect(words.message).toBe(CHANGED);
			expect(words.description).toContain('Run the workflow again');
			expect(worth.pagesAsked).toEqual([null, '2']);
		},
	);

	/** A list of named users by twos, which is another one from the second page on. */
	const changing =
		(before: string, after: string, more: (users: string) => object = () => ({})): UserPages =>
		(page) => {
			const names = page === null ? before : after;
			const from = 2 * (Number(page ?? 1) - 1);
			return {
				records: [...names].slice(from, from + 2).map(userNamed),
				total_pages: Math.ceil(names.length / 2),
				total_items: String(names.length),
				...more(names),
			};
		};
	const userNamed = (name: string): IDataObject => ({
		...pagedUsers(1, 1)(null).records[0],
		id: `00000000-0000-4000-8000-00000000000${name}`,
		email: name,
	});
	test.each([
		// `c` moves to the first page, which has been read, and no page is lost.
		['somebody of the first page is removed', 'abcdef', 'bcdef'],
		// `e` comes to be the first, and `b` comes twice instead.
		['somebody moves up to a page that was read', 'abcdef', 'eabcdf'],
		['the same, on the last page', 'abcd', 'dabc'],
	])('nobody is left out unsaid where %s', async (_, before, after) => {
		const words = told(await getUsers(changing(before, after)));

		expect(words.message).toBe(CHANGED);
		expect(words.description).toContain('Run the workflow again');
	});

	test('a page that is lost counts also where the total stays', async () => {
		const run = await getUsers(changing('abcde', 'bcde', () => ({ total_items: '5' })));
		expect(told(run).message).toBe(CHANGED);
	});

	test('who is left out by a limit is not missing', async () => {
		const run = await getUsers(changing('abcdef', 'eabcdf'), { limit: 2 });
		expect(emails(run)).toEqual(['a', 'b']);
	});

	test('who is new while the list is read leaves nobody out', async () => {
		expect(emails(await getUsers(changing('abcd', 'eabcd')))).toEqual([...'abcd']);
	});

	test.each<[string, unknown]>([
		['counts somebody who is never listed', '7'],
		['counts fewer', 3],
		['is missing', undefined],
		['is no number', 'many'],
		['is empty', ''],
		['is null', null],
	])('a total that %s ends no list that stays as it is', async (_, total) => {
		const run = await getUsers(changing('abcdef', 'abcdef', () => ({ total_items: total })));
		expect(emails(run)).toEqual([...'abcdef']);
	});

	test('a total that counts each page by itself ends no list', async () => {
		const run = await getUsers((page) => {
			const given = changing('abcde', 'abcde')(page);
			return { ...given, total_items: String(given.records.length) };
		});
		expect(emails(run)).toEqual([...'abcde']);
	});

	test('without a number of pages, as many are read as hold everybody', async () => {
		const without = () => ({ total_pages: undefined });
		expect(emails(await getUsers(changing('abcde', 'abcde', without)))).toEqual([...'abcde']);
		expect(worth.pagesAsked).toEqual([null, '2', '3']);
		await worth.close();

		const words = told(await getUsers(() => changing('abcde', '', without)(null)));
		expect(words.message).toMatch(/no more users on page 2/);
	});

	test('without a number of pages and a total, there is one page', async () => {
		const neither = () => ({ total_pages: undefined, total_items: undefined });
		expect(emails(await getUsers(changing('ab', 'ab', neither)))).toEqual(['a', 'b']);
		expect(worth.pagesAsked).toEqual([null]);
	});

	test('where pages do not work, a limit within the first one does', async () => {
		const run = await getUsers(() => pagedUsers(5, 2)(null), { limit: 2 });
		expect(emails(run)).toEqual(expected(2));
	});

	test('an entry that moved to the next page meanwhile is given once', async () => {
		const run = await getUsers((page) => {
			const { records } = pagedUsers(4, 4)(null);
			return { records: page === null ? records.slice(0, 3) : records.slice(2), total_pages: 2 };
		});
		expect(emails(run)).toEqual(expected(4));
	});
});

describe('Get Many at Numium', () => {
	const LIST = ['9001', '9002', '9003', seeded.numium.bigNeighbour, seeded.numium.big];

	test('gives the pending invitations of the tenant, from one request, ids exact', async () => {
		const run = await getMany('numium');

		expect(namesIn(run)).toEqual(LIST);
		expect(calls()).toEqual(['listInvitations']);
		const sentAt = new Date(stage.sandbox.control.state.numium.get('9001')?.createdAt ?? 0);
		sentAt.setUTCMilliseconds(0);
		expect(run.output[0]?.[0]).toEqual({
			json: {
				email: 'ada.mbeki@example.com',
				status: 'pending',
				sentAt: sentAt.toISOString(),
				invitationId: '9001',
				tenantId,
				provider: 'numium',
			},
			pairedItem: { item: 0 },
		});
	});

	test.each<[string, IDataObject, string[]]>([
		['an e-mail', { emailContains: 'Lindqvist' }, ['9003']],
		['pending', { status: ['pending'] }, LIST],
		['another status', { status: ['completed', 'expired'] }, []],
		['sent before', { sentBefore: daysAgo(2.5) }, LIST.slice(2)],
		[
			'sent before and an e-mail',
			{ sentBefore: daysAgo(2.5), emailContains: 'elif' },
			LIST.slice(4),
		],
	])('filters by %s', async (_, filters, expected) => {
		const run = await getMany('numium', { parameters: { ...ALL, filters } });

		expect(namesIn(run)).toEqual(expected);
		expect(calls()).toEqual(['listInvitations']);
	});

	test('gives as many as the limit', async () => {
		expect(namesIn(await getMany('numium', { parameters: { limit: 2 } }))).toEqual([
			'9001',
			'9002',
		]);
	});

	test('lists the tenant of each item, once, and links what it gives to the item', async () => {
		const run = await getMany('numium', {
			parameters: { ...ALL, tenantId: '={{ $json.tenant }}' },
			input: [{ tenant: otherTenantId }, { tenant: tenantId }, { tenant: Number(otherTenantId) }],
		});

		const other = ['9101', '9102', '9103'];
		expect(namesIn(run)).toEqual([...other, ...LIST, ...other]);
		expect(linksIn(run)).toEqual([0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2]);
		expect(calls()).toHaveLength(2);
	});

	test.each(['404', 'empty'] as const)(
		'a tenant with nothing pending (%s) gives nothing',
		async (numiumEmpty) => {
			stage.sandbox.control.setSwitches({ numiumEmpty });
			const run = await getMany('numium', { parameters: { ...ALL, tenantId: emptyTenantId } });

			expect(run.status).toBe('success');
			expect(run.output).toEqual([[]]);
			expect(requestsTo(stage.sandbox, 'listInvitations').map(({ status }) => status)).toEqual([
				numiumEmpty === '404' ? 404 : 200,
			]);
		},
	);

	// Numium documents the status, and no body.
	test.each(['', '{}', '[]', '"No invitations"'])('a 404 with %j gives nothing', async (body) => {
		stage.sandbox.control.inject({
			operationId: 'listInvitations',
			fault: { kind: 'status', status: 404, body },
		});
		expect(await getMany('numium')).toMatchObject({ status: 'success', output: [[]] });
	});

	test('a web page with 404 is a wrong address, not a tenant with nothing pending', async () => {
		stage.sandbox.control.inject({
			operationId: 'listInvitations',
			fault: { kind: 'html', status: 404 },
		});
		expect((await getMany('numium')).status).toBe('error');
	});

	test('a wrapper that says no with status 200 fails with its words', async () => {
		stage.sandbox.control.inject({
			operationId: 'listInvitations',
			fault: { kind: 'isFailure', message: 'Tenant is frozen' },
		});
		const run = await getMany('numium');

		expect(run.status).toBe('error');
		expect(told(run).description).toContain('Tenant is frozen');
	});

	test.each([
		['value', 'array'],
		['data', 'array'],
		['value', 'object'],
		['data', 'object'],
	] as const)('understands a list in %s as %s', async (numiumWrapper, numiumCollection) => {
		stage.sandbox.control.setSwitches({ numiumWrapper, numiumCollection });
		for (const id of LIST.slice(0, 4)) stage.sandbox.control.state.numium.accept(id);

		expect(namesIn(await getMany('numium'))).toEqual([seeded.numium.big]);
	});
});

describe.each(FIXTURES)('Get Many: $provider', (facts) => {
	const { provider } = facts;
	test('an empty list gives nothing', async () => {
		stage.sandbox.control.reset(NOBODY);
		const run = await getMany(provider);

		expect(run.status).toBe('success');
		expect(run.output).toEqual([[]]);
	});

	test('names its fields in the order of a table, without what the list leaves out', async () => {
		const run = await getMany(provider);

		const { listedFields } = facts;
		expect(jsonOf(run.output[0]).map((json) => Object.keys(json))).toEqual(
			jsonOf(run.output[0]).map(() => listedFields),
		);
		expect(listedFields.length).toBeLessThanOrEqual(MOST_FIELDS);
	});

	test('neither mails nor changes anything', async () => {
		await getMany(provider, { parameters: { ...ALL, options: { includeDetails: true } } });

		expect(stage.sandbox.control.outbox()).toEqual([]);
		expect(
			requestsTo(stage.sandbox).filter(
				({ method, operationId }) => method !== 'GET' && operationId !== 'signIn',
			),
		).toEqual([]);
		expect(stage.sandbox.control.contractViolations()).toEqual([]);
	});

	test('with Simplify off gives the entries as the provider listed them', async () => {
		const run = await getMany(provider, { parameters: { ...ALL, simplify: false } });

		const list = requestsTo(stage.sandbox).find(({ method }) => method === 'GET');
		expect(run.output[0]?.length).toBeGreaterThan(3);
		expect(jsonOf(run.output[0])).toEqual(entriesIn(facts, list));
	});

	test('no token gets into the output or the stored execution', async () => {
		const { execution } = await getMany(provider);
		const sent = requestsTo(stage.sandbox).at(-1)?.headers ?? {};
		for (const name of Object.keys(facts.headers(''))) {
			const token = String(sent[name.toLowerCase()]).replace('Bearer ', '');
			expect(token).toMatch(/^\w.{7}/);
			expect(execution).not.toContain(token);
		}
		expect(execution).not.toContain('invitationToken');
	});

	test.each(['false', ' FALSE ', null])(
		"keeps to the limit where an imported workflow's 'Return All' is %j",
		async (returnAll) => {
			const { output, error } = await getMany(provider, { parameters: { returnAll, limit: 2 } });
			if (returnAll === null) expect(error?.message).toMatch(/'Return All' is neither/);
			else expect(output[0]).toHaveLength(2);
		},
	);

	const INVALID: ReadonlyArray<[string, IDataObject, string, boolean?]> = [
		['all of them in other words', { returnAll: '={{ "yes" }}' }, 'Return All'],
		['a limit of 0', { limit: 0 }, 'Limit'],
		['a negative limit', { limit: -1 }, 'Limit'],
		['half a limit', { limit: 1.5 }, 'Limit'],
		['a limit that is not there', { limit: '={{ undefined }}' }, 'Limit'],
		['a limit in words', { limit: '={{ "many" }}' }, 'Limit'],
		['a status that is none', { filters: { status: '={{ ["accepted"] }}' } }, 'Status'],
		[
			'a status that is none beside one that is',
			{ filters: { status: ['pending', 'accepted'] } },
			'Status',
		],
		[
			'a date in words',
			{ filters: { sentBefore: '={{ "soon" }}' } },
			'Sent Before',
			facts.tellsSent,
		],
		[
			'a date that is none',
			{ filters: { sentBefore: '2026-02-31T25:00:00Z' } },
			'Sent Before',
			facts.tellsSent,
		],
		[
			'days in words',
			{ filters: { expiringWithin: '={{ "soon" }}' } },
			'Expiring Within',
			facts.tellsExpiry,
		],
		['negative days', { filters: { expiringWithin: -1 } }, 'Expiring Within', facts.tellsExpiry],
	];

	test.each(INVALID.filter(([, , , isThere = true]) => isThere))(
		'refuses %s before any request',
		async (_, parameters, name) => {
			const run = await getMany(provider, { parameters });

			expect(run.status).toBe('error');
			expect(told(run).message).toContain(`'${name}`);
			expect(ownWords(told(run))).not.toMatch(DISCOURAGING);
			expect(requestsTo(stage.sandbox)).toEqual([]);
		},
	);

	test('a refused credential fails with words about the credential', async () => {
		const all = credentialsFor(stage.sandbox);
		const credentials = { [facts.credential]: { ...all[facts.credential], ...facts.wrong } };
		const run = await stage.engine.run({
			node: {
				type: facts.nodeType,
				parameters: { resource: 'invitation', operation: 'getAll' },
			},
			credentials,
		});

		expect(run.status).toBe('error');
		expect(ownWords(told(run))).toMatch(/sign|credential/i);
		expect(run.output).toEqual([]);
	});
});

function entriesIn(facts: ServiceFixture, request: LoggedRequest | undefined): unknown[] {
	// As the node reads it: ids beyond 2^53 as text.
	const body: unknown = JSON.parse((request?.reply?.body ?? '').replace(/:(\d{16,})/g, ':"$1"'));
	const entries = isRecord(body) ? facts.entriesIn(body) : undefined;
	return (Array.isArray(entries) ? entries : []).filter(
		(entry) => isRecord(entry) && entry.caseInvitationId !== '',
	);
}

test('with Simplify off, details are added to the entry of the list', async () => {
	const run = await getMany('karmaCheck', {
		parameters: {
			...ALL,
			simplify: false,
			filters: { emailContains: 'keller' },
			options: { includeDetails: true },
		},
	});

	expect(jsonOf(run.output[0])).toEqual([
		expect.objectContaining({
			id: seeded.karmaCheck.expiringIn1,
			packageName: expect.any(String),
			invitation: expect.objectContaining({ email: 'bruno.keller@example.com' }),
		}),
	]);
});

describe('an item that cannot be served', () => {
	const CELLS = FIXTURES.flatMap(({ provider, scope }) =>
		scope === null ? [] : ON_ERROR.map((onError) => [provider, onError, scope] as const),
	);

	async function run(provider: ProviderKey, onError: OnError, scope: Scope): Promise<Run> {
		const { field, own, foreign } = scope;
		return await getMany(provider, {
			parameters: { ...ALL, [field]: '={{ $json.of }}' },
			input: [{ of: own }, { of: foreign }, { of: own }],
			onError,
		});
	}

	test.each(CELLS.filter(([, onError]) => onError === 'stopWorkflow'))(
		'%s: ends the node, and the message says which',
		async (provider, onError, scope) => {
			const { status, error, output } = await run(provider, onError, scope);

			expect(status).toBe('error');
			expect(error?.message).toContain('[item 1]');
			expect(error).toMatchObject({ context: { itemIndex: 1 }, httpCode: '403' });
			expect(output).toEqual([]);
		},
	);

	test.each(CELLS.filter(([, onError]) => onError === 'continueRegularOutput'))(
		'%s, continuing: is one item among the results of the others',
		async (provider, onError, scope) => {
			const { listed: size } = scope;
			const { output } = await run(provider, onError, scope);
			const [items = []] = output;

			expect(items).toHaveLength(2 * size + 1);
			expect(items.map(isFailed).indexOf(true)).toBe(size);
			expect(items.filter(isFailed)).toEqual([
				{
					json: {
						...(fixtureOf(provider).fields.includes('name') ? { name: null } : {}),
						email: null,
						outcome: 'failed',
						reason: 'forbidden',
						message: expect.any(String),
						advice: expect.any(String),
						provider,
					},
					pairedItem: { item: 1 },
				},
			]);
			expect(
				items.map(({ pairedItem }) => (isRecord(pairedItem) ? pairedItem.item : null)),
			).toEqual([...Array<number>(size).fill(0), 1, ...Array<number>(size).fill(2)]);
		},
	);

	test.each(CELLS.filter(([, onError]) => onError === 'continueErrorOutput'))(
		'%s, with an error output: goes there alone, with its input',
		async (provider, onError, scope) => {
			const { foreign: bad, listed: size } = scope;
			const { output } = await run(provider, onError, scope);

			expect(output[0]).toHaveLength(2 * size);
			expect(output[0]?.some(isFailed)).toBe(false);
			expect(output[1]).toEqual([
				{
					json: {
						of: bad,
						error: expect.any(String),
						message: expect.any(String),
						details: {
							outcome: 'failed',
							reason: 'forbidden',
							httpStatus: 403,
							code: expect.any(String),
							retryable: false,
							provider,
						},
					},
					pairedItem: expect.objectContaining({ item: 1 }),
				},
			]);
		},
	);

	test('also where only its own values are at fault', async () => {
		const { output } = await getMany('karmaCheck', {
			parameters: { limit: '={{ $json.limit }}' },
			input: [{ limit: 2 }, { limit: 0 }, { limit: 1 }],
			onError: 'continueRegularOutput',
		});

		expect(output[0]?.map(isFailed)).toEqual([false, false, true, false]);
		expect(calls()).toEqual(['listCases', 'listCases']);
	});
});

describe('Sent Before', () => {
	async function sentBefore(value: string, timezone: string): Promise<string[]> {
		stage.sandbox.control.clearState();
		for (const [id, at] of [
			['1', '2026-11-20T14:59:59Z'],
			['2', '2026-11-20T15:00:00Z'],
			['3', '2026-11-21T00:00:00Z'],
		] as const) {
			stage.sandbox.control.state.numium.add({ id, createdAt: Date.parse(at) });
		}
		const run = await stage.engine.run({
			node: {
				type: 'n8n-nodes-invitations.numium',
				parameters: {
					resource: 'invitation',
					operation: 'getAll',
					filters: { sentBefore: value },
				},
			},
			credentials: credentialsFor(stage.sandbox),
			timezone,
		});
		expect(run.error).toBeUndefined();
		return namesIn(run);
	}

	// Midnight of the 21st in Tokyo is 15:00 UTC of the 20th.
	test.each<[string, string, string, string[]]>([
		['as the date picker writes it, in UTC', '2026-11-21T00:00:00', 'UTC', ['1', '2']],
		[
			"as the date picker writes it, in the workflow's zone",
			'2026-11-21T00:00:00',
			'Asia/Tokyo',
			['1'],
		],
		["a date alone, in the workflow's zone", '2026-11-21', 'Asia/Tokyo', ['1']],
		['a zone of its own', '2026-11-21T00:00:01Z', 'Asia/Tokyo', ['1', '2', '3']],
		['an offset of its own', '2026-11-21T00:00:00+09:00', 'UTC', ['1']],
		["n8n's own moment", "={{ DateTime.fromISO('2026-11-21T00:00:00') }}", 'Asia/Tokyo', ['1']],
		['a JavaScript date', "={{ new Date('2026-11-20T15:00:00Z') }}", 'UTC', ['1']],
	])('%s', async (_, value, timezone, expected) => {
		expect(await sentBefore(value, timezone)).toEqual(expected);
	});
});
