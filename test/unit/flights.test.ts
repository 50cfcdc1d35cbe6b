import { endOfGrace } from '../../nodes/shared/resend/record/entry';
import { takeOff, type Flight } from '../../nodes/shared/resend/record/flights';
import { minuteOfSend } from '../../nodes/shared/resend/record/marks';

const NOW = Date.parse('2026-06-15T12:00:30.000Z');
const PATIENCE = 60_000;

/** The deadlines that were set, to be let pass by a test. */
let deadlines: Array<{ milliseconds: number; pass(): void }> = [];
let tests = 0;
/** An invitation that no other test has been at. */
let entry = '';

beforeEach(() => {
	jest.useFakeTimers({ now: NOW });
	deadlines = [];
	entry = `entry ${tests++}`;
	jest.spyOn(AbortSignal, 'timeout').mockImplementation((milliseconds) => {
		const controller = new AbortController();
		deadlines.push({ milliseconds, pass: () => controller.abort() });
		return controller.signal;
	});
});
afterEach(() => {
	jest.restoreAllMocks();
	jest.useRealTimers();
});

const settled = async () => await jest.advanceTimersByTimeAsync(0);

async function flight(name = entry): Promise<Flight> {
	const taken = await takeOff(name, PATIENCE);
	if (taken === null || taken === 'sent') throw new Error(`No flight: ${taken}`);
	return taken;
}

/** What came of those who wait, in the order in which it did. */
function waiting(count: number): Array<Flight | 'sent' | null> {
	const came: Array<Flight | 'sent' | null> = [];
	for (let one = 0; one < count; one++) {
		void takeOff(entry, PATIENCE).then((taken) => came.push(taken));
	}
	return came;
}

describe('a turn at an invitation', () => {
	it('is had at once where nobody is at it', async () => {
		await flight();
		await flight('another one');
		expect(deadlines).toEqual([]);
	});

	it('is waited for until the one before is over, and then not needed where that sent it', async () => {
		const first = await flight();
		const others = waiting(3);
		await settled();
		expect(others).toEqual([]);
		first.end('sent');
		await settled();
		expect(others).toEqual(['sent', 'sent', 'sent']);
		// It is over for good: whoever comes later looks for itself.
		await flight();
	});

	it.each(['notSent', 'unclear'] as const)(
		'goes to one of those who wait where it ended %s, and to the next after that',
		async (outcome) => {
			const first = await flight();
			const others = waiting(3);
			first.end(outcome);
			for (const count of [1, 2, 3]) {
				await settled();
				expect(others).toHaveLength(count);
				const last = others.at(-1);
				expect(last).toEqual(expect.objectContaining({ end: expect.any(Function) as unknown }));
				if (last !== null && last !== 'sent') last?.end(outcome);
			}
		},
	);

	it('is given up once it takes too long', async () => {
		const first = await flight();
		const others = waiting(2);
		await settled();
		expect(deadlines.map(({ milliseconds }) => milliseconds)).toEqual([PATIENCE, PATIENCE]);
		deadlines[0]?.pass();
		await settled();
		expect(others).toEqual([null]);
		// The other still waits, and whoever is at it is so still.
		first.end('sent');
		await settled();
		expect(others).toEqual([null, 'sent']);
	});

	it('is waited for so long in all, however many come before', async () => {
		const first = await flight();
		const others = waiting(2);
		await settled();
		jest.setSystemTime(NOW + 45_000);
		first.end('notSent');
		await settled();
		expect(deadlines.map(({ milliseconds }) => milliseconds)).toEqual([
			PATIENCE,
			PATIENCE,
			PATIENCE - 45_000,
		]);
		deadlines[2]?.pass();
		await settled();
		expect(others).toEqual([expect.anything(), null]);
	});

	it('is not taken away by one that is over already', async () => {
		const first = await flight();
		first.end('notSent');
		const second = await flight();
		first.end('notSent');
		const third = waiting(1);
		await settled();
		expect(third).toEqual([]);
		second.end('sent');
		await settled();
		expect(third).toEqual(['sent']);
	});
});

describe('a send that ended unclear', () => {
	it('is told to those who come later, while the provider may be at it', async () => {
		(await flight()).end('unclear');
		const begun = minuteOfSend(NOW);
		expect((await flight('another one of later')).unclear).toBeNull();
		jest.setSystemTime(endOfGrace(begun) - 1);
		// Also to the one after that: one that was not sent tells nothing of it.
		for (let others = 0; others < 2; others++) {
			const later = await flight();
			expect(later.unclear).toEqual(begun);
			later.end('notSent');
		}
		jest.setSystemTime(endOfGrace(begun));
		expect((await flight()).unclear).toBeNull();
	});

	it('is settled by one that was sent', async () => {
		(await flight()).end('unclear');
		(await flight()).end('sent');
		expect((await flight()).unclear).toBeNull();
	});

	it('is the latest, where there are several', async () => {
		(await flight()).end('unclear');
		jest.setSystemTime(NOW + 5 * 60_000);
		(await flight()).end('unclear');
		jest.setSystemTime(NOW + 12 * 60_000);
		expect((await flight()).unclear).toEqual(minuteOfSend(NOW + 5 * 60_000));
	});

	it('that was none is told to nobody', async () => {
		(await flight()).end('notSent');
		expect((await flight()).unclear).toBeNull();
	});
});
