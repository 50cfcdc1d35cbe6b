import type { IExecuteFunctions } from 'n8n-workflow';
import { createFailure, type Failure } from '../../core/failure';
import { messageOf } from '../../core/json';
import { pause } from '../../core/time';
import { failed, ok, type Result } from '../../core/result';
import { commit, leaveInDoubt, renew, reopen, rollBack } from './endLease';
import {
	LEASE_MS,
	type EntryState,
	type Lease,
	type LeaseRequest,
	type LeaseResult,
	type LeaseTries,
	type Step,
} from './entry';
import { isExact, submit } from './groupCommit';
import { lease, look } from './lease';
import { openN8nTable, openProcessTable, type ProcessedTable } from './table';

/**
 * This room remembers in n8n's database who was emailed when, across executions and processes. Here is the record as
 * one execution uses it. Times are epoch milliseconds, windows are told by their names.
 */
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
	commit(held: Lease, windows: readonly string[], never?: readonly string[]): Promise<void>;
	rollBack(held: Lease): Promise<void>;
	leaveInDoubt(held: Lease, windows: readonly string[], now: number): Promise<void>;
	renew(held: Lease, now: number, waitMs: number): Promise<Lease>;
	reopen(entry: string, now: number): Promise<void>;
	/** Waits until all that was asked for is written, or cannot be. */
	settle(): Promise<void>;
}

/** A database that is being restarted is back after a while; the entry stands in doubt until then. */
const TRIES = 5;
const FIRST_BACKOFF_MS = 200;

/** Past its time somebody else may have taken a lease over and given it back, so nothing is sure to be reserved. */
function asReservedAt(held: Lease, now: number): Lease {
	return now - held.takenAt > LEASE_MS ? { ...held, windows: [] } : held;
}

/**
 * Executions' own windows that were asked about in vain: a mark found there by the next try, in this same process, may
 * be the one that the question left.
 */
const unheard = new Set<string>();

/**
 * What is being written of each entry in this process. The next writing waits for it, also over its repetitions, and so
 * does the next lease: what ends one is written by the same marks, and would take those of the next away.
 */
const underWay = new Map<string, Promise<void>>();

function recordOver(table: ProcessedTable): RecordOfSends {
	const own = new Set<Promise<void>>();
	const nameOf = (entry: string): string => `${table.id}|${entry}`;
	const insist = async (entry: string, step: () => Step<void>): Promise<void> => {
		for (let tries = 0; tries < TRIES; tries++) {
			try {
				return await submit(table, entry, step);
			} catch {
				await pause(FIRST_BACKOFF_MS * 2 ** tries * (1 + Math.random()));
			}
		}
	};
	const write = async (entry: string, step: () => Step<void>): Promise<void> => {
		const name = nameOf(entry);
		const before = underWay.get(name);
		const writing =
			before === undefined
				? insist(entry, step)
				: before.then(async () => await insist(entry, step));
		underWay.set(name, writing);
		own.add(writing);
		await writing;
		own.delete(writing);
		if (underWay.get(name) === writing) underWay.delete(name);
	};
	return {
		get kind() {
			if (table.lock === null) return 'process';
			return isExact(table) ? 'exact' : 'shared';
		},
		look: async (entry, window, now) =>
			await submit(table, entry, () => look(entry, window, now), true),
		async lease(request) {
			const before = underWay.get(nameOf(request.entry));
			await before;
			const asked = `${nameOf(request.entry)}|${request.own}`;
			const tries: LeaseTries = { own: unheard.delete(asked) ? 'unanswered' : 'unasked' };
			const take = async (now: number): Promise<LeaseResult> =>
				await submit(table, request.entry, () => lease({ ...request, now }, tries), true);
			// Once more: a section that came to nothing, for one that stood still, has written nothing.
			const now = before === undefined ? request.now : Date.now();
			const taking = take(now).catch(async () => await take(Date.now()));
			const taken = await taking.catch(() => null);
			if (tries.own === 'unanswered' && taken?.kind !== 'granted') unheard.add(asked);
			return await taking;
		},
		commit: async (held, windows, never) =>
			await write(held.entry, () => commit(asReservedAt(held, Date.now()), windows, never)),
		rollBack: async (held) => await write(held.entry, () => rollBack(held, Date.now())),
		leaveInDoubt: async (held, windows, now) =>
			await write(held.entry, () => leaveInDoubt(held, windows, now)),
		async renew(held, now, waitMs) {
			const renewed = renew(held, now, waitMs);
			await write(held.entry, () => renewed.step);
			return renewed.lease;
		},
		reopen: async (entry, now) => await write(entry, () => reopen(entry, now)),
		async settle() {
			await Promise.all(own);
		},
	};
}

/** Told apart by n8n's wording: both mean that there is no table for this workflow. */
const NO_TABLE = /initialized before use|foreign key/i;

/** For a record that is there and cannot be read: sending without it could email people twice. */
export function describeUnavailableRecord(): Failure {
	return createFailure(
		'recordUnavailable',
		"n8n's record of sent invitations could not be reached, so nothing was sent",
		"The record is in n8n's own database. Run the workflow again when the database is back.",
		true,
	);
}

/** Takes its lock and gives it back, which shows whether the table is there, and whose the lock's row is. */
async function findOut(table: ProcessedTable): Promise<'usable' | 'absent' | 'unavailable'> {
	try {
		await submit(table, '', () => ({ kind: 'done', forget: [], result: undefined }));
		return 'usable';
	} catch (thrown) {
		return NO_TABLE.test(messageOf(thrown)) ? 'absent' : 'unavailable';
	}
}

/**
 * Opens the record: in n8n's table where there is one for this workflow, else in this process.
 *
 * @param account what a record in this process belongs to: the credential
 */
export async function openRecord(
	context: IExecuteFunctions,
	account: string,
): Promise<Result<RecordOfSends>> {
	const workflowId = context.getWorkflow().id;
	// n8n's Agents run a node in a workflow without an id.
	if (workflowId !== undefined && workflowId !== '') {
		const table = openN8nTable(context.helpers, workflowId, context.getNode().id);
		const found = await findOut(table);
		if (found === 'usable') return ok(recordOver(table));
		if (found === 'unavailable') return failed(describeUnavailableRecord());
	}
	return ok(recordOver(openProcessTable(account)));
}
