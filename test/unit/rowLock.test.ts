import { RecordUnavailable } from '../../nodes/shared/resend/record/table';
import { acquireLock, FENCE_MS, type Acquired } from '../../nodes/shared/resend/record/rowLock';
import { N8nRow } from './support/n8nRow';

const NOW = Date.parse('2026-06-15T12:00:00.000Z');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const TOKEN = 'n8n-nodes-invitations|lock';

let row = new N8nRow();

beforeEach(() => {
	jest.useFakeTimers({ now: NOW });
	row = new N8nRow();
});
afterEach(() => {
	jest.restoreAllMocks();
	jest.useRealTimers();
});

const later = async (milliseconds = 0) => await jest.advanceTimersByTimeAsync(milliseconds);

/** The same chances in every run of a test. */
function withChance(seed: number): void {
	let state = seed;
	jest.spyOn(Math, 'random').mockImplementation(() => {
		state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
		return state / 2_147_483_648;
	});
}

interface Attempt {
	/** Undefined while it waits. */
	acquired?: Acquired | null;
	thrown?: unknown;
	/** When it was over, since the test began. */
	at?: number;
}

/** Wants the lock, as a process of its own. */
function want({ patience = 10 * MINUTE, looksFirst = true } = {}): Attempt {
	const attempt: Attempt = {};
	void acquireLock(row, patience, looksFirst)
		.then(
			(acquired) => {
				attempt.acquired = acquired;
			},
			(thrown: unknown) => {
				attempt.thrown = thrown;
			},
		)
		.finally(() => {
			attempt.at = Date.now() - NOW;
		});
	return attempt;
}

function hold({ acquired }: Attempt) {
	if (!acquired) throw new Error('The lock is not ours');
	return acquired.hold;
}

async function wantNow(): Promise<Attempt> {
	const attempt = want();
	await later();
	hold(attempt);
	return attempt;
}

const isQuestion = (marks: readonly string[]) => marks.some((mark) => mark.includes('alive'));

describe('the lock', () => {
	it('is the row, which holds one mark while it is held and is gone afterwards', async () => {
		const first = await wantNow();
		expect(row.marks).toEqual([TOKEN]);
		expect(first.acquired?.hadToWait).toBe(false);
		await hold(first).release();
		expect(row.marks).toBeNull();
	});

	it('is had by the second once the first has given it back', async () => {
		const first = await wantNow();
		const second = want();
		await later(5 * SECOND);
		expect(second.acquired).toBeUndefined();
		await hold(first).release();
		await later(SECOND);
		expect(second.acquired?.hadToWait).toBe(true);
		expect(row.marks).toEqual([TOKEN]);
	});

	it('is had by one of two that see it free at the same moment', async () => {
		const both = [want(), want()];
		await later();
		const winners = both.filter(({ acquired }) => acquired);
		expect(winners).toHaveLength(1);
		await hold(winners[0] ?? {}).release();
		await later(SECOND);
		for (const { acquired } of both) expect(acquired).toBeTruthy();
	});

	it('is tried at once where nobody else was met of late, and costs one statement', async () => {
		const attempt = want({ looksFirst: false });
		await later();
		expect(row.statements[0]).toBe('record');
		await hold(attempt).release();
		const other = await wantNow();
		expect(want({ looksFirst: false }).acquired).toBeUndefined();
		await later(SECOND);
		expect(row.marks).toEqual([TOKEN]);
		await hold(other).release();
	});

	it('is not waited for longer than patience lasts', async () => {
		await wantNow();
		const second = want({ patience: 5 * SECOND });
		await later(4 * SECOND);
		expect(second.at).toBeUndefined();
		await later(2 * SECOND);
		expect(second.thrown).toBeInstanceOf(RecordUnavailable);
		expect(row.marks).toEqual([TOKEN]);
	});

	it.each([true, false])(
		'is not to be had from a database that does not answer, look first: %s',
		async (looksFirst) => {
			row.before = (statement) => {
				if (statement === 'record') throw new Error('SQLITE_BUSY: database is locked');
			};
			const attempt = want({ looksFirst });
			await later(SECOND);
			expect(attempt.thrown).toEqual(new RecordUnavailable('SQLITE_BUSY: database is locked'));
		},
	);

	it.each([
		'SQLITE_CONSTRAINT: UNIQUE constraint failed: processed_data',
		'duplicate key value violates unique constraint "PK_ca04b9d8dc72de268fe07a65773"',
	])('is waited for where another was quicker: %s', async (said) => {
		let lost = false;
		row.before = (statement) => {
			if (statement !== 'record' || lost) return;
			lost = true;
			throw new Error(said);
		};
		const attempt = want();
		await later(SECOND);
		expect(attempt.acquired).toBeTruthy();
	});

	it.each([1, 2, 3, 4, 5])(
		'is never held by two of many, and had by all (chance %d)',
		async (seed) => {
			withChance(seed);
			let [inside, most, served] = [0, 0, 0];
			const visit = async (rest: number): Promise<void> => {
				const acquired = await acquireLock(row, 10 * MINUTE, rest % 2 === 0);
				most = Math.max(most, ++inside);
				await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
				inside--;
				served++;
				await acquired?.hold.release();
			};
			const process = async (): Promise<void> => {
				for (let rest = 10; rest > 0; rest--) await visit(rest);
			};
			const all = Promise.all(Array.from({ length: 6 }, process));
			await later(3 * MINUTE);
			await all;
			expect([most, served]).toEqual([1, 60]);
			expect(row.marks).toBeNull();
		},
	);
});

describe('a holder that stands still', () => {
	it('may write for eight seconds', async () => {
		const holder = hold(await wantNow());
		await later(FENCE_MS);
		expect(() => holder.throwIfTooLate()).not.toThrow();
		await later(1);
		expect(() => holder.throwIfTooLate()).toThrow(RecordUnavailable);
	});

	it('neither writes after that nor takes the lock away from the next one', async () => {
		const holder = hold(await wantNow());
		const next = want();
		await later(40 * SECOND);
		hold(next);
		expect(() => holder.throwIfTooLate()).toThrow(RecordUnavailable);
		await holder.release();
		expect(row.marks).toEqual([TOKEN]);
		expect(() => hold(next).throwIfTooLate()).toThrow(RecordUnavailable);
	});
});

describe('giving back', () => {
	it('does not even look where it comes too late', async () => {
		const holder = hold(await wantNow());
		await later(FENCE_MS + 1);
		row.statements.length = 0;
		await holder.release();
		expect(row.statements).toEqual([]);
		expect(row.marks).toEqual([TOKEN]);
	});

	it('comes to nothing where it stood still while it looked', async () => {
		const holder = hold(await wantNow());
		row.statements.length = 0;
		row.before = () => jest.setSystemTime(NOW + FENCE_MS + 1);
		await holder.release();
		expect(row.statements).toEqual(['count']);
		expect(row.marks).toEqual([TOKEN]);
	});

	it('looks again where two questions cross it, and leaves no mark behind', async () => {
		const holder = hold(await wantNow());
		const questions = (count: number) =>
			Array.from({ length: count }, (_, index) => `${TOKEN}|are you alive ${index}`);
		row.put([TOKEN, ...questions(5)]);
		let crossed = false;
		row.before = (statement) => {
			if (statement !== 'record' || crossed) return;
			crossed = true;
			// It was asked by one who had read the row before the other asked.
			row.put([TOKEN, ...questions(3)]);
		};
		await holder.release();
		expect(crossed).toBe(true);
		expect(row.marks).toBeNull();
	});

	it('changes nothing where the row is gone', async () => {
		const holder = hold(await wantNow());
		row.put(null);
		row.statements.length = 0;
		await holder.release();
		expect(row.statements).toEqual(['count']);
	});

	it('asks nothing of a row that holds more than any question leaves', async () => {
		const holder = hold(await wantNow());
		row.put([TOKEN, ...Array.from({ length: 65 }, (_, index) => `theirs ${index}`)]);
		row.statements.length = 0;
		await holder.release();
		expect(row.statements).toEqual(['count', 'forget']);
	});
});

describe('a holder that has died', () => {
	/** As its process left it. */
	const died = () => row.put([TOKEN]);

	it.each([1, 2, 3, 4, 5])(
		'is found out after 28 seconds and not before (chance %d)',
		async (seed) => {
			withChance(seed);
			died();
			const attempt = want();
			await later(28 * SECOND);
			expect(attempt.at).toBeUndefined();
			await later(3 * SECOND);
			expect(hold(attempt)).toBeDefined();
			expect(row.marks).toEqual([TOKEN]);
		},
	);

	it('is watched anew from each sign of life', async () => {
		died();
		const attempt = want();
		await later(20 * SECOND);
		// Another holder, by now.
		row.put([TOKEN]);
		await later(27 * SECOND);
		expect(attempt.at).toBeUndefined();
		row.put(null);
		await later(SECOND);
		expect(hold(attempt)).toBeDefined();
	});

	it('is watched anew where the clock was set back', async () => {
		died();
		const attempt = want();
		await later(20 * SECOND);
		jest.setSystemTime(NOW - 10 * MINUTE);
		await later(15 * SECOND);
		expect(attempt.at).toBeUndefined();
		await later(30 * SECOND);
		expect(hold(attempt)).toBeDefined();
	});

	it.each([1, 2, 3, 4, 5, 6, 7, 8])(
		'is found out by several at once, and one of them wins (chance %d)',
		async (seed) => {
			withChance(seed);
			died();
			let [inside, most] = [0, 0];
			const process = async (): Promise<void> => {
				const acquired = await acquireLock(row, 10 * MINUTE);
				expect(acquired).not.toBeNull();
				most = Math.max(most, ++inside);
				await new Promise((resolve) => setTimeout(resolve, 300));
				inside--;
				await acquired?.hold.release();
			};
			const all = Promise.all(Array.from({ length: 4 }, process));
			await later(2 * MINUTE);
			await all;
			expect(most).toBe(1);
			expect(row.marks).toBeNull();
		},
	);

	it('is found out also where whoever asked it for a sign of life has died, too', async () => {
		row.put([TOKEN, ...[0, 1, 2, 3].map((index) => `${TOKEN}|are you alive ${index}`)]);
		const attempt = want();
		await later(28 * SECOND);
		expect(attempt.at).toBeUndefined();
		await later(10 * SECOND);
		expect(hold(attempt)).toBeDefined();
	});

	it('is told from one that others are at all the time', async () => {
		withChance(1);
		// Held at every moment at which anybody looks; each holder is alive and gives it back.
		died();
		const timer = setInterval(() => row.put([TOKEN]), 5 * SECOND);
		const attempt = want();
		await later(5 * MINUTE);
		clearInterval(timer);
		expect(attempt.at).toBeUndefined();
		await later(MINUTE);
		expect(hold(attempt)).toBeDefined();
	});

	/** Waits until whoever wants the lock asks the dead holder for the second time, which would break it. */
	const untilBroken = async (happens: (marks: readonly string[]) => void): Promise<Attempt> => {
		died();
		const attempt = want();
		let asked = 0;
		row.before = (statement, marks) => {
			if (statement !== 'record' || !isQuestion(marks)) return;
			asked += 1;
			if (asked === 2) happens(marks);
		};
		await later(31 * SECOND);
		expect(asked).toBe(2);
		return attempt;
	};

	it('is said in the words of the database where it cannot be asked', async () => {
		died();
		const attempt = want();
		row.before = (statement, marks) => {
			if (statement === 'record' && isQuestion(marks)) throw new Error('the disk is full');
		};
		await later(15 * SECOND);
		expect(attempt.thrown).toEqual(new RecordUnavailable('the disk is full'));
	});

	it('is said in the words of the database where its lock cannot be broken', async () => {
		const attempt = await untilBroken(() => {
			throw new Error('the disk is full');
		});
		expect(attempt.thrown).toEqual(new RecordUnavailable('the disk is full'));
	});

	it('was replaced by a living one just before its lock is broken: that one keeps it', async () => {
		const attempt = await untilBroken(() => row.put([TOKEN]));
		expect(attempt.at).toBeUndefined();
		expect(row.marks).toContain(TOKEN);
		expect(row.statements).not.toContain('clear');
	});

	it('has left a row that was gone just before its lock is broken: it is ours', async () => {
		const attempt = await untilBroken(() => row.put(null));
		await hold(attempt).release();
		expect(row.marks).toBeNull();
	});

	it('has left a row that came into use meanwhile: it stays as it was', async () => {
		const theirs = (count: number) =>
			Array.from({ length: count }, (_, index) => `theirs ${index}`);
		let count = 0;
		const attempt = await untilBroken((marks) => {
			count = marks.length - 1;
			row.put([TOKEN, ...theirs(count)]);
		});
		expect(attempt.acquired).toBeNull();
		expect(row.marks).toEqual([TOKEN, ...theirs(count)]);
	});

	it('is watched anew by one that stood still while it looked', async () => {
		let lateLooks = 1;
		const attempt = await untilBroken(() => {
			row.before = (statement) => {
				if (statement !== 'count' || lateLooks === 0) return;
				lateLooks -= 1;
				jest.setSystemTime(Date.now() + 2 * SECOND);
			};
		});
		expect(lateLooks).toBe(0);
		expect(attempt.at).toBeUndefined();
		expect(row.statements).not.toContain('clear');
		await later(40 * SECOND);
		expect(hold(attempt)).toBeDefined();
	});

	it('has left a question that a living one takes away', async () => {
		const holder = hold(await wantNow());
		await row.record([`${TOKEN}|are you alive 0`, `${TOKEN}|are you alive 1`]);
		await holder.release();
		expect(row.marks).toBeNull();
	});
});

describe('a question that comes too late', () => {
	it('locks nobody out', async () => {
		row.put([TOKEN]);
		const attempt = want();
		let asked = false;
		row.before = (statement, marks) => {
			if (statement !== 'record' || !isQuestion(marks) || asked) return;
			asked = true;
			// The holder gives the lock back just then.
			row.put(null);
		};
		await later(15 * SECOND);
		expect(asked).toBe(true);
		await hold(attempt).release();
		await hold(await wantNow()).release();
		expect(row.marks).toBeNull();
	});

	it('is none where another was quicker', async () => {
		row.put([TOKEN]);
		const attempt = want();
		let asked = false;
		row.before = (statement, marks) => {
			if (statement === 'record' && isQuestion(marks) && !asked) row.put(null);
		};
		row.between = (statement, marks) => {
			if (statement !== 'record' || !isQuestion(marks) || asked) return;
			asked = true;
			row.put([TOKEN]);
		};
		await later(20 * SECOND);
		expect(asked).toBe(true);
		expect(attempt.at).toBeUndefined();
		row.put(null);
		await later(SECOND);
		expect(hold(attempt)).toBeDefined();
	});
});

describe('a row that belongs to Remove Duplicates', () => {
	const theirs = (count: number) => Array.from({ length: count }, (_, index) => `value ${index}`);

	it.each([1, 2, 20, 64, 65, 66, 5_000])('is left as it was, with %d values', async (count) => {
		row.put(theirs(count));
		const attempt = want();
		await later(MINUTE);
		expect(attempt.acquired).toBeNull();
		expect(row.marks).toEqual(theirs(count));
		expect(row.statements).not.toContain('clear');
	});

	it.each([true, false])(
		'is left as it was in another mode, look first: %s',
		async (looksFirst) => {
			row.put(['2026-06-15'], 'latestDate');
			const attempt = want({ looksFirst });
			await later(MINUTE);
			expect(attempt.acquired).toBeNull();
			expect(row.marks).toEqual(['2026-06-15']);
			expect(row.statements).not.toContain('clear');
		},
	);

	it('is not taken for free where it is tried at once', async () => {
		row.put(theirs(3));
		const attempt = want({ looksFirst: false });
		await later(MINUTE);
		expect(attempt.acquired).toBeNull();
		expect(row.marks).toEqual(theirs(3));
	});

	it('is found out soon', async () => {
		row.put(theirs(3));
		const attempt = want();
		await later(3 * SECOND);
		expect(attempt.acquired).toBeNull();
	});

	it.each([1, 2, 65, 100])(
		'is left with its %d values where it came into use meanwhile',
		async (count) => {
			const holder = hold(await wantNow());
			row.put([TOKEN, ...theirs(count)]);
			await holder.release();
			expect(row.marks).toEqual(theirs(count));
		},
	);

	it('is left as it was where it was cleared and used meanwhile', async () => {
		const holder = hold(await wantNow());
		row.put(theirs(2));
		await holder.release();
		expect(row.marks).toEqual(theirs(2));
		row.put(null);
		await holder.release();
		expect(row.marks).toBeNull();
	});

	it('is left as it was though the lock in it was asked for a sign of life', async () => {
		const holder = hold(await wantNow());
		const question = `${TOKEN}|are you alive 0`;
		row.put([TOKEN, question, ...theirs(2)]);
		await holder.release();
		expect(row.marks).toEqual(expect.arrayContaining(theirs(2)));
		expect(row.marks).not.toContain(TOKEN);
		expect(row.statements).not.toContain('clear');
	});

	it('is not broken, though it stands still with the mark of a lock in it', async () => {
		row.put([TOKEN, ...theirs(3)]);
		const attempt = want({ patience: 3 * MINUTE });
		await later(5 * MINUTE);
		expect(attempt.acquired ?? null).toBeNull();
		expect(row.marks).toEqual(expect.arrayContaining(theirs(3)));
		expect(row.statements).not.toContain('clear');
	});
});
