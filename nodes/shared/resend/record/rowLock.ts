import { pause } from '../../pause';
import { RecordUnavailable } from './deadline';
import type { Fence, LockRow } from './table';

/**
 * A lock between processes, from the one thing in n8n's table that is atomic: inserting a row fails where there is one.
 * The row that n8n keeps for a whole workflow serves as the lock for the rows of its Resend nodes.
 *
 * What the row holds is always the same one mark, so a write that comes late, based on an old reading, changes nothing.
 * Whoever holds the lock for longer than `FENCE_MS` no longer writes, and nobody breaks a lock that was not
 * watched for longer than that: a process that stood still can neither overwrite what others wrote meanwhile nor take
 * their lock away.
 */

const TOKEN = 'n8n-nodes-invitations|lock';

/** For how long a holder may write; its statements take milliseconds. */
export const FENCE_MS = 8_000;
/** After so long without a moment in which it is seen free, its holder is asked for a sign of life. */
const SUSPECT_MS = 12_000;
/**
 * How long it has to give one. With the time before it this is 20 s more than the fence: as long as n8n waits for a
 * connection to PostgreSQL, so that a write which passed the fence in time is done before the lock is broken.
 */
const WATCH_MS = 16_000;

/** Polite at first, and never long: a critical section takes a few milliseconds. */
const FIRST_WAIT_MS = 3;
const LONGEST_WAIT_MS = 60;
/** The first waits need no proof that the row is a lock at all: it nearly always is. */
const WAITS_BEFORE_PROBE = 4;

/** A challenge leaves so many marks that two of them are hardly ever alike. */
const MOST_CHALLENGE_MARKS = 64;
const LEAST_CHALLENGE_MARKS = 2;

export interface Hold extends Fence {
	release(): Promise<void>;
}

function challengeMarks(count: number): string[] {
	return Array.from({ length: count }, (_, index) => `${TOKEN}|are you alive ${index}`);
}

function jitter(milliseconds: number): number {
	return milliseconds * (0.5 + Math.random());
}

/** Whether the row holds the lock's mark; a row of somebody else is left as it was. */
async function isLock(row: LockRow): Promise<boolean> {
	const fresh = await row.record([TOKEN]);
	if (fresh.size === 0) return true;
	await row.forget([TOKEN]);
	return false;
}

/** Whether the row's marks, so many, are those of a lock and nothing else. */
async function holdsNothingElse(row: LockRow, count: number): Promise<boolean> {
	if (count > MOST_CHALLENGE_MARKS + 1) return false;
	const marks = [TOKEN, ...challengeMarks(count - 1)];
	const fresh = await row.record(marks);
	if (fresh.size === 0) return true;
	await row.forget([...fresh]);
	return false;
}

/** How databases tell that the row was inserted by another in between (SQLite, PostgreSQL). */
const LOST_INSERT = /unique|duplicate/i;

/** n8n's words for a row that is kept in another mode. */
const OTHER_MODE = /^Deduplication Failed/;

/** Tries once: `foreign` for a row that Remove Duplicates keeps in another mode, which counts as empty. */
async function insertRow(row: LockRow): Promise<'ours' | 'taken' | 'foreign'> {
	try {
		return (await row.record([TOKEN])).size > 0 ? 'ours' : 'taken';
	} catch (thrown) {
		if (!(thrown instanceof Error)) throw thrown;
		if (LOST_INSERT.test(thrown.message)) return 'taken';
		if (OTHER_MODE.test(thrown.message)) return 'foreign';
		throw thrown;
	}
}

function holdSince(row: LockRow, startedAt: number): Hold {
	const isTooLate = (): boolean => Date.now() - startedAt > FENCE_MS;
	return {
		throwIfTooLate() {
			if (isTooLate()) throw new RecordUnavailable('Stood still while holding the lock of the record');
		},
		async release() {
			// By now it may be another's. If it is not, others find out that nobody holds it.
			if (isTooLate()) return;
			const count = await row.count();
			if (count === 0) return;
			if (count === 1 || (await holdsNothingElse(row, count))) return await row.clear();
			// n8n's Remove Duplicates node has begun to use the row: what it holds is not ours to clear.
			await row.forget([TOKEN]);
		},
	};
}

/** How a row looked over time, to tell a lock that is busy from one whose holder is gone. */
interface Watch {
	count: number;
	/** Since when the row has been there without a moment in which it was seen to change. */
	since: number;
	/** Whether marks were left that a living holder would take away. */
	challenged: boolean;
}

/** @returns the watch as it goes on, or null once the row was cleared */
async function watchHolder(row: LockRow, before: Watch, count: number): Promise<Watch | null> {
	const now = Date.now();
	if (count !== before.count || now < before.since) return { count, since: now, challenged: false };
	const lasted = now - before.since;
	if (!before.challenged) {
		if (lasted < SUSPECT_MS) return before;
		const more = LEAST_CHALLENGE_MARKS + Math.floor(Math.random() * (MOST_CHALLENGE_MARKS - 1));
		const fresh = await row.record(challengeMarks(more));
		// Another asks already: then it is for that one to break the lock, and we watch from now on.
		const alone = fresh.size === more;
		return { count: await row.count(), since: Date.now(), challenged: alone };
	}
	if (lasted < WATCH_MS) return before;
	await pause(jitter(LONGEST_WAIT_MS));
	if ((await row.count()) !== before.count) return before;
	await row.clear();
	return null;
}

/**
 * Waits until the lock is ours.
 *
 * @returns null where the row belongs to somebody else: n8n's Remove Duplicates node with the scope 'Workflow'
 * @throws RecordUnavailable after `patienceMs`
 */
export async function acquireLock(row: LockRow, patienceMs: number): Promise<Hold | null> {
	const begunAt = Date.now();
	let watch: Watch | null = null;
	for (let waits = 0; Date.now() - begunAt <= patienceMs; waits++) {
		const count = await row.count();
		if (count > MOST_CHALLENGE_MARKS + 1) return null;
		if (count === 0) {
			watch = null;
			const startedAt = Date.now();
			const inserted = await insertRow(row);
			if (inserted === 'ours') return holdSince(row, startedAt);
			if (inserted === 'foreign') return null;
		} else {
			if (waits === WAITS_BEFORE_PROBE && !(await isLock(row))) return null;
			watch = await watchHolder(row, watch ?? { count, since: Date.now(), challenged: false }, count);
		}
		await pause(jitter(Math.min(FIRST_WAIT_MS * 2 ** waits, LONGEST_WAIT_MS)));
	}
	throw new RecordUnavailable('The lock of the record was not to be had in time');
}
