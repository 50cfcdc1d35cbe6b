import { commit, rollBack } from '../../nodes/shared/resend/record/endLease';
import { SAFE_MS, type LeaseResult, type Step } from '../../nodes/shared/resend/record/entry';
import { lease } from '../../nodes/shared/resend/record/lease';
import { isExact, submit } from '../../nodes/shared/resend/record/groupCommit';
import { RecordUnavailable, type ProcessedTable } from '../../nodes/shared/resend/record/table';
import { N8nRow } from './support/n8nRow';

const NOW = Date.parse('2026-06-15T12:00:00.000Z');
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

interface Table extends ProcessedTable {
	readonly marks: N8nRow;
	readonly lock: { id: string; row: N8nRow };
}

let tables = 0;

/** The rows of a Resend node in a workflow that no other test knows. */
function newTable(lock = { id: `workflow ${tables++}`, row: new N8nRow() }): Table {
	return { id: `${lock.id}|node ${tables++}`, marks: new N8nRow(), lock };
}

let table = newTable();

beforeEach(() => {
	jest.useFakeTimers({ now: NOW });
	table = newTable();
	jest.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
		const controller = new AbortController();
		setTimeout(() => controller.abort(), milliseconds);
		return controller.signal;
	});
});
afterEach(() => {
	jest.restoreAllMocks();
	jest.useRealTimers();
});

const later = async (milliseconds = SECOND) => await jest.advanceTimersByTimeAsync(milliseconds);
const wait = async (milliseconds: number) =>
	await new Promise<void>((resolve) => {
		setTimeout(resolve, milliseconds);
	});

/** Asks about one list of marks after the other, then forgets some; its result is what was new. */
function asking(lists: string[][], forget: string[] = [], fresh: string[] = []): Step<string[]> {
	const [marks, ...rest] = lists;
	if (marks === undefined) return { kind: 'done', forget, result: fresh };
	return { kind: 'ask', marks, next: (more) => asking(rest, forget, [...fresh, ...more]) };
}

/** What came of an operation: its result, or what was thrown. */
interface Outcome<T> {
	result?: T;
	thrown?: unknown;
}

function watched<T>(promise: Promise<T>): Outcome<T> {
	const outcome: Outcome<T> = {};
	void promise.then(
		(result) => {
			outcome.result = result;
		},
		(thrown: unknown) => {
			outcome.thrown = thrown;
		},
	);
	return outcome;
}

const doing = (entry: string, lists: string[][], forget: string[] = [], undo = false) =>
	watched(submit(table, entry, () => asking(lists, forget), undo));

const leasing = (entry: string, on: ProcessedTable = table) => {
	const request = { entry, window: 'day', windows: ['day', 'ever'], own: null, now: Date.now() };
	return watched(submit<LeaseResult>(on, entry, () => lease(request), true));
};

const entries = (count: number) => Array.from({ length: count }, (_, index) => `entry ${index}`);

/** Fails the next statements of a kind. */
function fail(
	row: N8nRow,
	kind: string,
	{ times = 1, message = 'SQLITE_BUSY: database is locked' } = {},
): void {
	let failed = 0;
	row.before = (statement) => {
		if (statement !== kind || failed === times) return;
		failed++;
		throw new Error(message);
	};
}

describe('operations that wait together', () => {
	it('share one lock, one recording and one forgetting', async () => {
		const all = entries(20).map((entry) =>
			doing(entry, [[`${entry} a`, `${entry} b`]], [`${entry} a`]),
		);
		await later();
		for (const [index, { result }] of all.entries()) {
			expect(result).toEqual([`entry ${index} a`, `entry ${index} b`]);
		}
		expect(table.marks.statements).toEqual(['record', 'forget']);
		expect(table.marks.marks).toEqual(entries(20).map((entry) => `${entry} b`));
		expect(table.lock.row.statements.filter((statement) => statement === 'clear')).toHaveLength(1);
		expect(table.lock.row.marks).toBeNull();
	});

	it('ask as often as the one that asks most', async () => {
		const [one, three] = [doing('a', [['a 1']]), doing('b', [['b 1'], ['b 2'], ['b 3']])];
		const none = doing('c', []);
		await later();
		expect(table.marks.statements).toEqual(['record', 'record', 'record']);
		expect([one.result, three.result, none.result]).toEqual([['a 1'], ['b 1', 'b 2', 'b 3'], []]);
	});

	it('come to their end where one of them has nothing to ask', async () => {
		const both = [doing('a', [[]], ['x']), doing('b', [['b'], [], ['c']])];
		await later();
		expect(both.map(({ result }) => result)).toEqual([[], ['b', 'c']]);
	});

	it('hear only of their own marks, and of what was new in them', async () => {
		table.marks.put(['a 1', 'b 2']);
		const [a, b] = [doing('a', [['a 1', 'a 2']]), doing('b', [['b 1', 'b 2']])];
		await later();
		expect([a.result, b.result]).toEqual([['a 2'], ['b 1']]);
	});

	it('write nothing where there is nothing to write, and find the lock all the same', async () => {
		const nothing = doing('', []);
		await later();
		expect(nothing.result).toEqual([]);
		expect(table.marks.statements).toEqual([]);
		expect(table.lock.row.statements).toContain('clear');
	});

	it('are fifty at most; the others come next', async () => {
		const all = entries(120).map((entry) => doing(entry, [[entry]]));
		await later();
		for (const { result } of all) expect(result).toHaveLength(1);
		expect(table.marks.statements).toEqual(['record', 'record', 'record']);
	});

	it('are joined by those that come while the lock is waited for, not by later ones', async () => {
		await table.lock.row.record(['n8n-nodes-invitations|lock']);
		const first = doing('a', [['a']]);
		await later();
		const second = doing('b', [['b']]);
		table.marks.before = async () => await wait(SECOND);
		await table.lock.row.clear();
		await later(500);
		const third = doing('c', [['c']]);
		await later(5 * SECOND);
		expect([first.result, second.result, third.result]).toEqual([['a'], ['b'], ['c']]);
		expect(table.marks.statements).toEqual(['record', 'record']);
	});
});

describe('two operations on one entry', () => {
	it('go one after the other, and the second sees what the first did', async () => {
		const [first, second, other] = [leasing('a'), leasing('a'), leasing('b')];
		await later();
		expect([first, second, other].map(({ result }) => result?.kind)).toEqual([
			'granted',
			'leased',
			'granted',
		]);
	});

	it('keep their order, and so does what comes behind them', async () => {
		const order: string[] = [];
		const noting = (entry: string, name: string) =>
			void submit(table, entry, () => asking([[name]])).then(() => order.push(name));
		noting('a', 'first');
		noting('a', 'second');
		noting('b', 'third');
		noting('a', 'fourth');
		await later();
		expect(order).toEqual(['first', 'second', 'third', 'fourth']);
		expect(table.marks.statements).toEqual(['record', 'record', 'record']);
	});
});

describe('a lease that ends and one that is taken', () => {
	it('share a section: the one is ended before the other is there', async () => {
		const first = leasing('a');
		await later();
		if (first.result?.kind !== 'granted') throw new Error('Not granted');
		const { lease: held } = first.result;
		const sections: string[][] = [];
		table.marks.before = (statement, marks) => {
			sections.push([statement, ...marks.filter((mark) => mark.endsWith('|intent'))]);
		};
		leasing('b');
		watched(submit(table, 'a', () => commit(held, ['day', 'ever'])));
		await later();
		expect(sections).toEqual([
			['forget', 'a|intent'],
			['record', 'b|intent'],
		]);
	});

	it('records windows that the lease has not reserved', async () => {
		const first = leasing('a');
		await later();
		if (first.result?.kind !== 'granted') throw new Error('Not granted');
		const { lease: held } = first.result;
		watched(submit(table, 'a', () => commit(held, ['day', 'the next day'])));
		await later();
		expect(table.marks.marks).toEqual(['a|sent day', 'a|sent the next day']);
	});
});

describe('a table that fails', () => {
	it('fails the operations of that section, and no others', async () => {
		fail(table.marks, 'record');
		const section = entries(3).map((entry) => doing(entry, [[entry]]));
		const behind = doing('entry 0', [['again']]);
		await later();
		for (const { thrown } of section) {
			expect(thrown).toEqual(new Error('SQLITE_BUSY: database is locked'));
		}
		expect(behind.result).toEqual(['again']);
		expect(table.lock.row.marks).toBeNull();
	});

	it('fails them where the lock cannot be had', async () => {
		fail(table.lock.row, 'record');
		const section = entries(3).map((entry) => doing(entry, [[entry]]));
		await later();
		for (const { thrown } of section) expect(thrown).toBeInstanceOf(RecordUnavailable);
		const next = doing('a', [['a']]);
		await later();
		expect(next.result).toEqual(['a']);
		expect(table.marks.marks).toEqual(['a']);
	});

	it('keeps what was written where only giving the lock back fails', async () => {
		fail(table.lock.row, 'clear');
		const ending = doing('ending', [['a']]);
		const tentative = doing('tentative', [['b']], [], true);
		await later(MINUTE);
		expect([ending.result, tentative.result]).toEqual([['a'], ['b']]);
		expect(table.marks.marks).toEqual(['a', 'b']);
		// The lock that is left behind keeps nobody out for long.
		const next = doing('next', [['c']]);
		await later(MINUTE);
		expect(next.result).toEqual(['c']);
		expect(table.lock.row.marks).toBeNull();
	});

	it('leaves what was recorded, or takes it away again where nobody will act on it', async () => {
		table.marks.put(['old']);
		fail(table.marks, 'forget', { times: 7 });
		const kept = doing('a', [['a', 'old']], ['x']);
		const undone = doing('b', [['b', 'old']], ['x'], true);
		await later(5 * SECOND);
		expect(kept.thrown).toBeDefined();
		expect(undone.thrown).toBeDefined();
		expect(table.marks.marks).toEqual(['old', 'a']);
	});

	it('is told again to forget, under the same lock', async () => {
		fail(table.marks, 'forget', { times: 2 });
		const forgetting = doing('a', [['a', 'b']], ['a']);
		const behind = doing('a', [['a']]);
		await later();
		expect(forgetting.result).toEqual(['a', 'b']);
		expect(behind.result).toEqual(['a']);
		expect(table.marks.statements).toEqual(['record', 'forget', 'forget', 'forget', 'record']);
	});

	it('does not undo what ended before it failed, and has nobody write that again', async () => {
		const taken = leasing('a');
		await later();
		if (taken.result?.kind !== 'granted') throw new Error('Not granted');
		const { lease: held } = taken.result;
		fail(table.marks, 'record');
		const seen: unknown[] = [];
		table.lock.row.before = (statement) => {
			if (statement === 'clear') seen.push(ended.result);
		};
		const ended = watched(submit(table, 'a', () => rollBack(held, Date.now())).then(() => 'done'));
		const failed = leasing('b');
		await later();
		expect(ended.result).toBe('done');
		// Nobody hears of it, and ends, while the lock is still held.
		expect(seen).toEqual([undefined]);
		expect(failed.thrown).toBeDefined();
		expect(table.marks.marks).toEqual([]);
	});

	it('is left with it where taking it away comes too late to be sure whose it is', async () => {
		table.marks.before = async (statement) => {
			if (statement !== 'forget') return;
			jest.setSystemTime(NOW + SAFE_MS);
			await Promise.reject(new Error('gone'));
		};
		const late = doing('b', [['b']], ['x'], true);
		await later();
		table.marks.before = () => undefined;
		await later(MINUTE);
		expect(late.thrown).toBeDefined();
		expect(table.marks.marks).toEqual(['b']);
	});

	it('that hangs holds its section up for half a minute, and no longer', async () => {
		let hangs = true;
		table.marks.before = async () => {
			if (hangs) await new Promise<void>(() => undefined);
		};
		const hanging = doing('a', [['a']]);
		await later(29 * SECOND);
		expect(hanging).toEqual({});
		hangs = false;
		await later(2 * SECOND);
		expect(hanging.thrown).toBeInstanceOf(RecordUnavailable);
		const next = doing('b', [['b']]);
		// Its lock was never given back.
		await later(40 * SECOND);
		expect(next.result).toEqual(['b']);
	});

	it('whose lock hangs is given up after two minutes, and not written to later', async () => {
		let goOn = (): void => undefined;
		const hanging = new Promise<void>((resolve) => {
			goOn = resolve;
		});
		table.lock.row.before = async () => await hanging;
		const givenUp = doing('a', [['a']]);
		await later(MINUTE);
		const next = doing('b', [['b']]);
		await later(59 * SECOND);
		expect(givenUp).toEqual({});
		await later(2 * SECOND);
		expect(givenUp.thrown).toBeInstanceOf(RecordUnavailable);
		goOn();
		await later(10 * SECOND);
		expect(next.result).toEqual(['b']);
		expect(table.marks.marks).toEqual(['b']);
	});

	it('is not written to by a process that stood still', async () => {
		table.marks.before = () => {
			// Others have broken the lock and written since.
			jest.setSystemTime(Date.now() + 9 * SECOND);
			table.lock.row.put(['n8n-nodes-invitations|lock']);
			table.marks.put(['theirs']);
		};
		const late = doing('a', [['a']]);
		await later();
		expect(late.thrown).toBeInstanceOf(RecordUnavailable);
		expect(table.marks.marks).toEqual(['theirs']);
		expect(table.lock.row.marks).not.toBeNull();
	});
});

describe('a table that nobody else can reach', () => {
	it('needs no lock', async () => {
		const marks = new N8nRow();
		const own: ProcessedTable = { id: `process ${tables++}`, marks, lock: null };
		const [first, second] = [leasing('a', own), leasing('a', own)];
		await later(0);
		expect([first.result?.kind, second.result?.kind]).toEqual(['granted', 'leased']);
		expect(isExact(own)).toBe(true);
	});
});

describe('two nodes of one workflow', () => {
	it('share the lock, and neither keeps the other for long', async () => {
		const other = newTable(table.lock);
		const all = entries(10).flatMap((entry) => [leasing(entry), leasing(entry, other)]);
		await later(5 * SECOND);
		for (const { result } of all) expect(result?.kind).toBe('granted');
		expect(table.lock.row.marks).toBeNull();
	});
});

describe('several processes', () => {
	/** The module as another process has it. */
	function otherProcess(): typeof submit {
		let theirs: typeof submit | undefined;
		jest.isolateModules(() => {
			const path = '../../nodes/shared/resend/record/groupCommit';
			theirs = jest.requireActual<{ submit: typeof submit }>(path).submit;
		});
		if (theirs === undefined) throw new Error('Not loaded');
		return theirs;
	}

	it.each([1, 2, 3])('lose nothing, and send each invitation once (chance %d)', async (seed) => {
		let state = seed;
		jest.spyOn(Math, 'random').mockImplementation(() => {
			state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
			return state / 2_147_483_648;
		});
		// A statement takes a while, in which others read and write.
		for (const row of [table.marks, table.lock.row]) {
			row.between = async () => await wait(1 + Math.floor(Math.random() * 5));
		}
		const granted: string[] = [];
		const windows = ['day', 'ever'];
		const send = async (process: typeof submit, entry: string): Promise<void> => {
			const request = { entry, window: 'day', windows, own: null, now: Date.now() };
			const taken = await process<LeaseResult>(table, entry, () => lease(request));
			if (taken.kind !== 'granted') return;
			granted.push(entry);
			await process(table, entry, () => commit(taken.lease, windows));
		};
		const all = Promise.all(
			[submit, otherProcess(), otherProcess()].map(async (process) => {
				for (const entry of entries(15)) await send(process, entry);
			}),
		);
		await later(2 * MINUTE);
		await all;
		expect(granted.sort()).toEqual(entries(15).sort());
		const sent = entries(15).flatMap((entry) => windows.map((name) => `${entry}|sent ${name}`));
		expect(table.marks.marks?.sort()).toEqual(sent.sort());
		expect(table.lock.row.marks).toBeNull();
	});
});

describe('where Remove Duplicates has the row of the lock', () => {
	beforeEach(() => table.lock.row.put(['theirs 1', 'theirs 2']));

	/** Has found out whose the row is. */
	async function findOut(): Promise<void> {
		doing('first', [['first']]);
		await later(3 * SECOND);
		expect(isExact(table)).toBe(false);
	}

	/** Lets another process overwrite what was written, by what it read before. */
	function overwriteAfter(milliseconds: number, before = table.marks.marks): void {
		setTimeout(() => table.marks.put(before), milliseconds);
	}

	it('is worked without it, and it is left as it was', async () => {
		expect(isExact(table)).toBe(true);
		const [first, second] = [leasing('a'), leasing('a')];
		await later(3 * SECOND);
		expect([first.result?.kind, second.result?.kind]).toEqual(['granted', 'leased']);
		expect(isExact(table)).toBe(false);
		expect(table.lock.row.marks).toEqual(['theirs 1', 'theirs 2']);
		expect(table.marks.marks?.filter((mark) => !mark.startsWith('a|'))).toEqual([]);
	});

	it('is looked for again after six hours', async () => {
		doing('a', [['a']]);
		await later(3 * SECOND);
		table.lock.row.put(null);
		await later(5.9 * HOUR);
		expect(isExact(table)).toBe(false);
		await later(0.2 * HOUR);
		expect(isExact(table)).toBe(true);
		const before = table.lock.row.statements.length;
		doing('b', [['b']]);
		await later(3 * SECOND);
		expect(table.lock.row.statements.slice(before)).toContain('clear');
		expect(isExact(table)).toBe(true);
	});

	it('is found anew where it still is so', async () => {
		doing('a', [['a']]);
		await later(6.1 * HOUR);
		const again = doing('b', [['b']]);
		await later(3 * SECOND);
		expect(again.result).toEqual(['b']);
		expect(isExact(table)).toBe(false);
		expect(table.lock.row.marks).toEqual(['theirs 1', 'theirs 2']);
	});

	it('has what was overwritten done again', async () => {
		await findOut();
		const written = doing('a', [['a', 'b']], ['b']);
		overwriteAfter(10);
		await later(10);
		expect(table.marks.marks).not.toContain('a');
		await later(3 * SECOND);
		expect(written.result).toEqual(['a', 'b']);
		expect(table.marks.marks).toEqual(['first', 'a']);
	});

	it('answers by what stands in the end', async () => {
		await findOut();
		const late = leasing('a');
		// Another process has taken it, and its writing has undone ours.
		const theirs = new N8nRow();
		await submit({ id: `theirs ${tables++}`, marks: theirs, lock: null }, 'a', () =>
			lease({ entry: 'a', window: 'day', windows: ['day', 'ever'], own: null, now: NOW }),
		);
		await theirs.record(['first']);
		overwriteAfter(10, theirs.marks);
		await later(3 * SECOND);
		expect(late.result).toEqual({ kind: 'leased' });
		expect(table.marks.marks?.sort()).toEqual(theirs.marks?.sort());
	});

	it('has it done again also where it is overwritten by what was read meanwhile', async () => {
		await findOut();
		let writings = 0;
		table.marks.before = (statement, marks) => {
			if (statement !== 'record' || !marks.includes('a')) return;
			writings++;
			// Another process reads just before ours is written, or written again, and writes just after.
			if (writings <= 2) overwriteAfter(10);
		};
		const written = doing('a', [['a', 'b']], ['b']);
		await later(3 * SECOND);
		expect(writings).toBe(3);
		expect(written.result).toEqual(['a', 'b']);
		expect(table.marks.marks).toEqual(expect.arrayContaining(['first', 'a']));
	});

	it.each([
		[true, ['first']],
		[false, ['first', 'a']],
	])('where it came too late, has it taken away again: %s', async (undo, left) => {
		await findOut();
		let isFirst = true;
		table.marks.before = async (statement) => {
			if (statement !== 'record' || !isFirst) return;
			isFirst = false;
			await wait(40 * SECOND);
		};
		const late = doing('a', [['a']], [], undo);
		await later(35 * SECOND);
		expect(late.thrown).toBeInstanceOf(RecordUnavailable);
		await later(MINUTE);
		expect(table.marks.marks).toEqual(left);
	});

	it('has only the forgetting done again where only that was lost', async () => {
		await findOut();
		let begun = 0;
		const written = watched(
			submit(table, 'a', () => {
				begun++;
				return asking([['a', 'b']], ['b']);
			}),
		);
		let isLost = false;
		table.marks.before = (statement, marks) => {
			if (statement !== 'forget' || isLost || !marks.includes('b')) return;
			isLost = true;
			overwriteAfter(10);
		};
		await later(3 * SECOND);
		expect(isLost).toBe(true);
		expect(begun).toBe(1);
		expect(written.result).toEqual(['a', 'b']);
		expect(table.marks.marks).toEqual(['first', 'a']);
	});

	it('begins again where another makes the row at the same moment', async () => {
		let isFirst = true;
		table.marks.between = (statement) => {
			if (statement !== 'record' || !isFirst) return;
			isFirst = false;
			table.marks.put(['theirs']);
		};
		const written = doing('a', [['a']]);
		await later(3 * SECOND);
		expect(written.result).toEqual(['a']);
		expect(table.marks.marks).toEqual(['theirs', 'a']);
	});

	it('is given up where it is overwritten again and again', async () => {
		const timer = setInterval(() => table.marks.put(['theirs']), 10);
		const written = doing('a', [['a']]);
		await later(20 * SECOND);
		clearInterval(timer);
		expect(written.thrown).toBeInstanceOf(RecordUnavailable);
	});

	it('has those fail with what the database says, where that is something else', async () => {
		await findOut();
		fail(table.marks, 'record');
		const written = doing('a', [['a']]);
		await later(3 * SECOND);
		expect(written.thrown).toEqual(new Error('SQLITE_BUSY: database is locked'));
	});

	it('leaves none of its own marks, also none of a section that died', async () => {
		for (const entry of entries(100)) {
			doing(entry, [[entry]]);
			await later(3 * SECOND);
		}
		expect(table.marks.marks).toEqual(entries(100));
	});
});
