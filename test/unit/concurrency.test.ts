import fc from 'fast-check';
import { mapConcurrently } from '../../nodes/shared/core/concurrency';

/** Work that ends only when told to, and tells what is under way. */
function manual() {
	const running = new Map<number, () => void>();
	const started: number[] = [];
	return {
		running,
		started,
		async work(item: number): Promise<string> {
			started.push(item);
			await new Promise<void>((done) => running.set(item, done));
			return `value ${item}`;
		},
		async end(item: number): Promise<void> {
			const done = running.get(item);
			if (done === undefined) throw new Error(`${item} is not under way`);
			running.delete(item);
			done();
			await new Promise((turn) => setImmediate(turn));
		},
	};
}

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('mapConcurrently', () => {
	it('starts the first alone, and then as many as the limit says', async () => {
		const { work, end, running, started } = manual();
		const all = mapConcurrently(numbers(6), work, { limit: 3 });
		expect(started).toEqual([0]);
		await end(0);
		expect(started).toEqual([0, 1, 2, 3]);
		await end(2);
		expect(started).toEqual([0, 1, 2, 3, 4]);
		for (const item of [4, 1, 3, 5]) await end(item);
		expect(running.size).toBe(0);
		expect(await all).toEqual(numbers(6).map((item) => `value ${item}`));
	});

	it('works on nothing where there is nothing', async () => {
		const work = jest.fn(async () => await Promise.resolve(1));
		expect(await mapConcurrently([], work, { limit: 3 })).toEqual([]);
		expect(work).not.toHaveBeenCalled();
	});

	it('puts results in the order of the items, and never has more under way than the limit', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 20 }),
				fc.integer({ min: 1, max: 6 }),
				async (turns, limit) => {
					let [underWay, most, firstDone] = [0, 0, false];
					const values = await mapConcurrently(
						[...turns.entries()],
						async ([index, count]) => {
							underWay++;
							most = Math.max(most, underWay);
							if (index > 0) expect(firstDone).toBe(true);
							for (let turn = 0; turn < count; turn++) await Promise.resolve();
							firstDone = true;
							underWay--;
							return index * 10;
						},
						{ limit },
					);
					expect(values).toEqual(turns.map((_, index) => index * 10));
					expect(most).toBeLessThanOrEqual(limit);
				},
			),
			{ numRuns: 200, seed: 20261120 },
		);
	});

	it('starts nothing after a value that is the last, and lets finish what is under way', async () => {
		const { work, end, started } = manual();
		const isLast = (value: string): boolean => value === 'value 2';
		const all = mapConcurrently(numbers(6), work, { limit: 2, isLast });
		await end(0);
		await end(2);
		expect(started).toEqual([0, 1, 2]);
		await end(1);
		expect(await all).toEqual(['value 0', 'value 1', 'value 2', undefined, undefined, undefined]);
	});

	it('starts only the first where that is the last', async () => {
		const work = jest.fn(async (item: number) => await Promise.resolve(item));
		const values = await mapConcurrently(numbers(3), work, { limit: 3, isLast: () => true });
		expect(values).toEqual([0, undefined, undefined]);
		expect(work).toHaveBeenCalledTimes(1);
	});

	it('starts nothing once it is cancelled', async () => {
		const { work, end, started } = manual();
		const cancel = new AbortController();
		const all = mapConcurrently(numbers(4), work, { limit: 1, signal: cancel.signal });
		await end(0);
		cancel.abort();
		await end(1);
		expect(started).toEqual([0, 1]);
		expect(await all).toEqual(['value 0', 'value 1', undefined, undefined]);
	});

	it('starts nothing where it was cancelled before', async () => {
		const work = jest.fn(async (item: number) => await Promise.resolve(item));
		const values = await mapConcurrently(numbers(2), work, {
			limit: 1,
			signal: AbortSignal.abort(),
		});
		expect(values).toEqual([undefined, undefined]);
		expect(work).not.toHaveBeenCalled();
	});
});
