import type { DeduplicationScope, ICheckProcessedOptions, IExecuteFunctions } from 'n8n-workflow';

/** How many marks n8n's table holds for one node before it forgets the oldest. */
const MARKS_KEPT = 20_000;

/** How many sends stay on record at least: one leaves four to six marks, and up to three more at a window's beginning. */
export const SENDS_KEPT = 2_000;

/** Said where n8n's table of processed values does not answer, or does so too late. */
export class RecordUnavailable extends Error {
	override readonly name = 'RecordUnavailable';
}

/** Throws inside n8n's helper, between its reading of a row and its writing, once it is too late to write. */
export interface Fence {
	throwIfTooLate(): void;
}

/** A row that holds marks; each call reads it whole and writes it whole. */
export interface MarkRow {
	/** Records marks. @returns those that were not there before */
	record(marks: readonly string[], fence?: Fence): Promise<Set<string>>;
	forget(marks: readonly string[], fence?: Fence): Promise<void>;
}

/** The row that serves as a lock: inserting it is atomic, by the table's primary key. */
export interface LockRow extends MarkRow {
	/**
	 * Records marks, and tells whether that has inserted the row. n8n answers with the very list it was given where
	 * there was no row, and with a list of its own where there was one (read in n8n 2.41.1, held by the parity test).
	 */
	insert(marks: readonly string[]): Promise<{ inserted: boolean; fresh: Set<string> }>;
	/** How many marks it holds; 0 where there is no row. It only reads. */
	count(): Promise<number>;
	/** Deletes the row. A write that is based on an earlier reading cannot bring it back. */
	clear(): Promise<void>;
}

/** What n8n keeps for one Resend node. */
export interface ProcessedTable {
	/** Names the row of `marks`, for those in this process who share it. */
	readonly id: string;
	readonly marks: MarkRow;
	/** Null where nobody else can reach the marks, so that no lock is needed. */
	readonly lock: { readonly id: string; readonly row: LockRow } | null;
}

type Helpers = IExecuteFunctions['helpers'];

/**
 * A value whose text is asked for by n8n's helper between reading a row and writing it (`createValueHash`, read in
 * n8n 2.41.1; held by the parity test). Should n8n ask sooner one day, the fence only guards less.
 */
function fenceValue({ throwIfTooLate }: Fence): string {
	const value: unknown = {
		toString: () => {
			throwIfTooLate();
			return 'fence';
		},
	};
	return value as string;
}

function rowOf(helpers: Helpers, scope: DeduplicationScope): LockRow {
	const optionsFor = (count: number): ICheckProcessedOptions => ({
		mode: 'entries',
		// Marks that are only asked about must not push out those that are kept, and nothing at all may be
		// pushed out of a row that may be another node's.
		...(scope === 'node' ? { maxEntries: MARKS_KEPT + count } : {}),
	});
	const valuesOf = (marks: readonly string[], fence: Fence | undefined): string[] =>
		fence === undefined ? [...marks] : [...marks, fenceValue(fence)];
	const write = async (marks: readonly string[], fence?: Fence) => {
		const values = valuesOf(marks, fence);
		const options = optionsFor(values.length);
		const recorded = await helpers.checkProcessedAndRecord(values, scope, options);
		const isNew = new Set<unknown>(recorded.new);
		const fresh = new Set(marks.filter((mark) => isNew.has(mark)));
		return { inserted: recorded.new === values, fresh };
	};
	return {
		record: async (marks, fence) => (await write(marks, fence)).fresh,
		insert: async (marks) => await write(marks),
		async forget(marks, fence) {
			const values = valuesOf(marks, fence);
			await helpers.removeProcessed(values, scope, optionsFor(values.length));
		},
		async count() {
			return await helpers.getProcessedDataCount(scope, optionsFor(0));
		},
		async clear() {
			await helpers.clearAllProcessedItems(scope, optionsFor(0));
		},
	};
}

/** n8n's own table of processed values, that of its Remove Duplicates node. */
export function openN8nTable(helpers: Helpers, workflowId: string, nodeId: string): ProcessedTable {
	return {
		id: `${workflowId}|${nodeId}`,
		marks: rowOf(helpers, 'node'),
		lock: { id: workflowId, row: rowOf(helpers, 'workflow') },
	};
}

/** Marks in this process, by what they belong to. */
const inProcess = new Map<string, Set<string>>();

/** A table for executions that n8n keeps none for: it lasts as long as the process, and serves all of it. */
export function openProcessTable(id: string): ProcessedTable {
	const kept = inProcess.get(id) ?? new Set<string>();
	inProcess.set(id, kept);
	return {
		id: `process|${id}`,
		lock: null,
		marks: {
			async record(marks) {
				const fresh = new Set(marks.filter((mark) => !kept.has(mark)));
				for (const mark of fresh) kept.add(mark);
				for (const oldest of kept) {
					if (kept.size <= MARKS_KEPT + marks.length) break;
					kept.delete(oldest);
				}
				return fresh;
			},
			async forget(marks) {
				for (const mark of marks) kept.delete(mark);
			},
		},
	};
}
