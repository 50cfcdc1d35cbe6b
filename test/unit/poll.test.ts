import {
	NodeApiError,
	NodeOperationError,
	Workflow,
	type IDataObject,
	type INode,
	type IPollFunctions,
} from 'n8n-workflow';
import { describeInvalidInput, type Failure } from '../../nodes/shared/core/failure';
import type { Invitation } from '../../nodes/shared/invitation/invitation';
import { observe, createPollError } from '../../nodes/shared/trigger/errors';
import { pollInvitations } from '../../nodes/shared/trigger/poll';
import type { PollPlan } from '../../nodes/shared/trigger/config';
import { readEach } from '../../nodes/shared/trigger/readEach';
import { failed, ok } from '../../nodes/shared/core/result';
import type {
	Capabilities,
	Found,
	InvitationProvider,
} from '../../nodes/shared/invitation/provider';
import { READS_IN_FLIGHT } from '../../nodes/shared/invitation/fetchMany';
import type { Exchange } from '../../nodes/shared/http/response';
import type { Session } from '../../nodes/shared/http/session';
import { capabilities } from './support/capabilities';
import { sampleFailure } from './support/sampleFailure';
import { sampleInvitation } from './support/sampleInvitation';

const NODE: INode = {
	id: 'n',
	name: 'Trigger',
	type: 'n8n-nodes-invitations.karmaCheckTrigger',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
	credentials: { someApi: { id: '7', name: 'mine' } },
};

function found(caseId: string, patch: Partial<Invitation> = {}): Found {
	const invitation = sampleInvitation({
		environment: 'custom',
		id: `${caseId}-1`,
		subject: { caseId },
		email: null,
		name: null,
		...patch,
	});
	return { invitation, raw: {}, link: null };
}

type Fake = Partial<InvitationProvider<string>>;

/** A node in the one shared object of static data that n8n has before 2.41: nothing is staged. */
function trigger(
	fake: Fake,
	data: IDataObject,
	parameters: IDataObject = { events: ['new'] },
	traits: Partial<Capabilities> = {},
	baseUrl = 'https://api.example.com',
) {
	const context = {
		getNode: () => NODE,
		getMode: () => 'trigger',
		getNodeParameter: (name: string, fallback: unknown) => parameters[name] ?? fallback,
		getCredentials: async () => ({ baseUrl }),
		getWorkflowStaticData: () => data,
		getTimezone: () => 'UTC',
	} as unknown as IPollFunctions;
	const plan: PollPlan<string> = {
		service: {
			name: 'some',
			displayName: 'Some',
			capabilities: capabilities(traits),
			credential: { type: 'someApi', hosts: {}, refreshStatuses: [401] },
			createProvider: () =>
				({ capabilities: capabilities(traits), ...fake }) as InvitationProvider<string>,
		},
		keyOf: ({ subject }) => String(subject.caseId),
		account: () => 'account',
		vanishing: { kind: 'read', target: (key) => key, listedAs: () => ({}) },
	};
	return async () => {
		const items = await pollInvitations(context, plan);
		return (items?.[0] ?? []).map(({ json }) => {
			return `${String(json.event)} ${String(json.caseId)}`;
		});
	};
}

const lists = (...pages: Found[][]): Fake['list'] =>
	async function* () {
		for (const page of pages) yield ok(page);
	};

test.each([
	['Resent Counts as New', { options: { resentIsNew: 'yes' } }],
	['Simplify', { simplify: 'no' }],
])("'%s' that is neither true nor false is refused before any list", async (name, parameters) => {
	let asked = 0;
	const list = async function* () {
		asked++;
		yield ok([]);
	};
	const poll = trigger({ list }, {}, { events: ['new'], ...parameters });
	await expect(poll()).rejects.toThrow(`'${name}' is neither true nor false`);
	expect(asked).toBe(0);
});

test("an expiry is told from a list's own dates, without a call for each invitation", async () => {
	const data: IDataObject = {};
	const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
	const parameters = { events: ['expiringSoon'], daysBeforeExpiry: 2 };
	const poll = async (...all: Found[]) =>
		// What is no longer listed is looked after by itself.
		await trigger({ list: lists(all), read: async () => ok(null) }, data, parameters, {
			listsCarryDates: true,
		})();
	const later = found('later', { expiresAt: inHours(72) });
	expect(await poll(found('known', { expiresAt: inHours(24) }), later)).toEqual([]);
	const soon = found('soon', { expiresAt: inHours(47) });
	expect(await poll(found('known', { expiresAt: inHours(24) }), later, soon)).toEqual([
		'expiringSoon soon',
	]);
	expect(await poll(later, soon)).toEqual([]);
});

describe('the state', () => {
	test.each<[string, Fake]>([
		[
			'listing, on its second page',
			{
				async *list() {
					yield ok([found('a'), found('b')]);
					yield failed<Found[]>(sampleFailure());
				},
			},
		],
		[
			'reading a date',
			{
				list: lists([found('a'), found('b')]),
				details: async () => failed(sampleFailure()),
			},
		],
		[
			'reading what is gone',
			{ list: lists([found('b')]), read: async () => failed(sampleFailure()) },
		],
		[
			'something nobody thought of',
			{
				list: lists([found('a'), found('b')]),
				details: () => {
					throw new TypeError('what');
				},
			},
		],
	])('stays as it was after a failed poll: %s', async (_name, fake) => {
		const data: IDataObject = {};
		const parameters = { events: ['new', 'completed', 'expiringSoon'] };
		await trigger({ list: lists([found('a')]) }, data, parameters)();
		const before = JSON.stringify(data);
		await expect(trigger(fake, data, parameters)()).rejects.toThrow();
		expect(JSON.stringify(data)).toBe(before);
		const later = trigger(
			{ list: lists([found('a'), found('b')]), details: async (one) => ok(one) },
			data,
			parameters,
		);
		expect(await later()).toEqual(['new b']);
	});

	test('is of one installation, of which a host may serve several', async () => {
		const data: IDataObject = {};
		const parameters = { events: ['new'] };
		const at = (path: string, ...all: Found[]) =>
			trigger({ list: lists(all) }, data, parameters, {}, `https://example.com/${path}`);
		await at('one', found('a'))();
		expect(await at('two', found('a'), found('b'))()).toEqual([]);
		expect(await at('two/', found('a'), found('b'), found('c'))()).toEqual(['new c']);
	});

	test('is that of the newer poll where two overlap, and nothing is told twice or lost', async () => {
		const data: IDataObject = {};
		await trigger({ list: lists([]) }, data)();
		let release = () => {};
		const held = new Promise<void>((resolve) => {
			release = resolve;
		});
		const slow = trigger(
			{
				async *list() {
					yield ok([found('a')]);
					await held;
				},
			},
			data,
		)();
		const quick = await trigger({ list: lists([found('a'), found('b')]) }, data)();
		release();
		expect([quick, await slow]).toEqual([['new a', 'new b'], []]);
		expect(await trigger({ list: lists([found('a'), found('b')]) }, data)()).toEqual([]);
	});
});

test('n8n’s own static data is marked as changed only by a change', async () => {
	let stored: IDataObject = {};
	const changes: boolean[] = [];
	const poll = async (...cases: string[]) => {
		const workflow = new Workflow({
			nodes: [],
			connections: {},
			active: true,
			nodeTypes: {
				getByName: () => assertNever(),
				getByNameAndVersion: () => assertNever(),
				getKnownTypes: () => ({}),
			},
			staticData: stored,
		});
		const fake = { list: lists(cases.map((caseId) => found(caseId))) };
		const events = await trigger(fake, workflow.getStaticData('node', NODE))();
		changes.push(workflow.staticData.__dataChanged === true);
		stored = JSON.parse(JSON.stringify(workflow.staticData)) as IDataObject;
		return events;
	};
	const told = [await poll('a'), await poll('a'), await poll('a', 'b'), await poll('a', 'b')];
	expect(told).toEqual([[], [], ['new b'], []]);
	expect(changes).toEqual([true, false, true, false]);
});

function assertNever(): never {
	throw new Error('No node type is needed here');
}

test.each<[string, Failure['reason'], number]>([
	['a 500', 'unavailable', 500],
	['a web page in its place', 'unexpectedReply', 200],
	['a redirect', 'unexpectedReply', 302],
])('one gone from the list is asked for again after %s', async (_name, reason, httpStatus) => {
	const data: IDataObject = {};
	const parameters = { events: ['cancelled'] };
	await trigger({ list: lists([found('a'), found('b')]) }, data, parameters)();
	const answers: Record<string, Partial<Failure>> = {
		a: { reason, httpStatus },
		b: { reason: 'forbidden', httpStatus: 403 },
	};
	const poll = trigger(
		{
			list: lists([]),
			read: async (key) => failed(sampleFailure({ retryable: false, ...answers[key] })),
		},
		data,
		parameters,
	);
	expect(await poll()).toEqual([]);
	// A refusal: gone for this credential. Anything else: who knows.
	expect(Object.keys(data.seen as object)).toEqual(['a']);
	const later = trigger(
		{ list: lists([]), read: async () => ok(found('a', { status: 'cancelled' })) },
		data,
		parameters,
	);
	expect([await later(), await later()]).toEqual([['cancelled a'], []]);
});

describe('reading single invitations', () => {
	const session = { signal: undefined, deadline: Infinity } as Session;
	const items = Array.from({ length: 1200 }, (_, index) => index);

	test('no more than a thousand a poll', async () => {
		const readings = await readEach(items, async (item) => ok(item), session);
		const kinds = readings.ok ? readings.value.map(({ kind }) => kind) : [];
		expect([kinds.indexOf('later'), kinds.length]).toEqual([1000, 1200]);
	});

	describe('in the time that n8n gives', () => {
		let now = 0;
		beforeEach(() => {
			now = 0;
			jest.spyOn(Date, 'now').mockImplementation(() => now);
		});
		afterEach(() => jest.restoreAllMocks());

		const poll = { ...session, deadline: 36_000 };
		/** Each call takes a second of the clock. */
		const slowly = async (item: number) => {
			now += 1000;
			return await Promise.resolve(ok(item));
		};
		const kindsOf = (readings: Awaited<ReturnType<typeof readEach<number, number>>>) =>
			readings.ok ? readings.value.map(({ kind }) => kind) : [];
		const count = (kinds: string[], kind: string) => kinds.filter((one) => one === kind).length;

		test('two thirds are for reading, and the rest for what comes after it', async () => {
			const one = async (item: number) => await slowly(item);
			const kinds = kindsOf(await readEach(items, one, poll));
			expect(count(kinds, 'read')).toBeGreaterThanOrEqual(24);
			// What is in flight when it is over still comes.
			expect(count(kinds, 'read')).toBeLessThanOrEqual(25 + READS_IN_FLIGHT);
			expect(count(kinds, 'later')).toBe(items.length - count(kinds, 'read'));
		});

		test('nothing is read when it is over, and all is left for the next poll', async () => {
			now = 36_000;
			const read = jest.fn(slowly);
			expect(new Set(kindsOf(await readEach(items, read, poll)))).toEqual(new Set(['later']));
			expect(read).not.toHaveBeenCalled();
		});

		test('a call that its end cuts short takes nothing away from those that were read', async () => {
			const answer = async (item: number) => {
				if (item < 3) return ok(item);
				await Promise.resolve();
				now = 36_000;
				return failed<number>(sampleFailure({ reason: 'unreachable', httpStatus: null }));
			};
			const kinds = kindsOf(await readEach([1, 2, 3, 4], answer, poll));
			expect(kinds).toEqual(['read', 'read', 'later', 'later']);
		});

		test('a service of which nothing was read by then is away', async () => {
			const answer = async () => {
				now = 36_000;
				return await Promise.resolve(failed<number>(sampleFailure()));
			};
			expect(await readEach([1, 2], answer, poll)).toEqual(failed(sampleFailure()));
		});
	});

	test('a 429 ends the reading, and the poll only where nothing was read', async () => {
		const slower = failed<number>(
			sampleFailure({ httpStatus: 429, reason: 'rateLimited', retryable: true }),
		);
		const readings = await readEach(
			[1, 2, 3],
			async (item) => (item === 1 ? ok(item) : slower),
			session,
		);
		expect(readings.ok && readings.value.map(({ kind }) => kind)).toEqual([
			'read',
			'later',
			'later',
		]);
		expect(await readEach([1, 2], async () => slower, session)).toEqual(slower);
	});

	test.each<[string, Partial<Failure>, boolean]>([
		['an outage', { httpStatus: 503, retryable: true }, true],
		['no answer', { httpStatus: null, reason: 'unreachable', retryable: true }, true],
		['a refused credential', { httpStatus: 401, reason: 'credential', retryable: false }, true],
		['a 500 to one', { httpStatus: 500, retryable: false }, false],
		['a 403 to one', { httpStatus: 403, reason: 'forbidden', retryable: false }, false],
	])('%s', async (_name, patch, ends) => {
		const answer = async (item: number) =>
			item === 3 ? failed<number>(sampleFailure(patch)) : ok(item);
		const readings = await readEach([1, 2, 3, 4], answer, session);
		expect(readings.ok).toBe(!ends);
		if (!readings.ok) return expect(readings.failure).toMatchObject(patch);
		expect(readings.value.map(({ kind }) => kind)).toEqual(['read', 'read', 'refused', 'read']);
	});
});

describe('what a failed poll throws', () => {
	test.each<[string, Partial<Failure>, number | null, object | undefined]>([
		[
			'401',
			{ reason: 'credential', httpStatus: 401, retryable: false },
			null,
			{ cause: 'credential-invalid' },
		],
		[
			'a token past its date',
			{ reason: 'credential', httpStatus: null, retryable: false },
			null,
			{ cause: 'credential-invalid' },
		],
		[
			'a sign-in that is refused',
			{ reason: 'credential', httpStatus: 403, retryable: false },
			null,
			{ cause: 'credential-invalid' },
		],
		[
			'a sign-in answered with 500',
			{ reason: 'credential', httpStatus: 500, retryable: false },
			null,
			undefined,
		],
		[
			'a sign-in without answer',
			{ reason: 'unreachable', httpStatus: null, retryable: true },
			null,
			undefined,
		],
		['429', { reason: 'rateLimited', httpStatus: 429 }, null, { cause: 'rate-limited' }],
		[
			'429 with a wait',
			{ reason: 'rateLimited', httpStatus: 429 },
			9000,
			{ cause: 'rate-limited', retryAfterMs: 9000 },
		],
		['503', {}, null, { cause: 'temporarily-unavailable' }],
		['500', { httpStatus: 500, retryable: false }, null, undefined],
		['403', { reason: 'forbidden', httpStatus: 403, retryable: false }, null, undefined],
		['no answer', { reason: 'unreachable', httpStatus: null }, null, undefined],
	])('%s', (_name, patch, asked, cause) => {
		const error = createPollError(NODE, sampleFailure(patch), asked);
		const { httpStatus } = { ...sampleFailure(), ...patch };
		expect(error).toBeInstanceOf(httpStatus === null ? NodeOperationError : NodeApiError);
		expect(error).toMatchObject({ message: 'It did not answer', description: 'Try again later.' });
		expect(error.failure).toEqual(cause);
	});

	test('words for a wrong parameter stay as they are', () => {
		const error = createPollError(
			NODE,
			describeInvalidInput("'Events' is empty", 'Choose at least one.'),
		);
		expect([error.message, error.description]).toEqual([
			"'Events' is empty",
			'Choose at least one.',
		]);
	});

	test('the longest wait asked for, in seconds or as a date', async () => {
		const clock = jest.spyOn(Date, 'now').mockReturnValue(Date.parse('2026-11-21T12:00:00Z'));
		const answers = [
			[429, '600'],
			[429, 'Sat, 21 Nov 2026 12:05:00 GMT'],
			[429, 'soon'],
			[503, '9999'],
			[200, undefined],
		] as const;
		const waits: Array<number | null> = [];
		const replies = answers.map(([status, after]): Exchange => {
			const headers: Record<string, string> = after === undefined ? {} : { 'retry-after': after };
			return { kind: 'reply', reply: { status, headers, text: '', body: undefined } };
		});
		for (const order of [replies.slice(1), replies]) {
			const queue = [...order];
			const session = { exchange: async () => queue.shift() as Exchange } as unknown as Session;
			const observed = observe(session);
			expect(observed.askedWait()).toBeNull();
			while (queue.length > 0) {
				await observed.session.exchange({ kind: 'repeatable', method: 'GET', path: '/' });
			}
			waits.push(observed.askedWait());
		}
		clock.mockRestore();
		expect(waits).toEqual([300_000, 600_000]);
	});
});
