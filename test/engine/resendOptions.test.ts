import type { IDataObject } from 'n8n-workflow';
import { brokenDeduplication, createEngine, type NodeSpec, type Run } from './harness';
import { assertLaws, linesOf } from './matrix/laws';
import { moveClock, useScenes, type Scene } from './matrix/scene';
import { isResendOf } from './matrix/faults';
import { beginTime, sleep as mockSleep } from './matrix/virtualTime';
import { plugIn, type Wire } from './matrix/wire';
import {
	fixtureOf,
	FIXTURES,
	PROVIDERS,
	providersThat,
	SHIPPED,
	type ProviderKey,
	type ServiceFixture,
	type Status,
} from '../services';
import { credentialsFor, ids, node, NOON, until } from './support';

jest.setTimeout(60_000);

const mockSlept: number[] = [];
let mockWhileAsleep: (() => Promise<void>) | null = null;
jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async (milliseconds: number) => {
		mockSlept.push(milliseconds);
		await mockSleep(milliseconds);
		await mockWhileAsleep?.();
	},
}));

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ALL = PROVIDERS.map((provider): [ProviderKey] => [provider]);

const STAMPING = providersThat(({ stampsSends }) => stampsSends);

/** The record and the pace know of a service only whether it stamps its sends: for them, one of either kind is enough. */
const OF_EITHER_KIND = [true, false].flatMap((stamps) =>
	SHIPPED.filter(({ stampsSends }) => stampsSends === stamps)
		.slice(0, 1)
		.map(({ provider }): [ProviderKey] => [provider]),
);

let wire: Wire;
beforeAll(() => {
	wire = plugIn();
});
const sceneOf = useScenes();
beforeEach(() => {
	beginTime(() => wire.underWay().length);
	mockSlept.length = 0;
	mockWhileAsleep = null;
	wire.clear();
});
afterEach(() => {
	const played = PROVIDERS.map(sceneOf).map((scene) => ({
		passages: scene.passages.splice(0),
		outbox: scene.sandbox.control.outbox(),
	}));
	// What may be unknown each test says itself.
	for (const { passages, outbox } of played)
		assertLaws(passages, outbox, { mayBeUnknown: () => true });
});
afterAll(() => wire.unplug());

function options(values: IDataObject, parameters: IDataObject = {}): Partial<NodeSpec> {
	return { parameters: { ...parameters, options: values } as NodeSpec['parameters'] };
}

const DRY: Partial<NodeSpec> = { parameters: { dryRun: true } };
const CONTINUE: Partial<NodeSpec> = { onError: 'continueRegularOutput' };

function jsonOf(run: Run, item: number): IDataObject {
	return run.output.flat()[item]?.json ?? {};
}

const says = (count: number, words: string): string[] => new Array<string>(count).fill(words);

describe.each(ALL)('a dry run at %s', (provider) => {
	test('sends nothing and says who would be emailed', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(3);
		const { said } = await scene.resend(keys, DRY);
		expect(said).toEqual(says(3, 'wouldSend: due'));
		expect(scene.resendRequests()).toBe(0);
	});

	test('leaves the record as it was, before and after a real run', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(3);
		await scene.resend(keys, DRY);
		expect(await scene.recorded()).toEqual([]);
		// At the very hour it counts for the one before, too.
		moveClock(MINUTE);
		await scene.resend(keys.slice(0, 2));
		const before = await scene.recorded();
		// Each counts for its hour, its day, its week and for ever.
		expect(before).toHaveLength(2 * 4);
		await scene.resend(keys, DRY);
		expect(await scene.recorded()).toEqual(before);
	});

	test('stands back from what was already sent, and so does the real run after it', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(3);
		await scene.resend(keys.slice(0, 1));
		const dry = await scene.resend(keys, DRY);
		expect(dry.said).toEqual(['skipped: alreadySent', ...says(2, 'wouldSend: due')]);
		const real = await scene.resend(keys);
		expect(real.said).toEqual(['skipped: alreadySent', 'sent', 'sent']);
	});

	test('counts against the cap, and does not wait for the pace', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(4);
		const began = Date.now();
		const { said } = await scene.resend(
			keys,
			options({ maxSendsPerRun: 2, sendsPerMinute: 1 }, { dryRun: true }),
		);
		expect(said).toEqual([...says(2, 'wouldSend: due'), ...says(2, 'deferred: maxSends')]);
		expect(Date.now() - began).toBe(0);
	});

	test('counts for its own item', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(5);
		const tests = [false, true, 'false', 'true', false];
		const input = keys.map((id, item) => ({ id, test: tests[item] ?? null }));

		const { said } = await scene.resend(
			keys,
			{ parameters: { dryRun: '={{ $json.test }}' } },
			{ input },
		);

		expect(scene.mailsTo(keys)).toEqual([1, 0, 1, 0, 1]);
		expect(said).toEqual(['sent', 'wouldSend: due', 'sent', 'wouldSend: due', 'sent']);
	});

	test('beside a real run changes nothing of it', async () => {
		const scene = sceneOf(provider);
		const alone = scene.begin(3);
		await scene.resend(alone);
		const marks = (await scene.recorded()).length;
		const rounds: Array<{ said: string[]; mails: number[]; marks: number }> = [];

		for (let round = 0; round < 3; round++) {
			const keys = scene.begin(3);
			const dry = async () => await scene.resend(keys, { parameters: { dryRun: true } });
			const [{ said }] = await Promise.all([scene.resend(keys), dry(), dry()]);
			const { length } = await scene.recorded();
			rounds.push({ said, mails: scene.mailsTo(keys), marks: length });
		}

		expect(rounds).toEqual(rounds.map(() => ({ said: says(3, 'sent'), mails: [1, 1, 1], marks })));
		// Runs at once share the emails.
		scene.passages.length = 0;
	});

	test('that ends in the middle keeps no email back', async () => {
		const scene = sceneOf(provider);
		const endings: string[][] = [];
		let isWhole = false;

		for (let calls = 0; !isWhole; calls++) {
			const keys = scene.begin(1);
			scene.breakTable(calls);
			const dry = await scene.resend(keys, {
				...CONTINUE,
				parameters: { dryRun: true },
			});
			isWhole = dry.said[0] === 'wouldSend: due';
			scene.mendTable();
			endings.push((await scene.resend(keys)).said);
		}

		expect(endings.length).toBeGreaterThan(2);
		expect(endings).toEqual(endings.map(() => ['sent']));
	});
});

describe.each(ALL)("'Max Sends per Run' at %s", (provider) => {
	test('defers the rest, which the next runs serve', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(5);
		const capped = options({ maxSendsPerRun: 2 });

		const first = await scene.resend(keys, capped);
		expect(first.said).toEqual([...says(2, 'sent'), ...says(3, 'deferred: maxSends')]);
		expect(Date.parse(String(jsonOf(first.run, 4).nextEligibleAt))).toBeLessThanOrEqual(Date.now());
		const second = await scene.resend(keys, capped);
		expect(second.said).toEqual([
			...says(2, 'skipped: alreadySent'),
			...says(2, 'sent'),
			'deferred: maxSends',
		]);
		const third = await scene.resend(keys, capped);
		expect(third.said).toEqual([...says(4, 'skipped: alreadySent'), 'sent']);
	});

	test('of 0 sends nothing', async () => {
		const scene = sceneOf(provider);
		const { said } = await scene.resend(scene.begin(2), options({ maxSendsPerRun: 0 }));
		expect(said).toEqual(says(2, 'deferred: maxSends'));
	});

	test('holds for all tries of a run together', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(5);
		scene.strike(keys[1], { kind: 'status', status: 422 });
		const { said, run } = await scene.resend(keys, {
			...options({ maxSendsPerRun: 2 }),
			retryOnFail: true,
		});
		expect(run.executions[provider]).toBe(2);
		expect(said).toEqual([...says(2, 'sent'), ...says(3, 'deferred: maxSends')]);
	});
});

describe.each(ALL)("'Sends per Minute' at %s", (provider) => {
	test('spaces the emails, and the first goes at once', async () => {
		const scene = sceneOf(provider);
		const began = Date.now();
		await scene.resend(scene.begin(4), options({ sendsPerMinute: 24 }));
		const times = scene.sandbox.control.outbox().map(({ at }) => Date.parse(at));
		const gaps = times.map((time, index) => time - (times[index - 1] ?? began));
		expect(gaps).toEqual([0, 2500, 2500, 2500]);
		expect(mockSlept.every((milliseconds) => milliseconds <= 1000)).toBe(true);
	});

	test('spaces failed sends too, and lets skipped items pass', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(3);
		await scene.resend(keys.slice(1, 2));
		scene.strike(keys[0], { kind: 'status', status: 422 });
		const began = Date.now();
		const { said } = await scene.resend(keys, { ...options({ sendsPerMinute: 60 }), ...CONTINUE });
		expect(said).toEqual(['failed: refused', 'skipped: alreadySent', 'sent']);
		const last = Date.parse(scene.sandbox.control.outbox().at(-1)?.at ?? '');
		expect(last - began).toBe(1000);
	});
});

describe("'Quiet Hours'", () => {
	const quiet = (from: string, to: string, more: IDataObject = {}) =>
		options({ quietHours: { period: { from, to, ...more } } });

	test.each(ALL)('defer at %s, with the time from which it may be sent', async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(1);
		const { said, run } = await scene.resend(keys, quiet('11:00', '13:30'));
		expect(said).toEqual(['deferred: quietHours']);
		expect(jsonOf(run, 0).nextEligibleAt).toBe('2030-05-15T13:30:00.000Z');
		moveClock(1.5 * HOUR);
		expect((await scene.resend(keys, quiet('11:00', '13:30'))).said).toEqual(['sent']);
	});

	test("are those of the workflow's zone, on their weekdays", async () => {
		const scene = sceneOf('worthAi');
		const keys = scene.begin(1);
		const timezone = 'Asia/Tokyo';
		const resend = async (weekday: number) =>
			(await scene.resend(keys, quiet('20:00', '22:00', { weekdays: [weekday] }), { timezone }))
				.said;
		expect(await resend(3)).toEqual(['deferred: quietHours']);
		expect(await resend(4)).toEqual(['sent']);
	});

	test('that begin while the run waits for its pace end the sending', async () => {
		const scene = sceneOf('worthAi');
		const { said } = await scene.resend(
			scene.begin(4),
			options({
				sendsPerMinute: 1,
				quietHours: { period: { from: '12:01', to: '13:00' } },
			}),
		);
		expect(said).toEqual(['sent', ...says(3, 'deferred: quietHours')]);
	});
});

describe("'Only When Status Is'", () => {
	const only = (...statuses: string[]) => ({
		...options({ onlyWhenStatusIs: statuses }),
		...CONTINUE,
	});

	function invitation({ provider, add }: ServiceFixture, status: Status): string {
		const scene = sceneOf(provider);
		scene.begin(0);
		return add(scene.sandbox.control.state, { status, sentAt: Date.now() - 20 * DAY });
	}

	/** What a resend says where nothing is chosen, only others, none, or just this. */
	function rowsOf(service: ServiceFixture, status: Status) {
		const { askedAnyway, name, provider, resendable, statuses } = service;
		const isOpen = resendable.includes(status);
		const isClosed = status === 'completed' || status === 'cancelled';
		const skipped = `skipped: ${isClosed ? status : 'statusNotSelected'}`;
		const others = statuses.filter((one) => one !== status);
		const row = { name, provider, service, status };
		return [
			{ ...row, chosen: null, words: isOpen ? 'sent' : skipped },
			{ ...row, chosen: others, words: skipped },
			// No choice at all is nobody's wish.
			{ ...row, chosen: [], words: 'failed: invalidInput' },
			// Asked for on purpose, it is tried; the provider is the judge.
			{ ...row, chosen: [status], words: isOpen ? 'sent' : String(askedAnyway[status]) },
		];
	}

	const cases = FIXTURES.flatMap((service) =>
		service.statuses
			.filter((status) => status !== 'pending')
			.flatMap((status) => rowsOf(service, status)),
	);
	test.each(cases)('$name, $status, with $chosen chosen', async (row) => {
		const { provider, service, status, chosen, words } = row;
		const key = invitation(service, status);
		const { said } = await sceneOf(provider).resend(
			[key],
			chosen === null ? CONTINUE : only(...chosen),
		);
		expect(said).toEqual([expect.stringMatching(new RegExp(`^(?:${words})$`))]);
		expect(sceneOf(provider).mailsTo([key])).toEqual([said[0] === 'sent' ? 1 : 0]);
	});

	test('asked for completed on purpose, an invitation Worth AI calls joined is tried once and never called due', async () => {
		const key = invitation(fixtureOf('worthAi'), 'completed');
		const { run, said } = await sceneOf('worthAi').resend([key], only('completed', 'pending'));
		expect(sceneOf('worthAi').resendRequests()).toBe(1);
		expect(said).toEqual(['skipped: completed']);
		expect(jsonOf(run, 0).nextEligibleAt).toBeNull();
	});
});

describe("'Minimum Hours Since Last Send'", () => {
	// Without a stamp of an email it has no effect.
	const cases = FIXTURES.flatMap(
		({ provider, tellsSent }): Array<[ProviderKey, number, string, string | null]> => [
			tellsSent
				? [provider, 49, 'skipped: sentRecently', '2030-05-15T13:00:00.000Z']
				: [provider, 49, 'sent', null],
			[provider, 48, 'sent', null],
		],
	);
	test.each(cases)(
		'%s, %d hours, two days after the last send',
		async (provider, hours, words, next) => {
			const scene = sceneOf(provider);
			const { said, run } = await scene.resend(
				scene.begin(1),
				options({ minimumHoursSinceLastSend: hours }),
			);
			expect(said).toEqual([words]);
			if (next !== null) expect(jsonOf(run, 0).nextEligibleAt).toBe(next);
		},
	);
});

describe("'Only When Expiring Within'", () => {
	const telling = FIXTURES.filter(({ tellsExpiry }) => tellsExpiry);
	test.each(telling)(
		'leaves alone at $name what stays valid for longer, and what has expired unless that is included',
		async (service) => {
			const { provider, add, askedAnyway, resendable } = service;
			const scene = sceneOf(provider);
			scene.begin(0);
			const [two = '', ...others] = [2, 3, 4, -1].map((days) =>
				add(scene.sandbox.control.state, {
					sentAt: Date.now() - 20 * DAY,
					expiresAt: Date.now() + days * DAY,
				}),
			);
			const soon = { onlyWhenExpiringWithin: 3, onlyWhenStatusIs: ['pending', 'expired'] };
			const strict = await scene.resend([two, ...others.slice(1)], options(soon));
			expect(strict.said).toEqual(['sent', 'skipped: notExpiringSoon', 'skipped: expired']);
			expect(jsonOf(strict.run, 2).nextEligibleAt).toBeNull();
			const { said, run } = await scene.resend(others, {
				...options({ ...soon, includeExpired: true }),
				...CONTINUE,
			});
			const expired = resendable.includes('expired') ? 'sent' : askedAnyway.expired;
			expect(said).toEqual(['sent', 'skipped: notExpiringSoon', expired]);
			expect(jsonOf(run, 1).nextEligibleAt).toBe('2030-05-16T12:00:00.000Z');
		},
	);

	// n8n drops an option that the node does not have, before the node can see it.
	test.each(providersThat(({ tellsExpiry }) => !tellsExpiry))(
		'has no effect at %s, which does not tell and so does not offer it',
		async (provider) => {
			const scene = sceneOf(provider);
			const { said } = await scene.resend(scene.begin(1), options({ onlyWhenExpiringWithin: 3 }));
			expect(said).toEqual(['sent']);
		},
	);
});

describe("'Stop After Consecutive Faults'", () => {
	const after = (count?: number) => ({
		...options(count === undefined ? {} : { stopAfterConsecutiveFaults: count }),
		...CONTINUE,
	});
	const broken = { kind: 'status', status: 500 } as const;
	const fault = 'unknown: unconfirmed';

	const cases = PROVIDERS.flatMap((provider): Array<[ProviderKey, number | undefined, number]> => [
		[provider, 2, 2],
		[provider, undefined, 5],
		[provider, 0, 7],
	]);
	test.each(cases)('at %s, set to %s: ends the sending after %d', async (provider, set, tried) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(7);
		scene.strike(undefined, broken, { times: 'always' });
		const { said } = await scene.resend(keys, after(set));
		expect(said).toEqual([...says(tried, fault), ...says(7 - tried, 'deferred: paused')]);
		expect(scene.resendRequests()).toBe(tried);
	});

	test.each(ALL)('at %s counts anew after a send that went through', async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(6);
		for (const item of [0, 2, 3]) scene.strike(keys[item], broken, { times: 'always' });
		const { said } = await scene.resend(keys, after(2));
		expect(said).toEqual([fault, 'sent', fault, fault, ...says(2, 'deferred: paused')]);
	});

	test.each(STAMPING)('at %s counts looks anew after one that went well', async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(12);
		const per = { parameters: { atMostOncePer: 'ever' }, ...CONTINUE };
		const recorded = keys.filter((_, item) => item % 2 === 1);
		await scene.resend(recorded.slice(0, -1), per);
		const { readCall: operationId } = fixtureOf(provider);
		const away = { kind: 'status', status: 503 } as const;
		for (const key of keys.filter((one) => !recorded.includes(one)))
			scene.strike(key, away, { operationId, after: 1, times: 4 });
		const { said } = await scene.resend(keys, per);
		expect(said).toEqual(
			keys.map((_, item) => {
				if (item % 2 === 0) return 'failed: unavailable';
				return item === keys.length - 1 ? 'sent' : 'skipped: alreadySent';
			}),
		);
	});

	test.each(ALL)('at %s does not count refusals of single invitations', async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(4);
		scene.strike(undefined, { kind: 'status', status: 422 }, { times: 'always' });
		const { said } = await scene.resend(keys, after(2));
		expect(said).toEqual(says(4, 'failed: refused'));
	});
});

describe.each(OF_EITHER_KIND)("'Sends at a Time' at %s", (provider) => {
	const COUNT = 30;
	const LANES = 10;
	const lanes = (more: IDataObject = {}, parameters: IDataObject = {}) => ({
		...options({ sendsAtATime: LANES, ...more }, parameters),
		...CONTINUE,
	});

	interface Traffic {
		/** Whom the resends were for, in the order in which they were made, repeated ones included. */
		begun: string[];
		/** The most that were under way at once. */
		most: number;
	}

	/** Watches the resends, and has them arrive only once so many have been begun, then so many more, and so on. */
	function inRanksOf(size: number, keys: readonly string[], atRank?: () => void): Traffic {
		const traffic: Traffic = { begun: [], most: 0 };
		const keyOf = (request: Parameters<typeof isResendOf>[0]) =>
			keys.find((key) => isResendOf(request, key));
		wire.rule((request) => {
			const key = keyOf(request);
			if (key === undefined) return null;
			const isNew = !traffic.begun.includes(key);
			traffic.begun.push(key);
			const begun = new Set(traffic.begun).size;
			const underWay = wire.underWay().filter((one) => keyOf(one) !== undefined);
			traffic.most = Math.max(traffic.most, underWay.length);
			if (isNew && begun === size) atRank?.();
			const enough = Math.min(Math.ceil(begun / size) * size, keys.length);
			return { heldUntil: () => new Set(traffic.begun).size >= enough };
		});
		return traffic;
	}

	test('is so many, never more, and the items stay in the order of the input', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(COUNT);
		const [slow = ''] = keys;
		// The first is the last to arrive, but for the one that is prepared behind it.
		wire.rule((request) =>
			isResendOf(request, slow)
				? { heldUntil: () => scene.sandbox.control.outbox().length === COUNT - 2 }
				: null,
		);
		const { said, run, passage } = await scene.resend(keys, lanes());
		expect(said).toEqual(says(COUNT, 'sent'));
		expect(run.output).toHaveLength(1);
		expect(linesOf(passage).map(({ item }) => item)).toEqual([...keys.keys()]);
		expect(scene.sandbox.control.outbox().at(-2)?.key).toBe(slow);
	});

	test.each([1, 2, LANES, 20])('set to %d has just so many under way', async (size) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(2 * size);
		const traffic = inRanksOf(size, keys);
		const { said } = await scene.resend(keys, lanes({ sendsAtATime: size }));
		expect(said).toEqual(says(2 * size, 'sent'));
		expect(traffic.most).toBe(size);
		expect([...traffic.begun].sort()).toEqual([...keys].sort());
	});

	test('left out is one', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(4);
		const traffic = inRanksOf(1, keys);
		await scene.resend(keys);
		expect(traffic).toEqual({ begun: keys, most: 1 });
	});

	test('is the least that an item asks for', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(6);
		const traffic = inRanksOf(2, keys);
		const sendsAtATime = `={{ $json.id === '${keys[4] ?? ''}' ? 2 : 5 }}`;
		const { said } = await scene.resend(keys, lanes({ sendsAtATime }));
		expect(said).toEqual(says(6, 'sent'));
		expect(traffic.most).toBe(2);
	});

	test("leaves 'Max Sends per Run' exact", async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(COUNT);
		const traffic = inRanksOf(7, keys.slice(0, 7));
		const { said } = await scene.resend(keys, lanes({ maxSendsPerRun: 7 }));
		expect(said).toEqual([...says(7, 'sent'), ...says(COUNT - 7, 'deferred: maxSends')]);
		expect(scene.resendRequests()).toBe(7);
		expect(traffic.most).toBe(7);
	});

	test('gives the place of one who is refused under the cap to the next', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(COUNT);
		inRanksOf(7, keys.slice(0, 7));
		scene.strike(keys[2], { kind: 'status', status: 422 });
		const { said } = await scene.resend(keys, lanes({ maxSendsPerRun: 7 }));
		expect(said).toEqual([
			...says(2, 'sent'),
			'failed: refused',
			...says(5, 'sent'),
			...says(COUNT - 8, 'deferred: maxSends'),
		]);
		expect(scene.resendRequests()).toBe(8);
	});

	test("leaves 'Stop After Consecutive Faults' exact", async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(COUNT);
		const traffic = inRanksOf(3, keys.slice(0, 3));
		scene.strike(undefined, { kind: 'status', status: 500 }, { times: 'always' });
		const { said } = await scene.resend(keys, lanes({ stopAfterConsecutiveFaults: 3 }));
		expect(said).toEqual([
			...says(3, 'unknown: unconfirmed'),
			...says(COUNT - 3, 'deferred: paused'),
		]);
		expect(scene.resendRequests()).toBe(3);
		expect(traffic.most).toBe(3);
	});

	test('goes on where a fault is not followed by another', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(COUNT);
		for (const [item, key] of keys.entries())
			if (item % 3 === 0) scene.strike(key, { kind: 'status', status: 500 }, { times: 'always' });
		const { said } = await scene.resend(keys, lanes({ stopAfterConsecutiveFaults: 0 }));
		expect(said).toEqual(
			keys.map((_key, item) => (item % 3 === 0 ? 'unknown: unconfirmed' : 'sent')),
		);
	});

	test('ends the sending for all where the provider asks to slow down', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(COUNT);
		const traffic = inRanksOf(LANES, keys);
		scene.strike(undefined, { kind: 'rateLimit', retryAfter: '20' }, { times: 'always' });
		const { said } = await scene.resend(keys, lanes());
		expect(said).toEqual(says(COUNT, 'deferred: rateLimited'));
		// Each asks four times, and nobody is asked for who was not yet under way.
		expect(new Set(traffic.begun)).toEqual(new Set(keys.slice(0, LANES)));
		expect(scene.resendRequests()).toBe(4 * LANES);
		expect(traffic.most).toBe(LANES);
		scene.sandbox.control.clearFaults();
		wire.clear();
		expect((await scene.resend(keys, lanes())).said).toEqual(says(COUNT, 'sent'));
	});

	test('keeps the pace', async () => {
		const scene = sceneOf(provider);
		const began = Date.now();
		const { said } = await scene.resend(scene.begin(6), lanes({ sendsPerMinute: 12 }));
		expect(said).toEqual(says(6, 'sent'));
		const times = scene.sandbox.control.outbox().map(({ at }) => Date.parse(at) - began);
		expect(times).toEqual([0, 5000, 10_000, 15_000, 20_000, 25_000]);
	});

	test('ends with quiet hours that begin in the middle', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(COUNT);
		const traffic = inRanksOf(LANES, keys, () => moveClock(MINUTE));
		const quietHours = { period: { from: '12:01', to: '13:00' } };
		const { said, run } = await scene.resend(keys, lanes({ quietHours }));
		expect(said).toEqual([...says(LANES, 'sent'), ...says(COUNT - LANES, 'deferred: quietHours')]);
		expect(jsonOf(run, COUNT - 1).nextEligibleAt).toBe('2030-05-15T13:00:00.000Z');
		expect(new Set(traffic.begun)).toEqual(new Set(keys.slice(0, LANES)));
	});

	test('lets nobody go into quiet hours who had to wait for the provider', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(3);
		scene.strike(keys[0], { kind: 'rateLimit', retryAfter: '60' });
		const quietHours = { period: { from: '12:01', to: '13:00' } };
		// The pace brings the second one there after the answer to the first.
		const paced = { sendsAtATime: 2, sendsPerMinute: 24, quietHours };
		const { said, run } = await scene.resend(keys, lanes(paced));
		expect(said).toEqual(says(3, 'deferred: quietHours'));
		expect(jsonOf(run, 0).nextEligibleAt).toBe('2030-05-15T13:00:00.000Z');
		expect(scene.resendRequests()).toBe(1);
		moveClock(HOUR);
		expect((await scene.resend(keys, lanes(paced))).said).toEqual(says(3, 'sent'));
	});

	test('lets nobody go who had to wait while the run was stopped', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(3);
		inRanksOf(2, keys);
		scene.strike(keys[0], { kind: 'rateLimit', retryAfter: '5' });
		scene.strike(keys[1], { kind: 'status', status: 422 });
		const { run } = await scene.resend(keys, options({ sendsAtATime: 2 }));
		expect(run.error?.message).toMatch(/\[item 1\]$/);
		expect(scene.mailsTo(keys)).toEqual([0, 0, 0]);
	});

	test('leaves a dry run item by item what it is', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(COUNT);
		const dry = keys.filter((_key, item) => item % 3 !== 1);
		const dryRun = `={{ ${JSON.stringify(dry)}.includes(String($json.id)) }}`;
		const { said } = await scene.resend(keys, lanes({}, { dryRun }));
		expect(said).toEqual(keys.map((key) => (dry.includes(key) ? 'wouldSend: due' : 'sent')));
		expect(scene.mailsTo(keys)).toEqual(keys.map((key) => (dry.includes(key) ? 0 : 1)));
		expect(scene.resendRequests()).toBe(COUNT - dry.length);
	});

	test('names one twice, and emails once', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(LANES);
		const { said } = await scene.resend([...keys, ...keys], lanes());
		expect(said).toEqual([...says(LANES, 'sent'), ...says(LANES, 'skipped: duplicateInRun')]);
		expect(scene.mailsTo(keys)).toEqual(says(LANES, '').map(() => 1));
	});

	test('where the run stops at one, has the others under way end first, and on record', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(COUNT);
		const [refused = ''] = keys;
		const refusal = scene.strike(refused, { kind: 'status', status: 422 });
		const begun = new Set<string>();
		const answered = () =>
			refusal.hits() === 1 && !wire.underWay().some((one) => isResendOf(one, refused));
		wire.rule((request) => {
			const key = keys.find((one) => isResendOf(request, one));
			if (key === undefined) return null;
			begun.add(key);
			return { heldUntil: key === refused ? () => begun.size === LANES : answered };
		});
		const { run } = await scene.resend(keys, { ...lanes(), onError: 'stopWorkflow' });
		expect(run.error?.message).toMatch(/\[item 0\]$/);
		expect(run.error?.description).toMatch(/already sent are not sent again in the period/);
		const served = keys.slice(1, LANES);
		expect(
			scene.sandbox.control
				.outbox()
				.map(({ key }) => key)
				.sort(),
		).toEqual(served.sort());
		wire.clear();
		const { said } = await scene.resend(keys, lanes());
		expect(said).toEqual(
			keys.map((key) => (served.includes(key) ? 'skipped: alreadySent' : 'sent')),
		);
	});
});

test.each(ALL)(
	'a run at %s that stops at one item does not email who waits for the pace meanwhile',
	async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(3);
		const [refused = ''] = keys;
		scene.strike(refused, { kind: 'status', status: 422 });
		// Time goes on while the first one is asked for; the second sleeps until its lease, and then until its time.
		beginTime(() => 0);
		wire.rule((request) =>
			isResendOf(request, refused) ? { heldUntil: () => mockSlept.length >= 3 } : null,
		);
		mockWhileAsleep = async () => {
			if (mockSlept.length < 3) return;
			await until(() => !wire.underWay().some((one) => isResendOf(one, refused)));
			for (let turn = 0; turn < 50; turn++) await new Promise((next) => setImmediate(next));
		};
		const { run } = await scene.resend(keys, options({ sendsAtATime: 2, sendsPerMinute: 24 }));
		expect(run.error?.message).toMatch(/\[item 0\]$/);
		expect(scene.mailsTo(keys)).toEqual([0, 0, 0]);
	},
);

test('a run that stops at one item emails nobody further, though an earlier send is confirmed later', async () => {
	const scene = sceneOf('karmaCheck');
	const keys = scene.begin(6);
	const [first = '', refused = '', next = ''] = keys;
	const refusal = scene.strike(refused, { kind: 'status', status: 422 });
	const isReadOf = ({ method, url }: { method: string; url: string }, key: string): boolean =>
		method === 'GET' && url.endsWith(`/${key}`);
	const isRefused = (): boolean =>
		refusal.hits() === 1 && !wire.underWay().some((one) => isResendOf(one, refused));
	const isConfirmed = (): boolean =>
		isRefused() && !wire.underWay().some((one) => isReadOf(one, first));
	wire.rule((request) => {
		const readsOf = (key: string): number =>
			wire.requests().filter((one) => isReadOf(one, key)).length;
		// Each is read with the others, then before its send, and then to confirm it.
		if (isReadOf(request, first) && readsOf(first) === 3) return { heldUntil: isRefused };
		return isReadOf(request, next) && readsOf(next) === 2 ? { heldUntil: isConfirmed } : null;
	});
	const { run } = await scene.resend(keys);
	expect(run.error?.message).toMatch(/\[item 1\]$/);
	expect(scene.mailsTo(keys)).toEqual([1, 0, 0, 0, 0, 0]);
});

describe('duplicates', () => {
	test.each(ALL)('at %s are emailed once, and each input has its own verdict', async (provider) => {
		const scene = sceneOf(provider);
		const [one = '', other = ''] = scene.begin(2);
		const { said, passage } = await scene.resend([one, other, one, one]);
		expect(said).toEqual(['sent', 'sent', ...says(2, 'skipped: duplicateInRun')]);
		expect(linesOf(passage).map(({ item }) => item)).toEqual([0, 1, 2, 3]);
		expect(scene.mailsTo([one, other])).toEqual([1, 1]);
	});

	test.each(ALL)('at %s stay folded when the node is tried again', async (provider) => {
		const scene = sceneOf(provider);
		const [one = '', bad = ''] = scene.begin(2);
		scene.strike(bad, { kind: 'status', status: 422 });
		const { said } = await scene.resend([one, one, bad, one, bad], { retryOnFail: true });
		expect(said).toEqual([
			'sent',
			'skipped: duplicateInRun',
			'sent',
			...says(2, 'skipped: duplicateInRun'),
		]);
	});

	test.each(ALL)('at %s may be emailed when the first one may', async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(2);
		const [one = '', bad = ''] = keys;
		scene.strike(bad, { kind: 'status', status: 422 }, { times: 'always' });
		const list = [one, bad, one, bad];
		const datesOf = async (more: Partial<NodeSpec>) => {
			const { run, said } = await scene.resend(list, { ...CONTINUE, ...more });
			const dates = run.output.flat().map(({ json }) => json.nextEligibleAt ?? null);
			return { said, dates };
		};
		const quiet = await datesOf(
			options({ quietHours: { period: { from: '11:00', to: '13:30', weekdays: [3] } } }),
		);
		expect(quiet.said).toEqual([
			...says(2, 'deferred: quietHours'),
			...says(2, 'skipped: duplicateInRun'),
		]);
		expect(quiet.dates).toEqual(says(4, new Date(NOON + 1.5 * HOUR).toISOString()));
		const { said, dates } = await datesOf({});
		expect(said).toEqual(['sent', 'failed: refused', ...says(2, 'skipped: duplicateInRun')]);
		const midnight = new Date(NOON + DAY / 2).toISOString();
		expect(dates).toEqual([midnight, null, midnight, null]);
	});

	test('are seen at Numium where one names the id and the other the address', async () => {
		const scene = sceneOf('numium');
		const [key = ''] = scene.begin(1);
		const email = scene.sandbox.control.state.numium.get(key)?.email ?? '';
		const id = '={{ { __rl: true, mode: $json.mode, value: $json.value } }}';
		const run = await scene.engine.run({
			node: node('numium', 'resend', { parameters: { invitationId: id } }),
			input: [
				{ mode: 'id', value: key },
				{ mode: 'email', value: email.toUpperCase() },
			],
			credentials: credentialsFor(scene.sandbox),
			workflowId: 'by-address',
		});
		expect(run.output.flat().map(({ json }) => json.reason)).toEqual(['sent', 'duplicateInRun']);
		expect(scene.mailsTo([key])).toEqual([1]);
	});

	test('are seen at Worth AI in either case of the letters', async () => {
		const scene = sceneOf('worthAi');
		const [key = ''] = scene.begin(1);
		const { run } = await scene.resend([key, key.toUpperCase()]);
		expect(run.output.flat().map(({ json }) => json.reason)).toEqual(['sent', 'duplicateInRun']);
		scene.passages.length = 0;
	});

	test('with different addresses at KarmaCheck are one email, to the first', async () => {
		const scene = sceneOf('karmaCheck');
		const [key = ''] = scene.begin(1);
		const run = await scene.engine.run({
			node: node('karmaCheck', 'resend', {
				parameters: { options: { sendTo: '={{ $json.email }}' } },
			}),
			input: [
				{ id: key, email: 'first@example.com' },
				{ id: key, email: 'second@example.com' },
			],
			credentials: credentialsFor(scene.sandbox),
			workflowId: 'two-addresses',
		});
		expect(run.output.flat().map(({ json }) => json.reason)).toEqual(['sent', 'duplicateInRun']);
		expect(scene.sandbox.control.outbox().map(({ email }) => email)).toEqual(['first@example.com']);
	});
});

describe('a workflow without a record', () => {
	test.each(ALL)('at %s, unsaved: says so once and goes on', async (provider) => {
		const scene = sceneOf(provider);
		const [one = '', other = ''] = scene.begin(2);
		const { said, run } = await scene.resend([one, other, one], {}, { workflowId: null });
		expect(said).toEqual(['sent', 'sent', 'skipped: duplicateInRun']);
		expect(run.hints.map(({ message }) => message)).toEqual([
			'2 sent, 1 skipped (duplicate in the list).',
			expect.stringContaining('only until n8n restarts'),
		]);
		// Agents see no hints.
		for (const item of [0, 1])
			expect(jsonOf(run, item).message).toMatch(/n8n remembers this only until it restarts/);
	});

	test.each(ALL)('at %s, unsaved: the next executions know of it', async (provider) => {
		const scene = sceneOf(provider);
		const [one = '', other = ''] = scene.begin(2);
		await scene.resend([one], {}, { workflowId: null });
		const { said } = await scene.resend([one, other], {}, { workflowId: null });
		expect(said).toEqual(['skipped: alreadySent', 'sent']);
		expect(scene.mailsTo([one, other])).toEqual([1, 1]);
	});

	test.each(ALL)('at %s, unsaved: tries of one run still mail once', async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(3);
		scene.strike(keys[2], { kind: 'status', status: 422 }, { times: 2 });
		const { said } = await scene.resend(keys, { retryOnFail: true }, { workflowId: null });
		expect(said).toEqual(says(3, 'sent'));
		expect(scene.mailsTo(keys)).toEqual([1, 1, 1]);
	});

	const tables = [
		['the service was never set up', 'Instance needs to initialized before use.'],
		['the workflow has an id and no row', 'FOREIGN KEY constraint failed'],
	] as const;
	test.each(tables)('%s: says so and goes on', async (_name, message) => {
		const scene = sceneOf('worthAi');
		const keys = scene.begin(2);
		const engine = createEngine({ deduplication: brokenDeduplication({ message }) });
		const run = await engine.run({
			node: node('worthAi', 'resend'),
			input: ids(...keys),
			credentials: credentialsFor(scene.sandbox),
		});
		expect(run.output.flat().map(({ json }) => json.outcome)).toEqual(['sent', 'sent']);
		expect(run.hints).toHaveLength(2);
	});

	test('a saved workflow gets no such hint', async () => {
		const scene = sceneOf('worthAi');
		const { run } = await scene.resend(scene.begin(1));
		expect(run.hints.map(({ message }) => message)).toEqual(['1 sent.']);
	});
});

describe('a record that cannot be reached', () => {
	const runWith = async (
		provider: ProviderKey,
		keys: string[],
		callsBefore: number,
		more: Partial<NodeSpec> = CONTINUE,
	) =>
		await createEngine({ deduplication: brokenDeduplication({ callsBefore }) }).run({
			node: node(provider, 'resend', more),
			input: ids(...keys),
			credentials: credentialsFor(sceneOf(provider).sandbox),
		});

	test.each(ALL)('means that nothing is sent at %s, in clear words', async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(2);
		const run = await runWith(provider, keys, 0);
		expect(run.output.flat().map(({ json }) => json.message)).toEqual(
			says(2, "n8n's record of sent invitations could not be reached, so nothing was sent"),
		);
		const stopped = await runWith(provider, keys, 0, {});
		expect(stopped.error?.message).toMatch(/could not be reached, so nothing was sent/);
		expect(scene.resendRequests()).toBe(0);
	});

	// The first four open it; then each send takes about ten.
	const calls = Array.from({ length: 30 }, (_, index) => index + 1);
	const cases = OF_EITHER_KIND.flatMap(([provider]) =>
		calls.map((count): [ProviderKey, number] => [provider, count]),
	);
	test.each(cases)(
		'at %s after %d calls: what is reported is what was emailed',
		async (provider, count) => {
			const scene = sceneOf(provider);
			const keys = scene.begin(3);
			const run = await runWith(provider, keys, count);
			const lines = linesOf({ output: run.output, named: keys });
			const mailed = scene.mailsTo(keys);
			expect(lines.map(({ outcome }) => (outcome === 'sent' ? 1 : 0))).toEqual(mailed);
			expect(lines.filter(({ outcome }) => outcome !== 'sent').map(({ reason }) => reason)).toEqual(
				says(mailed.filter((one) => one === 0).length, 'recordUnavailable'),
			);
		},
	);
});

describe.each(FIXTURES)('a state that was read long ago, at $name,', (service) => {
	const { provider, reads: how, readCall, repliesWithIt, statuses, stampsSends } = service;
	const reads = (scene: Scene) =>
		scene.sandbox.control.requests().filter(({ operationId }) => operationId === readCall).length;
	const atFirst = how === 'byList' ? 1 : 3;
	/** A stamp is looked at right before each send, and after it where the reply does not hold it. */
	const looks = stampsSends ? (repliesWithIt ? 1 : 2) * 3 : 0;

	test('is used within a minute where sends are not stamped', async () => {
		const scene = sceneOf(provider);
		await scene.resend(scene.begin(3), options({ sendsPerMinute: 2.5 }));
		expect(reads(scene)).toBe(atFirst + looks);
	});

	test('is read again before it is acted on', async () => {
		const scene = sceneOf(provider);
		await scene.resend(scene.begin(3), options({ sendsPerMinute: 0.8 }));
		expect(reads(scene)).toBe(atFirst + (looks === 0 ? 2 : looks));
	});

	test('and has changed meanwhile holds the email back', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(2);
		const [first = '', second = ''] = keys;
		wire.rule((request) => {
			if (isResendOf(request, first)) service.complete(scene.sandbox.control.state, second);
			return null;
		});
		const { said } = await scene.resend(keys, {
			...options({ sendsPerMinute: 0.8 }),
			...CONTINUE,
		});
		expect(said).toEqual([
			'sent',
			statuses.includes('completed') ? 'skipped: completed' : 'failed: notFound',
		]);
		expect(scene.resendRequests()).toBe(1);
	});
});

test.each(STAMPING)(
	'an open question at %s is not settled by a look from before it was asked',
	async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(2);
		const [first = '', late = ''] = keys;
		const slow = scene.strike(late, { kind: 'delay', ms: 250 });
		wire.rule((request) =>
			isResendOf(request, late) && slow.hits() === 0
				? { givenUpWhen: () => slow.hits() > 0 }
				: null,
		);
		let other: string[] = [];
		// The run below has looked at both and sent the first, and waits for its pace. Now another comes,
		// whose request for the second is given up and takes effect only after that.
		mockWhileAsleep = async () => {
			if (scene.mailsTo([first])[0] === 0) return;
			mockWhileAsleep = null;
			other = (await scene.resend([late])).said;
			await until(() => scene.mailsTo([late])[0] === 1);
		};
		const { said } = await scene.resend(keys, options({ sendsPerMinute: 6 }));
		expect(other).toEqual(['unknown: unconfirmed']);
		expect(said).toEqual(['sent', 'skipped: alreadySent']);
		expect(scene.mailsTo(keys)).toEqual([1, 1]);
		scene.passages.length = 0;
	},
);

test.each(ALL)(
	'at %s, an invitation that another execution is sending is waited for, also after a long wait for the pace',
	async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(2);
		const [, late = ''] = keys;
		const begun = Date.now();
		let turns = 0;
		wire.rule((request) =>
			isResendOf(request, late) ? { heldUntil: () => ++turns > 3000 } : null,
		);
		let other: ReturnType<Scene['resend']> | undefined;
		// The run below waits 75 seconds, and takes its turn a second before they are over.
		mockWhileAsleep = async () => {
			if (Date.now() - begun < 74_000) return;
			mockWhileAsleep = null;
			other = scene.resend([late]);
			await until(() => wire.underWay().some((one) => isResendOf(one, late)));
		};
		const { said } = await scene.resend(keys, options({ sendsPerMinute: 0.8 }));
		expect((await other)?.said).toEqual(['sent']);
		expect(said).toEqual(['sent', 'skipped: alreadySent']);
		expect(scene.mailsTo(keys)).toEqual([1, 1]);
		// Two runs at once share the emails.
		scene.passages.length = 0;
	},
);

describe('an invitation completed between the look and the send', () => {
	test.each(FIXTURES)('is not emailed at $name: $completedMeanwhile', async (service) => {
		const { provider, complete, completedMeanwhile } = service;
		const scene = sceneOf(provider);
		const keys = scene.begin(3);
		wire.rule((request) => {
			if (isResendOf(request, keys[1] ?? '')) complete(scene.sandbox.control.state, keys[1] ?? '');
			return null;
		});
		const { said } = await scene.resend(keys, CONTINUE);
		expect(said).toEqual(['sent', completedMeanwhile, 'sent']);
		expect(scene.mailsTo(keys)).toEqual([1, 0, 1]);
	});

	test.each(ALL)('at %s is free again for a later run, should it be reopened', async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(1);
		scene.strike(keys[0], { kind: 'status', status: 422 });
		expect((await scene.resend(keys, CONTINUE)).said).toEqual(['failed: refused']);
		expect((await scene.resend(keys)).said).toEqual(['sent']);
	});
});

describe.each(ALL)("'Max Sends per Invitation' at %s", (provider) => {
	const USED_UP = 'skipped: maxSendsPerInvitation';
	const most = (count: number, parameters: IDataObject = {}) => ({
		...options({ maxSendsPerInvitation: count }, parameters),
		...CONTINUE,
	});

	test('holds over days and executions, and says when it was the last', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(3);
		const eligible: unknown[] = [];
		for (let day = 1; day <= 3; day++) {
			const { said, run } = await scene.resend(keys, most(3));
			expect(said).toEqual(says(3, 'sent'));
			eligible.push(jsonOf(run, 0).nextEligibleAt === null);
			const again = await scene.resend(keys, most(3));
			expect(again.said).toEqual(says(3, day < 3 ? 'skipped: alreadySent' : USED_UP));
			expect(jsonOf(again.run, 0).nextEligibleAt === null).toBe(day === 3);
			moveClock(DAY);
		}
		expect(eligible).toEqual([false, false, true]);
		const { said, run } = await scene.resend(keys, most(3));
		expect(said).toEqual(says(3, USED_UP));
		expect(jsonOf(run, 0)).toMatchObject({
			message: expect.stringContaining("as often as 'Max Sends per Invitation' allows (3)"),
			nextEligibleAt: null,
		});
		expect(scene.mailsTo(keys)).toEqual([3, 3, 3]);
	});

	test('is shown by a dry run, which leaves the count as it was', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(2);
		for (const count of [1, 2]) {
			const before = await scene.recorded();
			const due = await scene.resend(keys, most(count, { dryRun: true }));
			expect(due.said).toEqual(says(2, 'wouldSend: due'));
			expect(await scene.recorded()).toEqual(before);
			await scene.resend(keys, most(count));
			moveClock(DAY);
			const after = await scene.recorded();
			const over = await scene.resend(keys, most(count, { dryRun: true }));
			expect(over.said).toEqual(says(2, USED_UP));
			expect(await scene.recorded()).toEqual(after);
		}
	});

	test('counts with several sends at a time, duplicates and tries of one execution', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(4);
		const [first = '', second = ''] = keys;
		const more = {
			...options({ maxSendsPerInvitation: 2, sendsAtATime: 4 }),
			retryOnFail: true,
			maxTries: 3,
		};
		scene.strike(second, { kind: 'status', status: 400 }, { times: 1 });
		await scene.resend([...keys, first], more);
		expect(scene.mailsTo(keys)).toEqual([1, 1, 1, 1]);
		moveClock(DAY);
		await scene.resend(keys, more);
		moveClock(DAY);
		const { said } = await scene.resend(keys, more);
		expect(said).toEqual(says(4, USED_UP));
		expect(scene.mailsTo(keys)).toEqual([2, 2, 2, 2]);
	});

	test('does not count what was refused, and counts what may have been sent', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(2);
		const [refused, unclear] = keys;
		scene.strike(refused, { kind: 'status', status: 400 }, { times: 1 });
		scene.strike(unclear, { kind: 'status', status: 503, effect: 'none' }, { times: 1 });
		const { said } = await scene.resend(keys, most(1));
		expect(said).toEqual(['failed: refused', 'unknown: unconfirmed']);
		moveClock(DAY);
		const next = await scene.resend(keys, most(1));
		expect(next.said).toEqual(['sent', USED_UP]);
	});

	test('takes all sends before it for one', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(1);
		for (let day = 0; day < 2; day++) {
			await scene.resend(keys);
			moveClock(DAY);
		}
		expect((await scene.resend(keys, most(2))).said).toEqual(['sent']);
		moveClock(DAY);
		expect((await scene.resend(keys, most(2))).said).toEqual([USED_UP]);
		expect((await scene.resend(keys, most(3))).said).toEqual(['sent']);
	});
});
