import fc from 'fast-check';
import { failed, ok, type Result } from '../../nodes/shared/core/result';
import type { Limits } from '../../nodes/shared/resend/settings';
import {
	countLanes,
	createThrottle,
	type Ending,
	type Throttle,
} from '../../nodes/shared/resend/throttle';
import { sampleFailure } from './support/sampleFailure';

// A mutant has only to be found, not to be explained.
fc.configureGlobal({ endOnFailure: '__STRYKER_ACTIVE_MUTANT__' in process.env });

const NOW = Date.parse('2026-06-15T12:00:00.000Z');
const SECOND = 1_000;

beforeEach(() => jest.useFakeTimers({ now: NOW }));
afterEach(() => jest.useRealTimers());

function limits(given: Partial<Limits> = {}): Limits {
	return { maxSends: 100, intervalMs: 0, stopAfterFaults: 0, sendsAtATime: 20, ...given };
}

const fit = () => true;
const later = async (milliseconds = 0) => await jest.advanceTimersByTimeAsync(milliseconds);

/** What has come of a promise so far; undefined while nothing has. */
function watched<T>(promise: Promise<T>): { value: T | undefined } {
	const seen: { value: T | undefined } = { value: undefined };
	void promise.then((value) => {
		seen.value = value;
	});
	return seen;
}

/** Admits a send and starts it. */
async function begin(throttle: Throttle, given: Limits): Promise<void> {
	expect(await throttle.admit(given)).toBeNull();
	expect(await throttle.start(given, fit, undefined)).toBe('started');
}

async function send(throttle: Throttle, given: Limits, ending: Ending): Promise<void> {
	await begin(throttle, given);
	throttle.end(ending);
}

const OVER_THE_CAP = (max: number) => ({
	reason: 'maxSends',
	message: `Not sent: this run has reached 'Max Sends per Run' (${max})`,
});

describe('the cap of a run', () => {
	it('lets so many through and no more', async () => {
		const throttle = createThrottle('KarmaCheck');
		const two = limits({ maxSends: 2 });
		await send(throttle, two, 'sent');
		await send(throttle, two, 'sent');
		expect(await throttle.admit(two)).toEqual(OVER_THE_CAP(2));
		expect(throttle.made).toBe(2);
	});

	it('lets none through where it is 0', async () => {
		const none = limits({ maxSends: 0 });
		expect(await createThrottle('KarmaCheck').admit(none)).toEqual(OVER_THE_CAP(0));
	});

	it.each<[Ending, number]>([
		['sent', 1],
		['unclear', 1],
		['refused', 0],
		['fault', 0],
		['rateLimited', 0],
	])('counts a send that ended %s as %d', async (ending, made) => {
		const throttle = createThrottle('KarmaCheck');
		await send(throttle, limits(), ending);
		expect(throttle.made).toBe(made);
	});

	it('makes the next one wait while those under way may use it up', async () => {
		const throttle = createThrottle('KarmaCheck');
		const two = limits({ maxSends: 2 });
		await begin(throttle, two);
		await begin(throttle, two);
		const third = watched(throttle.admit(two));
		const fourth = watched(throttle.admit(two));
		await later();
		expect(third.value).toBeUndefined();
		throttle.end('refused');
		await later();
		expect(third.value).toBeNull();
		expect(fourth.value).toBeUndefined();
		throttle.end('sent');
		await later();
		expect(fourth.value).toBeUndefined();
		expect(await throttle.start(two, fit, undefined)).toBe('started');
		throttle.end('sent');
		await later();
		expect(fourth.value).toEqual(OVER_THE_CAP(2));
		expect(throttle.made).toBe(2);
	});

	it('is given back by what is not sent after all', async () => {
		const throttle = createThrottle('KarmaCheck');
		const one = limits({ maxSends: 1 });
		expect(await throttle.admit(one)).toBeNull();
		const second = watched(throttle.admit(one));
		await later();
		expect(second.value).toBeUndefined();
		throttle.leave();
		await later();
		expect(second.value).toBeNull();
	});

	it('is that of each item', async () => {
		const throttle = createThrottle('KarmaCheck');
		await send(throttle, limits({ maxSends: 1 }), 'sent');
		expect(await throttle.admit(limits({ maxSends: 1 }))).toEqual(OVER_THE_CAP(1));
		expect(await throttle.admit(limits({ maxSends: 2 }))).toBeNull();
	});

	it('is not passed by half a send, as an expression may give it', async () => {
		const throttle = createThrottle('KarmaCheck');
		const half = limits({ maxSends: 1.5 });
		await send(throttle, half, 'sent');
		expect(await throttle.admit(half)).toEqual(OVER_THE_CAP(1.5));
	});

	it('counts what an earlier try of the run sent', async () => {
		const throttle = createThrottle('KarmaCheck');
		throttle.countEarlier();
		expect(throttle.made).toBe(1);
		expect(await throttle.admit(limits({ maxSends: 1 }))).toEqual(OVER_THE_CAP(1));
	});

	it('counts in a dry run what would be sent', async () => {
		const throttle = createThrottle('KarmaCheck');
		const three = limits({ maxSends: 3 });
		throttle.countEarlier();
		expect(throttle.rehearse(three)).toBeNull();
		expect(throttle.rehearse(three)).toBeNull();
		expect(throttle.rehearse(three)).toEqual(OVER_THE_CAP(3));
		expect(throttle.rehearse(limits({ maxSends: 4 }))).toBeNull();
		expect(throttle.made).toBe(1);
		expect(await throttle.admit(limits({ maxSends: 2 }))).toBeNull();
	});
});

describe('the stop after faults', () => {
	const PAUSED = (faults: number) => ({
		reason: 'paused',
		message: `Not sent: there ${faults === 1 ? 'was a fault' : `were ${faults} faults in a row`}, so the rest were not sent. Run the workflow again later`,
	});
	const two = limits({ stopAfterFaults: 2 });

	it('comes after so many in a row', async () => {
		const throttle = createThrottle('KarmaCheck');
		await send(throttle, two, 'fault');
		await send(throttle, two, 'fault');
		expect(await throttle.admit(two)).toEqual(PAUSED(2));
		expect(await throttle.start(two, fit, undefined)).toEqual(PAUSED(2));
	});

	it.each<[Ending, boolean]>([
		['sent', false],
		['refused', false],
		['unclear', true],
		['fault', true],
	])('after a fault and a send that ended %s: %s', async (ending, stops) => {
		const throttle = createThrottle('KarmaCheck');
		await send(throttle, two, 'fault');
		await send(throttle, two, ending);
		expect(await throttle.admit(two)).toEqual(stops ? PAUSED(2) : null);
	});

	describe('counts looks right before a send, too', () => {
		const AWAY = failed(sampleFailure());
		const WELL = ok(null);
		const GONE = failed(sampleFailure({ reason: 'notFound', retryable: false }));
		const STOPPED = failed(sampleFailure({ reason: 'cancelled' }));
		const REFUSED = failed(sampleFailure({ reason: 'credential', retryable: false }));

		it.each<[string, Array<Result<unknown>>, boolean]>([
			['two in a row', [AWAY, AWAY], true],
			['a refused credential', [REFUSED, REFUSED], true],
			['a good one in between', [AWAY, WELL, AWAY], false],
			['one invitation that is gone in between', [AWAY, GONE, AWAY], false],
			['one that was broken off', [AWAY, STOPPED], false],
			['one that was broken off in between', [AWAY, STOPPED, AWAY], true],
		])('%s', async (_what, looks, stops) => {
			const throttle = createThrottle('KarmaCheck');
			for (const look of looks) throttle.hear(look);
			expect(await throttle.admit(two)).toEqual(stops ? PAUSED(2) : null);
		});

		it('with the sends, which a good look says nothing about', async () => {
			const throttle = createThrottle('KarmaCheck');
			await send(throttle, two, 'fault');
			throttle.hear(WELL);
			throttle.hear(AWAY);
			expect(await throttle.admit(two)).toEqual(PAUSED(2));
		});

		it('anew after a send that went well', async () => {
			const throttle = createThrottle('KarmaCheck');
			await begin(throttle, two);
			throttle.hear(AWAY);
			throttle.end('sent');
			throttle.hear(AWAY);
			expect(await throttle.admit(two)).toBeNull();
		});
	});

	it('does not count what no request was made for, as a missing address', async () => {
		const throttle = createThrottle('KarmaCheck');
		for (let item = 0; item < 3; item++) await send(throttle, two, 'notMade');
		expect(await throttle.admit(two)).toBeNull();
		throttle.leave();
		// Nor does it say that the service is well.
		await send(throttle, two, 'fault');
		await send(throttle, two, 'notMade');
		await send(throttle, two, 'fault');
		expect(await throttle.admit(two)).toEqual(PAUSED(2));
	});

	it.each([
		[1, 10, 1],
		[2, 20, 2],
		[5, 3, 3],
		[0, 10, 10],
	])(
		'after %d has of %d at a time %d be prepared, for more may not be under way at once',
		(stopAfterFaults, asked, lanes) => {
			expect(countLanes(limits({ stopAfterFaults, sendsAtATime: asked }))).toBe(lanes);
		},
	);

	it('never comes where it is switched off', async () => {
		const throttle = createThrottle('KarmaCheck');
		for (let faults = 0; faults < 50; faults++) await send(throttle, limits(), 'fault');
		expect(await throttle.admit(limits())).toBeNull();
	});

	it('is that of each item', async () => {
		const throttle = createThrottle('KarmaCheck');
		await send(throttle, limits(), 'fault');
		expect(await throttle.admit(limits({ stopAfterFaults: 1 }))).toEqual(PAUSED(1));
		expect(await throttle.admit(two)).toBeNull();
	});

	it('lets no more be under way than may go wrong', async () => {
		const throttle = createThrottle('KarmaCheck');
		await begin(throttle, two);
		await begin(throttle, two);
		expect(await throttle.admit(two)).toBeNull();
		const third = watched(throttle.start(two, fit, undefined));
		await later();
		expect(third.value).toBeUndefined();
		throttle.end('fault');
		await later();
		expect(third.value).toBeUndefined();
		throttle.end('fault');
		await later();
		expect(third.value).toEqual(PAUSED(2));
	});

	it('lets the next one start as soon as one has gone well', async () => {
		const throttle = createThrottle('KarmaCheck');
		await send(throttle, two, 'fault');
		await begin(throttle, two);
		expect(await throttle.admit(two)).toBeNull();
		const next = watched(throttle.start(two, fit, undefined));
		await later();
		expect(next.value).toBeUndefined();
		throttle.end('sent');
		await later();
		expect(next.value).toBe('started');
	});

	it('always lets one start when none is under way', async () => {
		const throttle = createThrottle('KarmaCheck');
		await send(throttle, limits(), 'fault');
		await begin(throttle, two);
	});
});

describe('a provider that wants no more for now', () => {
	it('is sent nothing more, whatever the limits', async () => {
		const HALTED = { reason: 'rateLimited', message: 'Not sent: Worth AI asked n8n to slow down' };
		const throttle = createThrottle('Worth AI');
		expect(await throttle.admit(limits())).toBeNull();
		await send(throttle, limits(), 'rateLimited');
		expect(await throttle.admit(limits())).toEqual(HALTED);
		expect(await throttle.start(limits(), fit, undefined)).toEqual(HALTED);
		// Not even once another goes well.
		throttle.end('sent');
		expect(await throttle.admit(limits({ maxSends: 1 }))).toEqual(HALTED);
	});
});

describe('the pace of a run', () => {
	const paced = limits({ intervalMs: 2 * SECOND });

	it('begins at once', async () => {
		const throttle = createThrottle('KarmaCheck');
		expect(throttle.slot(paced)).toBe(Number.NEGATIVE_INFINITY);
		await begin(throttle, paced);
		expect(Date.now()).toBe(NOW);
		expect(throttle.slot(paced)).toBe(NOW + 2 * SECOND);
		expect(throttle.slot(limits({ intervalMs: 500 }))).toBe(NOW + 500);
	});

	it('lets them start one after the other, however many wait', async () => {
		const throttle = createThrottle('KarmaCheck');
		const startedAt: number[] = [];
		for (let item = 0; item < 4; item++) {
			void throttle.start(paced, fit, undefined).then(() => startedAt.push(Date.now() - NOW));
		}
		await later(1_999);
		expect(startedAt).toEqual([0]);
		await later(8_000);
		expect(startedAt).toEqual([0, 2_000, 4_000, 6_000]);
	});

	it('tells who is prepared now to come after all who wait', async () => {
		const throttle = createThrottle('KarmaCheck');
		await begin(throttle, paced);
		const slots: number[] = [];
		const note = () => slots.push(throttle.slot(paced) - NOW);
		note();
		for (let item = 0; item < 2; item++) {
			void throttle.start(paced, fit, undefined);
			await later();
			note();
		}
		await later(2 * SECOND);
		note();
		await later(2 * SECOND);
		note();
		expect(slots).toEqual([2_000, 4_000, 6_000, 6_000, 6_000]);
	});

	it('is counted from start to start, and is that of each item', async () => {
		const throttle = createThrottle('KarmaCheck');
		await begin(throttle, paced);
		await later(1_500);
		throttle.end('sent');
		const hurried = limits({ intervalMs: SECOND });
		await begin(throttle, hurried);
		expect(Date.now()).toBe(NOW + 1_500);
		const next = watched(throttle.start(hurried, fit, undefined));
		await later(999);
		expect(next.value).toBeUndefined();
		await later(1);
		expect(next.value).toBe('started');
	});

	it('asks at the very moment of the start whether it is still fit', async () => {
		const throttle = createThrottle('KarmaCheck');
		await begin(throttle, paced);
		const askedAt: number[] = [];
		const unfit = () => {
			askedAt.push(Date.now() - NOW);
			return false;
		};
		const next = watched(throttle.start(paced, unfit, undefined));
		await later(2 * SECOND);
		expect(askedAt).toEqual([2_000]);
		expect(next.value).toBe('unfit');
		// It was not begun, so the one behind it need not wait.
		expect(await throttle.start(paced, fit, undefined)).toBe('started');
	});

	it.each([
		[0, 20, 20],
		[100, 20, 20],
		[250, 20, 20],
		[500, 20, 10],
		[2_000, 20, 2],
		[2_000, 1, 1],
		[5_000, 20, 1],
		[60_000, 20, 1],
	])('of a send in %d ms lets of %d at a time %d be under way', (intervalMs, asked, lanes) => {
		expect(countLanes(limits({ intervalMs, sendsAtATime: asked }))).toBe(lanes);
	});

	it('is waited for no longer once the execution is stopped', async () => {
		const throttle = createThrottle('KarmaCheck');
		await begin(throttle, limits());
		const slow = limits({ intervalMs: 3_600 * SECOND });
		const stop = new AbortController();
		const next = watched(throttle.start(slow, () => !stop.signal.aborted, stop.signal));
		await later(10 * SECOND);
		expect(next.value).toBeUndefined();
		stop.abort();
		await later(SECOND);
		expect(next.value).toBe('unfit');
	});

	it('is ended by a halt while it is waited for', async () => {
		const throttle = createThrottle('KarmaCheck');
		await begin(throttle, limits());
		expect(await throttle.admit(paced)).toBeNull();
		const next = watched(throttle.start(paced, fit, undefined));
		await later(SECOND);
		throttle.end('rateLimited');
		await later(SECOND);
		expect(next.value).toMatchObject({ reason: 'rateLimited' });
	});
});

describe('a run of several at a time, whatever becomes of its sends,', () => {
	const SEED = 20261120;
	const ENDINGS: Ending[] = ['sent', 'unclear', 'refused', 'fault', 'rateLimited'];
	const plan = fc.record({
		lanes: fc.integer({ min: 1, max: 5 }),
		maxSends: fc.integer({ min: 0, max: 6 }),
		stopAfterFaults: fc.integer({ min: 0, max: 4 }),
		items: fc.array(
			fc.record({
				ending: fc.oneof(
					{ weight: 5, arbitrary: fc.constantFrom(...ENDINGS.slice(0, 4)) },
					{ weight: 1, arbitrary: fc.constant<Ending>('rateLimited') },
				),
				lasts: fc.integer({ min: 0, max: 5 }),
				isFit: fc.constantFrom(true, true, true, false),
			}),
			{ maxLength: 20, size: 'max' },
		),
	});
	type Plan = typeof plan extends fc.Arbitrary<infer Given> ? Given : never;

	/** Lets the lanes of a run work off its items. */
	async function work({ lanes, items, ...given }: Plan) {
		const throttle = createThrottle('KarmaCheck');
		const own = limits(given);
		const ended: Ending[] = [];
		const reasons: string[] = [];
		let underWay = 0;
		const queue = items.values();
		const lane = async (): Promise<void> => {
			for (const { ending, lasts, isFit } of queue) {
				const held = await throttle.admit(own);
				const started = held ?? (await throttle.start(own, () => isFit, undefined));
				if (started !== 'started') {
					if (held === null) throttle.leave();
					reasons.push(started === 'unfit' ? started : started.reason);
					continue;
				}
				underWay++;
				for (let left = lasts; left > 0; left--) await Promise.resolve();
				underWay--;
				ended.push(ending);
				throttle.end(ending);
			}
		};
		await Promise.all(Array.from({ length: lanes }, lane));
		expect(underWay).toBe(0);
		return { ended, reasons, made: throttle.made };
	}

	/** The longest row of faults. */
	function mostFaults(ended: Ending[]): number {
		let [most, now] = [0, 0];
		for (const ending of ended) {
			now = ending === 'sent' || ending === 'refused' ? 0 : now + 1;
			most = Math.max(most, now);
		}
		return most;
	}

	it('never sends more than the cap, and never puts off what it had room for', async () => {
		let capped = 0;
		await fc.assert(
			fc.asyncProperty(plan, async (given) => {
				const { ended, reasons, made } = await work(given);
				const emails = ended.filter((ending) => ending === 'sent' || ending === 'unclear').length;
				expect(made).toBe(emails);
				expect(made).toBeLessThanOrEqual(given.maxSends);
				if (!reasons.includes('maxSends')) return;
				capped++;
				expect(made).toBe(given.maxSends);
			}),
			{ numRuns: 500, seed: SEED },
		);
		expect(capped).toBeGreaterThan(50);
	});

	it('never has more faults in a row than it stops after, and never stops sooner', async () => {
		let paused = 0;
		await fc.assert(
			fc.asyncProperty(plan, async (given) => {
				const { ended, reasons } = await work(given);
				if (given.stopAfterFaults === 0) expect(reasons).not.toContain('paused');
				else expect(mostFaults(ended)).toBeLessThanOrEqual(given.stopAfterFaults);
				if (!reasons.includes('paused')) return;
				paused++;
				expect(mostFaults(ended)).toBe(given.stopAfterFaults);
			}),
			{ numRuns: 500, seed: SEED },
		);
		expect(paused).toBeGreaterThan(50);
	});

	it('comes to an end, with an answer for every item', async () => {
		await fc.assert(
			fc.asyncProperty(plan, async (given) => {
				const { ended, reasons } = await work(given);
				expect(ended.length + reasons.length).toBe(given.items.length);
			}),
			{ numRuns: 200, seed: SEED },
		);
	});
});
