import { READS_IN_FLIGHT } from '../../nodes/shared/invitation/fetchMany';
import { DAY, type Fault } from '../../sandbox';
import { pastedToken } from '../../sandbox/jwt';
import {
	chain,
	code,
	connect,
	merge,
	set,
	source,
	split,
	type NodeSpec,
	type Run,
} from './harness';
import { fixtureOf, FIXTURES, type ServiceFixture } from '../services';
import {
	credentialsFor,
	ids,
	isFailed,
	jsonOf,
	node,
	NOON,
	ON_ERROR,
	pasting,
	requestsTo,
	targetIn,
	told,
	until,
	useStage,
	type OnError,
} from './support';

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async () => undefined,
}));

const stage = useStage();

const NAME = 'Invitations';
const HOUR = 3_600_000;

/** One whose reads are other calls than those of single invitations. */
const [otherwise = fixtureOf('numium')] = FIXTURES.filter(({ reads }) => reads === 'byList');

/** The node under test, with Retry On Fail. */
function retrying(
	{ provider }: ServiceFixture,
	operation: string,
	onError: OnError = 'stopWorkflow',
): NodeSpec {
	return node(provider, operation, { name: NAME, retryOnFail: true, maxTries: 3, onError });
}

/** As many invitations that may be sent. */
function fresh({ add }: ServiceFixture, count: number): string[] {
	const wanted = { sentAt: NOON - 3 * DAY };
	return Array.from({ length: count }, () => add(stage.sandbox.control.state, wanted));
}

const mailed = (): string[] => stage.sandbox.control.outbox().map(({ key }) => key);
const credentials = (): ReturnType<typeof credentialsFor> => credentialsFor(stage.sandbox);

const REFUSAL: Fault = { kind: 'status', status: 422, body: { message: 'Not right now' } };

describe.each(FIXTURES)('Retry On Fail at $name', (facts) => {
	const { provider, sendCall, readCall } = facts;

	async function resend(targets: string[], onError?: OnError, more: object = {}): Promise<Run> {
		const spec = retrying(facts, 'resend', onError);
		return await stage.engine.run({
			node: spec,
			input: ids(...targets),
			credentials: credentials(),
			...more,
		});
	}

	test('emails nobody twice when the third of five is refused once', async () => {
		const targets = fresh(facts, 5);
		stage.sandbox.control.inject({
			provider,
			operationId: sendCall,
			key: targets[2],
			fault: REFUSAL,
		});

		const run = await resend(targets);

		expect(run.error).toBeUndefined();
		expect(run.executions[NAME]).toBe(2);
		expect(mailed()).toEqual(targets);
		expect(jsonOf(run.output[0]).map(({ outcome }) => outcome)).toEqual(targets.map(() => 'sent'));
		expect(jsonOf(run.output[0]).map((json) => targetIn(json))).toEqual(targets);
		expect(run.output[0]?.map(({ pairedItem }) => pairedItem)).toEqual(
			targets.map((_, item) => ({ item })),
		);
	});

	test('emails nobody at all until every invitation could be read', async () => {
		const targets = fresh(facts, 5);
		stage.sandbox.control.inject({
			provider,
			operationId: readCall,
			after: facts.reads === 'byList' ? 0 : 2,
			fault: REFUSAL,
		});
		const mailedAt: string[][] = [];
		const watched = code((items) => {
			mailedAt.push(mailed());
			return items;
		}, 'Watch');

		const run = await stage.engine.run({
			...chain(source(ids(...targets)), watched, retrying(facts, 'resend')),
			credentials: credentials(),
		});

		expect(run.error).toBeUndefined();
		expect(run.executions[NAME]).toBe(2);
		expect(mailedAt).toEqual([[]]);
		expect(mailed()).toEqual(targets);
	});

	test('gives up after its tries, and a later execution mails the rest only', async () => {
		const targets = fresh(facts, 4);
		stage.sandbox.control.inject({
			provider,
			operationId: sendCall,
			key: targets[2],
			times: 'always',
			fault: REFUSAL,
		});

		const stopped = await resend(targets);
		expect(stopped.status).toBe('error');
		expect(stopped.executions[NAME]).toBe(3);
		expect(mailed()).toEqual(targets.slice(0, 2));
		expect(told(stopped).description).toContain(
			"already sent are not sent again in the period of 'Send at Most Once'.",
		);

		stage.sandbox.control.clearFaults();
		const again = await resend(targets, 'stopWorkflow', { runDataFrom: stopped });

		expect(again.error).toBeUndefined();
		expect(mailed()).toEqual(targets);
		expect(again.output[0]).toHaveLength(4);
	});

	test.each<[OnError, number]>([
		// n8n takes a first item with `error` for a failed try, whatever the node is told to do.
		['continueErrorOutput', 3],
		['continueRegularOutput', 1],
	])('with %s and a first item that failed emails nobody twice', async (onError, tries) => {
		const targets = fresh(facts, 4);
		stage.sandbox.control.inject({
			provider,
			operationId: sendCall,
			key: targets[0],
			times: 'always',
			fault: REFUSAL,
		});

		const run = await resend(targets, onError);

		expect(run.executions[NAME]).toBe(tries);
		expect(mailed()).toEqual(targets.slice(1));
		const [failed] = run.output.flat().filter(isFailed);
		expect(failed?.pairedItem).toMatchObject({ item: 0 });
		const others = (run.output[0] ?? []).filter((entry) => entry !== failed);
		expect(jsonOf(others).map(({ outcome }) => outcome)).toEqual(['sent', 'sent', 'sent']);
	});

	test.each<[string, Fault, number]>([
		['cut before the email', { kind: 'reset', effect: 'none' }, 0],
		['cut after the email', { kind: 'reset', effect: 'before' }, 1],
		['answered with 503 after the email', { kind: 'status', status: 503, effect: 'before' }, 1],
		['answered with 500 before the email', { kind: 'status', status: 500 }, 0],
	])('mails the third of four at most once when its send is %s', async (_what, fault, mails) => {
		const targets = fresh(facts, 4);
		stage.sandbox.control.inject({ provider, operationId: sendCall, key: targets[2], fault });

		const run = await resend(targets);

		const counts = targets.map((target) => mailed().filter((key) => key === target).length);
		// A stamp shows that an email was sent; what it does not show may still come.
		expect(counts).toEqual([1, 1, mails, 1]);
		expect(run.error).toBeUndefined();
		expect(jsonOf(run.output[0]).map(({ outcome }) => outcome)).toEqual([
			'sent',
			'sent',
			facts.stampsSends && mails === 1 ? 'sent' : 'unknown',
			'sent',
		]);
	});

	test('reads again and gives all items once', async () => {
		const targets = fresh(facts, 5);
		stage.sandbox.control.inject({ provider, operationId: readCall, fault: REFUSAL });

		const run = await stage.engine.run({
			node: retrying(facts, 'get'),
			input: ids(...targets),
			credentials: credentials(),
		});

		expect(run.executions[NAME]).toBe(2);
		expect(jsonOf(run.output[0]).map((json) => targetIn(json))).toEqual(targets);
	});
});

/** It is sent, and neither its answer nor the look after it tells. */
function sendUnheard({ sendCall, readCall }: ServiceFixture, key: string): void {
	const { inject } = stage.sandbox.control;
	inject({
		operationId: sendCall,
		key,
		fault: { kind: 'status', status: 500, effect: 'before' },
	});
	// Read with the others, and right before its send.
	inject({ operationId: readCall, key, after: 2, fault: { kind: 'status', status: 500 } });
}

test('Retry On Fail names the different address of a send that only the next try sees', async () => {
	const facts = fixtureOf('karmaCheck');
	const [unheard = '', refused = ''] = fresh(facts, 2);
	const sendTo = 'new.address@example.com';
	const { inject } = stage.sandbox.control;
	const own = facts.emailOf(stage.sandbox.control.state, unheard) ?? '';
	sendUnheard(facts, unheard);
	inject({ operationId: facts.sendCall, key: refused, fault: REFUSAL });
	const spec = retrying(facts, 'resend');

	const run = await stage.engine.run({
		// Within a day the stamp alone would tell that it was sent.
		node: {
			...spec,
			parameters: { ...spec.parameters, atMostOncePer: 'ever', options: { sendTo } },
		},
		input: ids(unheard, refused),
		credentials: credentials(),
	});

	expect(run.executions[NAME]).toBe(2);
	expect(mailed()).toEqual([unheard, refused]);
	expect(jsonOf(run.output[0])[0]).toMatchObject({
		outcome: 'sent',
		email: sendTo,
		message: expect.stringContaining(`Sent to ${sendTo} instead of ${own} `),
	});
});

test('Retry On Fail counts for the cap of the run what only the next try sees', async () => {
	const facts = fixtureOf('karmaCheck');
	const [unheard = '', other = ''] = fresh(facts, 2);
	sendUnheard(facts, unheard);
	const spec = retrying(facts, 'resend', 'continueErrorOutput');

	const run = await stage.engine.run({
		node: { ...spec, parameters: { ...spec.parameters, options: { maxSendsPerRun: 1 } } },
		input: [{ id: 'not an id' }, ...ids(unheard, other)],
		credentials: credentials(),
	});

	expect(run.executions[NAME]).toBeGreaterThan(1);
	expect(mailed()).toEqual([unheard]);
	expect(jsonOf(run.output[0]).at(-1)).toMatchObject({ outcome: 'deferred', reason: 'maxSends' });
});

test('Retry On Fail does not call sent what was accepted and is not to be seen', async () => {
	const facts = fixtureOf('karmaCheck');
	const [unseen = '', refused = ''] = fresh(facts, 2);
	const { inject } = stage.sandbox.control;
	inject({
		operationId: facts.sendCall,
		key: unseen,
		fault: { kind: 'status', status: 200, effect: 'none' },
	});
	inject({ operationId: facts.sendCall, key: refused, fault: REFUSAL });

	const run = await stage.engine.run({
		node: retrying(facts, 'resend'),
		input: ids(unseen, refused),
		credentials: credentials(),
	});

	expect(run.executions[NAME]).toBe(2);
	expect(mailed()).toEqual([refused]);
	expect(jsonOf(run.output[0]).map(({ outcome }) => outcome)).toEqual(['unknown', 'sent']);
});

describe('a send that the first try left unclear, where the next one cannot look', () => {
	/** The request breaks down unheard of, and after the look behind it nothing can be read any more. */
	const leaveUnclear = (facts: ServiceFixture, key: string): void => {
		const { inject } = stage.sandbox.control;
		const fault = { kind: 'status', status: 503 } as const;
		inject({ operationId: facts.sendCall, key, fault });
		inject({ operationId: facts.readCall, key, after: 3, times: 'always', fault });
	};

	test('stays unknown with an error output', async () => {
		const facts = fixtureOf('karmaCheck');
		const [unclear = ''] = fresh(facts, 1);
		leaveUnclear(facts, unclear);
		const run = await stage.engine.run({
			node: retrying(facts, 'resend', 'continueErrorOutput'),
			input: [{ id: 'not an id' }, ...ids(unclear)],
			credentials: credentials(),
		});
		expect(run.executions[NAME]).toBe(3);
		expect(jsonOf(run.output[0])).toEqual([
			expect.objectContaining({ caseId: unclear, outcome: 'unknown', reason: 'unconfirmed' }),
		]);
	});

	test('stays unknown where it has used up the cap of the run', async () => {
		const facts = fixtureOf('karmaCheck');
		const [unclear = '', other = ''] = fresh(facts, 2);
		const fault = { kind: 'status', status: 503 } as const;
		stage.sandbox.control.inject({ operationId: facts.sendCall, key: unclear, fault });
		const spec = retrying(facts, 'resend', 'continueErrorOutput');
		const run = await stage.engine.run({
			node: { ...spec, parameters: { ...spec.parameters, options: { maxSendsPerRun: 1 } } },
			input: [{ id: 'not an id' }, ...ids(unclear, other)],
			credentials: credentials(),
		});
		expect(run.executions[NAME]).toBe(3);
		expect(jsonOf(run.output[0]).map(({ outcome }) => outcome)).toEqual(['unknown', 'deferred']);
		expect(mailed()).toEqual([]);
	});

	test('does not end the node that stops, whose other items are still sent', async () => {
		const facts = fixtureOf('karmaCheck');
		const [unclear = '', refused = '', other = ''] = fresh(facts, 3);
		leaveUnclear(facts, unclear);
		stage.sandbox.control.inject({ operationId: facts.sendCall, key: refused, fault: REFUSAL });
		const run = await stage.engine.run({
			node: retrying(facts, 'resend'),
			input: ids(unclear, refused, other),
			credentials: credentials(),
		});
		expect(run.executions[NAME]).toBe(2);
		expect(mailed()).toEqual([refused, other]);
		expect(jsonOf(run.output[0]).map(({ outcome }) => outcome)).toEqual([
			'unknown',
			'sent',
			'sent',
		]);
	});
});

describe.each(FIXTURES.filter(({ pasted }) => pasted.isToken))(
	'Retry On Fail at $name with a token that expires between the tries',
	(facts) => {
		const WAIT_MS = 1234;
		let timers: jest.SpyInstance;
		beforeEach(() => {
			const { setTimeout: start } = globalThis;
			timers = jest.spyOn(globalThis, 'setTimeout').mockImplementation((task, milliseconds) => {
				if (milliseconds === WAIT_MS) jest.setSystemTime(NOON + 2 * HOUR);
				return start(task, milliseconds === WAIT_MS ? 0 : milliseconds);
			});
		});
		afterEach(() => timers.mockRestore());

		test.each(ON_ERROR)('says of what was sent that it was sent: %s', async (onError) => {
			const [refused = '', sent = ''] = fresh(facts, 2);
			stage.sandbox.control.inject({ operationId: facts.sendCall, key: refused, fault: REFUSAL });
			const all = credentials();
			const patch = pasting(facts, pastedToken(facts.provider, { exp: (NOON + HOUR) / 1000 }));
			const run = await stage.engine.run({
				node: {
					...retrying(facts, 'resend', onError),
					maxTries: 2,
					waitBetweenTries: WAIT_MS,
				},
				// n8n tries again where the node ends, or where its first item is for the error output.
				input: onError === 'stopWorkflow' ? ids(sent, refused) : ids(refused, sent),
				credentials: { ...all, [facts.credential]: { ...all[facts.credential], ...patch } },
			});

			expect(mailed()).toEqual([sent]);
			const words = told(run);
			if (onError === 'continueRegularOutput') {
				expect(words.description).toContain('Not right now');
			} else {
				expect(run.executions[NAME]).toBe(2);
				expect(words.message).toContain('The token in the credential expired at');
			}
			if (onError === 'stopWorkflow') expect(words.description).toContain('already sent');
			else {
				const rows = run.output.flat().map(({ json }) => json);
				expect(rows.filter(({ outcome }) => outcome === 'sent')).toHaveLength(1);
			}
		});
	},
);

test('Retry On Fail finds a send that was accepted and shows only at the next try', async () => {
	const facts = fixtureOf('karmaCheck');
	const [late = '', refused = ''] = fresh(facts, 2);
	const { inject } = stage.sandbox.control;
	const read = await stage.engine.run({
		node: node(facts.provider, 'get', { parameters: { simplify: false } }),
		input: ids(late),
		credentials: credentials(),
	});
	// The look right after the send still shows what there was before.
	inject({
		operationId: facts.readCall,
		key: late,
		after: 2,
		fault: { kind: 'status', status: 200, body: jsonOf(read.output[0])[0] },
	});
	inject({ operationId: facts.sendCall, key: refused, fault: REFUSAL });
	const spec = retrying(facts, 'resend');

	const run = await stage.engine.run({
		// Within a day the stamp alone would tell that it was sent.
		node: { ...spec, parameters: { ...spec.parameters, atMostOncePer: 'ever' } },
		input: ids(late, refused),
		credentials: credentials(),
	});

	expect(run.executions[NAME]).toBe(2);
	expect(mailed()).toEqual([late, refused]);
	expect(jsonOf(run.output[0]).map(({ outcome }) => outcome)).toEqual(['sent', 'sent']);
});

describe.each(FIXTURES)('items of $name stay linked', (facts) => {
	const operations = ['get', 'resend'] as const;
	const origin = set({ origin: "={{ $('Source').item.json.x }}" }, 'Origin');

	test.each(operations)('through a split before %s', async (operation) => {
		const [a = '', b = '', c = ''] = fresh(facts, 3);
		const groups = [
			{ x: 'first', list: ids(a, b) },
			{ x: 'none', list: [] },
			{ x: 'third', list: ids(c) },
		];

		const run = await stage.engine.run({
			...chain(source(groups), split('list'), node(facts.provider, operation), origin),
			credentials: credentials(),
		});

		expect(run.error).toBeUndefined();
		expect(jsonOf(run.output[0]).map((json) => [json.origin, targetIn(json)])).toEqual([
			['first', a],
			['first', b],
			['third', c],
		]);
	});

	test.each(operations)('through a merge and a split before %s', async (operation) => {
		const targets = fresh(facts, 3);
		const items = targets.map((id, index) => ({ id, x: index }));
		const back = set({ id: '={{ $json.id }}', own: '={{ $json.x }}' }, 'Back');

		const run = await stage.engine.run({
			...chain(
				source(items),
				merge('all'),
				split('all'),
				back,
				node(facts.provider, operation),
				set({ own: "={{ $('Back').item.json.own }}" }, 'Own'),
			),
			credentials: credentials(),
		});

		expect(run.error).toBeUndefined();
		expect(jsonOf(run.output[0]).map((json) => [json.own, targetIn(json)])).toEqual(
			items.map(({ id, x }) => [x, id]),
		);
	});

	test.each(operations)('through a filter and a reversal before %s', async (operation) => {
		const targets = fresh(facts, 4);
		const items = targets.map((id, index) => ({ id, x: `row ${index}` }));
		const everySecondBackwards = code((all) =>
			all
				.map((item, index) => ({ ...item, pairedItem: { item: index } }))
				.filter((_, index) => index % 2 === 0)
				.reverse(),
		);

		const run = await stage.engine.run({
			...chain(source(items), everySecondBackwards, node(facts.provider, operation), origin),
			credentials: credentials(),
		});

		expect(jsonOf(run.output[0]).map((json) => [json.origin, targetIn(json)])).toEqual([
			['row 2', targets[2]],
			['row 0', targets[0]],
		]);
	});

	test.each(operations)('on both branches behind %s', async (operation) => {
		const [a = '', b = ''] = fresh(facts, 2);
		const groups = [
			{ x: 'first', list: ids(a, facts.unknown) },
			{ x: 'second', list: ids('../x', b) },
		];
		const spec = node(facts.provider, operation, { name: NAME, onError: 'continueErrorOutput' });
		const failedOrigin = set({ origin: "={{ $('Source').item.json.x }}" }, 'Failed');
		const graph = chain(source(groups), split('list'), spec, origin);

		const run = await stage.engine.run({
			nodes: [...graph.nodes, failedOrigin],
			connections: connect(graph.connections, NAME, 'Failed', 1),
			credentials: credentials(),
		});

		expect(run.itemsOf('Origin').map(({ json }) => [json.origin, targetIn(json)])).toEqual([
			['first', a],
			['second', b],
		]);
		expect(run.itemsOf('Failed').map(({ json }) => [json.origin, json.id])).toEqual([
			['first', facts.unknown],
			['second', '../x'],
		]);
	});

	test('through a resend and a get behind one another', async () => {
		const targets = fresh(facts, 3);
		const items = targets.map((id, index) => ({ id, x: index }));
		const resend = node(facts.provider, 'resend', { name: 'Resend' });
		const back = set({ id: "={{ $('Source').item.json.id }}" }, 'Back');

		const run = await stage.engine.run({
			...chain(source(items), resend, back, node(facts.provider, 'get'), origin),
			credentials: credentials(),
		});

		expect(jsonOf(run.output[0]).map((json) => [json.origin, targetIn(json)])).toEqual(
			items.map(({ id, x }) => [x, id]),
		);
	});
});

describe.each(FIXTURES.filter(({ reads }) => reads === 'byId'))(
	'stopping the execution at $name',
	(facts) => {
		test.each(['get', 'resend'])('while %s reads ends the requests', async (operation) => {
			const targets = fresh(facts, 60);
			const { provider, readCall } = facts;
			const reads = (): number => requestsTo(stage.sandbox, readCall).length;
			stage.sandbox.control.inject({
				provider,
				operationId: readCall,
				after: 1,
				times: 'always',
				fault: { kind: 'hang', effect: 'none' },
			});

			const started = stage.engine.start({
				node: node(provider, operation),
				input: ids(...targets),
				credentials: credentials(),
			});
			// The first goes alone, then as many as may be are under way.
			await until(() => reads() === 1 + READS_IN_FLIGHT);
			started.cancel();
			const run = await started.done;

			// Another execution, from beginning to end, leaves a request of the first time to show up.
			stage.sandbox.control.clearFaults();
			await stage.engine.run({
				node: node(otherwise.provider, 'get'),
				input: ids(otherwise.first),
				credentials: credentials(),
			});
			// n8n calls it an error where the node ends before n8n has noted the stop.
			expect(['canceled', 'error']).toContain(run.status);
			expect(reads()).toBe(1 + READS_IN_FLIGHT);
			expect(mailed()).toEqual([]);
		});
	},
);

describe.each(FIXTURES)('stopping the execution between two mails at $name', (facts) => {
	test('emails nobody further, and a new execution emails the rest once', async () => {
		const targets = fresh(facts, 4);
		const { provider, sendCall } = facts;
		const sends = (): number => requestsTo(stage.sandbox, sendCall).length;
		stage.sandbox.control.inject({
			provider,
			operationId: sendCall,
			after: 1,
			fault: { kind: 'hang', effect: 'none' },
		});
		const options = {
			node: node(provider, 'resend'),
			input: ids(...targets),
			credentials: credentials(),
		};

		const started = stage.engine.start(options);
		await until(() => sends() === 2);
		started.cancel();
		const run = await started.done;
		stage.sandbox.control.clearFaults();

		expect(['canceled', 'error']).toContain(run.status);
		expect(mailed()).toEqual(targets.slice(0, 1));

		const counts = () => targets.map((target) => mailed().filter((key) => key === target).length);
		const later = await stage.engine.run(options);
		expect(later.error).toBeUndefined();
		// The second may still be sent late.
		expect(counts()).toEqual([1, 0, 1, 1]);

		jest.setSystemTime(Date.now() + 16 * 60_000);
		await stage.engine.run(options);
		// Nothing was sent for it; only a stamp lets that be seen.
		expect(counts()).toEqual([1, facts.stampsSends ? 1 : 0, 1, 1]);
	});
});
