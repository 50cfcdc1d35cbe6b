import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again and again until `look` gives something; for what another process does in its own time. */
export async function eventually(look, { withinMs = 60_000, everyMs = 200 } = {}) {
	const deadline = Date.now() + withinMs;
	for (;;) {
		const seen = await look();
		if (seen) return seen;
		if (Date.now() > deadline) throw new Error(`Not seen within ${withinMs} ms`);
		await sleep(everyMs);
	}
}
