/** What was asked for last, by what it works on; it never fails. */
const last = new Map<string, Promise<unknown>>();

/** Does work on the same thing one after another, for all executions in this process. */
export async function inTurn<T>(thing: string, work: () => Promise<T>): Promise<T> {
	const before = last.get(thing) ?? Promise.resolve();
	const mine = before.then(work);
	const over = mine.then(
		() => undefined,
		() => undefined,
	);
	last.set(thing, over);
	try {
		return await mine;
	} finally {
		if (last.get(thing) === over) last.delete(thing);
	}
}
