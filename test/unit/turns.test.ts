import { inTurn } from '../../nodes/shared/resend/turns';

const settled = async (): Promise<void> => await new Promise((done) => setImmediate(done));

function gate(): { wait: Promise<void>; open: () => void } {
	let open = (): void => undefined;
	const wait = new Promise<void>((done) => {
		open = done;
	});
	return { wait, open };
}

describe('taking turns', () => {
	it('begins work only when all that was asked for before is over', async () => {
		const seen: string[] = [];
		const [first, second] = [gate(), gate()];
		const work = (name: string, { wait }: { wait: Promise<void> }) =>
			inTurn('a', async () => {
				seen.push(`${name} begins`);
				await wait;
				seen.push(`${name} ends`);
				return name;
			});
		const all = Promise.all([work('one', first), work('two', second), work('three', second)]);
		await settled();
		expect(seen).toEqual(['one begins']);
		second.open();
		await settled();
		expect(seen).toEqual(['one begins']);
		first.open();
		expect(await all).toEqual(['one', 'two', 'three']);
		expect(seen.slice(1)).toEqual([
			'one ends',
			'two begins',
			'two ends',
			'three begins',
			'three ends',
		]);
	});

	it('lets who comes while the second is at work wait for it', async () => {
		const { wait, open } = gate();
		const seen: string[] = [];
		const first = inTurn('a', async () => 'one');
		const second = inTurn('a', async () => await wait);
		await first;
		await settled();
		const third = inTurn('a', async () => void seen.push('three begins'));
		await settled();
		expect(seen).toEqual([]);
		open();
		await Promise.all([second, third]);
		expect(seen).toEqual(['three begins']);
	});

	it('holds up no work on another thing', async () => {
		const { wait, open } = gate();
		const held = inTurn('a', async () => await wait);
		expect(await inTurn('b', async () => 'done')).toBe('done');
		open();
		await held;
	});

	it('goes on after work that failed, which only its own caller is told of', async () => {
		const failing = inTurn('a', async () => await Promise.reject(new Error('away')));
		const next = inTurn('a', async () => 'done');
		await expect(failing).rejects.toThrow('away');
		expect(await next).toBe('done');
		expect(await inTurn('a', async () => 'again')).toBe('again');
	});
});
