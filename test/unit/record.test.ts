import type { IExecuteFunctions } from 'n8n-workflow';
import type { LeaseResult } from '../../nodes/shared/resend/record/entry';
import { openRecord, type RecordOfSends } from '../../nodes/shared/resend/record/record';
import type { ProcessedTable } from '../../nodes/shared/resend/record/table';
import { N8nRow } from './support/n8nRow';

const NOW = Date.parse('2026-06-15T12:00:00.000Z');

let mockTable: ProcessedTable;
jest.mock('../../nodes/shared/resend/record/table', () => ({
	...jest.requireActual<typeof import('../../nodes/shared/resend/record/table')>(
		'../../nodes/shared/resend/record/table',
	),
	openN8nTable: () => mockTable,
}));
jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async () => undefined,
}));

let tables = 0;
let row = new N8nRow();

beforeEach(() => {
	jest.useFakeTimers({ now: NOW, doNotFake: ['setTimeout', 'clearTimeout'] });
	row = new N8nRow();
	const id = `workflow ${tables++}`;
	mockTable = { id: `${id}|node`, marks: row, lock: { id, row: new N8nRow() } };
});
afterEach(() => jest.useRealTimers());

const CONTEXT = {
	getWorkflow: () => ({ id: 'workflow' }),
	getNode: () => ({ id: 'node' }),
	helpers: {},
} as unknown as IExecuteFunctions;

async function open(): Promise<RecordOfSends> {
	const opened = await openRecord(CONTEXT, 'account');
	if (!opened.ok) throw new Error('The record does not open');
	return opened.value;
}

/** One try of an execution that sends once per execution; null where the record fails. */
async function tryToLease(own = 'execution 7'): Promise<LeaseResult | null> {
	const record = await open();
	const request = { entry: 'entry', window: own, windows: ['day', 'ever'], own, now: NOW };
	return await record.lease(request).catch(() => null);
}

const isAboutOwn = (marks: readonly string[]): boolean =>
	marks.some((mark) => mark.endsWith('sent execution 7'));

describe('a lease of which no try hears whether its own window was free', () => {
	/** The answer about the window is lost, and then the whole next section, but what was heard of is taken back. */
	async function loseAnswer(): Promise<void> {
		let isLost = false;
		row.between = async (statement, marks) => {
			if (isLost || statement !== 'record' || !isAboutOwn(marks)) return;
			isLost = true;
			await row.record(marks);
			throw new Error('SQLITE_BUSY: database is locked');
		};
		row.before = (statement) => {
			if (
				isLost &&
				statement === 'record' &&
				row.marks?.some((mark) => /intent/.test(mark)) !== true
			)
				throw new Error('SQLITE_BUSY: database is locked');
		};
		expect(await tryToLease()).toBeNull();
		row.between = () => undefined;
		row.before = () => undefined;
		expect(row.marks).toEqual(['entry|sent execution 7']);
	}

	it('is in doubt at the next try of the execution, and not called sent', async () => {
		await loseAnswer();
		expect(await tryToLease()).toEqual({ kind: 'inDoubt', begun: null, inWindow: true });
	});

	it('holds back no other execution before the next try', async () => {
		await loseAnswer();
		expect(await tryToLease('execution 8')).toMatchObject({ kind: 'granted' });
	});

	it('is had at the next try where the mark was not written', async () => {
		await loseAnswer();
		row.put([]);
		expect(await tryToLease()).toMatchObject({ kind: 'granted' });
		// And that is the last of it.
		row.put(['entry|sent execution 7']);
		expect(await tryToLease()).toEqual({ kind: 'committed' });
	});
});

describe('a lease that was given back', () => {
	const WINDOWS = ['day', 'ever'];
	const request = { entry: 'entry', window: 'day', windows: WINDOWS, now: NOW };

	/** Has the next statements that forget carried out, and their answers lost. */
	function loseAnswers(count: number): void {
		let left = count;
		row.between = async (statement, marks) => {
			if (statement !== 'forget' || left === 0) return;
			const after = left - 1;
			left = 0;
			await row.forget(marks);
			left = after;
			throw new Error('Connection terminated unexpectedly');
		};
	}

	it.each([
		[1, 'the same execution'],
		[6, 'the same execution'],
		[8, 'the same execution'],
		[1, 'another one'],
		[6, 'another one'],
		[8, 'another one'],
	])(
		'leaves the next one alone where %i answers to that are lost, for %s',
		async (count, whose) => {
			const record = await open();
			const other = whose === 'another one' ? await open() : record;
			const first = await record.lease(request);
			if (first.kind !== 'granted') throw new Error('Not granted');
			loseAnswers(count);
			void record.rollBack(first.lease);
			const next = await other.lease(request);
			if (next.kind !== 'granted') throw new Error('Not granted anew');
			// Sending takes longer than what is still being written of the first one.
			await record.settle();
			await other.commit(next.lease, WINDOWS);
			expect(await other.look('entry', 'day', NOW)).toEqual({ kind: 'committed' });
		},
	);

	it('lets the next one begin when it is taken, not when it was asked for', async () => {
		const record = await open();
		const first = await record.lease(request);
		if (first.kind !== 'granted') throw new Error('Not granted');
		void record.rollBack(first.lease);
		const waiting = record.lease(request);
		jest.setSystemTime(NOW + 5_000);
		expect(await waiting).toMatchObject({ kind: 'granted', lease: { takenAt: NOW + 5_000 } });
	});
});
