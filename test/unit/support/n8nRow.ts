import type { Fence, LockRow } from '../../../nodes/shared/resend/record/table';

interface Stored {
	mode: 'entries' | 'latestDate';
	data: string[];
}

export type Statement = 'record' | 'forget' | 'count' | 'clear';

/** At a statement: before n8n reads the row for it, or between its reading and its writing. */
type Hook = (statement: Statement, marks: readonly string[]) => void | Promise<void>;

/**
 * One row of n8n's table of processed values, as n8n 2.41.1 treats it: it reads the whole row, changes it and writes it
 * back, with nothing to hold others off in between. The first writing inserts, which fails where there is a row by
 * then; the others update, which changes nothing where there is none any more.
 */
export class N8nRow implements LockRow {
	private row: Stored | null = null;

	/** All statements so far. */
	readonly statements: Statement[] = [];

	before: Hook = () => undefined;

	between: Hook = () => undefined;

	get marks(): string[] | null {
		return this.row === null ? null : [...this.row.data];
	}

	/** Writes the row as another node does, or another process. */
	put(marks: readonly string[] | null, mode: Stored['mode'] = 'entries'): void {
		this.row = marks === null ? null : { mode, data: [...marks] };
	}

	async record(marks: readonly string[], fence?: Fence): Promise<Set<string>> {
		return (await this.insert(marks, fence)).fresh;
	}

	async insert(
		marks: readonly string[],
		fence?: Fence,
	): Promise<{ inserted: boolean; fresh: Set<string> }> {
		const row = await this.read('record', marks);
		if (row !== null && row.mode !== 'entries') {
			throw new Error('Deduplication Failed: saved with an incompatible setting');
		}
		fence?.throwIfTooLate();
		await this.between('record', marks);
		if (row === null) {
			if (this.row !== null) throw new Error('SQLITE_CONSTRAINT: UNIQUE constraint failed');
			this.put(marks);
			return { inserted: true, fresh: new Set(marks) };
		}
		const fresh = marks.filter((mark) => !row.data.includes(mark));
		this.update([...row.data, ...fresh]);
		return { inserted: false, fresh: new Set(fresh) };
	}

	async forget(marks: readonly string[], fence?: Fence): Promise<void> {
		const row = await this.read('forget', marks);
		if (row === null) return;
		fence?.throwIfTooLate();
		if (row.mode !== 'entries') return;
		await this.between('forget', marks);
		this.update(row.data.filter((mark) => !marks.includes(mark)));
	}

	async count(): Promise<number> {
		const row = await this.read('count');
		return row?.mode === 'entries' ? row.data.length : 0;
	}

	async clear(): Promise<void> {
		await this.read('clear');
		this.row = null;
	}

	private async read(statement: Statement, marks: readonly string[] = []): Promise<Stored | null> {
		this.statements.push(statement);
		await this.before(statement, marks);
		return this.row === null ? null : { ...this.row, data: [...this.row.data] };
	}

	private update(data: string[]): void {
		if (this.row !== null) this.row = { ...this.row, data };
	}
}
