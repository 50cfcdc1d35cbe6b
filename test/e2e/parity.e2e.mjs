// The model of n8n's table, on which the engine tests stand, against n8n's own deduplication helper on n8n's
// own repository: random histories, statement by statement, and the same to be seen after each.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';
import fc from 'fast-check';
import { startPostgres } from '../../scripts/n8n/postgres.mjs';
import { postgresEnv } from './cluster.mjs';
import { orSkip, test } from './fixtures.mjs';
import { startN8nTable } from './n8nTable.mjs';
import { beforeStatement, play } from './tableSteps.mjs';

// Playwright reads TypeScript, but on Node 20 an import would find no names in it.
const { Deduplicator, tableInMemory } = createRequire(import.meta.url)(
	'../engine/harness/deduplication.ts',
);

const SEED = 20_261_121;
const ONE_BY_ONE = 300;
const INTERLEAVED = 700;

const WORKFLOWS = ['workflow-1', 'workflow-2'];
const NODES = ['node-1', 'node-2'];
const TEXTS = ['1', '2', '3', 'a', 'b', 'ä'];
/** Nothing and zero mean no limit. The last two make no sense, and n8n takes them all the same. */
const LIMITS = [undefined, 0, 1, 2, 3, 5, 10_005, -1, 2.5];

const weighted = (...choices) =>
	fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
const valueAs = (as, texts) => fc.record({ as: fc.constant(as), text: fc.constantFrom(...texts) });

const value = weighted(
	[6, valueAs('text', TEXTS)],
	[2, valueAs('number', ['1', '2', '3'])],
	[2, valueAs('object', TEXTS)],
	[1, valueAs('refusing', TEXTS)],
);

const call = ({ workflows, nodes }) =>
	fc.record({
		method: weighted(
			[6, fc.constant('checkProcessedAndRecord')],
			[3, fc.constant('removeProcessed')],
			[1, fc.constant('clearAllProcessedItems')],
			[1, fc.constant('getProcessedDataCount')],
		),
		values: fc.array(value, { maxLength: 6 }),
		scope: fc.constantFrom('node', 'workflow'),
		workflow: fc.constantFrom(...workflows),
		node: fc.constantFrom(...nodes),
		maxEntries: fc.constantFrom(...LIMITS),
	});

const oneByOne = fc.record({
	calls: fc.array(call({ workflows: WORKFLOWS, nodes: NODES }), { minLength: 1, maxLength: 30 }),
	width: fc.constant(1),
	turns: fc.constant([0]),
});

/** Few rows, so that those under way are at the same one. */
const interleaved = fc.record({
	calls: fc.array(call({ workflows: ['workflow-1'], nodes: ['node-1'] }), {
		minLength: 2,
		maxLength: 12,
	}),
	width: fc.integer({ min: 2, max: 4 }),
	turns: fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 40 }),
});

const text = (one) => ({ as: 'text', text: one });
const here = { scope: 'node', workflow: 'workflow-1', node: 'node-1', maxEntries: 10 };
const record = (...texts) => ({
	...here,
	method: 'checkProcessedAndRecord',
	values: texts.map(text),
});
const remove = (...texts) => ({ ...here, method: 'removeProcessed', values: texts.map(text) });
const clear = { ...here, method: 'clearAllProcessedItems' };
const count = { ...here, method: 'getProcessedDataCount' };

const hashes = (...texts) => texts.map((one) => createHash('md5').update(one).digest('base64'));

/** The model, with its statements held back as n8n's are. */
function modelOf() {
	const table = tableInMemory();
	const held = Object.fromEntries(
		['find', 'insert', 'update', 'delete'].map((statement) => [
			statement,
			async (...args) => {
				await beforeStatement(statement);
				return await table[statement](...args);
			},
		]),
	);
	const keys = WORKFLOWS.flatMap((workflow) => [
		`${workflow}/`,
		...NODES.map((node) => `${workflow}/n:${node}`),
	]);
	const rows = async () => {
		const found = await Promise.all(keys.map(async (key) => [key, await table.find(key)]));
		return Object.fromEntries(found.filter(([, row]) => row !== undefined));
	};
	return { deduplicator: new Deduplicator(held), rows };
}

const databases = {
	SQLite: async () => ({}),
	PostgreSQL: async ({ folder, cleanup }) => {
		const log = path.join(folder, 'postgres.log');
		const postgres = cleanup(await startPostgres({ log }).catch(orSkip), async (it) => {
			await it.stop();
			it.remove();
		});
		return postgresEnv(postgres);
	},
};

for (const [database, envOf] of Object.entries(databases)) {
	test.describe(database, () => {
		let n8n;

		test.beforeAll(async ({ folder, cleanup }) => {
			const env = await envOf({ folder, cleanup });
			const own = path.join(folder, database);
			n8n = cleanup(await startN8nTable({ folder: own, workflows: WORKFLOWS, env }));
		});

		/** Plays a history on both; the same has to be seen on both. */
		const same = async (history) => {
			const theirs = await n8n.play(history);
			const ours = await play(history, modelOf());
			// What a process tells another is without what is undefined.
			assert.deepEqual(JSON.parse(JSON.stringify(ours)), theirs);
			return theirs;
		};
		const randomly = async (histories, numRuns) => {
			const seen = [];
			const property = fc.asyncProperty(histories, async (history) => {
				seen.push(...(await same(history)));
			});
			await fc.assert(property, { seed: SEED, numRuns, includeErrorInReport: true });
			const ended = seen.filter(({ before }) => before === undefined);
			const thrown = ended.flatMap((it) => it.thrown ?? []);
			const counted = [...new Set(thrown)]
				.sort()
				.map((why) => `${thrown.filter((one) => one === why).length} because ${why}`);
			console.log(
				`       seed ${SEED}: ${numRuns} histories, ${ended.length} calls, ${seen.length - ended.length} statements; thrown: ${counted.join(', ') || 'none'}`,
			);
		};

		test('one call after another, the model does what n8n does', async () => {
			await randomly(oneByOne, ONE_BY_ONE);
		});

		test('and statement by statement, in any order', async () => {
			await randomly(interleaved, INTERLEAVED);
		});

		/** Plays calls of which the outcome is known, and gives how each ended and what is in the row then. */
		const known = async (calls, turns) => {
			const trace = await same({ calls, width: 2, turns });
			const ended = trace
				.filter(({ before }) => before === undefined)
				.sort((one, other) => one.call - other.call)
				.map(({ thrown, value: given }) => thrown ?? given);
			return { ended, row: trace.at(-1).rows['workflow-1/n:node-1']?.data };
		};
		const isNew = (...texts) => ({ new: texts.map((one) => `string ${one}`), processed: [] });

		test('of two that insert the same row, one is refused', async () => {
			// Both have read before either writes.
			const { ended, row } = await known([record('a'), record('b')], [0, 1, 0, 1, 0, 0]);
			assert.deepEqual(ended, [isNew('a'), 'the row is there']);
			assert.deepEqual(row, hashes('a'));
		});

		/** Makes the row, and brings the next call to the point where it has read and not yet written. */
		const NEXT_HAS_READ = [...[0, 0, 0], ...[0, 0]];

		test('an update loses what another has written since the row was read', async () => {
			const { ended, row } = await known(
				[record('x'), record('a'), record('b')],
				[...NEXT_HAS_READ, 1, 1, 1, 0],
			);
			assert.deepEqual(ended, [isNew('x'), isNew('a'), isNew('b')]);
			assert.deepEqual(row, hashes('x', 'a'));
		});

		for (const [what, late] of [
			['an update', record('a')],
			['a removal', remove('x')],
		]) {
			test(`${what} brings no deleted row back`, async () => {
				const { ended, row } = await known([record('x'), late, clear], [...NEXT_HAS_READ, 1, 1, 0]);
				assert.deepEqual(ended.at(-1), null);
				assert.equal(row, undefined);
			});

			test(`${what} writes over a row made anew since`, async () => {
				const { row } = await known(
					[record('x', 'y'), late, clear, record('b')],
					[...NEXT_HAS_READ, 1, 1, 1, 1, 1, 0],
				);
				assert.deepEqual(
					row,
					late.method === 'removeProcessed' ? hashes('y') : hashes('x', 'y', 'a'),
				);
			});
		}

		test('no call does without a node in the scope of one, nor a writing one without a workflow', async () => {
			const nodeless = { ...here, node: undefined };
			// To clear and to count n8n does without the workflow's id as well, and then counts another
			// workflow's entries. The model refuses that, for no test should come to rely on it.
			const unsaved = { ...here, workflow: undefined };
			const calls = [
				...[record('a'), remove('a'), clear, count].map((one) => ({ ...one, ...nodeless })),
				...[record('a'), remove('a')].map((one) => ({ ...one, ...unsaved })),
			].map(({ method, values, scope, workflow, node }) => ({
				...{ method, values, scope },
				...(workflow === undefined ? {} : { workflow }),
				...(node === undefined ? {} : { node }),
			}));
			const { ended } = await known(calls, [0]);
			assert.deepEqual(
				ended,
				calls.map(() => 'otherwise'),
			);
		});

		test('a value that refuses to be told keeps its call from writing', async () => {
			const refusing = [text('a'), { as: 'refusing', text: 'b' }];
			const { ended, row } = await known(
				[
					{ ...here, method: 'checkProcessedAndRecord', values: refusing },
					record('x', 'a'),
					{ ...here, method: 'checkProcessedAndRecord', values: refusing },
					{ ...here, method: 'removeProcessed', values: refusing },
				],
				[0],
			);
			const refused = 'a value refused';
			assert.deepEqual(ended, [refused, isNew('x', 'a'), refused, refused]);
			assert.deepEqual(row, hashes('x', 'a'));
		});
	});
}
