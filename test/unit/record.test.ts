import type { DeduplicationItemTypes, DeduplicationScope, IExecuteFunctions } from 'n8n-workflow';
import { openRecord, type RecordOfSends } from '../../nodes/shared/resend/record/record';
import { N8nRow } from './support/n8nRow';

const NOW = Date.parse('2026-06-15T12:00:00.000Z');
const SECOND = 1_000;
const WINDOWS = ['hour', 'day', 'week', 'ever'];

let workflows = 0;
/** How many answers to a removal are lost, though it was carried out. */
let lost = 0;

/** The record of a Resend node in a workflow that no other test knows. */
async function open(): Promise<RecordOfSends> {
	const id = `workflow ${workflows++}`;
	const rows = { node: new N8nRow(), workflow: new N8nRow() };
	const rowOf = (scope: DeduplicationScope) => (scope === 'node' ? rows.node : rows.workflow);
	const helpers: Partial<IExecuteFunctions['helpers']> = {
		async checkProcessedAndRecord(items, scope) {
			const { inserted, fresh } = await rowOf(scope).insert(items.map(String));
			const isFresh = (item: DeduplicationItemTypes) => fresh.has(String(item));
			return { new: inserted ? items : items.filter(isFresh), processed: [] };
		},
		async removeProcessed(items, scope) {
			await rowOf(scope).forget(items.map(String));
			if (scope !== 'node' || lost === 0) return;
			lost--;
			throw new Error('Connection terminated unexpectedly');
		},
		clearAllProcessedItems: async (scope) => await rowOf(scope).clear(),
		getProcessedDataCount: async (scope) => await rowOf(scope).count(),
	};
	const context = {
		getWorkflow: () => ({ id }),
		getNode: () => ({ id: 'node' }),
		helpers,
	} as unknown as IExecuteFunctions;
	const opened = await openRecord(context, 'account');
	if (!opened.ok) throw new Error(opened.failure.message);
	return opened.value;
}

beforeEach(() => {
	lost = 0;
	jest.useFakeTimers({ now: NOW });
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

/** What it comes to in a minute at most. */
async function settled<T>(promise: Promise<T>): Promise<T> {
	await jest.advanceTimersByTimeAsync(60 * SECOND);
	return await promise;
}

const request = () => ({ entry: 'x', window: 'day', windows: WINDOWS, now: Date.now() });

describe('a lease that was given back', () => {
	it.each([1, 3, 6])(
		'leaves the next one alone where %i answers to that are lost',
		async (count) => {
			const record = await settled(open());
			const first = await settled(record.lease(request()));
			if (first.kind !== 'granted') throw new Error('Not granted');
			lost = count;
			void record.rollBack(first.lease);
			const sending = record.lease(request()).then(async (taken) => {
				if (taken.kind !== 'granted') return taken.kind;
				// The email takes longer than what is still being written of the first one.
				await new Promise((resolve) => setTimeout(resolve, 10 * SECOND));
				await record.commit(taken.lease, WINDOWS);
				return 'sent';
			});
			expect(await settled(sending)).toBe('sent');
			expect(await settled(record.look('x', 'day', Date.now()))).toEqual({ kind: 'committed' });
		},
	);
});
