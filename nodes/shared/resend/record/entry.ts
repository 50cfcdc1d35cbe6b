/**
 * The record of sends: this room keeps, in n8n's own table of processed values, who was emailed when. It knows entries
 * and marks, and nothing of providers, policies or items.
 *
 * This file is the entry of one invitation: its states. All of what is done with it, here, in `marks`, `lease` and
 * `endLease`, is pure.
 *
 * | state       | marks of the entry                          | means                                         |
 * |-------------|---------------------------------------------|-----------------------------------------------|
 * | absent      | none                                        | nothing was sent in this window               |
 * | leased      | intent, since, until (not yet over), sent…  | an execution is at it                         |
 * | inDoubt     | intent, since, sent…                        | a send was begun, and its end is not recorded |
 * | committed   | sent…                                       | sent in the windows that the marks name       |
 * | rolled back | none                                        | the same as absent                            |
 *
 *     absent → leased → committed
 *                     → rolled back (absent)
 *                     → inDoubt → leased (taken over) → …
 *
 * n8n's table can only be asked by writing: "record these, and tell which were new". So `sent` never counts while
 * `intent` stands beside it, and both are written in one statement: a process that dies anywhere leaves an open
 * question, never a false "sent". One mark for each kind of window, so that a later change of 'Send at Most Once' still
 * finds the send. Where sends are counted in total, 'ever' is the first, and `time 2`, `time 3` are windows that each hold
 * one more.
 */

/** What is recorded of an entry, as seen by somebody who does not hold it. */
export type EntryState =
	| { kind: 'absent' }
	| { kind: 'leased' }
	| { kind: 'committed' }
	/** It was sent, or may have been, as often as it may be in total. */
	| { kind: 'usedUp' }
	| {
			kind: 'inDoubt';
			/** When the send was begun; null where no mark tells. */
			begun: Begun | null;
			/** Whether it was begun in the window that was asked about. */
			inWindow: boolean;
	  };

/** The minute in which a send was begun, epoch milliseconds; `to` is no longer in it. */
export interface Begun {
	from: number;
	to: number;
}

/** A right to send, and what has to be taken away when it ends. */
export interface Lease {
	entry: string;
	/** Epoch milliseconds. */
	takenAt: number;
	/** Names of the windows that it has reserved: all have a `sent` mark. */
	windows: readonly string[];
	/** Those of its marks that say that it is under way. */
	passing: readonly string[];
	/** Those `sent` marks that were not there before. */
	added: readonly string[];
	/** Which of the entry's sends it is about; null where they are not counted. */
	sendNumber: number | null;
	/** Where an entry in doubt was taken over, the marks of its beginning: without a send it is in doubt as before. */
	was: readonly string[] | null;
}

export interface LeaseRequest {
	entry: string;
	/** The window that must be free. */
	window: string;
	/**
	 * All windows that a send begun now may lie in, until the provider can no longer act on it. Only the holder of the
	 * lease names them, so that nobody who merely asks can leave them behind.
	 */
	windows: readonly string[];
	/** A window that nobody else names, of an execution; it is asked about once the lease is ours. */
	own?: string | null;
	/** How often the entry may be sent in total; left out, its sends are not counted. */
	most?: number | null;
	now: number;
	/** Takes over an entry in doubt, if it is still the one that was begun then. */
	takeOver?: { begun: Begun | null };
}

/** What is known of earlier tries at one lease, whose section came to nothing. */
export interface LeaseTries {
	/**
	 * What came of asking for the mark of its own window. `ours`: one of them has recorded it, so finding it says
	 * nothing. `unanswered`: it may have been recorded.
	 */
	own: 'unasked' | 'unanswered' | 'answered' | 'ours';
	/** The same for its number among the sends of the entry. */
	sendNumber?: number;
}

export type LeaseResult =
	{ kind: 'granted'; lease: Lease } | Exclude<EntryState, { kind: 'absent' }>;

/**
 * What an operation does inside one critical section: asks by recording marks, as often as it must, and then forgets
 * marks. It can be done anew from its first step.
 */
export type Step<T> =
	| {
			kind: 'ask';
			marks: readonly string[];
			/** @param fresh those of `marks` that were not recorded before */
			next(fresh: ReadonlySet<string>): Step<T>;
	  }
	| { kind: 'done'; forget: readonly string[]; result: T };

/** How long a lease stands without being renewed; it outlasts the 30 s that a call may take. */
export const LEASE_MS = 40_000;

/** A wait that a provider asks for is at most 60 s; a lease renewed for one stands so long at most. */
export const LONGEST_LEASE_MS = LEASE_MS + 60_000;

/** How long after an unclear answer the provider may still act (no API documents a bound; docs/decisions.md, "Ten minutes of grace"). */
export const GRACE_MS = 10 * 60_000;

/** For this long nobody takes over a lease, with a minute to spare. */
export const SAFE_MS = GRACE_MS - 60_000;

/** When the provider can no longer be at a send that was begun then, epoch milliseconds. */
export function endOfGrace(begun: Begun): number {
	return begun.to + GRACE_MS;
}

export function done<T>(result: T, forget: readonly string[] = []): Step<T> {
	return { kind: 'done', forget, result };
}

/** Goes on, in the same section, with what a step comes to and would forget. */
export function goOn<T, U>(
	step: Step<T>,
	next: (result: T, forget: readonly string[]) => Step<U>,
): Step<U> {
	if (step.kind === 'done') return next(step.result, step.forget);
	return { ...step, next: (fresh) => goOn(step.next(fresh), next) };
}
