import type { ICredentialDataDecryptedObject, IExecuteFunctions, INode } from 'n8n-workflow';
import { readProviderWords } from '../../nodes/shared/http/errorMessages';
import type { Reply, Exchange } from '../../nodes/shared/http/response';
import { classifySend } from '../../nodes/shared/http/readReply';
import { readRetryAfter } from '../../nodes/shared/http/retry';
import { openSession, type Call, type Session } from '../../nodes/shared/http/session';

const NODE: INode = {
	id: 'n',
	name: 'Numium',
	type: 'n8n-nodes-invitations.numium',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};
const HOSTS = { production: 'https://api.example.com' };

const READ: Call = { kind: 'repeatable', method: 'GET', path: '/list' };
const SEND: Call = { kind: 'once', method: 'PUT', path: '/send' };

/** What n8n's helper gives for a request: an answer, maybe later, or what it throws. */
type Answer = () => unknown;

function answers(status: number, body: unknown = '', headers: Record<string, string> = {}): Answer {
	return () => ({ statusCode: status, headers, body });
}

/** As n8n wraps what axios throws. */
function throws(cause: Record<string, unknown>): Answer {
	return () => {
		throw Object.assign(new Error('The request did not go through'), { cause });
	};
}

interface Opened {
	session: Session;
	/** The paths of the requests that left, in their order, and how long each was given. */
	left: string[];
	timeouts: number[];
	stop(): void;
}

/**
 * A session whose requests are answered one after the other, and the last answer goes on; or by what
 * a function gives for their path.
 */
async function open(
	script: readonly Answer[] | ((path: string, timeout: number) => unknown),
	credential: ICredentialDataDecryptedObject = { environment: 'production', token: 'a-token' },
	budget?: number,
): Promise<Opened> {
	const left: string[] = [];
	const timeouts: number[] = [];
	const answer =
		typeof script === 'function'
			? script
			: () => script[Math.min(left.length, script.length) - 1]?.();
	const stop = new AbortController();
	const caller = {
		getNode: () => NODE,
		getCredentials: async () => credential,
		...(budget === undefined
			? { getExecutionCancelSignal: () => stop.signal }
			: { getPollBudgetMs: () => budget }),
		helpers: {
			httpRequestWithAuthentication: async (
				_type: string,
				{ url, timeout }: { url: string; timeout: number },
			) => {
				// As axios does: what is stopped before does not leave.
				if (stop.signal.aborted) return throws({ code: 'ERR_CANCELED' })();
				const { pathname } = new URL(url);
				left.push(pathname);
				timeouts.push(timeout);
				return await answer(pathname, timeout);
			},
		},
	} as unknown as IExecuteFunctions;
	const plan = { type: 'numiumApi', hosts: HOSTS, refreshStatuses: [401] };
	const opened = await openSession(caller, plan);
	if (!opened.ok) throw new Error(opened.failure.message);
	return { session: opened.value, left, timeouts, stop: () => stop.abort() };
}

function replyOf(exchange: Exchange): Reply {
	if (exchange.kind === 'reply') return exchange.reply;
	throw new Error(`There is no reply but ${JSON.stringify(exchange.fault)}`);
}

describe('a session', () => {
	it.each([
		[{ environment: 'production' }, 'production', 'production'],
		[{ baseUrl: 'https://own.example.com/one/' }, 'own.example.com', 'https://own.example.com/one'],
		[
			{ environment: 'custom', baseUrl: 'https://own.example.com/two' },
			'own.example.com',
			'https://own.example.com/two',
		],
	])('with %j is at %s, and its installation is %s', async (credential, environment, name) => {
		const { session } = await open([], { ...credential, token: 'a-token' });
		expect([session.environment, session.installation]).toEqual([environment, name]);
	});
});

describe('a reply', () => {
	/** A list in a list in a list; JSON.stringify gives up on it long before. */
	function nested(depth: number): unknown {
		let value: unknown = ['words'];
		for (let level = 1; level < depth; level++) value = [value];
		return value;
	}
	const DEEP = 200_000;
	const deepText = `${'['.repeat(DEEP)}"words"${']'.repeat(DEEP)}`;

	it.each<[string, Answer]>([
		['a text', answers(422, deepText)],
		['a text that is thrown', throws({ response: { status: 422, headers: {}, data: deepText } })],
		['an object', answers(422, nested(DEEP))],
		['one that is thrown', throws({ response: { status: 422, headers: {}, data: nested(DEEP) } })],
	])('nested deeper than the call stack reaches is read: %s', async (_, answer) => {
		const { session } = await open([answer]);
		const reply = replyOf(await session.exchange(READ));
		expect(reply.status).toBe(422);
		expect(readProviderWords(reply)).toBe('words');
	});

	it('that is no text and cannot be written as one is not taken for an empty one', async () => {
		const circle: Record<string, unknown> = { message: 'round' };
		circle.data = circle;
		const { session } = await open([answers(404, circle)]);
		const reply = replyOf(await session.exchange(READ));
		expect(reply.text).not.toBe('');
		expect(readProviderWords(reply)).toBe('round');
	});

	it.each<[unknown, string, unknown]>([
		['{"id":9007199254740993}', '{"id":9007199254740993}', { id: '9007199254740993' }],
		[{ id: 7 }, '{"id":7}', { id: 7 }],
		['plain', 'plain', undefined],
		[undefined, '', undefined],
		[null, 'null', null],
	])('with the body %j has the text %j', async (sent, text, body) => {
		const { session } = await open([answers(200, sent)]);
		expect(replyOf(await session.exchange(READ))).toMatchObject({ status: 200, text, body });
	});
});

/** As axios throws it, with the status and without the body. */
const brokenOff = (status: number, code: string): Answer =>
	throws({ code, response: { status, headers: {}, data: undefined } });

describe('a reply whose body breaks off or cannot be unpacked', () => {
	beforeEach(() => jest.useFakeTimers());
	afterEach(() => jest.useRealTimers());

	it.each([
		[200, 'ERR_BAD_RESPONSE'],
		[204, 'Z_DATA_ERROR'],
		[404, 'ERR_BAD_RESPONSE'],
		// The request had left, whatever the code says.
		[200, 'ECONNREFUSED'],
	])('says neither that it is done nor that nobody is there: %i, %s', async (status, code) => {
		const { session, left } = await open([brokenOff(status, code)]);
		const sent = await session.exchange(SEND);
		expect(sent).toEqual({ kind: 'fault', fault: { kind: 'unclear', code } });
		expect(judged(sent)).toBe('unclear');
		expect(left).toHaveLength(1);
		const read = session.exchange(READ);
		await jest.advanceTimersByTimeAsync(10_000);
		expect(await read).toEqual(sent);
		expect(left).toHaveLength(5);
	});

	it.each([401, 403, 422, 500])('with status %i says enough', async (status) => {
		const { session } = await open([brokenOff(status, 'ERR_BAD_RESPONSE')]);
		expect(replyOf(await session.exchange(SEND)).status).toBe(status);
	});
});

describe('a send that may have taken effect', () => {
	it.each([500, 502, 503, 504, 408])('is not made again after %i', async (status) => {
		const { session, left } = await open([answers(status), answers(200)]);
		expect(replyOf(await session.exchange(SEND)).status).toBe(status);
		expect(left).toHaveLength(1);
	});
});

describe('Retry-After', () => {
	it.each([
		['5', 5000],
		['1.5', 1500],
		['0', 0],
		['Sun, 22 Nov 2026 12:00:20 GMT', 20_000],
		['Sun, 22 Nov 2026 11:00:00 GMT', 0],
		['soon', null],
		['-5', null],
		['10, 20', null],
		['60;', null],
		['', null],
	])('%j asks for a wait of %j ms', (header, wait) => {
		const reply: Reply = {
			status: 429,
			headers: { 'retry-after': header },
			text: '',
			body: undefined,
		};
		expect(readRetryAfter(reply, Date.parse('2026-11-22T12:00:00Z'))).toBe(wait);
	});
});

/** What a send proves, with no word of the provider needed. */
function judged(exchange: Exchange): string {
	return classifySend(exchange, { provider: 'Numium', about: 'invitation 1' }, () => 'sent').kind;
}

describe('an execution that is stopped', () => {
	beforeEach(() => jest.useFakeTimers());
	afterEach(() => jest.useRealTimers());

	const CALLS: Array<[string, Call]> = [
		['a send', SEND],
		['a read', READ],
	];

	it.each(CALLS)('while %s waits after a 429 takes that for its answer', async (_, call) => {
		const { session, left, stop } = await open([answers(429, '', { 'retry-after': '30' })]);
		const exchange = session.exchange(call);
		await jest.advanceTimersByTimeAsync(5000);
		stop();
		await jest.advanceTimersByTimeAsync(1000);
		expect(replyOf(await exchange).status).toBe(429);
		expect(judged(await exchange)).toBe('rateLimited');
		expect(left).toHaveLength(1);
	});

	it.each<[string, Answer, object]>([
		['503', answers(503), { kind: 'reply', reply: { status: 503 } }],
		[
			'a lost connection',
			throws({ code: 'ECONNRESET' }),
			{ kind: 'fault', fault: { kind: 'unclear', code: 'ECONNRESET' } },
		],
	])('while a read waits after %s takes that for its answer', async (_, answer, last) => {
		const { session, left, stop } = await open([answer]);
		const exchange = session.exchange(READ);
		await jest.advanceTimersByTimeAsync(100);
		stop();
		await jest.advanceTimersByTimeAsync(1000);
		expect(await exchange).toMatchObject(last);
		expect(left).toHaveLength(1);
	});

	it.each(CALLS)('before %s never makes it', async (_, call) => {
		const { session, left, stop } = await open([answers(200)]);
		stop();
		const exchange = await session.exchange(call);
		expect(exchange).toEqual({ kind: 'fault', fault: { kind: 'notStarted', code: null } });
		expect(judged(exchange)).toBe('neverSent');
		expect(left).toEqual([]);
	});

	it('while a send is out leaves it unclear', async () => {
		const { session, stop } = await open([
			() => {
				stop();
				return throws({ code: 'ERR_CANCELED' })();
			},
		]);
		const exchange = await session.exchange(SEND);
		expect(exchange).toEqual({
			kind: 'fault',
			fault: { kind: 'cancelled', code: 'ERR_CANCELED' },
		});
		expect(judged(exchange)).toBe('unclear');
	});

	it('while an answer comes in leaves that answer', async () => {
		const { session, left, stop } = await open([
			() => {
				stop();
				return answers(429)();
			},
		]);
		expect(replyOf(await session.exchange(SEND)).status).toBe(429);
		expect(left).toHaveLength(1);
	});
});

describe('a sign-in before a call', () => {
	beforeEach(() => jest.useFakeTimers());
	afterEach(() => jest.useRealTimers());

	const refusedWith = (answered: number | null, askedWait: number | null = null): Answer =>
		throws({ name: 'SignInError', message: 'No token', answered, askedWait });
	const CALLS: Array<[string, Call]> = [
		['a read', READ],
		['a send', SEND],
	];
	const each = CALLS.flatMap(([name, call]) =>
		[null, 429, 502, 503, 504].map((status) => ({ name, call, status })),
	);

	it.each(each)('that meets $status is made again, before $name', async ({ call, status }) => {
		const { session, left } = await open([refusedWith(status), refusedWith(status), answers(200)]);
		const exchange = session.exchange(call);
		await jest.advanceTimersByTimeAsync(10_000);
		expect(replyOf(await exchange).status).toBe(200);
		expect(left).toHaveLength(3);
	});

	it.each(each)('that keeps meeting $status ends $name', async ({ call, status }) => {
		const { session, left } = await open([refusedWith(status)]);
		const exchange = session.exchange(call);
		await jest.advanceTimersByTimeAsync(10_000);
		expect(await exchange).toMatchObject({ kind: 'fault', fault: { kind: 'signIn', status } });
		// Nothing left, so a send may wait for another run.
		expect(judged(await exchange)).toBe(status === 429 ? 'rateLimited' : 'neverSent');
		expect(left).toHaveLength(4);
	});

	it.each(CALLS)('waits as it was asked to, before %s', async (_, call) => {
		const { session, left } = await open([refusedWith(429, 20_000), answers(200)]);
		const exchange = session.exchange(call);
		await jest.advanceTimersByTimeAsync(19_900);
		expect(left).toHaveLength(1);
		await jest.advanceTimersByTimeAsync(100);
		expect(replyOf(await exchange).status).toBe(200);
	});

	it('that is to be made later holds up the other calls', async () => {
		const { session, left } = await open([refusedWith(503, 5000), answers(200)]);
		const first = session.exchange(READ);
		await jest.advanceTimersByTimeAsync(100);
		const second = session.exchange(READ);
		await jest.advanceTimersByTimeAsync(4800);
		expect(left).toHaveLength(1);
		await jest.advanceTimersByTimeAsync(100);
		for (const one of [first, second]) expect(replyOf(await one).status).toBe(200);
	});

	// Tried again, a wrong password might lock the account.
	it.each([200, 302, 400, 401, 403, 500])('that meets %i is not made again', async (status) => {
		const { session, left } = await open([refusedWith(status)]);
		expect(await session.exchange(READ)).toMatchObject({ fault: { kind: 'signIn', status } });
		expect(left).toHaveLength(1);
	});
});

describe('a poll, which n8n gives so much time', () => {
	const BUDGET = 36_000;
	beforeEach(() => jest.useFakeTimers());
	afterEach(() => jest.useRealTimers());

	const openPoll = async (script: Parameters<typeof open>[0]): Promise<Opened> =>
		await open(script, undefined, BUDGET);
	const givenUp = async (_path: string, timeout: number): Promise<unknown> => {
		await new Promise((done) => setTimeout(done, timeout));
		return throws({ code: 'ECONNABORTED' })();
	};

	/** What it has come to by now. */
	const soFar = async (exchange: Promise<Exchange>): Promise<Exchange | null> =>
		await Promise.race([exchange, Promise.resolve(null)]);

	it('takes a 429 for its answer where the wait would be longer', async () => {
		const { session, left } = await openPoll([answers(429, '', { 'retry-after': '60' })]);
		const first = session.exchange(READ);
		await jest.advanceTimersByTimeAsync(0);
		expect(await soFar(first)).toMatchObject({ reply: { status: 429 } });
		// Nor is anything else asked for meanwhile.
		expect(await session.exchange({ ...READ, path: '/other' })).toEqual(await first);
		expect(left).toEqual(['/list']);
	});

	it('waits for less than that', async () => {
		const { session } = await openPoll([answers(429, '', { 'retry-after': '20' }), answers(200)]);
		const exchange = session.exchange(READ);
		await jest.advanceTimersByTimeAsync(20_000);
		expect(await soFar(exchange)).toMatchObject({ reply: { status: 200 } });
	});

	it('is over in time where nothing answers', async () => {
		const { session, left, timeouts } = await openPoll(givenUp);
		const exchange = session.exchange(READ);
		await jest.advanceTimersByTimeAsync(BUDGET);
		expect(await soFar(exchange)).toMatchObject({ fault: { kind: 'unclear' } });
		expect(left).toHaveLength(2);
		expect(timeouts[0]).toBe(30_000);
		expect(timeouts[1]).toBeLessThan(6_000);
	});

	it('begins nothing when it is over', async () => {
		const { session, timeouts } = await openPoll(givenUp);
		await jest.advanceTimersByTimeAsync(BUDGET);
		const exchange = session.exchange(READ);
		await jest.advanceTimersByTimeAsync(1);
		expect(await soFar(exchange)).toMatchObject({ fault: { kind: 'unclear' } });
		// 0 would be no limit at all.
		expect(timeouts).toEqual([1]);
	});

	it('makes no second sign-in that could outlast it', async () => {
		const { session, left } = await openPoll([
			async () => {
				await new Promise((done) => setTimeout(done, 7_000));
				return throws({ name: 'SignInError', message: 'No', answered: null })();
			},
		]);
		const exchange = session.exchange(READ);
		await jest.advanceTimersByTimeAsync(7_000);
		expect(await soFar(exchange)).toMatchObject({ fault: { kind: 'signIn' } });
		expect(left).toHaveLength(1);
	});

	it('is none where n8n sets no limit', async () => {
		const { session, timeouts } = await open([answers(200)]);
		await session.exchange(READ);
		expect([session.deadline, timeouts]).toEqual([Infinity, [30_000]]);
	});
});

describe('a 429 to a send', () => {
	let startedAt = 0;
	beforeEach(() => {
		jest.useFakeTimers();
		startedAt = Date.now();
	});
	afterEach(() => jest.useRealTimers());

	const send = (name: string): Call => ({ ...SEND, path: `/${name}` });
	const slower = (seconds: number): Answer => answers(429, '', { 'retry-after': `${seconds}` });
	const late =
		(seconds: number, answer: Answer): Answer =>
		async () => {
			await new Promise((done) => setTimeout(done, seconds * 1000));
			return answer();
		};

	/**
	 * A session in which each request is answered by its path, one answer after the other, and the
	 * last goes on; `at` tells when each left, in seconds.
	 */
	async function openTimed(script: Record<string, readonly Answer[]>) {
		const at: Record<string, number[]> = {};
		const opened = await open((path) => {
			const times = (at[path] ??= []);
			times.push((Date.now() - startedAt) / 1000);
			const own = script[path] ?? [answers(200)];
			return own[Math.min(times.length, own.length) - 1]?.();
		});
		return { ...opened, at };
	}
	const after = async (seconds: number) => await jest.advanceTimersByTimeAsync(seconds * 1000);

	it('holds up the other sends of the session until the wait is over', async () => {
		const { session, at } = await openTimed({ '/a': [slower(10), answers(200)] });
		const a = session.exchange(send('a'));
		await after(2);
		const [b, c] = [session.exchange(send('b')), session.exchange(send('c'))];
		await after(7.9);
		expect(at).toEqual({ '/a': [0] });
		await after(0.1);
		expect(at).toEqual({ '/a': [0, 10], '/b': [10], '/c': [10] });
		for (const one of [a, b, c]) expect(replyOf(await one).status).toBe(200);
		// And then it is over.
		await session.exchange(send('d'));
		expect(at['/d']).toEqual([10]);
	});

	it('does not leave any more where the process stood still while it waited', async () => {
		const { session, at } = await openTimed({ '/a': [slower(10), answers(200)] });
		const [a, b] = [session.exchange(send('a')), session.exchange(send('b'))];
		await after(1);
		const c = session.exchange(send('c'));
		// By the time it goes on, others may have taken the invitation over.
		jest.setSystemTime(Date.now() + 15 * 60_000);
		await after(10);
		for (const one of [a, c]) expect(replyOf(await one).status).toBe(429);
		expect(replyOf(await b).status).toBe(200);
		expect(at).toEqual({ '/a': [0], '/b': [0] });
	});

	it('holds them up for the longest wait that was asked for', async () => {
		const { session, at } = await openTimed({
			'/a': [slower(10), answers(200)],
			'/b': [late(4, slower(20)), answers(200)],
			'/c': [late(5, slower(1)), answers(200)],
		});
		for (const name of ['a', 'b', 'c']) void session.exchange(send(name));
		await after(1);
		void session.exchange(send('d'));
		await after(60);
		expect(at).toEqual({ '/a': [0, 24], '/b': [0, 24], '/c': [0, 24], '/d': [24] });
	});

	it('holds up no read, and one to a read holds up the other reads and no send', async () => {
		const { session, at } = await openTimed({
			'/a': [slower(10)],
			'/list': [slower(20), answers(200)],
		});
		void session.exchange(READ);
		await after(1);
		void session.exchange(send('b'));
		void session.exchange(send('a'));
		await after(1);
		const other = session.exchange({ ...READ, path: '/other' });
		await after(1);
		expect(at).toEqual({ '/list': [0], '/b': [1], '/a': [1] });
		await after(20);
		expect(at).toMatchObject({ '/list': [0, 20], '/other': [20] });
		expect(replyOf(await other).status).toBe(200);
	});

	it.each([
		['without Retry-After', answers(429)],
		['with a Retry-After of 0', slower(0)],
		['with a Retry-After', slower(7)],
	])('%s is taken for the answer at the fourth time', async (_, answer) => {
		const { session, at } = await openTimed({ '/a': [answer] });
		const exchange = session.exchange(send('a'));
		await after(60);
		expect(replyOf(await exchange).status).toBe(429);
		expect(at['/a']).toHaveLength(4);
	});

	it.each([
		['a send', SEND],
		['a read', READ],
	])('that asks for no wait at all makes %s wait as one that asks for nothing', async (_, call) => {
		const past = new Date(startedAt - 60_000).toUTCString();
		for (const header of ['0', past]) {
			const { session, left } = await open([answers(429, '', { 'retry-after': header })]);
			const exchange = session.exchange(call);
			// Three waits of at least 250, 500 and 1000 ms lie between the four tries.
			await after(1.7);
			expect(left.length).toBeLessThan(4);
			await after(2);
			expect(replyOf(await exchange).status).toBe(429);
			expect(left).toHaveLength(4);
		}
	});

	it('that comes too often for one send holds up the others all the same', async () => {
		const { session, at } = await openTimed({ '/a': [slower(10)] });
		const a = session.exchange(send('a'));
		await after(30);
		expect(judged(await a)).toBe('rateLimited');
		void session.exchange(send('b'));
		await after(20);
		expect(at).toEqual({ '/a': [0, 10, 20, 30], '/b': [40] });
	});

	it('does not cost the others their own tries', async () => {
		// Twenty at a time, told one after the other to slow down.
		const names = Array.from({ length: 20 }, (_, index) => `n${index}`);
		const { session } = await openTimed(
			Object.fromEntries(
				names.map((name, index) => [`/${name}`, [late(index / 10, slower(1)), answers(200)]]),
			),
		);
		const all = names.map(async (name) => await session.exchange(send(name)));
		await after(10);
		expect((await Promise.all(all)).map((one) => replyOf(one).status)).toEqual(
			names.map(() => 200),
		);
	});

	it('answers a send that is held up beyond three minutes, and that never left', async () => {
		// Sends that had left before are told to slow down, each just before the wait is over.
		const { session, at } = await openTimed({
			'/a': [slower(60)],
			'/b': [late(55, slower(60))],
			'/c': [late(110, slower(60))],
			'/d': [late(165, slower(60))],
		});
		for (const name of ['a', 'b', 'c', 'd']) void session.exchange(send(name));
		await after(1);
		const held = session.exchange(send('held'));
		await after(180);
		expect(judged(await held)).toBe('rateLimited');
		expect(at['/held']).toBeUndefined();
	});

	it('lets go at a stop, and what it held up was never sent', async () => {
		const { session, at, stop } = await openTimed({ '/a': [slower(60)] });
		const a = session.exchange(send('a'));
		await after(5);
		const b = session.exchange(send('b'));
		await after(5);
		stop();
		await after(1);
		expect(judged(await a)).toBe('rateLimited');
		expect(await b).toEqual({ kind: 'fault', fault: { kind: 'notStarted', code: null } });
		expect(at).toEqual({ '/a': [0] });
	});
});
