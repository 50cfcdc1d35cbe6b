import type { ICredentialDataDecryptedObject, IExecuteFunctions, INode } from 'n8n-workflow';
import { providerWords, type Reply } from '../../nodes/shared/failure';
import { judgeSend } from '../../nodes/shared/judgeSend';
import { openSession, type Call, type Exchange, type Session } from '../../nodes/shared/request';

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

/** What n8n's helper gives for a request: an answer, or what it throws. */
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
	/** The paths of the requests that left, in their order. */
	left: string[];
	stop(): void;
}

/** A session whose requests are answered one after the other; the last answer goes on. */
async function open(
	script: readonly Answer[],
	credential: ICredentialDataDecryptedObject = { environment: 'production', token: 'a-token' },
): Promise<Opened> {
	const left: string[] = [];
	const stop = new AbortController();
	const caller = {
		getNode: () => NODE,
		getCredentials: async () => credential,
		getExecutionCancelSignal: () => stop.signal,
		helpers: {
			httpRequestWithAuthentication: async (_type: string, { url }: { url: string }) => {
				// As axios does: what is stopped before does not leave.
				if (stop.signal.aborted) return throws({ code: 'ERR_CANCELED' })();
				left.push(new URL(url).pathname);
				const answer = script[Math.min(left.length, script.length) - 1];
				return await Promise.resolve(answer?.());
			},
		},
	} as unknown as IExecuteFunctions;
	const plan = { type: 'numiumApi', hosts: HOSTS, refreshStatuses: [401] };
	const opened = await openSession(caller, plan);
	if (!opened.ok) throw new Error(opened.failure.message);
	return { session: opened.value, left, stop: () => stop.abort() };
}

function replyOf(exchange: Exchange): Reply {
	if (exchange.kind === 'reply') return exchange.reply;
	throw new Error(`There is no reply but ${JSON.stringify(exchange.fault)}`);
}

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
		expect(providerWords(reply)).toBe('words');
	});

	it('that is no text and cannot be written as one is not taken for an empty one', async () => {
		const circle: Record<string, unknown> = { message: 'round' };
		circle.data = circle;
		const { session } = await open([answers(404, circle)]);
		const reply = replyOf(await session.exchange(READ));
		expect(reply.text).not.toBe('');
		expect(providerWords(reply)).toBe('round');
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

/** What a send proves, with no word of the provider needed. */
function judged(exchange: Exchange): string {
	return judgeSend(exchange, { provider: 'Numium', about: 'invitation 1' }, () => 'sent').kind;
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
