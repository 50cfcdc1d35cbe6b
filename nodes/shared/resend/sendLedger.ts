import { randomUUID } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';
import type { Failure } from '../failure';
import type { JsonObject } from '../json';
import { pause } from '../pause';
import { failed, ok, type Result } from '../provider';
import type { LedgerState } from './policy';
import type { RunMemory } from './executionState';
import { inTurn } from './turns';

/**
 * The record of sends. Two layers:
 *
 * - durable: n8n's own table of processed values (that of its Remove Duplicates node), kept per
 *   workflow and node, shared by all workers. Absent for an unsaved workflow and outside n8n.
 * - run: the node's context, part of the execution's data. It survives Retry On Fail and a Wait.
 *
 * n8n's table can only be asked by writing: "record these, and tell which were new". Marks an entry
 * keep that safe. `begun` and `open` are written together before a send; `open` is taken away when
 * the send is confirmed, both when it is proven not to have happened. A process that dies anywhere
 * in between leaves `open` behind, so an interrupted send is taken for an open question, never for
 * a confirmed one.
 *
 * The table is read and then written, without a lock. Executions in one process therefore take turns.
 * Those in other processes may still find an entry new at the same moment, and what one has written
 * may be overwritten by another that read before. So
 *
 * - a send also leaves a `hold`, and a mark of its own, and looks a moment later whether they are
 *   still there: whoever was overwritten meanwhile leaves the send to the other;
 * - whatever a run writes repeats what it has confirmed, which so comes back if it was overwritten.
 */
export interface SendLedger {
	/** Whether n8n's table is there, so that the record outlives this execution. */
	readonly durable: boolean;
	/** What is recorded of an entry, leaving the record as it was. */
	peek(entry: string): Promise<LedgerState>;
	/**
	 * Records that a send is about to begin, and tells what was recorded before. After `none` and
	 * `open` the entry is held until it is confirmed, withdrawn or released.
	 */
	begin(entry: string): Promise<LedgerState>;
	/** Records that a begun send happened. */
	confirm(entry: string): Promise<void>;
	/** Forgets a begun send that is proven not to have happened. */
	withdraw(entry: string): Promise<void>;
	/** Leaves a begun send as an open question, for others to take up. */
	release(entry: string): Promise<void>;
	/** Records confirmed sends again, in case another execution overwrote them meanwhile. */
	keep(entries: readonly string[]): Promise<void>;
}

/** How many sends n8n's table holds for one node before it forgets the oldest. */
export const LEDGER_CAPACITY = 10_000;

/** A send under way, or one asked about, has so many marks until it is down to one. */
const MARKS_IN_PASSING = 5;

const OPTIONS = { mode: 'entries', maxEntries: LEDGER_CAPACITY + MARKS_IN_PASSING } as const;

type Helpers = IExecuteFunctions['helpers'];

/**
 * A hold is over after one to two of these. It outlasts the longest send: three waits of 60 s that a
 * provider may ask for, and four answers that may take 30 s each.
 */
const HOLD_MS = 5 * 60_000;

/** Longer than n8n usually takes between reading its table and writing it. */
const OVERWRITE_MS = 50;

/**
 * By how much the second look outlasts what the first write took. A slow write may have overwritten
 * someone who has looked already; until the second look that send is mostly done, and shows.
 */
const PATIENCE = 10;

/** The longest wait for the second look; a hold has to outlast it. */
const LONGEST_WAIT_MS = 5_000;

/** How many of its latest sends a run repeats with each write. */
const REPEATED = 100;

/** How often the sends of a run are looked for at its end, until none is missing. */
const LOOKS_AT_END = 5;

function begunMark(entry: string): string {
	return `${entry}|begun`;
}

function openMark(entry: string): string {
	return `${entry}|open`;
}

/** The marks by which others see that an entry is held; the earlier ones may be another's. */
function holdMarks(entry: string, now: number): string[] {
	const period = Math.floor(now / HOLD_MS);
	return [period - 1, period].map((one) => `${entry}|held ${one}`);
}

/** The durable layer alone; `row` names the table's row that it works on. */
function durableLedger(helpers: Helpers, row: string): SendLedger {
	/** What is to be taken away when a held entry is let go. */
	const held = new Map<string, string[]>();
	/** The latest sends of this run, with what they leave no more of. */
	let confirmed: Array<{ entry: string; gone: string[] }> = [];
	let lastWriteMs = 0;
	const record = async (marks: string[]): Promise<Set<unknown>> =>
		await inTurn(row, async () => {
			const all = [...marks, ...confirmed.map(({ entry }) => begunMark(entry))];
			const startedAt = Date.now();
			const fresh = new Set<unknown>(
				(await helpers.checkProcessedAndRecord(all, 'node', OPTIONS)).new,
			);
			lastWriteMs = Date.now() - startedAt;
			return fresh;
		});
	const forget = async (marks: string[]): Promise<void> => {
		if (marks.length === 0) return;
		await inTurn(row, async () => {
			const all = [...marks, ...confirmed.flatMap(({ gone }) => gone)];
			await helpers.removeProcessed(all, 'node', OPTIONS);
		});
	};
	const outlastOthers = async (): Promise<void> => {
		await pause(Math.min(Math.max(OVERWRITE_MS, lastWriteMs * PATIENCE), LONGEST_WAIT_MS));
	};
	const letGo = async (entry: string, ...marks: string[]): Promise<void> => {
		await forget([...marks, ...(held.get(entry) ?? [])]);
		held.delete(entry);
	};
	const stateOf = (entry: string, fresh: Set<unknown>): LedgerState => {
		if (fresh.has(begunMark(entry))) return 'none';
		return fresh.has(openMark(entry)) ? 'sent' : 'open';
	};

	return {
		durable: true,
		async begin(entry) {
			const holds = holdMarks(entry, Date.now());
			const mine = `${entry}|by ${randomUUID()}`;
			const marks = [begunMark(entry), openMark(entry), ...holds, mine];
			const fresh = await record(marks);
			if (holds.some((hold) => !fresh.has(hold))) {
				await forget(marks.filter((mark) => fresh.has(mark)));
				return 'busy';
			}
			const state = stateOf(entry, fresh);
			if (state === 'sent') {
				await forget([openMark(entry), ...holds, mine]);
				return state;
			}
			await outlastOthers();
			// Not all of them: should the forgetting be overwritten, a hold is over by itself.
			const signs = [...holds, mine];
			const missing = await record(signs);
			const gone = signs.filter((sign) => missing.has(sign));
			if (gone.length > 0) {
				await forget(gone);
				return 'busy';
			}
			held.set(entry, [...holds, mine]);
			return state;
		},
		async peek(entry) {
			const marks = [begunMark(entry), openMark(entry)];
			const fresh = await record(marks);
			await forget(marks.filter((mark) => fresh.has(mark)));
			return stateOf(entry, fresh);
		},
		async confirm(entry) {
			const gone = [openMark(entry), ...(held.get(entry) ?? [])];
			confirmed = [...confirmed, { entry, gone }].slice(-REPEATED);
			await letGo(entry, openMark(entry));
		},
		async withdraw(entry) {
			await letGo(entry, begunMark(entry), openMark(entry));
		},
		async release(entry) {
			await letGo(entry);
		},
		async keep(entries) {
			if (entries.length === 0) return;
			const latest = entries.slice(-LEDGER_CAPACITY);
			for (let look = 1; look <= LOOKS_AT_END; look++) {
				const missing = await record(latest.map(begunMark));
				await forget(latest.map(openMark));
				if (look > 1 && missing.size === 0) return;
				await outlastOthers();
			}
		},
	};
}

/** The run's layer alone, on an object that n8n saves with the execution. */
function runLedger(entries: JsonObject): SendLedger {
	const state = (entry: string): LedgerState => {
		const value = entries[entry];
		return value === 'sent' || value === 'open' ? value : 'none';
	};
	return {
		durable: false,
		async peek(entry) {
			return state(entry);
		},
		async begin(entry) {
			const before = state(entry);
			if (before === 'none') entries[entry] = 'open';
			return before;
		},
		async confirm(entry) {
			entries[entry] = 'sent';
		},
		async withdraw(entry) {
			delete entries[entry];
		},
		async release() {},
		async keep() {},
	};
}

/** Told apart by n8n's wording: both mean that there is no table for this workflow. */
const NO_TABLE = /initialized before use|foreign key/i;

async function openDurable(context: IExecuteFunctions): Promise<Result<SendLedger | null>> {
	const { helpers } = context;
	const workflowId = context.getWorkflow().id;
	// The helper is typed as always there; releases before n8n 1.63 lack it.
	const known: unknown = helpers.checkProcessedAndRecord;
	if (typeof known !== 'function' || workflowId === undefined || workflowId === '') return ok(null);
	// The second try is for the first run ever of a node: two executions may create its row at once.
	for (let tries = 2; tries > 0; tries--) {
		try {
			// Recording nothing creates the node's row, or proves that it can be written.
			await helpers.checkProcessedAndRecord([], 'node', OPTIONS);
			return ok(durableLedger(helpers, `${workflowId}|${context.getNode().id}`));
		} catch (thrown) {
			if (thrown instanceof Error && NO_TABLE.test(thrown.message)) return ok(null);
		}
	}
	return failed(ledgerUnavailable());
}

/** For a record that is there and cannot be read: sending without it could mail people twice. */
export function ledgerUnavailable(): Failure {
	return {
		message: "n8n's record of sent invitations could not be reached, so nothing was sent",
		description: "It lives in n8n's own database. Run the workflow again once that is back.",
		reason: 'ledgerUnavailable',
		httpStatus: null,
		code: null,
		retryable: true,
	};
}

/** Opens the record: n8n's table where there is one, and the run's own memory else. */
export async function openLedger(
	context: IExecuteFunctions,
	memory: RunMemory,
): Promise<Result<SendLedger>> {
	const durable = await openDurable(context);
	if (!durable.ok) return durable;
	return ok(durable.value ?? runLedger(memory.entries));
}
