/** Said where n8n's table of processed values does not answer, or does so too late. */
export class RecordUnavailable extends Error {
	override readonly name = 'RecordUnavailable';
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
