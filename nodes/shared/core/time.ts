import { sleep } from 'n8n-workflow';

const SLICE_MS = 1000;

/** Waits, looking once a second whether the execution was stopped. */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
	for (let left = milliseconds; left > 0 && signal?.aborted !== true; left -= SLICE_MS) {
		await sleep(Math.min(left, SLICE_MS));
	}
}
