import { isAboutOne } from '../core/failure';
import type { Result } from '../core/result';
import { pause } from '../core/time';
import type { Limits } from './settings';

/**
 * What one run holds back, over all sends that are under way in it: its cap, its pace, and the stop after faults. Each
 * item asks by its own limits.
 */

export interface HeldBack {
	reason: 'maxSends' | 'paused' | 'rateLimited';
	message: string;
}

/**
 * How an admitted send ended.
 *
 * - `sent`, `unclear`: an email was or may have been sent.
 * - `refused`: none was, and the provider is well.
 * - `notMade`: none was asked for, because of something about this one.
 * - `fault`: none was, because of something that would meet the next one, too.
 * - `rateLimited`: none was, and the provider wants no more for now.
 */
export type Ending = 'sent' | 'unclear' | 'refused' | 'notMade' | 'fault' | 'rateLimited';

export interface Throttle {
	/** Reserves one of the sends that the run may make. While those under way may use them up, it waits. */
	admit(limits: Limits): Promise<HeldBack | null>;
	/**
	 * Hears what came of a look right before a send. One that went wrong for a reason that the next would meet, too, counts
	 * like a send until a look goes well: that says nothing about the sends before it.
	 */
	hear(look: Result<unknown>): void;
	/** Gives an admission back. */
	leave(): void;
	/** When an admitted send may start at the earliest, epoch milliseconds. */
	slot(limits: Limits): number;
	/**
	 * Starts an admitted send at its time. After `started` it is under way, and `end` is owed.
	 *
	 * @param isFit asked at the very moment of the start
	 */
	start(
		limits: Limits,
		isFit: () => boolean,
		signal: AbortSignal | undefined,
	): Promise<HeldBack | 'started' | 'unfit'>;
	end(ending: Ending): void;
	/** A send that would have been made, were it not a dry run. */
	rehearse(limits: Limits): HeldBack | null;
	/** A send of an earlier try of this run. */
	countEarlier(): void;
	readonly made: number;
}

/** How long a prepared send may have to wait for its time, at the most. */
const LONGEST_LINE_MS = 5_000;

/**
 * How many sends may be under way at once: a slow pace needs fewer, and so does a stop after few faults. What was prepared
 * in vain would grow too old, and be prepared again and again.
 */
export function countLanes({ sendsAtATime, intervalMs, stopAfterFaults }: Limits): number {
	const inLine = intervalMs === 0 ? Infinity : Math.floor(LONGEST_LINE_MS / intervalMs);
	return Math.max(1, Math.min(sendsAtATime, stopAfterFaults || Infinity, inLine));
}

export function createThrottle(displayName: string): Throttle {
	let made = 0;
	let rehearsed = 0;
	let admitted = 0;
	let underWay = 0;
	let failedSends = 0;
	let failedLooks = 0;
	let rateLimited = false;
	let lastStart = Number.NEGATIVE_INFINITY;
	let wake: () => void = () => undefined;
	let change = new Promise<void>((resolve) => {
		wake = resolve;
	});
	const notify = (): void => {
		wake();
		change = new Promise((resolve) => {
			wake = resolve;
		});
	};
	/** How many wait for their time; whoever is prepared now comes after them. */
	let waiting = 0;
	const slot = ({ intervalMs }: Limits): number => lastStart + intervalMs * (1 + waiting);
	const countFaults = (): number => failedSends + failedLooks;
	const checkHalt = ({ stopAfterFaults }: Limits): HeldBack | null => {
		if (rateLimited) {
			return { reason: 'rateLimited', message: `Not sent: ${displayName} asked n8n to slow down` };
		}
		const count = countFaults();
		if (stopAfterFaults === 0 || count < stopAfterFaults) return null;
		const faults = count === 1 ? 'was a fault' : `were ${count} faults in a row`;
		const message = `Not sent: there ${faults}, so the rest were not sent. Run the workflow again later`;
		return { reason: 'paused', message };
	};
	const checkCap = ({ maxSends }: Limits, count: number): HeldBack | null =>
		count + 1 <= maxSends
			? null
			: {
					reason: 'maxSends',
					message: `Not sent: this run has reached 'Max Sends per Run' (${maxSends})`,
				};
	return {
		get made() {
			return made;
		},
		slot,
		async admit(limits) {
			for (;;) {
				const held = checkHalt(limits) ?? checkCap(limits, made);
				if (held !== null) return held;
				if (checkCap(limits, made + admitted) === null) break;
				await change;
			}
			admitted++;
			return null;
		},
		hear(look) {
			if (look.ok || isAboutOne(look.failure)) failedLooks = 0;
			else if (look.failure.reason !== 'cancelled') failedLooks++;
		},
		leave() {
			admitted--;
			notify();
		},
		async start(limits, isFit, signal) {
			let awaited = Number.NEGATIVE_INFINITY;
			for (;;) {
				const held = checkHalt(limits);
				if (held !== null) return held;
				const time = lastStart + limits.intervalMs;
				// Were all that are under way to go wrong, this one would be one too many.
				const atRisk = limits.stopAfterFaults > 0 && underWay > 0;
				if (atRisk && countFaults() + underWay >= limits.stopAfterFaults) await change;
				else if (time > awaited && time > Date.now()) {
					awaited = time;
					waiting++;
					await pause(time - Date.now(), signal);
					waiting--;
				} else break;
			}
			if (!isFit()) return 'unfit';
			underWay++;
			lastStart = Date.now();
			return 'started';
		},
		end(ending) {
			underWay--;
			admitted--;
			if (ending === 'sent' || ending === 'unclear') made++;
			if (ending === 'sent' || ending === 'refused') failedSends = failedLooks = 0;
			else if (ending !== 'notMade') failedSends++;
			rateLimited ||= ending === 'rateLimited';
			notify();
		},
		rehearse(limits) {
			const held = checkCap(limits, made + rehearsed);
			if (held === null) rehearsed++;
			return held;
		},
		countEarlier() {
			made++;
		},
	};
}
