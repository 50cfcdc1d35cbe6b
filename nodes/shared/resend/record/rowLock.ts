import { messageOf } from '../../core/json';
import { pause } from '../../core/time';
import { RecordUnavailable, type Fence, type LockRow } from './table';

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
/** After this long without being seen free, its holder is asked for a sign of life. */
const SUSPECT_MS = 12_000;
/**
 * How long it has to give one. With the time before it this is 20 s more than the fence: as long as n8n waits for a
 * connection to PostgreSQL, so that a write which passed the fence in time is done before the lock is broken.
 */
const WATCH_MS = 16_000;

/** Polite at first, and never long: a critical section takes a few milliseconds. */
const FIRST_WAIT_MS = 3;
const LONGEST_WAIT_MS = 60;
/**
 * After about a second without a change it is tried all the same: a lock does not last so long, and a row of another
 * node shows then. Not sooner, for that writes into its row.
 */
const WAITS_BEFORE_PROBE = 20;

/** A look that took longer tells nothing of what is there now. */
const LONGEST_LOOK_MS = 1_000;
/** Processes that would break a lock at the same moment must see each other's work. */
const BREAK_JITTER_MS = 2_000;

const LOOKS_AT_RELEASE = 3;

/** A challenge leaves so many marks that two of them are hardly ever alike. */
const MOST_CHALLENGE_MARKS = 64;
const LEAST_CHALLENGE_MARKS = 2;

export interface Hold extends Fence {
	release(): Promise<void>;
}

export interface Acquired {
	hold: Hold;
	/** Whether somebody else had it. */
	hadToWait: boolean;
}

function challengeMarks(count: number): string[] {
	return Array.from({ length: count }, (_, index) => `${TOKEN}|are you alive ${index}`);
}

function jitter(milliseconds: number): number {
	return milliseconds * (0.5 + Math.random());
}

/** How databases tell that the row was inserted by another in between (SQLite, PostgreSQL). */
export const LOST_INSERT = /unique|duplicate/i;
/** n8n's words for a row that is kept in another mode. */
const OTHER_MODE = /^Deduplication Failed/;

/**
 * What came of writing the lock's mark, and others beside it.
 *
 * - `ours`: there was no row, so the lock is ours.
 * - `taken`: it is a lock that somebody has.
 * - `foreign`: the row is another node's, and is left as it was.
 */
type Taken = { kind: 'ours' | 'foreign' } | { kind: 'taken'; fresh: ReadonlySet<string> };

/** @returns or what the database said, if it was none of these */
async function takeRow(row: LockRow, more: readonly string[] = []): Promise<Taken | string> {
	let written: Awaited<ReturnType<LockRow['insert']>>;
	try {
		written = await row.insert([TOKEN, ...more]);
	} catch (thrown) {
		const said = messageOf(thrown);
		if (LOST_INSERT.test(said)) return { kind: 'taken', fresh: new Set() };
		return OTHER_MODE.test(said) ? { kind: 'foreign' } : said;
	}
	const { inserted, fresh } = written;
	if (inserted) return { kind: 'ours' };
	if (!fresh.has(TOKEN)) return { kind: 'taken', fresh };
	await row.forget([...fresh]);
	return { kind: 'foreign' };
}

function holdSince(row: LockRow, startedAt: number): Hold {
	const isTooLate = (): boolean => Date.now() - startedAt > FENCE_MS;
	return {
		throwIfTooLate() {
			if (isTooLate())
				throw new RecordUnavailable('Stood still while holding the lock of the record');
		},
		async release() {
			// More than once: two questions that cross can each overwrite what was seen of the other.
			for (let looks = 0; looks < LOOKS_AT_RELEASE; looks++) {
				// Too late, it may be another's. If it is not, others find out that nobody holds it.
				if (isTooLate()) return;
				const count = await row.count();
				const isClean = count === 1 || (count > 1 && (await holdsNothingElse(row, count)));
				if (isTooLate() || count === 0) return;
				if (isClean) return await row.clear();
				if (count > MOST_CHALLENGE_MARKS + 1) break;
			}
			// n8n's Remove Duplicates node has begun to use the row: what it holds is not ours to clear. Only what
			// it writes while the row holds nothing but the lock, in its first run, can be lost.
			await row.forget([TOKEN]);
		},
	};
}

/** Whether a lock's row with so many marks holds only the lock's, and those that ask for a sign of life. */
async function holdsNothingElse(row: LockRow, count: number): Promise<boolean> {
	if (count > MOST_CHALLENGE_MARKS + 1) return false;
	const fresh = await row.record([TOKEN, ...challengeMarks(count - 1)]);
	if (fresh.size > 0) await row.forget([...fresh]);
	return fresh.size === 0;
}

/** How a row looked over time, to tell a lock that is busy from one whose holder is gone. */
interface Watch {
	/** One where it was not asked for a sign of life; a living holder takes the marks of that away. */
	count: number;
	/** Since when it was not seen to change. */
	since: number;
	/** Whether it was we who asked. */
	isOurs: boolean;
}

/** What looking after a lock comes to: it goes on, or the row turns out to be ours or foreign. */
type Watched = Watch | 'ours' | 'foreign';

async function challenge(row: LockRow): Promise<Watched> {
	const more =
		LEAST_CHALLENGE_MARKS +
		Math.floor(Math.random() * (MOST_CHALLENGE_MARKS - LEAST_CHALLENGE_MARKS + 1));
	// With the lock's own mark: should it have been given back just now, this takes it.
	const taken = await takeRow(row, challengeMarks(more));
	if (typeof taken === 'string') throw new RecordUnavailable(taken);
	if (taken.kind !== 'taken') return taken.kind;
	const count = await row.count();
	return { count, since: Date.now(), isOurs: count === more + 1 };
}

/** Takes a lock away from a holder that gave no sign of life. */
async function breakLock(row: LockRow, before: Watch): Promise<Watched> {
	const { count } = before;
	const askedAt = Date.now();
	const taken = await takeRow(row, challengeMarks(count - 1));
	if (typeof taken === 'string') throw new RecordUnavailable(taken);
	if (taken.kind !== 'taken') return taken.kind;
	if (taken.fresh.size > 0) {
		await row.forget([...taken.fresh]);
		// The same number of marks, and some of them are not ours: the lock's mark was left among a stranger's.
		return (await row.count()) === count ? 'foreign' : { count: 0, since: askedAt, isOurs: false };
	}
	const isStill = (await row.count()) === count;
	// A process that stood still here itself knows nothing any more.
	if (!isStill || Date.now() - askedAt > LONGEST_LOOK_MS) return { ...before, since: Date.now() };
	await row.clear();
	return { count: 0, since: askedAt, isOurs: false };
}

/** Looks whether the holder is alive. */
async function watchHolder(row: LockRow, before: Watch, count: number): Promise<Watched> {
	const now = Date.now();
	if (count !== before.count || now < before.since) return { count, since: now, isOurs: false };
	const lasted = now - before.since;
	if (count === 1) return lasted < SUSPECT_MS ? before : await challenge(row);
	// One breaks it; the others only if that one has died, too. Nobody asks again, which would begin the wait anew.
	if (lasted < (before.isOurs ? WATCH_MS : 2 * WATCH_MS)) return before;
	await pause(Math.random() * BREAK_JITTER_MS);
	return (await row.count()) === count ? await breakLock(row, before) : before;
}

/**
 * Waits until the lock is ours.
 *
 * @param looksFirst whether to see first that the row is not there: PostgreSQL writes a line into its log for each
 * insert that is lost, so it is tried at once only where nobody else was met of late
 * @returns null where the row belongs to somebody else: n8n's Remove Duplicates node with the scope 'Workflow'
 * @throws RecordUnavailable after `patienceMs`
 */
export async function acquireLock(
	row: LockRow,
	patienceMs: number,
	looksFirst = true,
): Promise<Acquired | null> {
	let watch: Watch | null = null;
	let waited = 0;
	for (let waits = 0; waited <= patienceMs; waits++) {
		const count = looksFirst || waits > 0 ? await row.count() : 0;
		if (count > MOST_CHALLENGE_MARKS + 1) return null;
		const startedAt = Date.now();
		let found: Watched | null;
		if (count === 0 || waits === WAITS_BEFORE_PROBE) {
			const taken = await takeRow(row);
			if (typeof taken === 'string') throw new RecordUnavailable(taken);
			found = taken.kind === 'taken' ? null : taken.kind;
		} else {
			found = await watchHolder(row, watch ?? { count, since: startedAt, isOurs: false }, count);
		}
		if (found === 'ours') return { hold: holdSince(row, startedAt), hadToWait: waits > 0 };
		if (found === 'foreign') return null;
		watch = found ?? (count === 0 ? null : watch);
		const wait = jitter(Math.min(FIRST_WAIT_MS * 2 ** waits, LONGEST_WAIT_MS));
		waited += wait;
		await pause(wait);
	}
	throw new RecordUnavailable('The lock of the record could not be taken in time');
}
