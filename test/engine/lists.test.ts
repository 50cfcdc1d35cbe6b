import type { IDataObject, INodeListSearchResult } from 'n8n-workflow';
import { accounts, seeded } from '../../sandbox';
import type { CredentialsByType, NodeSpec } from './harness';
import { fixtureOf, FIXTURES, NOBODY, seedListing, type ProviderKey } from '../services';
import {
	credentialsFor,
	DISCOURAGING,
	jsonOf,
	pagedUsers,
	requestsTo,
	startWorth,
	useStage,
} from './support';

const stage = useStage();

const { tenantId, otherTenantId, emptyTenantId, foreignTenantId } = accounts.numium;
const { customerId, foreignCustomerId } = accounts.worthAi;

function panel(provider: ProviderKey, parameters: IDataObject = {}): NodeSpec {
	return {
		type: fixtureOf(provider).nodeType,
		parameters: JSON.parse(
			JSON.stringify({ resource: 'invitation', operation: 'get', ...parameters }),
		),
	};
}

interface Search {
	filter?: string;
	paginationToken?: string;
	parameters?: IDataObject;
	credentials?: CredentialsByType;
}

async function search(
	provider: ProviderKey,
	{ parameters, credentials = credentialsFor(stage.sandbox), ...rest }: Search = {},
): Promise<INodeListSearchResult> {
	return await stage.engine.listSearch(
		panel(provider, parameters),
		fixtureOf(provider).searchMethod,
		{
			...rest,
			credentials,
		},
	);
}

const labels = ({ results }: INodeListSearchResult): string[] => results.map(({ name }) => name);
const values = ({ results }: INodeListSearchResult): unknown[] => results.map(({ value }) => value);

/** What the editor shows where a list cannot be. */
async function refusal(searching: Promise<unknown>): Promise<Error & { description: string }> {
	try {
		await searching;
	} catch (error) {
		if (error instanceof Error) return Object.assign(error, { description: descriptionOf(error) });
	}
	throw new Error('The list was shown');
}

function descriptionOf(error: Error): string {
	return 'description' in error ? String(error.description) : '';
}

describe('the cases of KarmaCheck', () => {
	test('are shown with name, address, status and package', async () => {
		const found = await search('karmaCheck');

		expect(found.paginationToken).toBeUndefined();
		expect(found.results).toHaveLength(11);
		expect(found.results).toContainEqual({
			name: 'Ada Mbeki · ada.mbeki@example.com · pending · Driver Screening',
			value: seeded.karmaCheck.pending,
		});
		expect(found.results).toContainEqual({
			name: 'Farid Novak · farid.novak@example.com · expired · Standard Screening',
			value: seeded.karmaCheck.expired,
		});
		expect(values(found)).not.toContain(seeded.karmaCheck.withoutInvitation);
		expect(requestsTo(stage.sandbox, 'getInvitation')).toEqual([]);
	});

	test.each<[string, string, string[]]>([
		['a name', 'Keller', [seeded.karmaCheck.expiringIn1]],
		['a name in another case and with spaces', ' kELLer ', [seeded.karmaCheck.expiringIn1]],
		['an e-mail', 'bruno.keller@', [seeded.karmaCheck.expiringIn1]],
		['a status', 'completed', [seeded.karmaCheck.completed]],
		['an id', seeded.karmaCheck.expired.slice(0, 20), [seeded.karmaCheck.expired]],
		['what nothing has', 'zzz', []],
	])('are narrowed by %s', async (_, filter, expected) => {
		const found = await search('karmaCheck', { filter });

		expect(values(found)).toEqual(expected);
		expect(found.paginationToken).toBeUndefined();
	});

	test('are narrowed by package', async () => {
		const { state } = stage.sandbox.control;
		const found = await search('karmaCheck', { filter: 'executive' });

		expect(found.results.length).toBeGreaterThan(0);
		expect(found.results.length).toBeLessThan(11);
		const packageId = state.karmaCheck.get(seeded.karmaCheck.expiringIn1)?.packageId;
		for (const value of values(found)) {
			expect(state.karmaCheck.get(String(value))?.packageId).toBe(packageId);
		}
	});

	test('without a name are shown by their address', async () => {
		stage.sandbox.control.reset({ karmaCheckCases: 0 });
		stage.sandbox.control.state.karmaCheck.add({
			givenName: '',
			familyName: ' ',
			email: 'only@example.com',
		});
		expect(labels(await search('karmaCheck'))).toEqual([
			'only@example.com · pending · Driver Screening',
		]);
	});
});

describe('a list that carries dates', () => {
	const acme = fixtureOf('acmeOnboarding');

	test('shows when what is open expires', async () => {
		const { state } = stage.sandbox.control;
		const open = acme.add(state, { expiresAt: Date.UTC(2030, 10, 21, 23, 30) });
		const lapsed = acme.add(state, { status: 'expired' });
		const shown = async (id: string) =>
			labels(await search('acmeOnboarding', { filter: id })).map((label) =>
				label.split(' · ').slice(1),
			);

		expect(await shown(open)).toEqual([[acme.emailOf(state, open), 'expires 21 Nov']]);
		expect(await shown(lapsed)).toEqual([[acme.emailOf(state, lapsed), 'expired']]);
		// The status is found where the label shows a date.
		expect(values(await search('acmeOnboarding', { filter: 'pending' }))).toContain(open);
	});
});

describe('the users of Worth AI', () => {
	test('are shown with name, e-mail and status', async () => {
		const found = await search('worthAi');

		expect(found.results).toHaveLength(8);
		expect(found.results[0]).toEqual({
			name: 'Ada Mbeki · ada.mbeki@example.com · pending',
			value: seeded.worthAi.invited,
		});
		expect(values(await search('worthAi', { filter: 'LINDQVIST' }))).toEqual([
			seeded.worthAi.active,
		]);
	});

	test("are those of the node's own customer", async () => {
		const found = await search('worthAi', { parameters: { customerId: customerId.toUpperCase() } });
		const refused = await refusal(
			search('worthAi', { parameters: { customerId: foreignCustomerId } }),
		);

		expect(found.results).toHaveLength(8);
		expect(refused.message).toMatch(/Worth AI does not allow/);
		expect(refused.description).toContain('customer ID');
		expect(
			requestsTo(stage.sandbox, 'listUsers').map(({ path }) => path.split('/').at(-2)),
		).toEqual([customerId, foreignCustomerId]);
	});

	test('go on over the pages of Worth AI', async () => {
		const worth = await startWorth(pagedUsers(180, 50));
		const credentials = { worthAiApi: worth.credential };
		const first = await search('worthAi', { credentials });
		// Three of the four hold the first hundred and one more.
		const asked = [...worth.pagesAsked];
		const rest = await search('worthAi', {
			credentials,
			paginationToken: first.paginationToken as string,
		});
		const narrowed = await search('worthAi', { credentials, filter: 'user179@' });
		await worth.close();

		expect(first.results).toHaveLength(100);
		expect(asked).toEqual([null, '2', '3']);
		expect(rest.results).toHaveLength(80);
		expect(labels(narrowed)).toEqual(['User 179 · user179@example.com · pending']);
	});

	test('are not shown as if they were all, where pages do not work', async () => {
		const worth = await startWorth(() => pagedUsers(6, 3)(null));
		const refused = await refusal(
			search('worthAi', { credentials: { worthAiApi: worth.credential } }),
		);
		await worth.close();

		expect(refused.message).toMatch(/page 2/);
		expect(refused.description).toMatch(/by ID/);
		expect(worth.pagesAsked).toEqual([null, '2']);
	});
});

describe('the invitations of Numium', () => {
	test('are shown with address, id and status, ids exact', async () => {
		const found = await search('numium');

		expect(found.results).toContainEqual({
			name: `elif.sandoval@example.com · pending · #${seeded.numium.big}`,
			value: seeded.numium.big,
		});
		expect(values(found)).toEqual([
			'9001',
			'9002',
			'9003',
			seeded.numium.bigNeighbour,
			seeded.numium.big,
		]);
		expect(values(await search('numium', { filter: seeded.numium.big }))).toEqual([
			seeded.numium.big,
		]);
	});

	test.each([
		['left empty, of the credential', '', ['9001', '9002']],
		['of the node', otherTenantId, ['9101', '9102']],
		['of the node, as a number', Number(otherTenantId), ['9101', '9102']],
	])('are those of the tenant %s', async (_, tenant, expected) => {
		const found = await search('numium', { parameters: { tenantId: tenant } });
		expect(values(found).slice(0, 2)).toEqual(expected);
	});

	test.each(['404', 'empty'] as const)(
		'none pending (%s): the list is empty',
		async (numiumEmpty) => {
			stage.sandbox.control.setSwitches({ numiumEmpty });
			expect(await search('numium', { parameters: { tenantId: emptyTenantId } })).toEqual({
				results: [],
			});
		},
	);

	test('a tenant that may not be managed, or is none: says so', async () => {
		const foreign = await refusal(search('numium', { parameters: { tenantId: foreignTenantId } }));
		const invalid = await refusal(search('numium', { parameters: { tenantId: 'acme' } }));

		expect(foreign.message).toMatch(/Numium does not allow/);
		expect(invalid.message).toMatch(/'Tenant ID' does not look right: acme/);
		expect(requestsTo(stage.sandbox)).toHaveLength(1);
	});

	test('without a tenant anywhere: says that it is empty', async () => {
		const { numiumApi } = credentialsFor(stage.sandbox);
		const refused = await refusal(
			search('numium', { credentials: { numiumApi: { ...numiumApi, tenantId: '' } } }),
		);

		expect(refused.message).toMatch(/'Tenant ID' is empty/);
		// No list has it, and no node puts it out.
		expect(refused.description).toBe(
			'Enter it in this node or in the credential, or check its expression. No request was made.',
		);
		expect(tenantId).not.toBe('');
	});
});

describe.each(FIXTURES)('a list of $provider', (service) => {
	const { provider, credential: type, target } = service;
	const seed = (listed: number): void =>
		stage.sandbox.control.reset({ fill: 'pending', ...seedListing(listed) });

	test.each([
		[99, [99]],
		[100, [100]],
		[101, [100, 1]],
		[230, [100, 100, 30]],
	])('of %i entries comes in parts of a hundred', async (listed, parts) => {
		seed(listed);
		const all: unknown[] = [];
		const sizes: number[] = [];
		let token: string | undefined;
		do {
			const found: INodeListSearchResult = await search(provider, { paginationToken: token });
			all.push(...values(found));
			sizes.push(found.results.length);
			token = found.paginationToken === undefined ? undefined : String(found.paginationToken);
		} while (token !== undefined && sizes.length < 10);

		expect(sizes).toEqual(parts);
		expect(new Set(all).size).toBe(listed);
	});

	test('is searched as a whole, not only in the part that is shown', async () => {
		seed(150);
		const last = values(await search(provider, { paginationToken: '100' })).at(-1);
		const found = await search(provider, { filter: String(last) });

		expect(values(found)).toEqual([last]);
		expect(found.paginationToken).toBeUndefined();
	});

	test('a search with more than a hundred matches has parts too', async () => {
		seed(150);
		const first = await search(provider, { filter: '@EXAMPLE.com' });
		const second = await search(provider, {
			filter: '@EXAMPLE.com',
			paginationToken: String(first.paginationToken),
		});

		expect([first, second].map(({ results }) => results.length)).toEqual([100, 50]);
	});

	test('that is empty shows nothing', async () => {
		stage.sandbox.control.reset(NOBODY);
		expect(await search(provider)).toEqual({ results: [] });
	});

	test('gives what the node then finds', async () => {
		const [picked] = (await search(provider)).results;
		const run = await stage.engine.run({
			node: panel(provider, {
				[target]: {
					__rl: true,
					mode: 'list',
					value: picked?.value,
					cachedResultName: picked?.name,
				},
			}),
			credentials: credentialsFor(stage.sandbox),
		});

		expect(run.error).toBeUndefined();
		expect(jsonOf(run.output[0])[0]?.[target]).toBe(picked?.value);
	});

	test('with a refused credential says so in our words, without an item and without a secret', async () => {
		const credentials = credentialsFor(stage.sandbox);
		const wrong = { apiKey: 'sEcReT', password: 'sEcReT', token: 'sEcReT' };
		const refused = await refusal(
			search(provider, { credentials: { [type]: { ...credentials[type], ...wrong } } }),
		);

		expect(`${refused.message} ${refused.description}`).toMatch(/sign|credential/i);
		expect(refused.message).not.toMatch(/item/);
		expect(refused.message).not.toMatch(DISCOURAGING);
		expect(JSON.stringify({ ...refused, message: refused.message })).not.toContain('sEcReT');
	});

	if (!service.pasted.isToken) return;
	test('with a token that has run out says so before any request', async () => {
		const credentials = credentialsFor(stage.sandbox);
		const token = `${btoa('{}')}.${btoa(JSON.stringify({ exp: 1_700_000_000 }))}.x`;
		const refused = await refusal(
			search(provider, {
				credentials: { [type]: { ...credentials[type], authentication: 'token', token } },
			}),
		);

		expect(refused.message).toMatch(/expired/);
		expect(refused.message).not.toMatch(/item/);
		expect(requestsTo(stage.sandbox)).toEqual([]);
	});
});

describe("the packages of KarmaCheck's filter", () => {
	const load = async (credentials: CredentialsByType = credentialsFor(stage.sandbox)) =>
		await stage.engine.loadOptions(panel('karmaCheck', { operation: 'getAll' }), 'getPackages', {
			credentials,
		});

	test('are shown by name, and what is chosen filters', async () => {
		const packages = await load();

		expect(packages.map(({ name }) => name)).toEqual([
			'Driver Screening',
			'Executive Screening',
			'Standard Screening',
		]);
		const run = await stage.engine.run({
			node: panel('karmaCheck', {
				operation: 'getAll',
				filters: { packageId: packages[1]?.value },
				simplify: false,
			}),
			credentials: credentialsFor(stage.sandbox),
		});
		expect(run.output[0]?.length).toBeGreaterThan(0);
		expect(new Set(jsonOf(run.output[0]).map(({ packageName }) => packageName))).toEqual(
			new Set(['Executive Screening']),
		);
	});

	test('with a refused credential say so', async () => {
		const { karmaCheckApi } = credentialsFor(stage.sandbox);
		const refused = await refusal(load({ karmaCheckApi: { ...karmaCheckApi, apiKey: 'wrong' } }));

		expect(`${refused.message} ${refused.description}`).toMatch(/sign|credential/i);
		expect(refused.message).not.toMatch(/item/);
	});

	test.each([
		['nothing of use', { status: 200, body: { other: [] } }],
		['500', { status: 500, body: { message: 'Down' } }],
	])('with an answer of %s say so', async (_, answer) => {
		stage.sandbox.control.inject({
			operationId: 'listPackages',
			fault: { kind: 'status', ...answer },
		});
		const refused = await refusal(load());

		expect(refused.message).toContain('KarmaCheck');
		expect(refused.message).toContain('packages');
	});
});
