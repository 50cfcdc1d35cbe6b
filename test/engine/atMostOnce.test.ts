import { brokenDeduplication, createEngine, type NodeSpec, type Run } from './harness';
import { BAD_GATEWAY, giveUpNextSend, useBalancers, type Answer } from './matrix/balancer';
import { linesOf } from './matrix/laws';
import { moveClock, saidOf, useScenes } from './matrix/scene';
import { fixtureOf, PROVIDERS, providersThat, type ProviderKey } from '../services';
import { aheadOf, credentialsFor, fakeClock, ids, jsonOf, node, until } from './support';

/** 'Send at Most Once' where it is changed, where windows meet, long after an unclear send, and without a record. */

jest.setTimeout(120_000);

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async () => await new Promise<void>((turn) => setImmediate(turn)),
}));

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const SKIPPED = 'skipped: alreadySent';
const INTERRUPTED = 'unknown: interrupted';
const UNCONFIRMED = 'unknown: unconfirmed';

const STAMPING = providersThat(({ stampsSends }) => stampsSends);

const sceneOf = useScenes();
const openBalancer = useBalancers();

const per = (atMostOncePer: string, more: Partial<NodeSpec> = {}): Partial<NodeSpec> => ({
	...more,
	parameters: { atMostOncePer },
});

const CONTINUE: Partial<NodeSpec> = { onError: 'continueRegularOutput' };

describe("a changed 'Send at Most Once'", () => {
	function orders(all: readonly string[]): string[][] {
		if (all.length <= 1) return [[...all]];
		return all.flatMap((first) =>
			orders(all.filter((one) => one !== first)).map((rest) => [first, ...rest]),
		);
	}

	test.each(PROVIDERS)('emails nobody again at %s, whatever the order', async (provider) => {
		const scene = sceneOf(provider);
		const mails: Record<string, number[]> = {};

		for (const order of orders(['day', 'week', 'ever', 'hour'])) {
			const keys = scene.begin(1);
			for (const window of order) {
				await scene.resend(keys, per(window));
				moveClock(MINUTE);
			}
			mails[order.join(', ')] = scene.mailsTo(keys);
			fakeClock();
		}

		expect(Object.keys(mails)).toHaveLength(24);
		expect(Object.entries(mails).filter(([, [count]]) => count !== 1)).toEqual([]);
	});

	test.each(['hour', 'day', 'week', 'ever'])(
		'from once per execution to once per %s emails nobody again',
		async (window) => {
			const scene = sceneOf('worthAi');
			const keys = scene.begin(1);
			await scene.resend(keys, per('execution'));

			const { said } = await scene.resend(keys, per(window));

			expect(scene.mailsTo(keys)).toEqual([1]);
			expect(said).toEqual([SKIPPED]);
		},
	);
});

describe('a send over the edge of two windows', () => {
	const EDGE = Date.parse('2030-05-20T00:00:00Z');
	const cases: Array<[string, number]> = [
		['hour', 30 * MINUTE],
		['day', HOUR],
		['week', 3 * DAY],
	];

	/** Begun 10 s before the edge, emailed 10 s after it; run again within the later window, and when that says so. */
	async function play(
		window: string,
		within: number,
		then: Answer | 'isAnswered' | 'recordGone',
		says: [first: string, second: string],
	): Promise<void> {
		fakeClock(EDGE - 10 * SECOND);
		const scene = sceneOf('worthAi');
		const balancer = await openBalancer(scene.sandbox);
		const { credentials } = balancer;
		const keys = scene.begin(1);
		const said: string[][] = [];
		const mails: number[] = [];
		const resend = async (): Promise<number> => {
			const played = await scene.resend(keys, per(window), { credentials });
			said.push(played.said);
			mails.push(...scene.mailsTo(keys));
			return Date.now() + (aheadOf(jsonOf(played.run.output.flat())[0] ?? {}) ?? 0);
		};
		balancer.onSend = async (forward) => {
			balancer.onSend = null;
			moveClock(20 * SECOND);
			const real = await forward();
			if (then === 'recordGone') scene.breakTable(0);
			return typeof then === 'string' ? real : then;
		};

		const next = [await resend()];
		scene.mendTable();
		jest.setSystemTime(EDGE + within);
		next.push(await resend());
		jest.setSystemTime(next[1] ?? 0);
		await resend();

		expect(mails).toEqual([1, 1, 2]);
		expect(said).toEqual([...says, 'sent'].map((words) => [words]));
		expect(next[0]).toBe(next[1]);
	}

	test.each(cases)('counts for the later %s, too', async (window, within) => {
		await play(window, within, 'isAnswered', ['sent', SKIPPED]);
	});

	test.each(cases)('counts for the later %s, too, when unclear', async (window, within) => {
		await play(window, within, BAD_GATEWAY, [UNCONFIRMED, INTERRUPTED]);
	});

	test.each(cases)(
		'counts for the later %s, too, when its record breaks off',
		async (window, within) => {
			await play(window, within, 'recordGone', ['sent', INTERRUPTED]);
		},
	);
});

describe.each(STAMPING)("'Ever' after an unclear answer at %s", (provider) => {
	const UNAVAILABLE: Answer = {
		status: 503,
		type: 'text/plain',
		body: 'Unavailable',
	};

	test.each([
		['left late', SKIPPED],
		['never left', 'sent'],
	])('is settled by the stamp: an email that %s', async (what, says) => {
		const scene = sceneOf(provider);
		const balancer = await openBalancer(scene.sandbox);
		const { credentials } = balancer;
		const keys = scene.begin(1);
		const leave = giveUpNextSend(balancer, UNAVAILABLE);
		// By then some have expired, and not every service sends those again.
		const options = { onlyWhenStatusIs: ['pending', 'expired'] };
		const settings = { ...CONTINUE, parameters: { atMostOncePer: 'ever', options } };
		const resend = async () => await scene.resend(keys, settings, { credentials });

		const first = await resend();
		if (what === 'left late') await leave();
		expect(first.said).toEqual([UNCONFIRMED]);
		expect(aheadOf(jsonOf(first.run.output.flat())[0] ?? {})).toBeLessThanOrEqual(15 * MINUTE);
		const later: string[][] = [];
		for (let days = 40; days <= 120; days += 40) {
			moveClock(40 * DAY);
			later.push((await resend()).said);
		}

		expect(later).toEqual([[says], [SKIPPED], [SKIPPED]]);
		expect(scene.mailsTo(keys)).toEqual([1]);
	});
});

describe('Numium, where a resend leaves no stamp', () => {
	const workflowId = 'without stamps';

	/** Invited before any window; who was sent to looks as before, so only the record can tell. */
	function begin(count: number) {
		const scene = sceneOf('numium');
		scene.begin(0);
		const { state } = scene.sandbox.control;
		const keys = Array.from({ length: count }, () =>
			fixtureOf('numium').add(state, { sentAt: Date.now() - 40 * DAY }),
		);
		scene.sandbox.control.setSwitches({ numiumStamp: 'never' });
		const again = async (settings: Partial<NodeSpec> = {}): Promise<string[]> => {
			scene.engine.restart();
			return (await scene.resend(keys, settings, { workflowId })).said;
		};
		return { scene, keys, again };
	}
	afterEach(() => sceneOf('numium').sandbox.control.setSwitches({ numiumStamp: 'resend' }));

	test.each(['hour', 'day', 'week', 'ever'])(
		'who was emailed is skipped by the record, once per %s',
		async (window) => {
			const { scene, keys, again } = begin(2);

			expect(await again(per(window))).toEqual(['sent', 'sent']);
			moveClock(MINUTE);
			expect(await again(per(window))).toEqual([SKIPPED, SKIPPED]);

			expect(scene.mailsTo(keys)).toEqual([1, 1]);
			expect(scene.resendRequests()).toBe(2);
		},
	);

	test('an email whose answer was lost stays in doubt, and is the only one', async () => {
		const { scene, keys, again } = begin(2);
		scene.strike(keys[0], { kind: 'reset', effect: 'before' });
		const said: string[][] = [];

		for (const minutes of [1, 20, 120, 0]) {
			said.push(await again(CONTINUE));
			moveClock(minutes * MINUTE);
		}

		expect(said).toEqual([[UNCONFIRMED, 'sent'], ...[1, 2, 3].map(() => [INTERRUPTED, SKIPPED])]);
		expect(scene.mailsTo(keys)).toEqual([1, 1]);
	});

	test('an email at which the run was stopped stays in doubt, and is the only one', async () => {
		const { scene, keys, again } = begin(1);
		const hang = scene.strike(keys[0], { kind: 'hang', effect: 'before' });
		const stopped = scene.engine.start({
			node: node('numium', 'resend', CONTINUE),
			input: ids(...keys),
			credentials: credentialsFor(scene.sandbox),
			workflowId,
		});
		await until(() => hang.hits() > 0);
		stopped.cancel();
		await stopped.done;

		moveClock(20 * MINUTE);
		expect([await again(CONTINUE), await again(CONTINUE)]).toEqual([[INTERRUPTED], [INTERRUPTED]]);
		expect(scene.mailsTo(keys)).toEqual([1]);
	});
});

describe("n8n's Retry of an execution that ended days ago", () => {
	const cases = PROVIDERS.flatMap((provider): Array<[ProviderKey, string, string, number]> => [
		[provider, 'day', 'sent', 2],
		[provider, 'ever', SKIPPED, 1],
	]);
	test.each(cases)(
		'at %s, once per %s, tells of now: %s',
		async (provider, window, says, mails) => {
			const scene = sceneOf(provider);
			const keys = scene.begin(3);
			scene.strike(keys[1], { kind: 'status', status: 422 });
			const stopped = await scene.resend(keys, per(window));
			expect(stopped.run.status).toBe('error');
			expect(scene.mailsTo(keys)).toEqual([1, 0, 0]);

			moveClock(3 * DAY);
			const retried = await scene.resend(keys, per(window), {
				runDataFrom: stopped.run,
			});

			expect(retried.run.executionId).not.toBe(stopped.run.executionId);
			expect(retried.said).toEqual([says, 'sent', 'sent']);
			expect(scene.mailsTo(keys)).toEqual([mails, 1, 1]);
			const aheads = jsonOf(retried.run.output.flat()).map(aheadOf);
			expect(aheads.filter((ahead) => ahead !== null && ahead < 0)).toEqual([]);
		},
	);

	test.each(STAMPING)('at %s does not take an email of then for one of now', async (provider) => {
		const scene = sceneOf(provider);
		const balancer = await openBalancer(scene.sandbox);
		const { credentials } = balancer;
		const keys = scene.begin(2);
		const leave = giveUpNextSend(balancer, { ...BAD_GATEWAY, status: 504 });
		scene.strike(keys[1], { kind: 'status', status: 422 });
		const stopped = await scene.resend(keys, per('day'), { credentials });
		await leave();
		expect(stopped.run.status).toBe('error');
		expect(scene.mailsTo(keys)).toEqual([1, 0]);

		moveClock(3 * DAY);
		const { said } = await scene.resend(keys, per('day'), {
			credentials,
			runDataFrom: stopped.run,
		});

		expect(scene.mailsTo(keys)).toEqual([2, 1]);
		expect(said).toEqual(['sent', 'sent']);
	});
});

describe('a workflow that n8n keeps no record for', () => {
	const cases: Array<[string, string | null, string]> = [
		["is not saved, as in n8n's Agents", null, ''],
		['runs where n8n has no table', 'no table', 'Instance needs to initialized before use.'],
		['has an id and was never saved', 'never saved', 'FOREIGN KEY constraint failed'],
	];

	test.each(cases)('emails nobody twice when it %s', async (_name, workflowId, message) => {
		const scene = sceneOf('worthAi');
		const keys = scene.begin(1);
		const engine = createEngine({
			deduplication: brokenDeduplication({ message }),
		});
		const account = (id: string) => ({
			worthAiApi: { id: `${workflowId} ${id}`, name: id },
		});
		const resend = async (credential: string): Promise<Run> =>
			await engine.run({
				node: node('worthAi', 'resend', { credentials: account(credential) }),
				input: ids(...keys),
				credentials: credentialsFor(scene.sandbox),
				workflowId,
			});
		const said = ({ output }: Run): string[] => saidOf(linesOf({ output, named: keys }));

		const first = await resend('one');
		const second = await resend('one');

		expect(scene.mailsTo(keys)).toEqual([1]);
		expect([said(first), said(second)]).toEqual([['sent'], [SKIPPED]]);
		expect(jsonOf(first.output.flat())[0]?.message).toMatch(/until it restarts/);
		expect(said(await resend('another'))).toEqual(['sent']);
		moveClock(DAY);
		expect(said(await resend('one'))).toEqual(['sent']);
	});
});
