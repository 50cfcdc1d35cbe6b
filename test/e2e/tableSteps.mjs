// Calls of a deduplicator, one statement at a time and in a given order, with all that can be seen of them.
// Both sides of parity.e2e.mjs play the same histories with this: the model here, and n8n's own in n8nTable.mjs.
import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage();

const REFUSAL = 'This value is not to be written';

/** Holds a statement of a call back until the call is told to go on. */
export async function beforeStatement(name) {
	await current.getStore().reach(name);
}

/** The words differ from one database to the next. */
function kindOf(error) {
	if (error.message === REFUSAL) return 'a value refused';
	return /unique constraint|duplicate key/i.test(error.message) ? 'the row is there' : 'otherwise';
}

/** Starts a call; `next` goes on to its next statement, or to its end, and tells which. */
function steppable(work) {
	let arrive;
	let letGo;
	const call = {
		reach: (statement) =>
			new Promise((resolve) => {
				letGo = resolve;
				arrive({ before: statement });
			}),
		async next() {
			const arrived = new Promise((resolve) => {
				arrive = resolve;
			});
			letGo();
			return await arrived;
		},
	};
	letGo = () =>
		current.run(call, () => {
			work().then(
				(value) => arrive({ value }),
				(error) => arrive({ thrown: kindOf(error) }),
			);
		});
	return call;
}

/** What is recorded. As text, as a number, or as an object that is asked for its text and may refuse. */
function itemsOf(values, asked) {
	return values.map(({ as, text }) => {
		if (as === 'text') return text;
		if (as === 'number') return Number(text);
		return {
			toString() {
				asked.push(text);
				if (as === 'refusing') throw new Error(REFUSAL);
				return text;
			},
		};
	});
}

/** Objects by their place, for it matters that they are the very ones that were given. */
function told(value, items) {
	if (value === undefined || typeof value === 'number') return value ?? null;
	const tell = (item) =>
		typeof item === 'object' ? `object ${items.indexOf(item)}` : `${typeof item} ${item}`;
	return { new: value.new.map(tell), processed: value.processed.map(tell) };
}

function work(deduplicator, call, items) {
	const { method, scope, workflow, node, maxEntries } = call;
	const context = {
		workflow: { id: workflow },
		...(node === undefined ? {} : { node: { id: node } }),
	};
	const options = { mode: 'entries', ...(maxEntries === undefined ? {} : { maxEntries }) };
	return ['checkProcessedAndRecord', 'removeProcessed'].includes(method)
		? deduplicator[method](items, scope, context, options)
		: deduplicator[method](scope, context, options);
}

/**
 * @param {object} history
 * @param {object[]} history.calls in the order in which they begin
 * @param {number} history.width   how many may be under way at once
 * @param {number[]} history.turns whose turn it is, again and again, counted among those under way and the next to begin
 * @param {object} side
 * @param {object} side.deduplicator calls `beforeStatement` ahead of each statement
 * @param {() => Promise<unknown>} side.rows what the table holds
 * @returns what could be seen after each step
 */
export async function play({ calls, width, turns }, { deduplicator, rows }) {
	const trace = [];
	const waiting = calls.map((call, index) => ({ call, index }));
	let open = [];
	for (let step = 0; waiting.length + open.length > 0; step++) {
		const mayBegin = waiting.length > 0 && open.length < width;
		const turn = turns[step % turns.length] % (open.length + (mayBegin ? 1 : 0));
		if (turn === open.length) {
			const { call, index } = waiting.shift();
			const asked = [];
			const items = itemsOf(call.values ?? [], asked);
			const started = steppable(async () => told(await work(deduplicator, call, items), items));
			open = [...open, { index, asked, started }];
		}
		const { index, asked, started } = open[turn];
		const seen = await started.next();
		if (seen.before === undefined) open = open.filter((one) => one.index !== index);
		trace.push({ call: index, ...seen, asked: asked.splice(0), rows: await rows() });
	}
	return trace;
}
