import { settleWithin, TIME_OVER } from '../../core/time';
import { SAFE_MS, type Step } from './entry';
import { acquireLock, type Hold } from './rowLock';
import { runSteps, runUnlocked, type Operation, type Running } from './section';
import { RecordUnavailable, type ProcessedTable } from './table';

/**
 * Carries out operations on entries. All that wait in this process for the same row share one critical section: one
 * lock, mostly one recording and one forgetting. So the cost of the record is that of a few statements, however many
 * sends are under way.
 */

/** An operation that waits for its section. */
interface Waiting extends Operation {
	entry: string;
	table: ProcessedTable;
	/** Whether nobody waits for it any more. */
	isGivenUp(): boolean;
	fail(thrown: unknown): void;
}

/** Longer than it takes to notice that a holder is dead. */
const LOCK_PATIENCE_MS = 60_000;
const SECTION_LIMIT_MS = 30_000;
const LAST_LOOK_MS = 1_000;
/** After this long, it is no longer a wait for a turn: a statement before it hangs. */
const TURN_LIMIT_MS = 120_000;
/** One section reads and writes the row once for all of them; more would make it slow for the others. */
const MOST_IN_A_SECTION = 50;

const waiting = new Map<string, Waiting[]>();
/** Workflows whose lock row belongs to Remove Duplicates, and when that was found. */
const foreignSince = new Map<string, number>();
const FOREIGN_FOR_MS = 6 * 60 * 60_000;
/** Locks that were free when they were last asked for. */
const uncontended = new Set<string>();

/** Whether executions in other processes are kept out of the sections on this table. */
export function isExact({ lock }: ProcessedTable): boolean {
	const since = lock === null ? undefined : foreignSince.get(lock.id);
	if (lock === null || since === undefined) return true;
	if (Date.now() - since <= FOREIGN_FOR_MS) return false;
	foreignSince.delete(lock.id);
	return true;
}

/** The next operations, no two of them on one entry: the later one is to see what the earlier one did. */
function takeNext(queue: Waiting[]): Waiting[] {
	const entries = new Set<string>();
	const taken: Waiting[] = [];
	for (const operation of queue) {
		if (entries.has(operation.entry) || taken.length === MOST_IN_A_SECTION) break;
		entries.add(operation.entry);
		taken.push(operation);
	}
	queue.splice(0, taken.length);
	return taken.filter((operation) => !operation.isGivenUp());
}

async function enter({ id, row }: NonNullable<ProcessedTable['lock']>): Promise<Hold | null> {
	const acquired = await acquireLock(row, LOCK_PATIENCE_MS, !uncontended.has(id));
	if (acquired === null) foreignSince.set(id, Date.now());
	if (acquired === null || acquired.hadToWait) uncontended.delete(id);
	else uncontended.add(id);
	return acquired?.hold ?? null;
}

/** One section. What is waiting is taken only once the lock is held: meanwhile more may have come. */
async function runSection(queue: Waiting[], table: ProcessedTable): Promise<void> {
	let taken: Waiting[] = [];
	try {
		const { lock } = table;
		const tried = lock !== null && isExact(table);
		const hold = tried ? await enter(lock) : null;
		taken = takeNext(queue);
		const run =
			hold === null && lock !== null
				? runUnlocked(taken, table)
				: runSteps(taken, table, hold ?? undefined).finally(
						// What was written stands, and would meet other marks if it were written again. A lock that is left
						// behind is broken by whoever comes next.
						async () => await hold?.release().catch(() => undefined),
					);
		const finish = (running: readonly Running[]): void => {
			for (const one of running) one.finish();
		};
		let running = await settleWithin(run, SECTION_LIMIT_MS);
		// A process that stood still finds the time over before it hears what came of its statements.
		if (running === TIME_OVER) running = await settleWithin(run, LAST_LOOK_MS);
		// It may end all the same, later, when nobody waits for it any more.
		if (running === TIME_OVER) void run.then(finish, () => undefined);
		if (running === TIME_OVER) throw new RecordUnavailable('The section took too long');
		finish(running);
	} catch (thrown) {
		if (taken.length === 0) taken = takeNext(queue);
		for (const operation of taken) operation.fail(thrown);
	}
}

async function workOff(id: string, queue: Waiting[]): Promise<void> {
	for (let [first] = queue; first !== undefined; [first] = queue) {
		await runSection(queue, first.table);
	}
	waiting.delete(id);
}

/** Its next step that is not over at once. */
function passEmpty<T>(step: Step<T>): Step<T> {
	return step.kind === 'ask' && step.marks.length === 0 ? passEmpty(step.next(new Set())) : step;
}

function runningOf<T>(step: Step<T>, finish: (result: T) => void): Running {
	let current = passEmpty(step);
	const added: string[] = [];
	return {
		asks: () => (current.kind === 'ask' ? current.marks : []),
		answer(fresh) {
			if (current.kind !== 'ask') return;
			const { marks, next } = current;
			const own = marks.filter((mark) => fresh.has(mark));
			added.push(...own);
			current = passEmpty(next(new Set(own)));
		},
		added: () => added,
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
 * @param isTentative whether what it recorded goes again if its section comes to nothing: nobody acts on it before
 * @throws RecordUnavailable, or what the database said
 */
export async function submit<T>(
	table: ProcessedTable,
	entry: string,
	begin: () => Step<T>,
	isTentative = false,
): Promise<T> {
	const submittedAt = Date.now();
	let running: Running | null = null;
	let isOver = false;
	let stands = false;
	let mayUndo = isTentative;
	const undo = (): void => {
		const marks = mayUndo && Date.now() - submittedAt < SAFE_MS ? (running?.added() ?? []) : [];
		// Once only: a second time might meet marks that another has recorded meanwhile.
		mayUndo &&= marks.length === 0;
		if (marks.length > 0) void submit(table, entry, () => forgetting(marks)).catch(() => undefined);
	};
	const result = new Promise<T>((resolve, reject) => {
		const finish = (value: T): void => {
			if (isOver) undo();
			else resolve(value);
		};
		const operation: Waiting = {
			entry,
			table,
			isTentative,
			isGivenUp: () => isOver,
			stand() {
				stands = true;
			},
			begin() {
				running = runningOf(begin(), finish);
				return running;
			},
			fail(thrown) {
				if (stands) return running?.finish();
				isOver = true;
				undo();
				reject(thrown);
			},
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
	const settled = await settleWithin(result, TURN_LIMIT_MS);
	if (settled !== TIME_OVER) return settled;
	isOver = true;
	throw new RecordUnavailable('Its turn did not come in time');
}

function forgetting(marks: readonly string[]): Step<void> {
	return { kind: 'done', forget: marks, result: undefined };
}
