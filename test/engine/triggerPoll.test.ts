import type { IDataObject } from 'n8n-workflow';
import { accounts, DAY, seeded } from '../../sandbox';
import type { PollResult } from './harness';
import { accountsOf } from './matrix/inProcess';
import { fixtureOf, FIXTURES, type ProviderKey } from '../services';
import { credentialsFor, MOST_FIELDS, setStage, targetIn, type Stage } from './support';

/** One clock for the sandbox and the nodes, so that days can pass. */
const realNow = Date.now.bind(Date);
let offset = 0;
const clock = jest.spyOn(Date, 'now').mockImplementation(() => realNow() + offset);
const pass = (milliseconds: number) => {
	offset += milliseconds;
};

/** Waiting between tries takes no time of the test's. */
const waited: number[] = [];
jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async (milliseconds: number) => {
		waited.push(milliseconds);
		pass(milliseconds);
	},
}));

let stage: Stage;
beforeAll(async () => {
	stage = await setStage({ sandbox: { now: () => Date.now() } });
});
beforeEach(() => {
	offset = 0;
	waited.length = 0;
	stage.sandbox.control.reset({});
});
afterAll(async () => {
	await stage.sandbox.close();
	clock.mockRestore();
});

interface Watcher {
	poll(): Promise<PollResult>;
	/** Polls, and gives what was emitted as `event subject`. */
	events(): Promise<string[]>;
	/** What n8n remembers of it now. */
	kept(): IDataObject;
	/** n8n restarts, and knows only what it had stored. */
	restart(): void;
}

/**
 * An active workflow. n8n keeps in memory whatever a poll wrote, also one that threw. It stores that when a poll emits,
 * and after the first poll, which belongs to the activation (`trigger-execution-context.factory.js` and
 * `workflow-trigger-activator.js` of n8n 2.41).
 */
function watch(provider: ProviderKey, parameters: IDataObject): Watcher {
	let kept: IDataObject = {};
	let stored: IDataObject = {};
	let isActive = false;
	const poll = async () => {
		const result = await stage.engine.runPoll(
			{ type: `${fixtureOf(provider).nodeType}Trigger`, parameters: { ...parameters } as never },
			{ credentials: credentialsFor(stage.sandbox), nodeStaticData: kept },
		);
		kept = result.nodeStaticData;
		if (result.items !== null || (!isActive && result.error === undefined)) {
			stored = kept;
			isActive = true;
		}
		return result;
	};
	return {
		poll,
		async events() {
			const { items, error } = await poll();
			if (error !== undefined) throw error;
			return (items?.[0] ?? []).map(
				({ json }) => `${String(json.event)} ${targetIn(json, provider)}`,
			);
		},
		kept: () => kept,
		restart() {
			kept = stored;
			isActive = false;
		},
	};
}

describe.each(FIXTURES)('$provider', ({ provider, nodeType, events, listedFields, target }) => {
	test('takes stock first, then is silent while nothing happens', async () => {
		const watcher = watch(provider, { events: [...events] });
		expect(await watcher.events()).toEqual([]);
		const stock = watcher.kept();
		expect(Object.keys(stock.seen as object).length).toBeGreaterThan(3);
		expect(await watcher.events()).toEqual([]);
		expect(await watcher.events()).toEqual([]);
		expect(stage.sandbox.control.contractViolations()).toEqual([]);
		expect(stage.sandbox.control.outbox()).toEqual([]);
	});

	test('keeps no token, link or password', async () => {
		const watcher = watch(provider, { events: [...events] });
		await watcher.poll();
		await watcher.poll();
		const text = JSON.stringify(watcher.kept());
		expect(text).not.toMatch(/eyJ|password|token|invite\//i);
	});

	test('a poll that fails emits nothing, keeps nothing, and loses nothing', async () => {
		const watcher = watch(provider, { events: [...events] });
		await watcher.poll();
		const before = watcher.kept();
		const id = add(provider);
		for (const status of [500, 503]) {
			stage.sandbox.control.inject({
				provider,
				times: 'always',
				fault: { kind: 'status', status },
			});
			const { items, error } = await watcher.poll();
			expect(items).toBeNull();
			expect(error?.message).toMatch(/could not serve the request|could not sign in/i);
			expect(watcher.kept()).toEqual(before);
			stage.sandbox.control.clearFaults();
		}
		expect(await watcher.events()).toEqual([`new ${id}`]);
		expect(await watcher.events()).toEqual([]);
	});

	test('Fetch Test Event gives items and remembers nothing', async () => {
		const { items, nodeStaticData } = await stage.engine.runPoll(
			{
				type: `${fixtureOf(provider).nodeType}Trigger`,
				parameters: { events: ['new'] },
			},
			{ credentials: credentialsFor(stage.sandbox), mode: 'manual' },
		);
		expect(items?.[0]).toHaveLength(3);
		const [json = {}] = items?.[0]?.map((item) => item.json) ?? [];
		expect(json).toMatchObject({ event: 'new', status: 'pending', isSample: true });
		// A trigger stands at one service, so it does not say which.
		const fields = ['event', ...listedFields.filter((field) => field !== 'provider'), 'isSample'];
		expect(Object.keys(json)).toEqual(fields);
		expect(nodeStaticData).toEqual({});
	});

	test('Fetch Test Event shows each event as it would be, and says that it is a sample', async () => {
		const fits: Record<string, string> = {
			closed: 'unknown',
			expiringSoon: 'pending',
			new: 'pending',
		};
		for (const event of events) {
			for (const simplify of [true, false]) {
				stage.sandbox.control.clearState();
				add(provider);
				const { items } = await stage.engine.runPoll(
					{ type: `${nodeType}Trigger`, parameters: { events: [event], simplify } },
					{ credentials: credentialsFor(stage.sandbox), mode: 'manual' },
				);
				const [json = {}] = items?.[0]?.map((item) => item.json) ?? [];
				expect(json).toMatchObject({ event, isSample: true });
				if (!simplify) continue;
				expect(json.status).toBe(fits[event] ?? event);
				if (event === 'expiringSoon') expect(json.daysLeft).toBeLessThanOrEqual(3);
			}
		}
	});

	test('what it emits goes straight into the action node', async () => {
		const watcher = watch(provider, { events: ['new'] });
		await watcher.poll();
		const id = add(provider);
		const { items } = await watcher.poll();
		const run = await stage.engine.run({
			node: { type: nodeType, parameters: {} },
			input: items?.[0]?.map(({ json }) => json) ?? [],
			credentials: credentialsFor(stage.sandbox),
		});
		expect(run.error).toBeUndefined();
		expect(run.output[0]?.map(({ json }) => targetIn(json))).toEqual([id]);
	});

	test('Simplify off gives the reply and the event', async () => {
		const watcher = watch(provider, { events: ['new'], simplify: false });
		await watcher.poll();
		add(provider);
		const { items } = await watcher.poll();
		const [item] = items?.[0] ?? [];
		expect(item?.json.event).toBe('new');
		expect(item?.json).not.toHaveProperty(target);
		expect(Object.keys(item?.json ?? {}).length).toBeGreaterThan(3);
	});

	test('an expression may choose a single event', async () => {
		const watcher = watch(provider, { events: "={{ 'new' }}" });
		await watcher.poll();
		const id = add(provider);
		expect(await watcher.events()).toEqual([`new ${id}`]);
	});

	test('no event chosen is said at once', async () => {
		const { error } = await watch(provider, { events: [] }).poll();
		expect(error?.message).toBe("'Events' is empty");
	});

	// Beside one that there is, it would be missed without a word.
	test.each([
		'={{ ["new", "Completed"] }}',
		"={{ 'new,expired' }}",
		'={{ ["new", ""] }}',
		'={{ ["new", null] }}',
		'={{ { new: true } }}',
		'={{ 7 }}',
	])('an event that there is not, as in %s, is said before any request', async (chosen) => {
		const { error } = await watch(provider, { events: chosen }).poll();
		expect(error).toMatchObject({
			message: "'Events' has an unknown value",
			description: `Use any of ${[...events].sort().join(', ')}. No request was made.`,
		});
		expect(stage.sandbox.control.requests()).toEqual([]);
	});

	test.each(['={{ undefined }}', "={{ '' }}", '={{ [] }}', '={{ null }}'])(
		'no event found by %s is said at once',
		async (chosen) => {
			const { error } = await watch(provider, { events: chosen }).poll();
			expect(error?.message).toBe("'Events' is empty");
		},
	);
});

describe.each(FIXTURES)('$provider, and a restart of n8n', ({ provider, events, complete }) => {
	test('an event that was told is not told again after a restart of n8n', async () => {
		const watcher = watch(provider, { events: [...events] });
		await watcher.poll();
		const id = add(provider);
		expect(await watcher.events()).toEqual([`new ${id}`]);
		complete(stage.sandbox.control.state, id);
		expect(await watcher.events()).toHaveLength(1);
		watcher.restart();
		expect([await watcher.events(), await watcher.events()]).toEqual([[], []]);
	});
});

/** What is over leaves their list, and the event says no more than that. */
const LEAVING = FIXTURES.filter(({ events }) => events.includes('closed'));

describe.each(LEAVING)(
	'$provider, which lists only what is open, and a restart of n8n',
	({ provider, complete }) => {
		/** One that comes after the last event, and is over when n8n is back. */
		async function comeAndGo(events: string[]) {
			const watcher = watch(provider, { events });
			await watcher.poll();
			const id = add(provider);
			const before = await watcher.events();
			complete(stage.sandbox.control.state, id);
			watcher.restart();
			return { id, before, after: [await watcher.events(), await watcher.events()] };
		}

		test('what came and went since the last event is not told', async () => {
			const { before, after } = await comeAndGo(['closed']);
			expect([before, ...after]).toEqual([[], [], []]);
		});

		test('it is told where New is chosen as well, for that is an event', async () => {
			const { id, before, after } = await comeAndGo(['closed', 'new']);
			expect([before, ...after]).toEqual([[`new ${id}`], [`closed ${id}`], []]);
		});

		test('what was there at the last event is told', async () => {
			const watcher = watch(provider, { events: ['closed'] });
			const id = add(provider);
			await watcher.poll();
			complete(stage.sandbox.control.state, id);
			watcher.restart();
			expect([await watcher.events(), await watcher.events()]).toEqual([[`closed ${id}`], []]);
		});
	},
);

const ACCOUNTS = FIXTURES.flatMap((facts) =>
	accountsOf(facts).map(({ name, displayName }) => ({ facts, name, displayName })),
);

describe.each(ACCOUNTS)("'$displayName' at $facts.name", ({ facts, name, displayName }) => {
	const watchOf = (account: string) =>
		watch(facts.provider, { events: [...facts.events], [name]: account });

	// The credential's own would be somebody else's.
	test.each(['={{ undefined }}', '={{ null }}', "={{ ' ' }}"])(
		'with the expression %s fails the poll, and makes no request',
		async (expression) => {
			const { items, error } = await watchOf(expression).poll();

			expect(items).toBeNull();
			expect(error?.message).toBe(`'${displayName}' is empty`);
			expect(stage.sandbox.control.requests()).toEqual([]);
		},
	);

	test('is the same one with characters that cannot be seen', async () => {
		const account = credentialsFor(stage.sandbox)[facts.credential]?.[name];
		const parameters: IDataObject = { events: ['new'], [name]: account };
		const watcher = watch(facts.provider, parameters);
		await watcher.poll();
		const id = add(facts.provider);
		parameters[name] = `\u200b${String(account)}`;
		expect(await watcher.events()).toEqual([`new ${id}`]);
	});

	test('left empty is the one of the credential', async () => {
		const watcher = watchOf('');
		await watcher.poll();
		const id = add(facts.provider);
		expect(await watcher.events()).toEqual([`new ${id}`]);
	});
});

/** Adds a pending invitation. */
function add(provider: ProviderKey): string {
	return fixtureOf(provider).add(stage.sandbox.control.state);
}

const requestsTo = (operationId: string) =>
	stage.sandbox.control.requests().filter((request) => request.operationId === operationId);

describe('KarmaCheck', () => {
	const every = { events: [...fixtureOf('karmaCheck').events] };

	test('tells each status once', async () => {
		const { state } = stage.sandbox.control;
		const watcher = watch('karmaCheck', every);
		await watcher.poll();
		state.karmaCheck.complete(seeded.karmaCheck.pending);
		state.karmaCheck.expire(seeded.karmaCheck.expiringIn10);
		state.karmaCheck.cancel(seeded.karmaCheck.pendingToo);
		expect((await watcher.events()).sort()).toEqual(
			[
				`completed ${seeded.karmaCheck.pending}`,
				`expired ${seeded.karmaCheck.expiringIn10}`,
				// Archived, so no longer on the list of active cases.
				`cancelled ${seeded.karmaCheck.pendingToo}`,
			].sort(),
		);
		expect(await watcher.events()).toEqual([]);
		expect(watcher.kept().seen).not.toHaveProperty(seeded.karmaCheck.pendingToo);
	});

	test('is silent on a case whose data the company supplies, as nobody was invited', async () => {
		const { state } = stage.sandbox.control;
		const watcher = watch('karmaCheck', every);
		await watcher.poll();
		state.karmaCheck.add({ isCustomerProvidedPii: true });
		expect(await watcher.events()).toEqual([]);
	});

	test('tells only what was chosen, and nothing old when another event is added', async () => {
		const { state } = stage.sandbox.control;
		const parameters: IDataObject = { events: ['new'] };
		const watcher = watch('karmaCheck', parameters);
		await watcher.poll();
		state.karmaCheck.complete(seeded.karmaCheck.pending);
		pass(2 * DAY);
		expect(await watcher.events()).toEqual([]);
		parameters.events = [...fixtureOf('karmaCheck').events];
		expect(await watcher.events()).toEqual([]);
		expect(await watcher.events()).toEqual([]);
	});

	test('a completed case that is archived before the next poll is still told as completed', async () => {
		const { state } = stage.sandbox.control;
		const watcher = watch('karmaCheck', every);
		await watcher.poll();
		state.karmaCheck.complete(seeded.karmaCheck.pending);
		const entry = state.karmaCheck.get(seeded.karmaCheck.pending);
		if (entry !== undefined) entry.archived = true;
		expect(await watcher.events()).toEqual([`completed ${seeded.karmaCheck.pending}`]);
		expect(await watcher.events()).toEqual([]);
	});

	test('an open case that one list leaves out is not new again where only New is chosen', async () => {
		const watcher = watch('karmaCheck', { events: ['new'] });
		await watcher.poll();
		const entry = stage.sandbox.control.state.karmaCheck.get(seeded.karmaCheck.pending);
		for (const archived of [true, true, false]) {
			if (entry !== undefined) entry.archived = archived;
			expect(await watcher.events()).toEqual([]);
		}
	});

	test('an open case that one list leaves out is not new again, and its end is told', async () => {
		const { state } = stage.sandbox.control;
		const watcher = watch('karmaCheck', every);
		await watcher.poll();
		const entry = state.karmaCheck.get(seeded.karmaCheck.pending);
		if (entry !== undefined) entry.archived = true;
		expect(await watcher.events()).toEqual([]);
		if (entry !== undefined) entry.archived = false;
		expect(await watcher.events()).toEqual([]);
		if (entry !== undefined) entry.archived = true;
		expect(await watcher.events()).toEqual([]);
		state.karmaCheck.cancel(seeded.karmaCheck.pending);
		expect(await watcher.events()).toEqual([`cancelled ${seeded.karmaCheck.pending}`]);
		expect(watcher.kept().seen).not.toHaveProperty(seeded.karmaCheck.pending);
	});

	test.each([
		[['cancelled'], [[], []]],
		[
			['cancelled', 'new'],
			[['new'], ['cancelled']],
		],
	])(
		'a case that came after the last event and is archived at a restart of n8n: %j',
		async (events, told) => {
			const watcher = watch('karmaCheck', { events });
			await watcher.poll();
			const id = add('karmaCheck');
			const before = await watcher.events();
			stage.sandbox.control.state.karmaCheck.cancel(id);
			watcher.restart();
			const named = told.map((each) => each.map((event) => `${event} ${id}`));
			expect([before, await watcher.events()]).toEqual(named);
		},
	);

	test('names the case of an archived one with Simplify off, too', async () => {
		const watcher = watch('karmaCheck', { ...every, simplify: false });
		await watcher.poll();
		stage.sandbox.control.state.karmaCheck.cancel(seeded.karmaCheck.pending);
		const { items } = await watcher.poll();
		expect(items?.[0]?.map(({ json }) => [json.event, json.id])).toEqual([
			['cancelled', seeded.karmaCheck.pending],
		]);
	});

	test('tells Expiring Soon once, as its moment comes', async () => {
		const watcher = watch('karmaCheck', { events: ['expiringSoon'], daysBeforeExpiry: 3 });
		await watcher.poll();
		// Reads all dates; what was within three days at activation is known.
		expect(await watcher.events()).toEqual([]);
		pass(5 * DAY);
		expect(await watcher.events()).toEqual([]);
		pass(1.5 * DAY);
		expect(await watcher.events()).toEqual([`expiringSoon ${seeded.karmaCheck.pendingToo}`]);
		pass(DAY);
		expect((await watcher.events()).sort()).toEqual(
			[
				`expiringSoon ${seeded.karmaCheck.expiringIn10}`,
				`expiringSoon ${seeded.karmaCheck.begun}`,
			].sort(),
		);
		pass(DAY / 2);
		expect(await watcher.events()).toEqual([]);
	});

	test('gives the date with Expiring Soon', async () => {
		const watcher = watch('karmaCheck', { events: ['expiringSoon'] });
		await watcher.poll();
		pass(8 * DAY);
		const { items } = await watcher.poll();
		const item = items?.[0]?.find(({ json }) => json.caseId === seeded.karmaCheck.expiringIn10);
		expect(item?.json).toMatchObject({
			event: 'expiringSoon',
			status: 'pending',
			expiresAt: expect.any(String),
			daysLeft: 2,
		});
		const fields = fixtureOf('karmaCheck').fields.filter((field) => field !== 'provider');
		expect(Object.keys(item?.json ?? {})).toEqual(['event', ...fields]);
		expect(fields.length + 1).toBeLessThanOrEqual(MOST_FIELDS);
	});

	test('reads dates only where Expiring Soon asks for them, and once', async () => {
		const without = watch('karmaCheck', { events: ['new', 'completed', 'expired'] });
		await without.poll();
		await without.poll();
		expect(requestsTo('getInvitation')).toHaveLength(0);

		const watcher = watch('karmaCheck', { events: ['expiringSoon'] });
		await watcher.poll();
		expect(requestsTo('getInvitation')).toHaveLength(0);
		await watcher.poll();
		const pending = stage.sandbox.control.state.karmaCheck.all().filter(({ id, invitation }) => {
			return invitation !== null && stage.sandbox.control.state.karmaCheck.status(id) === 'pending';
		});
		expect(requestsTo('getInvitation')).toHaveLength(pending.length);
		stage.sandbox.control.clear();
		await watcher.poll();
		expect(requestsTo('getInvitation')).toHaveLength(0);
	});

	test('a refreshed invitation is not told as expiring, until its new date comes near', async () => {
		const { state } = stage.sandbox.control;
		const watcher = watch('karmaCheck', { events: ['expiringSoon', 'expired'] });
		await watcher.poll();
		await watcher.poll();
		const id = seeded.karmaCheck.expiringIn10;
		pass(8 * DAY);
		const entry = state.karmaCheck.get(id);
		if (entry?.invitation) entry.invitation.expiresAt = Date.now() + 14 * DAY;
		const mine = async () => (await watcher.events()).filter((event) => event.endsWith(id));
		expect(await mine()).toEqual([]);
		pass(12 * DAY);
		expect(await mine()).toEqual([`expiringSoon ${id}`]);
		// Refreshed once more, after it was told.
		if (entry?.invitation) entry.invitation.expiresAt = Date.now() + 14 * DAY;
		expect(await mine()).toEqual([]);
		pass(3 * DAY);
		expect(await mine()).toEqual([]);
		pass(9 * DAY);
		expect(await mine()).toEqual([`expiringSoon ${id}`]);
		pass(3 * DAY);
		expect(await mine()).toEqual([`expired ${id}`]);
		expect(await mine()).toEqual([]);
	});

	test('a resend is not new, and expires by its own date', async () => {
		const { state } = stage.sandbox.control;
		const watcher = watch('karmaCheck', every);
		await watcher.poll();
		await watcher.poll();
		const id = seeded.karmaCheck.expired;
		state.karmaCheck.replaceInvitation(id, 'again@example.com');
		const mine = async () => (await watcher.events()).filter((event) => event.endsWith(id));
		expect(await mine()).toEqual([]);
		pass(12 * DAY);
		expect(await mine()).toEqual([`expiringSoon ${id}`]);
		pass(3 * DAY);
		expect(await mine()).toEqual([`expired ${id}`]);
		expect(await mine()).toEqual([]);
	});

	test('a resend is new where the option says so', async () => {
		const { state } = stage.sandbox.control;
		const watcher = watch('karmaCheck', { events: ['new'], options: { resentIsNew: true } });
		await watcher.poll();
		state.karmaCheck.replaceInvitation(seeded.karmaCheck.pending, 'again@example.com');
		expect(await watcher.events()).toEqual([`new ${seeded.karmaCheck.pending}`]);
		expect(await watcher.events()).toEqual([]);
	});

	test('a revoked token is renewed, and nothing is lost', async () => {
		const watcher = watch('karmaCheck', every);
		await watcher.poll();
		stage.sandbox.control.revokeTokens('karmaCheck');
		const id = add('karmaCheck');
		expect(await watcher.events()).toEqual([`new ${id}`]);
	});

	test('one invitation that cannot be read holds up no other', async () => {
		const watcher = watch('karmaCheck', every);
		await watcher.poll();
		stage.sandbox.control.inject({
			provider: 'karmaCheck',
			operationId: 'getInvitation',
			key: seeded.karmaCheck.expiringIn10,
			times: 3,
			fault: { kind: 'status', status: 500, body: 'Server Error' },
		});
		await watcher.poll();
		pass(8 * DAY);
		const told = `expiringSoon ${seeded.karmaCheck.expiringIn10}`;
		expect(await watcher.events()).not.toContain(told);
		const id = add('karmaCheck');
		expect(await watcher.events()).toEqual([`new ${id}`]);
		expect(await watcher.events()).toEqual([told]);
	});

	test('an expiry in the year 1, as services write for none, does not silence the trigger', async () => {
		const watcher = watch('karmaCheck', { events: ['new', 'expiringSoon'] });
		await watcher.poll();
		stage.sandbox.control.inject({
			operationId: 'getInvitation',
			key: seeded.karmaCheck.expiringIn10,
			fault: {
				kind: 'status',
				status: 200,
				body: { invitation: { id: 'i', expiresStamp: '0001-01-01T00:00:00Z' } },
			},
		});
		await watcher.poll();
		const id = add('karmaCheck');
		expect(await watcher.events()).toEqual([`new ${id}`]);
	});

	test('an outage while dates are read loses nothing', async () => {
		const watcher = watch('karmaCheck', every);
		await watcher.poll();
		const id = add('karmaCheck');
		const before = watcher.kept();
		stage.sandbox.control.inject({
			provider: 'karmaCheck',
			operationId: 'getInvitation',
			after: 3,
			times: 'always',
			fault: { kind: 'status', status: 401 },
		});
		const { items, error } = await watcher.poll();
		expect(items).toBeNull();
		expect(error).toMatchObject({ failure: { cause: 'credential-invalid' } });
		expect(watcher.kept()).toEqual(before);
		stage.sandbox.control.clearFaults();
		expect(await watcher.events()).toEqual([`new ${id}`]);
	});

	test('a 403 to the list is about the credential, and the next list is taken', async () => {
		const watcher = watch('karmaCheck', every);
		await watcher.poll();
		const id = add('karmaCheck');
		const fault = { kind: 'status', status: 403 } as const;
		stage.sandbox.control.inject({ operationId: 'listCases', times: 'always', fault });
		const { error } = await watcher.poll();
		expect(error).toMatchObject({
			message: 'KarmaCheck does not give this credential access to the list of cases',
			description: expect.not.stringMatching(/\bID\b/),
			failure: { cause: 'credential-invalid' },
		});
		stage.sandbox.control.clearFaults();
		expect(await watcher.events()).toEqual([`new ${id}`]);
	});

	test('a 429 says how long to wait', async () => {
		stage.sandbox.control.inject({
			provider: 'karmaCheck',
			operationId: 'listCases',
			times: 'always',
			fault: { kind: 'rateLimit', retryAfter: '2' },
		});
		const { error } = await watch('karmaCheck', every).poll();
		expect(error).toMatchObject({
			httpCode: '429',
			failure: { cause: 'rate-limited', retryAfterMs: 2000 },
		});
		// Three waits of two seconds, each in slices of one.
		expect(waited.slice(0, 6)).toEqual(Array(6).fill(1000));
	});

	test.each([
		['expiringSoon', seeded.karmaCheck.expiringIn1],
		['expired', seeded.karmaCheck.expired],
		['completed', seeded.karmaCheck.completed],
	])('Fetch Test Event shows one that is %s now', async (event, id) => {
		const { items } = await stage.engine.runPoll(
			{ type: 'n8n-nodes-invitations.karmaCheckTrigger', parameters: { events: [event] } },
			{ credentials: credentialsFor(stage.sandbox), mode: 'manual' },
		);
		const found = items?.[0]?.map(({ json }) => `${String(json.event)} ${String(json.caseId)}`);
		expect(found).toContain(`${event} ${id}`);
		expect(found?.length).toBeLessThanOrEqual(3);
	});

	test('Fetch Test Event shows the newest where none match', async () => {
		const id = add('karmaCheck');
		const { items } = await stage.engine.runPoll(
			{ type: 'n8n-nodes-invitations.karmaCheckTrigger', parameters: { events: ['cancelled'] } },
			{ credentials: credentialsFor(stage.sandbox), mode: 'manual' },
		);
		expect(items?.[0]?.map(({ json }) => [json.event, json.caseId, json.status])).toEqual([
			['cancelled', id, 'cancelled'],
		]);
	});
});

describe('Worth AI', () => {
	test('tells each once', async () => {
		const { state } = stage.sandbox.control;
		const watcher = watch('worthAi', { events: [...fixtureOf('worthAi').events] });
		await watcher.poll();
		const id = add('worthAi');
		state.worthAi.set(seeded.worthAi.invited, { status: 'ACTIVE', is_first_login: false });
		state.worthAi.set(seeded.worthAi.signupPending, { status: 'INACTIVE' });
		expect((await watcher.events()).sort()).toEqual(
			[
				`new ${id}`,
				`completed ${seeded.worthAi.invited}`,
				`cancelled ${seeded.worthAi.signupPending}`,
			].sort(),
		);
		expect(await watcher.events()).toEqual([]);
		// Inactive and active again: the invitation was completed only once.
		for (const status of ['INACTIVE', 'ACTIVE', 'INACTIVE']) {
			state.worthAi.set(seeded.worthAi.invited, { status });
			const expected = status === 'INACTIVE' ? [`cancelled ${seeded.worthAi.invited}`] : [];
			expect((await watcher.events()).length).toBeLessThanOrEqual(expected.length);
		}
	});

	test('a user whom one list leaves out, as when pages shift while they are read, is not new again', async () => {
		const watcher = watch('worthAi', { events: [...fixtureOf('worthAi').events] });
		await watcher.poll();
		stage.sandbox.control.inject({
			operationId: 'listUsers',
			fault: {
				kind: 'status',
				status: 200,
				body: { status: 'success', data: { records: [], total_pages: 1, total_items: '0' } },
			},
		});
		expect([await watcher.events(), await watcher.events()]).toEqual([[], []]);
	});

	test('a list in which somebody moves while it is read fails one poll, which changes nothing', async () => {
		const watcher = watch('worthAi', { events: [...fixtureOf('worthAi').events] });
		await watcher.poll();
		const before = watcher.kept();
		const id = add('worthAi');
		const [, a, b, c] = stage.sandbox.control.state.worthAi.all();
		for (const records of [
			[a, b],
			[b, c],
		]) {
			const data = { records, total_pages: 2, total_items: '4' };
			const body = { status: 'success', data };
			const fault = { kind: 'status', status: 200, body } as const;
			stage.sandbox.control.inject({ operationId: 'listUsers', fault });
		}
		const { items, error } = await watcher.poll();
		expect(items).toBeNull();
		expect(error?.message).toBe("Worth AI's list of users changed while it was read");
		expect(watcher.kept()).toEqual(before);
		expect([await watcher.events(), await watcher.events()]).toEqual([[`new ${id}`], []]);
	});

	test('an expired token is renewed, and nothing is lost', async () => {
		const watcher = watch('worthAi', { events: ['new'] });
		await watcher.poll();
		pass(2 * 3_600_000);
		const id = add('worthAi');
		expect(await watcher.events()).toEqual([`new ${id}`]);
	});

	test('takes stock anew for another customer', async () => {
		const parameters: IDataObject = { events: ['new'] };
		const watcher = watch('worthAi', parameters);
		await watcher.poll();
		parameters.customerId = accounts.worthAi.foreignCustomerId;
		const { error } = await watcher.poll();
		expect(error?.message).toMatch(/does not allow this account to see/);
		parameters.customerId = accounts.worthAi.customerId.toUpperCase();
		expect(await watcher.events()).toEqual([]);
		const id = add('worthAi');
		expect(await watcher.events()).toEqual([`new ${id}`]);
	});
});

describe('Numium', () => {
	test('tells what is new and what is gone, with its address', async () => {
		const { state } = stage.sandbox.control;
		const watcher = watch('numium', { events: [...fixtureOf('numium').events] });
		await watcher.poll();
		const id = add('numium');
		state.numium.accept(seeded.numium.big);
		const { items } = await watcher.poll();
		const email = state.numium.get(seeded.numium.big)?.email;
		expect(items?.[0]?.map(({ json }) => json)).toEqual([
			expect.objectContaining({ event: 'new', invitationId: id, status: 'pending' }),
			expect.objectContaining({
				event: 'closed',
				email,
				status: 'unknown',
				invitationId: seeded.numium.big,
				tenantId: accounts.numium.tenantId,
			}),
		]);
		expect(await watcher.events()).toEqual([]);
		expect(watcher.kept().seen).toHaveProperty([seeded.numium.bigNeighbour]);
		expect(watcher.kept().seen).not.toHaveProperty([seeded.numium.big]);
	});

	test('a resend is neither new nor gone', async () => {
		const watcher = watch('numium', { events: [...fixtureOf('numium').events] });
		await watcher.poll();
		const invitation = stage.sandbox.control.state.numium.get(seeded.numium.first);
		if (invitation !== undefined) invitation.createdAt = Date.now();
		expect(await watcher.events()).toEqual([]);
	});

	test.each(['default backend - 404', '404 page not found\n'])(
		'a 404 in plain text, as of a gateway while Numium is away, closes no invitation: %j',
		async (body) => {
			const watcher = watch('numium', { events: ['new', 'closed'] });
			await watcher.poll();
			const before = watcher.kept();
			stage.sandbox.control.inject({
				operationId: 'listInvitations',
				fault: { kind: 'status', status: 404, body },
			});
			const { items, error } = await watcher.poll();
			expect(items).toBeNull();
			expect(error?.message).toMatch(/^Numium does not know tenant /);
			expect(watcher.kept()).toEqual(before);
			expect(await watcher.events()).toEqual([]);
		},
	);

	test.each(['404', 'empty'] as const)('a tenant that has none yet (%s)', async (numiumEmpty) => {
		stage.sandbox.control.setSwitches({ numiumEmpty });
		const tenantId = accounts.numium.emptyTenantId;
		const watcher = watch('numium', { events: ['new'], tenantId });
		expect(await watcher.events()).toEqual([]);
		const { id } = stage.sandbox.control.state.numium.add({ tenantId });
		expect(await watcher.events()).toEqual([`new ${id}`]);
		expect(await watcher.events()).toEqual([]);
	});

	test('takes stock anew for another tenant, whose invitations are no news', async () => {
		const parameters: IDataObject = { events: [...fixtureOf('numium').events] };
		const watcher = watch('numium', parameters);
		await watcher.poll();
		parameters.tenantId = accounts.numium.otherTenantId;
		expect(await watcher.events()).toEqual([]);
		expect(Object.keys(watcher.kept().seen as object).sort()).toEqual(['9101', '9102', '9103']);
	});

	test('Fetch Test Event shows what a closed one will look like', async () => {
		const { items } = await stage.engine.runPoll(
			{ type: 'n8n-nodes-invitations.numiumTrigger', parameters: { events: ['closed'] } },
			{ credentials: credentialsFor(stage.sandbox), mode: 'manual' },
		);
		expect(items?.[0]?.map(({ json }) => [json.event, json.status])).toEqual([
			['closed', 'unknown'],
		]);
	});
});

// Last, for it needs a sandbox of its own.
test('10,000 cases: so many reads a poll and no more, and a state that fits', async () => {
	await stage.sandbox.close();
	stage = await setStage({
		sandbox: {
			now: () => Date.now(),
			seed: { karmaCheckCases: 10_000, fill: 'pending' },
			validateReplies: false,
		},
	});
	const watcher = watch('karmaCheck', { events: ['new', 'completed', 'expiringSoon'] });
	await watcher.poll();
	await watcher.poll();
	expect(requestsTo('getInvitation')).toHaveLength(1000);
	expect(stage.sandbox.control.maxInFlight('karmaCheck')).toBeLessThanOrEqual(50);
	const quiet = watch('karmaCheck', { events: ['new', 'completed'] });
	await quiet.poll();
	stage.sandbox.control.state.karmaCheck.complete(seeded.karmaCheck.pending);
	const id = add('karmaCheck');
	expect((await quiet.events()).sort()).toEqual(
		[`new ${id}`, `completed ${seeded.karmaCheck.pending}`].sort(),
	);
	expect(JSON.stringify(watcher.kept()).length).toBeLessThan(600_000);
	expect(await quiet.events()).toEqual([]);
}, 120_000);
