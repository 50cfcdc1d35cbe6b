import { strict as assert } from 'node:assert';
import { AsyncLocalStorage } from 'node:async_hooks';
import { hash as digest } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';

import {
	type DeduplicationItemTypes,
	type DeduplicationScope,
	type ICheckProcessedContextData,
	type ICheckProcessedOptions,
	type IDataDeduplicator,
	type IDeduplicationOutput,
} from 'n8n-workflow';

import { DataDeduplicationService } from './runtime';

interface Row {
	mode: string;
	/** In the modes that keep the latest value only, it alone. */
	data: string[];
}

type Table = Record<string, Row>;

/** n8n's `processed_data` table. */
export interface ProcessedData {
	find(key: string): Promise<Row | undefined>;
	insert(key: string, row: Row): Promise<void>;
	update(key: string, row: Row): Promise<void>;
	delete(key: string): Promise<void>;
}

function databaseError(message: string): Error {
	return Object.assign(new Error(message), { name: 'QueryFailedError' });
}

function deduplicationError(message: string): Error {
	return new Error(`Deduplication Failed: ${message}`);
}

/** Carries out one statement, whole, at a moment of its choice. */
export type TakeTurn = <T>(statement: () => T) => Promise<T>;

/** Every statement takes a turn of the event loop, as with a database: two nodes at once can interleave. */
const afterOneTurn: TakeTurn = async (statement) => {
	await nextTurn();
	return statement();
};

const copyOf = ({ mode, data }: Row): Row => ({ mode, data: [...data] });

/** TypeORM leaves an id that is undefined out of a search, and so finds the row of some other workflow. */
function keyFound(table: Table, key: string): string {
	if (!key.startsWith('/')) return key;
	return Object.keys(table).find((other) => other.endsWith(key)) ?? key;
}

function tableOver(
	read: () => Table,
	write: (table: Table) => void,
	takeTurn: TakeTurn,
): ProcessedData {
	return {
		find: async (key) =>
			await takeTurn(() => {
				const table = read();
				const row = table[keyFound(table, key)];
				return row && copyOf(row);
			}),
		insert: async (key, row) =>
			await takeTurn(() => {
				const table = read();
				if (table[key] !== undefined) {
					throw databaseError('SQLITE_CONSTRAINT: UNIQUE constraint failed: processed_data');
				}
				write({ ...table, [key]: copyOf(row) });
			}),
		update: async (key, row) =>
			await takeTurn(() => {
				const table = read();
				// Nobody tells n8n that there was nothing to update, and what is gone stays gone.
				if (table[key] !== undefined) write({ ...table, [key]: copyOf(row) });
			}),
		delete: async (key) =>
			await takeTurn(() =>
				write(Object.fromEntries(Object.entries(read()).filter(([other]) => other !== key))),
			),
	};
}

export function tableInMemory(takeTurn: TakeTurn = afterOneTurn): ProcessedData {
	let table: Table = {};
	return tableOver(
		() => table,
		(next) => {
			table = next;
		},
		takeTurn,
	);
}

/** The rename makes each write whole or absent, also under SIGKILL. */
export function tableInFile(file: string): ProcessedData {
	return tableOver(
		() => (existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Table) : {}),
		(table) => {
			const unfinished = `${file}.${process.pid}.tmp`;
			writeFileSync(unfinished, JSON.stringify(table));
			renameSync(unfinished, file);
		},
		afterOneTurn,
	);
}

/** A search works without the workflow's id, and finds what it should not; so does a deletion, and deletes nothing. */
function keyOf(scope: DeduplicationScope, { node, workflow }: ICheckProcessedContextData): string {
	if (scope === 'node' && node === undefined) {
		throw deduplicationError(
			"No node information has been provided and so cannot use scope 'node'",
		);
	}
	return `${workflow.id ?? ''}/${scope === 'node' ? `n:${node?.id}` : ''}`;
}

function hash(value: DeduplicationItemTypes): string {
	return digest('md5', value.toString(), 'base64');
}

/** Array.splice with a negative count does nothing, which is what n8n relies on while there is still room. */
function dropOldest(entries: string[], { maxEntries }: ICheckProcessedOptions): void {
	if (maxEntries) entries.splice(0, entries.length - maxEntries);
}

/** The 'entries' mode of n8n's own deduplicator: read, change, write back, no lock. */
export class Deduplicator implements IDataDeduplicator {
	constructor(private readonly table: ProcessedData) {}

	async checkProcessedAndRecord(
		items: DeduplicationItemTypes[],
		scope: DeduplicationScope,
		context: ICheckProcessedContextData,
		options: ICheckProcessedOptions,
	): Promise<IDeduplicationOutput> {
		if (options.mode !== 'entries')
			throw new Error(`Mode '${options.mode}' is not part of this harness`);
		const key = keyOf(scope, context);
		assert.ok(context.workflow.id);
		const row = await this.table.find(key);
		if (row !== undefined && row.mode !== options.mode) {
			throw deduplicationError('Deduplication data was originally saved in another mode');
		}
		if (row === undefined) {
			const data = items.map(hash);
			dropOldest(data, options);
			await this.table.insert(key, { mode: options.mode, data });
			// Without a row n8n looks for no repeats: equal items within the first call all count as new.
			return { new: items, processed: [] };
		}
		// Nor does it see repeats within one later call: the set is taken before the first item is added.
		const known = new Set(row.data);
		const result: IDeduplicationOutput = { new: [], processed: [] };
		for (const item of items) {
			const hashed = hash(item);
			if (known.has(hashed)) {
				result.processed.push(item);
			} else {
				result.new.push(item);
				row.data.push(hashed);
			}
		}
		dropOldest(row.data, options);
		await this.table.update(key, row);
		return result;
	}

	async removeProcessed(
		items: DeduplicationItemTypes[],
		scope: DeduplicationScope,
		context: ICheckProcessedContextData,
	): Promise<void> {
		const key = keyOf(scope, context);
		assert.ok(context.workflow.id);
		const row = await this.table.find(key);
		if (row === undefined) return;
		const hashes = items.map(hash);
		if (row.mode !== 'entries') return;
		for (const hashed of hashes) {
			const index = row.data.indexOf(hashed);
			if (index !== -1) row.data.splice(index, 1);
		}
		await this.table.update(key, row);
	}

	async clearAllProcessedItems(
		scope: DeduplicationScope,
		context: ICheckProcessedContextData,
	): Promise<void> {
		await this.table.delete(keyOf(scope, context));
	}

	async getProcessedDataCount(
		scope: DeduplicationScope,
		context: ICheckProcessedContextData,
	): Promise<number> {
		const row = await this.table.find(keyOf(scope, context));
		return row?.mode === 'entries' ? row.data.length : 0;
	}
}

/** Runs `before` ahead of each call; what it throws is what the node sees. */
function guarded(inner: IDataDeduplicator, before: () => void): IDataDeduplicator {
	return {
		async checkProcessedAndRecord(...call) {
			before();
			return await inner.checkProcessedAndRecord(...call);
		},
		async removeProcessed(...call) {
			before();
			await inner.removeProcessed(...call);
		},
		async clearAllProcessedItems(...call) {
			before();
			await inner.clearAllProcessedItems(...call);
		},
		async getProcessedDataCount(...call) {
			before();
			return await inner.getProcessedDataCount(...call);
		},
	};
}

/** An instance whose deduplication service was never set up. */
export function absentDeduplication(): IDataDeduplicator {
	return guarded(new Deduplicator(tableInMemory()), () =>
		assert.fail('Instance needs to initialized before use. Make sure to call init()'),
	);
}

/**
 * A database that answers `callsBefore` calls and then no more. With the message 'FOREIGN KEY constraint failed' it is
 * n8n's answer for a workflow that has an id but was never saved.
 */
export function brokenDeduplication({
	callsBefore = 0,
	message = 'SQLITE_BUSY: database is locked',
	inner = new Deduplicator(tableInMemory()),
}: {
	callsBefore?: number;
	message?: string;
	inner?: IDataDeduplicator;
} = {}): IDataDeduplicator {
	let calls = 0;
	return guarded(inner, () => {
		calls += 1;
		if (calls > callsBefore) throw databaseError(message);
	});
}

const current = new AsyncLocalStorage<IDataDeduplicator>();
let installed = false;

function currentDeduplicator(): IDataDeduplicator {
	return current.getStore() ?? absentDeduplication();
}

/**
 * n8n-core allows one deduplicator in a process, so the one installed asks for that of the engine whose execution it is
 * called from. Engines running at the same time thus keep their tables apart.
 */
export async function withDeduplicator<T>(
	deduplicator: IDataDeduplicator,
	work: () => Promise<T>,
): Promise<T> {
	if (!installed) {
		installed = true;
		await DataDeduplicationService.init({
			checkProcessedAndRecord: async (...call) =>
				await currentDeduplicator().checkProcessedAndRecord(...call),
			removeProcessed: async (...call) => await currentDeduplicator().removeProcessed(...call),
			clearAllProcessedItems: async (...call) =>
				await currentDeduplicator().clearAllProcessedItems(...call),
			getProcessedDataCount: async (...call) =>
				await currentDeduplicator().getProcessedDataCount(...call),
		});
	}
	return await current.run(deduplicator, work);
}
