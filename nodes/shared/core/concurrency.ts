export interface PoolRules<Value> {
	/** How many may be under way at once. */
	limit: number;
	signal?: AbortSignal;
	/** After a value for which this holds, no further item is started. */
	isLast?: (value: Value) => boolean;
}

/**
 * Runs `work` over all items, results in the order of the items; the place of an item that was not
 * started stays undefined. The first item goes alone: if the token has run out it is renewed once,
 * not `limit` times.
 */
export async function mapConcurrently<Item, Value>(
	items: readonly Item[],
	work: (item: Item) => Promise<Value>,
	{ limit, signal, isLast }: PoolRules<Value>,
): Promise<Array<Value | undefined>> {
	const values = new Array<Value | undefined>(items.length).fill(undefined);
	const queue = items.entries();
	let stopped = false;
	const lane = async (steps: number): Promise<void> => {
		for (let step = 0; step < steps && !stopped && signal?.aborted !== true; step++) {
			const next = queue.next();
			if (next.done === true) return;
			const [index, item] = next.value;
			const value = await work(item);
			values[index] = value;
			if (isLast?.(value) === true) stopped = true;
		}
	};
	await lane(1);
	await Promise.all(
		Array.from({ length: Math.min(limit, items.length) }, async () => await lane(Infinity)),
	);
	return values;
}
