import type { Failure } from '../core/failure';
import { mapConcurrently } from '../core/concurrency';
import { failed, ok, type Result } from '../core/result';
import type { Found, InvitationProvider } from './provider';

/**
 * So many that n8n's CPU is the limit and not the waiting (bench/RESULTS.md); n8n's own HTTP Request
 * node sends all at once.
 */
export const READS_IN_FLIGHT = 50;

export interface ReadRules {
	signal: AbortSignal | undefined;
	/** Whether one failed item ends the node, so that further calls would be for nothing. */
	stopOnFailure: boolean;
}

/** A failure for the items that were not begun because of `because`, or of a stop by the user. */
export function failNotStarted(because: Failure | null): Result<never> {
	return failed(
		because ?? {
			message: 'The execution was stopped before this item',
			description: 'Nothing was done for it. Start the workflow again when you are ready.',
			reason: 'cancelled',
			httpStatus: null,
			code: null,
			retryable: true,
		},
	);
}

/** Reads one invitation; that there is none is a failure, too. */
export async function readFound<Target>(
	provider: InvitationProvider<Target>,
	target: Target,
	fresh?: 'fresh',
): Promise<Result<Found>> {
	const answer = await provider.read(target, fresh);
	if (!answer.ok) return answer;
	return answer.value === null ? failed(provider.describeMissing(target)) : ok(answer.value);
}

/**
 * Reads the invitations of all targets, each different one once. A refused credential ends the
 * calls: every target not yet read fails with the same words.
 *
 * @returns the reading of a target
 */
export async function fetchMany<Target>(
	provider: InvitationProvider<Target>,
	targets: readonly Target[],
	{ signal, stopOnFailure }: ReadRules,
): Promise<(target: Target) => Result<Found>> {
	const unique = new Map(targets.map((target) => [provider.key(target), target]));
	const readings = new Map<string, Result<Found>>();
	let last: Failure | null = null;
	const readOne = async ([key, target]: [string, Target]): Promise<Result<Found>> => {
		const reading = await readFound(provider, target);
		readings.set(key, reading);
		return reading;
	};
	await mapConcurrently([...unique], readOne, {
		limit: READS_IN_FLIGHT,
		signal,
		isLast: (reading) => {
			if (reading.ok || !(stopOnFailure || reading.failure.reason === 'credential')) return false;
			last = reading.failure;
			return true;
		},
	});
	return (target) => readings.get(provider.key(target)) ?? failNotStarted(last);
}
