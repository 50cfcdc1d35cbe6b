import { sleep } from 'n8n-workflow';

const SLICE_MS = 1000;

/** Waits, looking once a second whether the execution was stopped. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
	for (let left = milliseconds; left > 0 && signal?.aborted !== true; left -= SLICE_MS) {
		await sleep(Math.min(left, SLICE_MS));
	}
}

/** Says that the time was over first. */
export const TIME_OVER = Symbol('time over');

/**
 * The value of `work`, or `TIME_OVER` if that takes longer than `milliseconds`. The work itself goes on: a statement
 * that hangs in a database cannot be called back.
 */
export async function settleWithin<T>(
	work: Promise<T>,
	milliseconds: number,
): Promise<T | typeof TIME_OVER> {
	const timeout = AbortSignal.timeout(Math.max(Math.ceil(milliseconds), 0));
	return await new Promise((resolve, reject) => {
		const giveUp = (): void => resolve(TIME_OVER);
		timeout.addEventListener('abort', giveUp, { once: true });
		work.then(resolve, reject).finally(() => timeout.removeEventListener('abort', giveUp));
	});
}
