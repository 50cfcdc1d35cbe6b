import type { IExecuteFunctions } from 'n8n-workflow';
import { pause } from '../../pause';
import {
	commit,
	lease,
	look,
	release,
	renew,
	reopen,
	rollBack,
	type EntryState,
	type Lease,
	type LeaseRequest,
	type LeaseResult,
	type Step,
} from './entry';
import { isExact, submit } from './groupCommit';
import { openN8nTable, openProcessTable, type ProcessedTable } from './table';

/** The record of sends, as one execution uses it. Times are epoch milliseconds, windows are told by their names. */
export interface RecordOfSends {
	/**
	 * - `exact`: n8n keeps it, for all its processes.
	 * - `shared`: n8n keeps it; another node uses the row that would keep other processes out.
	 * - `process`: n8n keeps none here, so it lasts as long as this process.
	 */
	readonly kind: 'exact' | 'shared' | 'process';
	/** @throws where the record cannot be reached; so does `lease` */
	look(entry: string, window: string, now: number): Promise<EntryState>;
	lease(request: LeaseRequest): Promise<LeaseResult>;
	/** The following never throw: what could not be written leaves the entry in doubt. */
	commit(held: Lease, windows: readonly string[]): Promise<void>;
	rollBack(held: Lease): Promise<void>;
	release(held: Lease, windows: readonly string[], now: number): Promise<void>;
	renew(held: Lease, now: number, waitMs: number): Promise<Lease>;
	reopen(entry: string, now: number): Promise<void>;
	/** Waits until all that was asked for is written, or cannot be. */
	settle(): Promise<void>;
}

/** A database that is being restarted is back after a while; the entry stands in doubt until then. */
const TRIES = 5;
const FIRST_BACKOFF_MS = 200;

function recordOver(table: ProcessedTable): RecordOfSends {
	const underWay = new Set<Promise<void>>();
	const insist = async (entry: string, step: Step<void>): Promise<void> => {
		for (let tries = 0; tries < TRIES; tries++) {
			try {
				return await submit(table, entry, () => step);
			} catch {
				await pause(FIRST_BACKOFF_MS * 2 ** tries * (1 + Math.random()));
			}
		}
	};
	const write = async (entry: string, step: Step<void>): Promise<void> => {
		const writing = insist(entry, step);
		underWay.add(writing);
		await writing;
		underWay.delete(writing);
	};
	return {
		get kind() {
			if (table.lock === null) return 'process';
			return isExact(table) ? 'exact' : 'shared';
		},
		look: async (entry, window, now) =>
			await submit(table, entry, () => look(entry, window, now)),
		lease: async (request) => await submit(table, request.entry, () => lease(request)),
		commit: async (held, windows) => await write(held.entry, commit(held, windows)),
		rollBack: async (held) => await write(held.entry, rollBack(held)),
		release: async (held, windows, now) => await write(held.entry, release(held, windows, now)),
		async renew(held, now, waitMs) {
			const renewed = renew(held, now, waitMs);
			await write(held.entry, renewed.step);
			return renewed.lease;
		},
		reopen: async (entry, now) => await write(entry, reopen(entry, now)),
		async settle() {
			await Promise.all(underWay);
		},
	};
}

/** Told apart by n8n's wording: both mean that there is no table for this workflow. */
const NO_TABLE = /initialized before use|foreign key/i;

/** Its lock is taken and given back once, which shows whether the table is there and whether the lock is ours. */
async function isUsable(table: ProcessedTable): Promise<boolean> {
	try {
		await submit(table, '', () => ({ kind: 'done', forget: [], result: undefined }));
		return true;
	} catch (thrown) {
		if (thrown instanceof Error && NO_TABLE.test(thrown.message)) return false;
		throw thrown;
	}
}

/**
 * Opens the record: in n8n's table where there is one for this workflow, else in this process.
 *
 * @param account what a record in this process belongs to: the credential
 * @throws where n8n's table is there and cannot be reached: sending without it could email people twice
 */
export async function openRecord(
	context: IExecuteFunctions,
	account: string,
): Promise<RecordOfSends> {
	const workflowId = context.getWorkflow().id;
	// n8n's Agents run a node in a workflow without an id.
	if (workflowId !== undefined && workflowId !== '') {
		const table = openN8nTable(context.helpers, workflowId, context.getNode().id);
		if (await isUsable(table)) return recordOver(table);
	}
	return recordOver(openProcessTable(account));
}
