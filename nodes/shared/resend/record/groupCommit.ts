import { randomUUID } from 'crypto';
import { pause } from '../../pause';
import { RecordUnavailable, withDeadline } from './deadline';
import type { Step } from './entry';
import { acquireLock, type Hold } from './rowLock';
import type { ProcessedTable } from './table';

/**
 * Carries out operations on entries. All that wait in this process for the same row share one critical section: one
 * lock, mostly one recording and one forgetting. So the cost of the record is that of a few statements, however many
 * sends are under way.
 */

interface Operation {
	entry: string;
	table: ProcessedTable;
	/** Begins anew: a section whose writing was lost is done again. */
	begin(): Running;
	fail(thrown: unknown): void;
}

/** An operation inside a section, at one of its steps. */
interface Running {
	asks(): readonly string[];
	answer(fresh: ReadonlySet<string>): void;
	/** What it forgets, once it asks no more. */
	forgets(): readonly string[];
	finish(): void;
}

/** Longer than a dead holder takes to be found out. */
const LOCK_PATIENCE_MS = 60_000;
const SECTION_LIMIT_MS = 30_000;
/** For which this long wait is no longer one for a turn: a statement before it hangs. */
const TURN_LIMIT_MS = 120_000;
/** One section reads and writes the row once for all of them; more would make it slow for the others. */
const MOST_IN_A_SECTION = 50;

const waiting = new Map<string, Operation[]>();
/** Workflows whose lock row belongs to Remove Duplicates, and when that was found. */
const foreignSince = new Map<string, number>();
const FOREIGN_FOR_MS = 10 * 60_000;

/** Without the lock: longer than n8n usually takes between reading a row and writing it. */
const OVERWRITE_MS = 50;
/** By how much the second look outlasts what the writing took: a slow write of another may be under way. */
const OUTLAST = 10;
const LONGEST_OUTLAST_MS = 5_000;
const MOST_REWRITES = 20;

/** Whether executions in other processes are kept out of the sections on this table. */
export function isExact({ lock }: ProcessedTable): boolean {
	const since = lock === null ? undefined : foreignSince.get(lock.id);
	return since === undefined || Date.now() - since > FOREIGN_FOR_MS;
}

/** All in one section: every round asks for all that still ask; what is to be forgotten goes at the end. */
async function runSteps(
	operations: readonly Operation[],
	{ marks }: ProcessedTable,
	hold: Hold | null,
	mark: readonly string[] = [],
): Promise<Running[]> {
	const running = operations.map((operation) => operation.begin());
	const fence = hold ?? undefined;
	let more: readonly string[] = mark;
	for (;;) {
		const asking = running.filter((one) => one.asks().length > 0);
		const asked = [...more, ...asking.flatMap((one) => one.asks())];
		if (asked.length === 0) break;
		more = [];
		const fresh = await marks.record(asked, fence);
		for (const one of asking) one.answer(fresh);
	}
	const forget = running.flatMap((one) => one.forgets());
	if (forget.length > 0) await marks.forget(forget, fence);
	return running;
}

/**
 * Where the lock is not to be had. Another process may overwrite what was written; so the section leaves a mark of
 * its own and looks later whether it is still there. If not, the section was lost as a whole, and is done again.
 */
async function runUnlocked(
	operations: readonly Operation[],
	table: ProcessedTable,
): Promise<Running[]> {
	for (let rewrites = 0; rewrites < MOST_REWRITES; rewrites++) {
		const mine = `n8n-nodes-invitations|section ${randomUUID()}`;
		const startedAt = Date.now();
		const running = await runSteps(operations, table, null, [mine]);
		const outlast = Math.max((Date.now() - startedAt) * OUTLAST, OVERWRITE_MS);
		await pause(Math.min(outlast * (1 + Math.random()), LONGEST_OUTLAST_MS));
		const lost = (await table.marks.record([mine])).size > 0;
		await table.marks.forget([mine]);
		if (!lost) return running;
	}
	throw new RecordUnavailable('What was written was overwritten by others again and again');
}

/** The next operations, no two of them on one entry: the later one is to see what the earlier one did. */
function takeNext(queue: Operation[]): Operation[] {
	const entries = new Set<string>();
	const taken: Operation[] = [];
	for (const operation of queue) {
		if (entries.has(operation.entry) || taken.length === MOST_IN_A_SECTION) break;
		entries.add(operation.entry);
		taken.push(operation);
	}
	queue.splice(0, taken.length);
	return taken;
}

/** One section. What is waiting is taken only once the lock is held: meanwhile more may have come. */
async function runSection(queue: Operation[], table: ProcessedTable): Promise<void> {
	let taken: Operation[] = [];
	try {
		const { lock } = table;
		const hold =
			lock !== null && isExact(table) ? await acquireLock(lock.row, LOCK_PATIENCE_MS) : null;
		taken = takeNext(queue);
		if (lock !== null) noteOwner(lock.id, hold);
		const run =
			hold === null && lock !== null
				? runUnlocked(taken, table)
				: runSteps(taken, table, hold).finally(async () => await hold?.release());
		for (const one of await withDeadline(run, SECTION_LIMIT_MS)) one.finish();
	} catch (thrown) {
		if (taken.length === 0) taken = takeNext(queue);
		for (const operation of taken) operation.fail(thrown);
	}
}

function noteOwner(lockId: string, hold: Hold | null): void {
	if (hold !== null) foreignSince.delete(lockId);
	else if (!foreignSince.has(lockId)) foreignSince.set(lockId, Date.now());
}

async function workOff(id: string, queue: Operation[]): Promise<void> {
	for (let [first] = queue; first !== undefined; [first] = queue) {
		await runSection(queue, first.table);
	}
	waiting.delete(id);
}

function runningOf<T>(step: Step<T>, finish: (result: T) => void): Running {
	let current = step;
	return {
		asks: () => (current.kind === 'ask' ? current.marks : []),
		answer(fresh) {
			if (current.kind !== 'ask') return;
			const { marks, next } = current;
			current = next(new Set(marks.filter((mark) => fresh.has(mark))));
		},
		forgets: () => (current.kind === 'done' ? current.forget : []),
		finish() {
			if (current.kind === 'done') finish(current.result);
		},
	};
}

/**
 * Carries out an operation on an entry.
 *
 * @param begin its first step; asked for again when the section is done again
 * @throws RecordUnavailable, or what the database said
 */
export async function submit<T>(
	table: ProcessedTable,
	entry: string,
	begin: () => Step<T>,
): Promise<T> {
	const result = new Promise<T>((resolve, reject) => {
		const operation: Operation = {
			entry,
			table,
			begin: () => runningOf(begin(), resolve),
			fail: reject,
		};
		const queue = waiting.get(table.id);
		if (queue !== undefined) {
			queue.push(operation);
			return;
		}
		const started = [operation];
		waiting.set(table.id, started);
		void workOff(table.id, started);
	});
	return await withDeadline(result, TURN_LIMIT_MS);
}
