import { isAboutOne, type Failure } from '../core/failure';
import { mapConcurrently } from '../core/concurrency';
import { failed, ok, type Result } from '../core/result';
import { READS_IN_FLIGHT } from '../invitation/fetchMany';
import type { Session } from '../http/session';

/**
 * How many single invitations a poll reads at most, and for how long; the rest waits for the next. n8n may give a whole
 * poll as little as 45 seconds (`pollBudgetMs` in its trigger-execution-context.factory), and listing takes some of them.
 */
const READS_PER_POLL = 1000;
const READING_TIME_MS = 30_000;

/** Reading one invitation: what was read, `refused` by an answer about this one, or not read yet. */
export type ReadOutcome<Value> =
	{ kind: 'read'; value: Value } | { kind: 'refused'; failure: Failure } | { kind: 'later' };

/**
 * Reads single invitations. An answer that concerns one of them leaves the others alone, so that
 * one unreadable invitation does not stop the trigger for all; an outage, a refused credential or a
 * 429 ends the poll.
 */
export async function readEach<Item, Value>(
	items: readonly Item[],
	read: (item: Item) => Promise<Result<Value>>,
	{ signal }: Session,
): Promise<Result<Array<ReadOutcome<Value>>>> {
	const until = Date.now() + READING_TIME_MS;
	let ending: Failure | null = null;
	const results = await mapConcurrently(items.slice(0, READS_PER_POLL), read, {
		limit: READS_IN_FLIGHT,
		signal,
		isLast(result) {
			if (!result.ok && !isAboutOne(result.failure)) ending = result.failure;
			return ending !== null || Date.now() > until;
		},
	});
	if (ending !== null) return failed(ending);
	return ok(
		items.map((_, index): ReadOutcome<Value> => {
			const result = results[index];
			if (result === undefined) return { kind: 'later' };
			return result.ok
				? { kind: 'read', value: result.value }
				: { kind: 'refused', failure: result.failure };
		}),
	);
}
