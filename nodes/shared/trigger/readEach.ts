import { isAboutOne, type Failure } from '../core/failure';
import { mapConcurrently } from '../core/concurrency';
import { failed, ok, type Result } from '../core/result';
import { READS_IN_FLIGHT } from '../invitation/fetchMany';
import type { Session } from '../http/session';

/**
 * How many single invitations are read at most, and for how much of the time that is left to the poll; the rest waits
 * for the next. The other third is for the calls that are under way by then, and for what the poll does afterwards.
 */
const READS_PER_POLL = 1000;
const READING_SHARE = 2 / 3;

/** Reading one invitation: what was read, `refused` by an answer about this one, or not read yet. */
export type ReadOutcome<Value> =
	{ kind: 'read'; value: Value } | { kind: 'refused'; failure: Failure } | { kind: 'later' };

/**
 * Reads single invitations. An answer that concerns one of them leaves the others alone, so that
 * one unreadable invitation does not stop the trigger for all; an outage, a refused credential or a
 * 429 ends the poll. Once some were read, only the reading ends with a 429, or with a call that the deadline may have cut
 * short: what was read counts, and the list of the next poll meets the same.
 */
export async function readEach<Item, Value>(
	items: readonly Item[],
	read: (item: Item) => Promise<Result<Value>>,
	{ signal, deadline }: Session,
): Promise<Result<Array<ReadOutcome<Value>>>> {
	const now = Date.now();
	const until = now + (deadline - now) * READING_SHARE;
	let hasRead = false;
	let ending: Failure | null = null;
	const due = now < until ? items.slice(0, READS_PER_POLL) : [];
	const results = await mapConcurrently(due, read, {
		limit: READS_IN_FLIGHT,
		signal,
		isLast(result) {
			const isOver = Date.now() > until;
			hasRead ||= result.ok;
			if (result.ok || isAboutOne(result.failure)) return isOver;
			if (!hasRead || !(isOver || result.failure.reason === 'rateLimited')) ending = result.failure;
			return true;
		},
	});
	if (ending !== null) return failed(ending);
	return ok(
		items.map((_, index): ReadOutcome<Value> => {
			const result = results[index];
			if (result === undefined) return { kind: 'later' };
			if (result.ok) return { kind: 'read', value: result.value };
			const { failure } = result;
			return isAboutOne(failure) ? { kind: 'refused', failure } : { kind: 'later' };
		}),
	);
}
