import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { FIXTURES, type ServiceFixture } from '../services';
import { accountsOf, startProcess } from './matrix/inProcess';
import type { NodeSpec, Run } from './harness';
import {
	credentialsFor,
	DISCOURAGING,
	isFailed,
	jsonOf,
	node,
	requestsTo,
	useStage,
} from './support';

const stage = useStage();

/** What an expression may find where nothing is; JSON has no `undefined`, so the field is left out for it. */
const BLANKS: ReadonlyArray<[string, IDataObject]> = [
	['nothing', {}],
	['null', { found: null }],
	['an empty text', { found: '' }],
	['blanks', { found: ' \n ' }],
	['an empty list', { found: [] }],
];

interface Entry {
	facts: ServiceFixture;
	operation: string;
	/** Null for what is in none. */
	collection: string | null;
	name: string;
	displayName: string;
	type: string;
}

const propertiesOf = ({ provider }: ServiceFixture): INodeProperties[] =>
	startProcess().nodeOf(provider).description.properties;

/** Every filter and option of the node, operation by operation. */
function entriesOf(facts: ServiceFixture): Entry[] {
	const isEntry = (entry: object): entry is INodeProperties => 'displayName' in entry;
	return propertiesOf(facts)
		.filter(({ type }) => type === 'collection')
		.flatMap(({ name: collection, options = [], displayOptions }) =>
			(displayOptions?.show?.operation ?? []).flatMap((operation) =>
				options.filter(isEntry).map(({ name, displayName, type }): Entry => ({
					facts,
					operation: String(operation),
					collection,
					name,
					displayName,
					type,
				})),
			),
		);
}

const ENTRIES = FIXTURES.flatMap(entriesOf);

/**
 * One blank for each entry, taking turns, and all of them for the first of each collection: what is blank is decided in
 * one place for all.
 */
const BLANK_ENTRIES = ENTRIES.flatMap((entry, index) => {
	const isOfItsCollection = (one: Entry) =>
		one.facts === entry.facts &&
		one.operation === entry.operation &&
		one.collection === entry.collection;
	const isFirst = ENTRIES.find(isOfItsCollection) === entry;
	const turn = index % BLANKS.length;
	return (isFirst ? BLANKS : BLANKS.slice(turn, turn + 1)).map(([found, blank]) => ({
		...entry,
		found,
		blank,
	}));
});

async function run(
	{ facts, operation, collection, name }: Entry,
	input: IDataObject[],
	more: Partial<NodeSpec> = {},
): Promise<Run> {
	const { provider } = facts;
	const found = { [name]: '={{ $json.found }}' };
	const parameters = {
		...more.parameters,
		...(collection === null ? found : { [collection]: found }),
	};
	return await stage.engine.run({
		node: node(provider, operation, { onError: 'continueRegularOutput', ...more, parameters }),
		input,
		credentials: credentialsFor(stage.sandbox),
	});
}

test('there are filters and options to look at in every service', () => {
	for (const facts of FIXTURES) {
		const own = ENTRIES.filter((entry) => entry.facts === facts);
		expect(own.filter(({ collection }) => collection === 'filters').length).toBeGreaterThan(1);
		expect(own.filter(({ operation }) => operation === 'resend').length).toBeGreaterThan(5);
	}
});

test.each(BLANK_ENTRIES)(
	"'$displayName' of $operation at $facts.name with an expression that finds $found fails its item, and makes no request",
	async ({ blank, ...entry }) => {
		const advice =
			entry.collection === 'filters'
				? 'Enter a value, check its expression, or remove the filter to list everyone. No request was made.'
				: 'Enter a value, check its expression, or remove the option. No request was made.';

		const { output } = await run(entry, [{ id: entry.facts.first, ...blank }]);

		expect(jsonOf(output[0])).toEqual([
			{
				...(entry.facts.fields.includes('name') ? { name: null } : {}),
				email: null,
				outcome: 'failed',
				reason: 'invalidInput',
				message: `'${entry.displayName}' is empty`,
				advice,
				provider: entry.facts.provider,
			},
		]);
		expect(advice).not.toMatch(DISCOURAGING);
		expect(requestsTo(stage.sandbox)).toEqual([]);
	},
);

/** Those of the node itself, such as a dry run. */
const OWN_SWITCHES = FIXTURES.flatMap((facts) =>
	propertiesOf(facts)
		.filter(({ type }) => type === 'boolean')
		.flatMap(({ name, displayName, type, displayOptions }) =>
			(displayOptions?.show?.operation ?? []).map((operation): Entry => ({
				facts,
				operation: String(operation),
				collection: null,
				name,
				displayName,
				type,
			})),
		),
);

const SWITCHES = [...OWN_SWITCHES, ...ENTRIES.filter(({ type }) => type === 'boolean')];

test('there are switches to look at', () => {
	expect(OWN_SWITCHES.length).toBeGreaterThan(FIXTURES.length * 3);
	expect(SWITCHES.length).toBeGreaterThan(FIXTURES.length * 8);
});

describe.each(SWITCHES)(
	"'$displayName' of $operation at $facts.name with an expression that finds",
	(entry) => {
		// In a collection what is blank is empty, see above.
		const blank = entry.collection === null ? [undefined, null, ''] : [];

		// Each would count as off, without a word.
		test.each(['yes', 1, 0, ...blank])('%j fails its item, and makes no request', async (found) => {
			const { output } = await run(entry, [{ id: entry.facts.first, found }]);

			expect(jsonOf(output[0])).toEqual([
				expect.objectContaining({
					outcome: 'failed',
					message: `'${entry.displayName}' is neither true nor false`,
					advice: 'Switch it on or off, or correct the expression. No request was made.',
				}),
			]);
			expect(requestsTo(stage.sandbox)).toEqual([]);
		});

		test.each([
			['TRUE', true],
			['false', false],
		])('%j is %j', async (text, found) => {
			const more: Partial<NodeSpec> = { parameters: { atMostOncePer: 'execution' } };
			const { output } = await run(entry, [{ id: entry.facts.first, found: text }], more);
			stage.sandbox.control.reset();
			const expected = await run(entry, [{ id: entry.facts.first, found }], more);

			expect(output[0]?.some(({ json }) => json.reason === 'invalidInput')).toBe(false);
			// The input's fields are in the output where that was asked for.
			const asBoolean = jsonOf(output[0]).map((json) =>
				'found' in json ? { ...json, found } : json,
			);
			expect(asBoolean).toEqual(jsonOf(expected.output[0]));
		});
	},
);

test.each(FIXTURES)('an imported dry run that is none is refused at $name', async (facts) => {
	const { output } = await stage.engine.run({
		node: node(facts.provider, 'resend', {
			onError: 'continueRegularOutput',
			parameters: { dryRun: 'yes' },
		}),
		input: [{ id: facts.first }],
		credentials: credentialsFor(stage.sandbox),
	});

	expect(jsonOf(output[0])).toEqual([
		expect.objectContaining({ message: "'Dry Run' is neither true nor false" }),
	]);
	expect(requestsTo(stage.sandbox)).toEqual([]);
});

/** Whose invitations are meant, where the credential alone need not say. */
const ACCOUNTS = FIXTURES.flatMap((facts) =>
	accountsOf(facts).flatMap(({ name, displayName, displayOptions }) =>
		(displayOptions?.show?.operation ?? []).map((operation) => ({
			facts,
			operation: String(operation),
			name,
			displayName,
		})),
	),
);

test('each account that the credential may hold is looked at', () => {
	const isSaid = ({ description = '' }: INodeProperties) =>
		/in the credential is used/.test(description);
	const said = FIXTURES.flatMap((facts) =>
		startProcess().nodeOf(facts.provider).description.properties.filter(isSaid),
	);
	expect(said.length).toBeGreaterThan(1);
	const names = (all: ReadonlyArray<{ name: string }>) =>
		[...new Set(all.map(({ name }) => name))].sort();
	expect(names(ACCOUNTS)).toEqual(names(said));
});

describe.each(ACCOUNTS)(
	"'$displayName' of $operation at $facts.name",
	({ facts, operation, name, displayName }) => {
		const runWith = async (account: string, found: IDataObject) =>
			await stage.engine.run({
				node: node(facts.provider, operation, {
					onError: 'continueRegularOutput',
					parameters: { [name]: account },
				}),
				input: [{ id: facts.first, ...found }],
				credentials: credentialsFor(stage.sandbox),
			});

		// The credential's own would be somebody else's, and Resend would email them.
		test.each(BLANKS)('with an expression that finds %s fails its item', async (_what, blank) => {
			const { output } = await runWith('={{ $json.found }}', blank);

			expect(jsonOf(output[0])).toEqual([
				expect.objectContaining({
					outcome: 'failed',
					message: `'${displayName}' is empty`,
					advice:
						'Enter it in this node or in the credential, or check its expression. No request was made.',
				}),
			]);
			expect(requestsTo(stage.sandbox)).toEqual([]);
		});

		test('left empty is the one of the credential', async () => {
			const { output } = await runWith('', {});
			expect(jsonOf(output[0]).filter((json) => json.outcome === 'failed')).toEqual([]);
			expect(output[0]?.length).toBeGreaterThan(0);
		});
	},
);

describe.each(FIXTURES)('among other items at $name', (facts) => {
	const filter = {
		facts,
		operation: 'getAll',
		collection: 'filters',
		name: 'emailContains',
		displayName: 'Email Contains',
		type: 'string',
	};

	test('only the one with a blank filter fails', async () => {
		const { output } = await run(filter, [
			{ found: '@example' },
			{ found: '' },
			{ found: '@example' },
		]);

		const [items = []] = output;
		expect(items.filter(isFailed).map(({ pairedItem }) => pairedItem)).toEqual([{ item: 1 }]);
		expect(items.length).toBeGreaterThan(5);
	});

	test('it ends the node before any request, where that is set to stop', async () => {
		const option = {
			facts,
			operation: 'resend',
			collection: 'options',
			name: 'maxSendsPerRun',
			displayName: 'Max Sends per Run',
			type: 'number',
		};
		const input = [
			{ id: facts.first, found: 5 },
			{ id: facts.second, found: '' },
		];

		const { error, output } = await run(option, input, { onError: 'stopWorkflow' });

		expect(error?.message).toBe("'Max Sends per Run' is empty [item 1]");
		expect(output).toEqual([]);
		expect(requestsTo(stage.sandbox)).toEqual([]);
	});

	test('what was not added is not asked for', async () => {
		const { error } = await stage.engine.run({
			node: node(facts.provider, 'getAll', { parameters: { filters: {}, options: {} } }),
			input: [{}],
			credentials: credentialsFor(stage.sandbox),
		});

		expect(error).toBeUndefined();
	});
});
