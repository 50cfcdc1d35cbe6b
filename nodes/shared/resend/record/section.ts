import { randomUUID } from 'crypto';
import { messageOf } from '../../core/json';
import { pause } from '../../core/time';
import { LOST_INSERT } from './rowLock';
import { RecordUnavailable, type Fence, type MarkRow, type ProcessedTable } from './table';

/** One critical section: several operations share its statements. It knows nothing of who waits for them. */

/** An operation inside a section, at one of its steps. */
export interface Running {
	asks(): readonly string[];
	answer(fresh: ReadonlySet<string>): void;
	/** What it forgets, once it asks no more. */
	forgets(): readonly string[];
	/** What it has recorded so far that was not there before. */
	added(): readonly string[];
	finish(): void;
}

/** What a section carries out. */
export interface Operation {
	/** Nobody acts on it before it is done, so it goes back if its section comes to nothing: a look, or a lease. */
	readonly isTentative: boolean;
	/** What it has written stands, so it is not to be done again because of what goes wrong with the others. */
	stand(): void;
	/** Begins anew: a section whose writing was lost is done again. */
	begin(): Running;
}

/** Without the lock: longer than n8n usually takes between reading a row and writing it. */
const OVERWRITE_MS = 50;
/** By how much the second look outlasts what the writing took: a slow write of another may be under way. */
const OUTLAST = 10;
const LONGEST_OUTLAST_MS = 5_000;
const MOST_REWRITES = 20;

/** Marks of a section itself. */
interface SectionMarks {
	recorded: readonly string[];
	forgotten: readonly string[];
}

const FIRST_FORGET_PAUSE_MS = 50;
/** They come to three seconds in all, in which the lock is sure to be held. */
const LONGEST_FORGET_PAUSE_MS = 1_600;

/**
 * Only its answer may be lost. It is repeated here, where nobody else can have taken a lease since: later on, the marks
 * would be those of that lease.
 */
async function forgetAll(
	marks: MarkRow,
	forgotten: readonly string[],
	fence: Fence | undefined,
	pauseMs = FIRST_FORGET_PAUSE_MS,
): Promise<void> {
	const forgetting = marks.forget(forgotten, fence);
	if (fence === undefined || pauseMs > LONGEST_FORGET_PAUSE_MS) return await forgetting;
	await forgetting.catch(async () => {
		await pause(pauseMs);
		await forgetAll(marks, forgotten, fence, 2 * pauseMs);
	});
}

/** Every round asks for all that still ask; what is to be forgotten goes at the end. */
async function runTogether(
	operations: readonly Operation[],
	{ marks }: ProcessedTable,
	fence: Fence | undefined,
	own: SectionMarks,
): Promise<Running[]> {
	const running = operations.map((operation) => operation.begin());
	let more = own.recorded;
	for (;;) {
		const asking = running.filter((one) => one.asks().length > 0);
		const asked = [...more, ...asking.flatMap((one) => one.asks())];
		if (asked.length === 0) break;
		more = [];
		const fresh = await marks.record(asked, fence);
		for (const one of asking) one.answer(fresh);
	}
	const forget = [...running.flatMap((one) => one.forgets()), ...own.forgotten];
	if (forget.length > 0) await forgetAll(marks, forget, fence);
	return running;
}

/**
 * All in one section. What ends a lease is done before another one is taken: a process that dies in between leaves no
 * more in doubt than was under way.
 */
export async function runSteps(
	operations: readonly Operation[],
	table: ProcessedTable,
	fence?: Fence,
): Promise<Running[]> {
	const own = { recorded: [], forgotten: [] };
	const ending = operations.filter(({ isTentative }) => !isTentative);
	const tentative = operations.filter(({ isTentative }) => isTentative);
	const ended = await runTogether(ending, table, fence, own);
	for (const operation of ending) operation.stand();
	return [...ended, ...(await runTogether(tentative, table, fence, own))];
}

/**
 * Where the lock is not to be had. Another process may overwrite what was written; so the section leaves two marks of
 * its own, forgets one, and looks later whether both writings are still there. If not, it is done again as a whole.
 */
export async function runUnlocked(
	operations: readonly Operation[],
	table: ProcessedTable,
): Promise<Running[]> {
	const { marks } = table;
	let running: Running[] | null = null;
	let [kept, gone] = sectionMarks();
	for (let rewrites = 0; rewrites < MOST_REWRITES; rewrites++) {
		const startedAt = Date.now();
		if (running === null) running = await writeUnlocked(operations, table, kept, gone);
		else await marks.forget([...running.flatMap((one) => one.forgets()), gone]);
		const outlast = Math.max((Date.now() - startedAt) * OUTLAST, OVERWRITE_MS);
		await pause(Math.min(outlast * (1 + Math.random()), LONGEST_OUTLAST_MS));
		if (running === null) continue;
		const fresh = await marks.record([kept, gone]);
		if (fresh.has(gone)) await marks.forget([kept, gone]);
		if (fresh.has(kept)) {
			// Looking has recorded it, so the next writing needs marks that were never there.
			running = null;
			[kept, gone] = sectionMarks();
		} else if (fresh.has(gone)) {
			return running;
		}
		// Else only what was forgotten came back: what was answered stands, and is not asked again.
	}
	throw new RecordUnavailable('What was written was overwritten by others again and again');
}

/** What a stale write of another brings back of these is bounded by the number of marks that are kept. */
function sectionMarks(): [string, string] {
	const section = `n8n-nodes-invitations|section ${randomUUID()}`;
	return [`${section} recorded`, `${section} forgotten`];
}

/** @returns null where another process made the row at the same moment */
async function writeUnlocked(
	operations: readonly Operation[],
	table: ProcessedTable,
	kept: string,
	gone: string,
): Promise<Running[] | null> {
	const own = { recorded: [kept, gone], forgotten: [gone] };
	return await runTogether(operations, table, undefined, own).catch(async (thrown: unknown) => {
		return LOST_INSERT.test(messageOf(thrown)) ? null : await Promise.reject(thrown);
	});
}
