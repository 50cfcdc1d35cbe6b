import fc from 'fast-check';
import type {
	ICheckProcessedContextData,
	IDataDeduplicator,
	IExecuteFunctions,
} from 'n8n-workflow';
import { pause } from '../../nodes/shared/pause';
import type { LedgerState } from '../../nodes/shared/resend/policy';
import { openRunMemory } from '../../nodes/shared/resend/executionState';
import {
	LEDGER_CAPACITY,
	ledgerUnavailable,
	openLedger,
	type SendLedger,
} from '../../nodes/shared/resend/sendLedger';
import { inTurn } from '../../nodes/shared/resend/turns';
import {
	brokenDeduplication,
	Deduplicator,
	tableInMemory,
	type ProcessedData,
} from '../engine/harness/deduplication';

// A mutant has only to be found, not to be explained.
fc.configureGlobal({ endOnFailure: '__STRYKER_ACTIVE_MUTANT__' in process.env });

// The model of n8n's table asks for n8n-core only to install itself there, which no test here does.
jest.mock('../engine/harness/runtime', () => ({}));
jest.mock('../../nodes/shared/pause');
jest.mock('../../nodes/shared/resend/turns');

/*
 * What is guaranteed, and tested below:
 *
 * 1. `sent` is read only after a confirm (or a keep) of that entry was written. A process that dies
 *    after any single write leaves the state before, the state after, or `open`; never another.
 * 2. Of executions that begin the same entry at once one gets `none`, however their reads and writes
 *    of the table interleave, as long as no read-modify-write takes longer than the pause. In one
 *    process they take turns, and nothing interleaves.
 * 3. A held entry is `busy` for all others for five to ten minutes, and `open` after that.
 */

// Every order of two executions is some thousand runs, which takes its time on a busy machine.
jest.setTimeout(60_000);

const MINUTE = 60_000;
const ENTRY = 'karmaCheck|production|case-1|day 2026-06-15';
const OTHER = 'karmaCheck|production|case-2|day 2026-06-15';
const ROW = 'workflow-1/n:node-1';
const START = Date.parse('2026-06-15T12:00:00Z');

const paused = jest.mocked(pause);
const turn = jest.mocked(inTurn);
let now = START;

beforeEach(() => {
	now = START;
	jest.spyOn(Date, 'now').mockImplementation(() => now);
	paused.mockReset();
	paused.mockResolvedValue(undefined);
	// Executions are in processes of their own here, where none waits for another's turn.
	turn.mockReset();
	turn.mockImplementation(async (_, work) => await work());
});

afterEach(() => {
	jest.restoreAllMocks();
});

interface Setting {
	deduplicator?: IDataDeduplicator;
	workflowId?: string | undefined;
	/** n8n before 1.63 has no such helpers. */
	old?: boolean;
}

function contextOf({ deduplicator, old = false, ...rest }: Setting): IExecuteFunctions {
	const workflowId = 'workflowId' in rest ? rest.workflowId : 'workflow-1';
	const place = {
		node: { id: 'node-1' },
		workflow: { id: workflowId },
	} as ICheckProcessedContextData;
	const inner = deduplicator ?? new Deduplicator(tableInMemory());
	const helpers: Partial<IExecuteFunctions['helpers']> = {
		checkProcessedAndRecord: async (items, scope, options) =>
			await inner.checkProcessedAndRecord(items, scope, place, options),
		removeProcessed: async (items, scope, options) =>
			await inner.removeProcessed(items, scope, place, options),
	};
	const store = {};
	const fake = {
		helpers: old ? {} : helpers,
		getWorkflow: () => ({ id: workflowId }),
		getNode: () => ({ id: 'node-1' }),
		getContext: () => store,
		getWorkflowDataProxy: () => ({ $runIndex: 0 }),
	};
	return fake as unknown as IExecuteFunctions;
}

async function opened(setting: Setting): Promise<SendLedger> {
	const context = contextOf(setting);
	const ledger = await openLedger(context, openRunMemory(context));
	if (!ledger.ok) throw new Error(ledger.failure.message);
	return ledger.value;
}

/** A ledger of a process of its own on the given table. */
async function ledgerOn(table: ProcessedData): Promise<SendLedger> {
	return await opened({ deduplicator: new Deduplicator(table) });
}

/** n8n whose table was never set up. */
function noTable(): IDataDeduplicator {
	const message = 'Instance needs to initialized before use. Make sure to call init()';
	return brokenDeduplication({ message });
}

async function contents(table: ProcessedData): Promise<string[]> {
	return (await table.find(ROW))?.data ?? [];
}

const LAYERS: Array<[string, () => Promise<SendLedger>]> = [
	["n8n's table", async () => await ledgerOn(tableInMemory())],
	["the run's own memory", async () => await opened({ deduplicator: noTable() })],
];

describe.each(LAYERS)('the record in %s', (_, open) => {
	it('knows nothing of an entry at first', async () => {
		const ledger = await open();
		expect(await ledger.peek(ENTRY)).toBe('none');
		expect(await ledger.begin(ENTRY)).toBe('none');
	});

	it('finds a begun entry open', async () => {
		const ledger = await open();
		await ledger.begin(ENTRY);
		expect(await ledger.peek(ENTRY)).toBe('open');
		await ledger.release(ENTRY);
		expect(await ledger.peek(ENTRY)).toBe('open');
		expect(await ledger.begin(ENTRY)).toBe('open');
	});

	it('finds a confirmed entry sent, however often it is asked', async () => {
		const ledger = await open();
		await ledger.begin(ENTRY);
		await ledger.confirm(ENTRY);
		for (const ask of ['begin', 'peek', 'begin', 'begin', 'peek'] as const) {
			expect(await ledger[ask](ENTRY)).toBe('sent');
		}
	});

	it('forgets an entry that is withdrawn', async () => {
		const ledger = await open();
		await ledger.begin(ENTRY);
		await ledger.withdraw(ENTRY);
		expect(await ledger.peek(ENTRY)).toBe('none');
		expect(await ledger.begin(ENTRY)).toBe('none');
	});

	it('finds an entry sent that was open and is confirmed after all', async () => {
		const ledger = await open();
		await ledger.begin(ENTRY);
		await ledger.release(ENTRY);
		await ledger.begin(ENTRY);
		await ledger.confirm(ENTRY);
		expect(await ledger.begin(ENTRY)).toBe('sent');
	});

	it('keeps entries apart', async () => {
		const ledger = await open();
		await ledger.begin(ENTRY);
		await ledger.confirm(ENTRY);
		expect(await ledger.begin(OTHER)).toBe('none');
		await ledger.withdraw(OTHER);
		expect(await ledger.peek(ENTRY)).toBe('sent');
	});
});

describe("the record in n8n's table", () => {
	it('says that it outlives the execution', async () => {
		expect((await ledgerOn(tableInMemory())).durable).toBe(true);
	});

	it('is seen by every other execution', async () => {
		const table = tableInMemory();
		const [mine, theirs] = [await ledgerOn(table), await ledgerOn(table)];
		await mine.begin(ENTRY);
		expect(await theirs.peek(ENTRY)).toBe('open');
		await mine.confirm(ENTRY);
		expect(await theirs.begin(ENTRY)).toBe('sent');
	});

	it('holds a single mark for a confirmed send, and none for a withdrawn one', async () => {
		const table = tableInMemory();
		const ledger = await ledgerOn(table);
		await ledger.begin(OTHER);
		await ledger.withdraw(OTHER);
		expect(await contents(table)).toHaveLength(0);
		await ledger.begin(ENTRY);
		await ledger.confirm(ENTRY);
		expect(await contents(table)).toHaveLength(1);
		await ledger.begin(ENTRY);
		expect(await contents(table)).toHaveLength(1);
	});

	it('leaves two marks for an open question', async () => {
		const table = tableInMemory();
		const ledger = await ledgerOn(table);
		await ledger.begin(ENTRY);
		await ledger.release(ENTRY);
		expect(await contents(table)).toHaveLength(2);
	});

	describe('when it is only looked at', () => {
		const prepare: Record<LedgerState, (ledger: SendLedger) => Promise<unknown>> = {
			none: async () => undefined,
			open: async (ledger) => {
				await ledger.begin(ENTRY);
				await ledger.release(ENTRY);
			},
			busy: async (ledger) => await ledger.begin(ENTRY),
			sent: async (ledger) => {
				await ledger.begin(ENTRY);
				await ledger.confirm(ENTRY);
			},
		};

		it.each([
			['none', 'none'],
			['open', 'open'],
			['busy', 'open'],
			['sent', 'sent'],
		] as const)('stays exactly as it was: %s', async (state, seen) => {
			const table = tableInMemory();
			const ledger = await ledgerOn(table);
			await ledger.begin(OTHER);
			await prepare[state](ledger);
			const before = await contents(table);
			expect(await (await ledgerOn(table)).peek(ENTRY)).toBe(seen);
			expect(await contents(table)).toEqual(before);
		});
	});

	describe('while a send is under way', () => {
		// A period of five minutes begins at START.
		it.each([
			['begun as a period begins, in its last millisecond', 0, 10 * MINUTE - 1, 'busy'],
			['begun as a period begins, the millisecond after', 0, 10 * MINUTE, 'open'],
			['begun as a period ends, in its last millisecond', 5 * MINUTE - 1, 10 * MINUTE - 1, 'busy'],
			['begun as a period ends, the millisecond after', 5 * MINUTE - 1, 10 * MINUTE, 'open'],
			['begun a moment ago', 0, 1, 'busy'],
		] as const)('is busy for others and open later: %s', async (_, begun, asked, state) => {
			const table = tableInMemory();
			const [mine, theirs] = [await ledgerOn(table), await ledgerOn(table)];
			now = START + begun;
			await mine.begin(ENTRY);
			now = START + asked;
			expect(await theirs.begin(ENTRY)).toBe(state);
		});

		it('is busy also for the execution that holds it', async () => {
			const ledger = await ledgerOn(tableInMemory());
			await ledger.begin(ENTRY);
			expect(await ledger.begin(ENTRY)).toBe('busy');
		});

		it('leaves no trace of those who asked in vain, so that asking holds it no longer', async () => {
			const table = tableInMemory();
			const [mine, theirs] = [await ledgerOn(table), await ledgerOn(table)];
			await mine.begin(ENTRY);
			const before = await contents(table);
			for (now = START; now < START + 10 * MINUTE; now += MINUTE) {
				expect(await theirs.begin(ENTRY)).toBe('busy');
				expect(await contents(table)).toEqual(before);
			}
			expect(await theirs.begin(ENTRY)).toBe('open');
		});

		it.each(['confirm', 'withdraw', 'release'] as const)('is let go at once by %s', async (end) => {
			const table = tableInMemory();
			const [mine, theirs] = [await ledgerOn(table), await ledgerOn(table)];
			await mine.begin(ENTRY);
			await mine[end](ENTRY);
			const state = { confirm: 'sent', withdraw: 'none', release: 'open' }[end];
			expect(await theirs.begin(ENTRY)).toBe(state);
		});

		it('is held again by whoever takes an open question up', async () => {
			const table = tableInMemory();
			const [mine, theirs] = [await ledgerOn(table), await ledgerOn(table)];
			await mine.begin(ENTRY);
			await mine.release(ENTRY);
			expect(await theirs.begin(ENTRY)).toBe('open');
			expect(await mine.begin(ENTRY)).toBe('busy');
		});

		it('looks for its mark only after a read-modify-write begun before has surely ended', async () => {
			const ledger = await ledgerOn(tableInMemory());
			await ledger.begin(ENTRY);
			expect(paused.mock.calls).toEqual([[50]]);
		});
	});

	it('takes its turn among the executions of this process with everything it does', async () => {
		const ledger = await ledgerOn(tableInMemory());
		turn.mockClear();
		await ledger.begin(ENTRY);
		await ledger.confirm(ENTRY);
		expect(turn.mock.calls.map(([row]) => row)).toEqual(Array(3).fill('workflow-1|node-1'));
	});

	describe('on a slow database', () => {
		/** A table that takes so long to write, by our clock. */
		function slow(table: ProcessedData, milliseconds: number): ProcessedData {
			return {
				...table,
				update: async (key, row) => {
					await table.update(key, row);
					now += milliseconds;
				},
			};
		}

		it.each([
			[5, 50],
			[6, 60],
			[120, 1_200],
			[500, 5_000],
			[20_000, 5_000],
		])('after a write of %i ms waits %i ms for the second look', async (took, wait) => {
			const table = tableInMemory();
			await ledgerOn(table);
			const ledger = await ledgerOn(slow(table, took));
			await ledger.begin(ENTRY);
			expect(paused.mock.calls).toEqual([[wait]]);
		});

		it('leaves the send to one it overwrote too late to be noticed, and who has sent since', async () => {
			const table = tableInMemory();
			const [theirs, mine] = [await ledgerOn(table), await ledgerOn(table)];
			const stale = await table.find(ROW);
			expect(await theirs.begin(ENTRY)).toBe('none');
			// Their second look is over when my write, of what I read before, comes at last.
			if (stale !== undefined) await table.update(ROW, stale);
			paused.mockImplementationOnce(async () => await theirs.confirm(ENTRY));
			expect(await mine.begin(ENTRY)).toBe('busy');
			expect(await mine.begin(ENTRY)).toBe('sent');
		});
	});

	describe('what a run has confirmed', () => {
		async function sentAndLost(): Promise<[ProcessedData, SendLedger]> {
			const table = tableInMemory();
			const ledger = await ledgerOn(table);
			const stale = await table.find(ROW);
			await ledger.begin(ENTRY);
			await ledger.confirm(ENTRY);
			if (stale !== undefined) await table.update(ROW, stale);
			return [table, ledger];
		}

		it('is there again with its next write, if another execution overwrote it', async () => {
			const [table, ledger] = await sentAndLost();
			expect(await (await ledgerOn(table)).peek(ENTRY)).toBe('none');
			await ledger.begin(OTHER);
			expect(await (await ledgerOn(table)).begin(ENTRY)).toBe('sent');
		});

		it('is neither open nor held after its next write, if another execution said so', async () => {
			const table = tableInMemory();
			const ledger = await ledgerOn(table);
			await ledger.begin(ENTRY);
			const stale = await table.find(ROW);
			await ledger.confirm(ENTRY);
			if (stale !== undefined) await table.update(ROW, stale);
			await ledger.begin(OTHER);
			await ledger.confirm(OTHER);
			expect(await contents(table)).toHaveLength(2);
			expect(await (await ledgerOn(table)).begin(ENTRY)).toBe('sent');
		});

		it('is repeated for the last hundred sends', async () => {
			const table = tableInMemory();
			const ledger = await ledgerOn(table);
			const stale = await table.find(ROW);
			for (let index = 0; index <= 100; index++) {
				await ledger.begin(`entry ${index}`);
				await ledger.confirm(`entry ${index}`);
			}
			if (stale !== undefined) await table.update(ROW, stale);
			await ledger.begin(OTHER);
			await ledger.withdraw(OTHER);
			const later = await ledgerOn(table);
			expect(await later.peek('entry 0')).toBe('none');
			expect(await later.peek('entry 1')).toBe('sent');
			expect(await later.peek('entry 100')).toBe('sent');
		});
	});

	describe('keep', () => {
		/** Loses what was written since `stale` in so many pauses, as to another execution. */
		function losing(table: ProcessedData, times: number): void {
			let left = times;
			paused.mockImplementation(async () => {
				if (left-- > 0) await table.update(ROW, { mode: 'entries', data: [] });
			});
		}

		it.each([
			[0, 1, 'sent'],
			[1, 2, 'sent'],
			[4, 5, 'sent'],
			[5, 5, 'none'],
		])('looks again after %i losses, %i times', async (losses, looks, state) => {
			const table = tableInMemory();
			const ledger = await ledgerOn(table);
			losing(table, losses);
			await ledger.keep([ENTRY]);
			expect(paused.mock.calls).toHaveLength(looks);
			expect(await (await ledgerOn(table)).peek(ENTRY)).toBe(state);
		});

		async function afterLostUpdate(
			lost: 'begin' | 'confirm',
		): Promise<[ProcessedData, SendLedger]> {
			const table = tableInMemory();
			const ledger = await ledgerOn(table);
			const seen = { begin: await table.find(ROW), confirm: undefined as typeof row };
			await ledger.begin(ENTRY);
			const row = await table.find(ROW);
			seen.confirm = row;
			await ledger.confirm(ENTRY);
			const stale = seen[lost];
			// Another execution read the row before, and writes it back only now.
			if (stale !== undefined) await table.update(ROW, stale);
			return [table, ledger];
		}

		it.each([
			['begin', 'none'],
			['confirm', 'open'],
		] as const)('heals a lost %s, after which the entry looked %s', async (lost, looked) => {
			const [table, ledger] = await afterLostUpdate(lost);
			expect(await ledger.peek(ENTRY)).toBe(looked);
			await ledger.keep([ENTRY]);
			expect(await (await ledgerOn(table)).peek(ENTRY)).toBe('sent');
		});

		it('changes nothing where nothing was lost', async () => {
			const table = tableInMemory();
			const ledger = await ledgerOn(table);
			await ledger.begin(ENTRY);
			await ledger.confirm(ENTRY);
			const before = await contents(table);
			await ledger.keep([ENTRY]);
			expect(await contents(table)).toEqual(before);
		});

		it('asks the database nothing for no entries', async () => {
			const deduplicator = brokenDeduplication({ callsBefore: 1 });
			const ledger = await opened({ deduplicator });
			await expect(ledger.keep([])).resolves.toBeUndefined();
			await expect(ledger.keep([ENTRY])).rejects.toThrow('SQLITE_BUSY');
		});
	});

	describe('at its capacity', () => {
		const many = Array.from({ length: LEDGER_CAPACITY }, (_, index) => `entry ${index}`);

		it('is 10,000 sends', () => {
			expect(LEDGER_CAPACITY).toBe(10_000);
		});

		it('forgets none of the last 10,000 sends, also while another is under way', async () => {
			const table = tableInMemory();
			const ledger = await ledgerOn(table);
			await ledger.keep(many);
			expect(await ledger.begin('entry new')).toBe('none');
			expect(await ledger.peek('entry 1')).toBe('sent');
			await ledger.confirm('entry new');
			expect(await ledger.begin('entry 1')).toBe('sent');
			expect(await ledger.begin('entry 1')).toBe('sent');
			expect(await ledger.begin('entry new')).toBe('sent');
		});

		it('forgets the oldest beyond that, so that the table does not grow for ever', async () => {
			const table = tableInMemory();
			const ledger = await ledgerOn(table);
			await ledger.keep([...many, ...many.map((entry) => `later ${entry}`)]);
			expect((await contents(table)).length).toBeLessThan(LEDGER_CAPACITY + 10);
			expect(await ledger.peek('entry 9000')).toBe('none');
			expect(await ledger.peek('later entry 0')).toBe('sent');
		});
	});
});

describe('the choice of the record', () => {
	it.each<[string, Setting]>([
		['n8n has no table', { deduplicator: noTable() }],
		['the workflow was never saved', { workflowId: undefined }],
		['the workflow has an empty id', { workflowId: '' }],
		[
			'the workflow has an id and was never saved',
			{ deduplicator: brokenDeduplication({ message: 'FOREIGN KEY constraint failed' }) },
		],
		[
			'PostgreSQL says that it was never saved',
			{
				deduplicator: brokenDeduplication({
					message: 'insert or update on table "processed_data" violates foreign key constraint',
				}),
			},
		],
		['n8n is too old', { old: true }],
	])("falls to the run's own memory where %s", async (_, setting) => {
		const ledger = await opened(setting);
		expect(ledger.durable).toBe(false);
		expect(await ledger.begin(ENTRY)).toBe('none');
		expect(await ledger.begin(ENTRY)).toBe('open');
		await ledger.confirm(ENTRY);
		await expect(ledger.keep([ENTRY])).resolves.toBeUndefined();
		expect(await ledger.peek(ENTRY)).toBe('sent');
	});

	it("remembers in the run's own memory across the tries of one execution", async () => {
		const context = contextOf({ deduplicator: noTable() });
		const open = async () => await openLedger(context, openRunMemory(context));
		const first = await open();
		if (first.ok) await first.value.begin(ENTRY);
		const second = await open();
		expect(second.ok && (await second.value.begin(ENTRY))).toBe('open');
	});

	it.each(['true', 1, null, 'none', {}])(
		"takes no other value than its own from the run's memory: %j",
		async (value) => {
			const context = contextOf({ deduplicator: noTable() });
			const memory = openRunMemory(context);
			memory.entries[ENTRY] = value;
			const ledger = await openLedger(context, memory);
			expect(ledger.ok && (await ledger.value.peek(ENTRY))).toBe('none');
		},
	);

	it.each([
		['the database is away', brokenDeduplication()],
		['it throws something that is no error', throwing('foreign key')],
	])('refuses to go on without a record where %s', async (_, deduplicator) => {
		const context = contextOf({ deduplicator });
		expect(await openLedger(context, openRunMemory(context))).toEqual({
			ok: false,
			failure: ledgerUnavailable(),
		});
	});

	function throwing(value: unknown): IDataDeduplicator {
		const inner = new Deduplicator(tableInMemory());
		return Object.assign(inner, {
			checkProcessedAndRecord: async () => await Promise.reject(value),
		});
	}

	it('opens for two executions that are the first of a node at the same moment', async () => {
		const table = tableInMemory();
		const ledgers = await Promise.all([ledgerOn(table), ledgerOn(table)]);
		expect(ledgers.map(({ durable }) => durable)).toEqual([true, true]);
	});

	it('tries twice and no more', async () => {
		const failing = (times: number) => {
			const inner = new Deduplicator(tableInMemory());
			let calls = 0;
			const check: IDataDeduplicator['checkProcessedAndRecord'] = async (...call) => {
				calls++;
				if (calls <= times) throw new Error('SQLITE_BUSY');
				return await Deduplicator.prototype.checkProcessedAndRecord.apply(inner, call);
			};
			return contextOf({ deduplicator: Object.assign(inner, { checkProcessedAndRecord: check }) });
		};
		const [once, twice] = [failing(1), failing(2)];
		expect((await openLedger(once, openRunMemory(once))).ok).toBe(true);
		expect((await openLedger(twice, openRunMemory(twice))).ok).toBe(false);
	});

	it('says in the words of the guidelines what to do when the record is away', () => {
		const failure = ledgerUnavailable();
		expect(failure).toEqual({
			message: "n8n's record of sent invitations could not be reached, so nothing was sent",
			description: "It lives in n8n's own database. Run the workflow again once that is back.",
			reason: 'ledgerUnavailable',
			httpStatus: null,
			code: null,
			retryable: true,
		});
	});

	it('passes a fault of the database on to whoever wants to send', async () => {
		const ledger = await opened({ deduplicator: brokenDeduplication({ callsBefore: 1 }) });
		await expect(ledger.begin(ENTRY)).rejects.toThrow('SQLITE_BUSY');
	});
});

describe('a process that dies', () => {
	/** Lives for so many writes; from then on nothing of it reaches the table. */
	function dyingAfter(writes: number, table: ProcessedData): ProcessedData {
		let left = writes;
		const alive = (): void => {
			if (left < 0) throw new Error('dead');
		};
		const living = (): void => {
			left--;
			alive();
		};
		return {
			find: async (key) => (alive(), await table.find(key)),
			insert: async (key, row) => (living(), await table.insert(key, row)),
			update: async (key, row) => (living(), await table.update(key, row)),
			delete: async (key) => (living(), await table.delete(key)),
		};
	}

	type Step = 'begin' | 'peek' | 'confirm' | 'withdraw' | 'release' | 'keep' | 'later';
	type Settled = Exclude<LedgerState, 'busy'>;

	function next(state: Settled, step: Step): Settled {
		switch (step) {
			case 'begin':
				return state === 'none' ? 'open' : state;
			case 'confirm':
			case 'keep':
				return 'sent';
			case 'withdraw':
				return 'none';
			default:
				return state;
		}
	}

	async function take(ledger: SendLedger, step: Step): Promise<void> {
		if (step === 'later') now += 11 * MINUTE;
		else if (step === 'keep') await ledger.keep([ENTRY]);
		else await ledger[step](ENTRY);
	}

	interface Ending {
		state: LedgerState;
		/** What the model allows to be read. */
		allowed: Settled[];
		died: boolean;
		confirmed: boolean;
	}

	async function live(steps: readonly Step[], writes: number): Promise<Ending> {
		now = START;
		const table = tableInMemory();
		// The row is there already: what is looked at is what happens to the entry.
		await ledgerOn(table);
		const ledger = await ledgerOn(dyingAfter(writes + 1, table));
		let before: Settled = 'none';
		let after: Settled = 'none';
		let [died, confirmed] = [false, false];
		for (const step of steps) {
			before = after;
			after = next(before, step);
			try {
				await take(ledger, step);
			} catch {
				died = true;
				break;
			}
			confirmed ||= step === 'confirm' || step === 'keep';
		}
		const state = await (await ledgerOn(table)).peek(ENTRY);
		return { state, allowed: died ? [before, after, 'open'] : [after], died, confirmed };
	}

	it.each<[string, Step[], LedgerState[]]>([
		['a first send', ['begin', 'confirm'], ['none', 'open', 'open', 'sent']],
		['a send that did not happen', ['begin', 'withdraw'], ['none', 'open', 'open', 'none']],
		['a send that stays open', ['begin', 'release'], ['none', 'open', 'open', 'open']],
		['a look at nothing', ['peek'], ['none', 'open', 'none']],
		[
			'a look at what is sent',
			['begin', 'confirm', 'peek'],
			['none', 'open', 'open', 'sent', 'open', 'sent'],
		],
		[
			'a second try of what is sent',
			['begin', 'confirm', 'begin'],
			['none', 'open', 'open', 'sent', 'open', 'sent'],
		],
		[
			'the keeping of what is sent',
			['begin', 'confirm', 'keep'],
			['none', 'open', 'open', 'sent', 'sent', 'sent', 'sent', 'sent'],
		],
	])('after each write of %s leaves what is listed', async (_, steps, states) => {
		const seen: LedgerState[] = [];
		for (let writes = 0; ; writes++) {
			const ending = await live(steps, writes);
			seen.push(ending.state);
			if (!ending.died) break;
		}
		expect(seen).toEqual(states);
	});

	it('never leaves an entry that reads as sent without a confirm, nor one that reads as new after', async () => {
		// Whoever begins ends in one of four ways, or just dies.
		const send = fc.constantFrom<Step[]>(
			['begin', 'confirm'],
			['begin', 'withdraw'],
			['begin', 'release'],
			['begin', 'later'],
			['begin', 'confirm', 'keep'],
		);
		const look = fc.constantFrom<Step[]>(['peek'], ['later']);
		const life = fc
			.array(fc.oneof({ weight: 3, arbitrary: send }, look), { minLength: 1, maxLength: 4 })
			// What was sent is not sent again: the caller stops at `sent`.
			.map((parts) => {
				const end = parts.findIndex((part) => part.includes('confirm'));
				const closed = end === -1 ? [] : parts.slice(end + 1);
				const afterwards = closed.flatMap((part): Step[] => [
					part.includes('begin') ? 'begin' : 'peek',
				]);
				return [...parts.slice(0, end === -1 ? parts.length : end + 1).flat(), ...afterwards];
			});
		await fc.assert(
			fc.asyncProperty(life, fc.integer({ min: 0, max: 20 }), async (steps, writes) => {
				const { state, allowed, confirmed } = await live(steps, writes);
				expect(allowed).toContain(state);
				if (state === 'sent') expect(confirmed).toBe(true);
				if (confirmed) expect(state).not.toBe('none');
			}),
			{ numRuns: 200, seed: 20261120 },
		);
	});
});

describe('executions at the same moment', () => {
	/** A step an execution is about to take: to read, to write, or to be done pausing. */
	interface Gate {
		kind: 'find' | 'write' | 'pause';
		go: () => void;
		/** The step at which a pause began. */
		since: number;
	}

	/**
	 * Lets executions take their steps one at a time, in any order but one: a pause lasts longer
	 * than a read-modify-write that was under way when it began.
	 */
	class Stage {
		private readonly gates = new Map<number, Gate>();
		/** By execution, the step of a read whose write has not come yet. */
		private readonly reads = new Map<number, number>();
		private readonly rows = new Map<string, { mode: string; data: string[] }>();
		private actor = 0;
		private step = 0;

		constructor() {
			this.rows.set(ROW, { mode: 'entries', data: [] });
			paused.mockImplementation(async () => await this.gate(this.actor, 'pause'));
		}

		private async gate(actor: number, kind: Gate['kind']): Promise<void> {
			await new Promise<void>((go) => {
				this.gates.set(actor, { kind, go, since: this.step });
			});
		}

		table(actor: number): ProcessedData {
			const write = async (change: () => void): Promise<void> => {
				await this.gate(actor, 'write');
				change();
			};
			return {
				find: async (key) => {
					await this.gate(actor, 'find');
					const row = this.rows.get(key);
					return row && { ...row, data: [...row.data] };
				},
				insert: async (key, row) => await write(() => this.rows.set(key, row)),
				update: async (key, row) => await write(() => this.rows.set(key, row)),
				delete: async (key) => await write(() => this.rows.delete(key)),
			};
		}

		private ready(): number[] {
			return [...this.gates]
				.filter(
					([, { kind, since }]) =>
						kind !== 'pause' || ![...this.reads.values()].some((read) => read < since),
				)
				.map(([actor]) => actor)
				.sort();
		}

		/** Runs to the end; returns how many executions were ready at each step. */
		async play(choose: (step: number, ready: number) => number): Promise<number[]> {
			const settled = async (): Promise<void> => await new Promise((done) => setImmediate(done));
			const choices: number[] = [];
			for (await settled(); this.gates.size > 0; await settled()) {
				const ready = this.ready();
				const actor = ready[choose(choices.length, ready.length)] ?? ready[0] ?? NaN;
				choices.push(ready.length);
				const gate = this.gates.get(actor);
				if (gate === undefined) throw new Error('every execution waits for another');
				this.gates.delete(actor);
				this.step++;
				if (gate.kind === 'find') this.reads.set(actor, this.step);
				if (gate.kind === 'write') this.reads.delete(actor);
				this.actor = actor;
				gate.go();
			}
			return choices;
		}
	}

	type Play = (ledger: SendLedger, actor: number) => Promise<void>;

	/** One run of `count` executions, which take turns as `choose` says. */
	async function perform(
		count: number,
		play: Play,
		choose: (step: number, ready: number) => number,
	): Promise<{ choices: number[]; last: LedgerState }> {
		const stage = new Stage();
		const alone = async <T>(work: Promise<T>): Promise<T> => {
			await stage.play(() => 0);
			return await work;
		};
		const ledgers: SendLedger[] = [];
		for (let actor = 0; actor < count; actor++) {
			ledgers.push(await alone(ledgerOn(stage.table(actor))));
		}
		const all = Promise.all(ledgers.map(play));
		const choices = await stage.play(choose);
		await all;
		const ledger = await alone(ledgerOn(stage.table(count)));
		return { choices, last: await alone(ledger.peek(ENTRY)) };
	}

	/** Every order there is, by counting through the choices. */
	async function inEveryOrder(
		play: () => Play,
		check: (last: LedgerState) => void,
	): Promise<number> {
		let script: number[] = [];
		for (let runs = 1; ; runs++) {
			const taken = script;
			const { choices, last } = await perform(2, play(), (step) => taken[step] ?? 0);
			check(last);
			script = choices.map((_, step) => taken[step] ?? 0);
			let step = script.length - 1;
			while (step >= 0 && (script[step] ?? 0) + 1 >= (choices[step] ?? 0)) step--;
			if (step < 0) return runs;
			script = [...script.slice(0, step), (script[step] ?? 0) + 1];
		}
	}

	it('let exactly one of two begin, in every order of their reads and writes', async () => {
		let states: LedgerState[] = [];
		const begin = (): Play => {
			states = [];
			return async (ledger) => {
				states.push(await ledger.begin(ENTRY));
			};
		};
		const runs = await inEveryOrder(begin, () => {
			expect(states.sort()).toEqual(['busy', 'none']);
		});
		expect(runs).toBeGreaterThan(200);
	});

	it('mail once where three of them send and confirm, in 150 random orders', async () => {
		await fc.assert(
			fc.asyncProperty(fc.infiniteStream(fc.nat()), async (choices) => {
				let mails = 0;
				const send: Play = async (ledger) => {
					if ((await ledger.begin(ENTRY)) !== 'none') return;
					mails++;
					await ledger.confirm(ENTRY);
					await ledger.keep([ENTRY]);
				};
				const { last } = await perform(3, send, (_, ready) => (choices.next().value ?? 0) % ready);
				expect(mails).toBeLessThanOrEqual(1);
				if (mails === 1) expect(last).not.toBe('none');
			}),
			{ numRuns: 150, seed: 20261120 },
		);
	});

	it('lose no confirmed send to another execution at work on another entry', async () => {
		let sent: boolean;
		const both = (): Play => {
			sent = false;
			return async (ledger, actor) => {
				if (actor === 1) return void (await ledger.peek(OTHER));
				if ((await ledger.begin(ENTRY)) !== 'none') return;
				sent = true;
				await ledger.confirm(ENTRY);
			};
		};
		await inEveryOrder(both, (last) => {
			expect(last === 'none').toBe(!sent);
		});
	});
});
