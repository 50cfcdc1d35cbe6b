import { createFailure, isAboutOne, type Failure } from '../core/failure';
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
		because ??
			createFailure(
				'cancelled',
				'The execution was stopped before this item',
				'Nothing was done for it. Start the workflow again when you are ready.',
				true,
			),
	);
}

/** What of the calls of a run came to nothing because of something that the next ones would meet, too. */
export interface Outage {
	/** Whether this result shows that the rest would be asked for nothing. */
	isShownBy(result: Result<unknown>): boolean;
	/** What to say of the items that were not begun; null as long as none shows. */
	readonly failure: Failure | null;
}

/**
 * A refused credential shows it at once. No answer, 429 and 502 to 504 show it when more items in a row came to that,
 * after all their tries, than can be under way at once: then one of them was begun after another had failed. So no item
 * ends the others by itself, and an outage costs three rounds of patience at most.
 *
 * @param lanes how many calls can be under way at once
 */
export function watchForOutage(displayName: string, lanes: number): Outage {
	/** Those in a row. A list that is read once for many items says the same of each, and costs no further call. */
	const counted = new Set<Failure>();
	let failure: Failure | null = null;
	return {
		get failure() {
			return failure;
		},
		isShownBy(result) {
			if (result.ok || isAboutOne(result.failure)) counted.clear();
			else {
				counted.add(result.failure);
				const { reason, retryable } = result.failure;
				const message = `${displayName} was not asked, because ${counted.size} items before this one failed`;
				const advice = 'Nothing was done for this item. Run the workflow again later.';
				if (reason === 'credential') failure ??= result.failure;
				else if (counted.size > lanes)
					failure ??= createFailure(reason, message, advice, retryable);
			}
			return failure !== null;
		},
	};
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
 * Reads the invitations of all targets, each different one once. A refused credential ends the calls, and so does an
 * outage: every target not yet read fails with the same words.
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
	const outage = watchForOutage(provider.displayName, READS_IN_FLIGHT);
	const readOne = async ([key, target]: [string, Target]): Promise<Result<Found>> => {
		const reading = await readFound(provider, target);
		readings.set(key, reading);
		return reading;
	};
	await mapConcurrently([...unique], readOne, {
		limit: READS_IN_FLIGHT,
		signal,
		isLast: (reading) => outage.isShownBy(reading) || (stopOnFailure && !reading.ok),
	});
	return (target) => readings.get(provider.key(target)) ?? failNotStarted(outage.failure);
}
