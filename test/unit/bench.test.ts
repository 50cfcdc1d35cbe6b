import { chart } from '../../bench/chart';
import { goals, median, met, type Figures, type Sample } from '../../bench/figures';
import { goalsTable, report } from '../../bench/report';

const sample = (wallMs: number, cpuMs = wallMs, peakBytes = 1_000_000): Sample => ({
	items: 1_000,
	wallMs,
	cpuMs,
	peakBytes,
});

/** A Resend that takes just as long as it may. */
const atService = () => ({
	node: [sample(1_250)],
	fullRecord: [sample(1_500)],
	again: [sample(1)],
	bareLoop: [sample(1_000)],
});

/** Every promise kept, each by a hair. */
const AT_THE_LIMIT: Figures = {
	get1000: { node: [sample(1_150)], httpRequest: [sample(2_300)], bareLoop: [sample(1_000)] },
	get10000: { node: [sample(1)], httpRequest: [sample(1)] },
	resend200: {
		karmaCheck: { ...atService(), tenAtATime: [sample(300)], httpRequest: [sample(200)] },
		worthAi: atService(),
		numium: atService(),
	},
	resend1000: {
		node: [sample(1_100)],
		twoHundred: [{ ...sample(200), items: 200 }],
		httpRequest: [sample(1)],
	},
	held1000: { node: [sample(1)], httpRequest: [sample(1)] },
	getMany10000: { node: [sample(1)] },
	numium1000: { node: [sample(1)] },
	numiumRequests: [1],
	credentialReads: {
		node: { forOne: 1, forThousand: 1 },
		httpRequest: { forOne: 2, forThousand: 2_000 },
	},
	recordQueries: { sends: 200, reads: 210, writes: 200 },
	loadMs: { node: [30], notion: [30] },
};

const { get1000, get10000, resend200, resend1000, held1000, credentialReads } = AT_THE_LIMIT;

const SERVICES = [
	['KarmaCheck', 'karmaCheck'],
	['Worth AI', 'worthAi'],
	['Numium', 'numium'],
] as const;

/** The figures with one subject of one service's Resend changed. */
const withResend = (service: keyof Figures['resend200'], change: object): Partial<Figures> => ({
	resend200: { ...resend200, [service]: { ...resend200[service], ...change } },
});

describe('the benchmark', () => {
	it.each([
		[[3, 1, 2], 2],
		[[4, 1, 2, 3], 2.5],
		[[7], 7],
	])('takes the median of %j', (values, middle) => {
		expect(median(values)).toBe(middle);
	});

	it('lets pass what just reaches every promise', () => {
		expect(goals(AT_THE_LIMIT).filter((goal) => !met(goal))).toEqual([]);
	});

	it.each<[string, Partial<Figures>, string[]]>([
		[
			'time',
			{ get1000: { ...get1000, node: [sample(1_151, 1_150)] } },
			['HTTP Request', 'bare loop'],
		],
		['CPU', { get1000: { ...get1000, node: [sample(1_150, 1_151)] } }, ['CPU']],
		['memory', { get10000: { ...get10000, node: [sample(1, 1, 1_000_001)] } }, ['Memory per item']],
		[
			'a credential read per item',
			{ credentialReads: { ...credentialReads, node: { forOne: 1, forThousand: 2 } } },
			['Reads of the credential'],
		],
		['a second Numium request', { numiumRequests: [1, 2, 1] }, ['Numium Get']],
		...SERVICES.map(([name, service]): [string, Partial<Figures>, string[]] => [
			`a slow Resend at ${name}`,
			withResend(service, { node: [sample(1_251)] }),
			[`Resend of 200 at ${name}, time`],
		]),
		...SERVICES.map(([name, service]): [string, Partial<Figures>, string[]] => [
			`a Resend at ${name} that a full record slows down`,
			withResend(service, { fullRecord: [sample(1_501)] }),
			[`Resend of 200 at ${name} with 10,000 entries`],
		]),
		[
			'a long Resend that is slower per send',
			{ resend1000: { ...resend1000, node: [sample(1_101)] } },
			['time per send'],
		],
		[
			'ten sends at a time that are slow',
			withResend('karmaCheck', { tenAtATime: [sample(301)] }),
			['ten at a time'],
		],
		[
			'memory of a long Resend',
			{ held1000: { ...held1000, node: [sample(1, 1, 1_000_001)] } },
			['Resend of 1,000, memory'],
		],
		['a slow start', { loadMs: { node: [31, 31, 1], notion: [30] } }, ['Loading']],
	])('notices %s', (_, change, missed) => {
		const figures = { ...AT_THE_LIMIT, ...change };
		const found = goals(figures).filter((goal) => !met(goal));
		expect(found.map(({ what }) => what)).toEqual(
			missed.map((part) => expect.stringContaining(part)),
		);
		expect(goalsTable(figures).match(/\*\*no\*\*/g)).toHaveLength(missed.length);
	});

	it('uses the middle of the rounds, not the best of them', () => {
		const node = [sample(10), sample(1_151), sample(1_151), sample(1_151), sample(10)];
		expect(
			goals({ ...AT_THE_LIMIT, get1000: { ...get1000, node } }).filter((goal) => !met(goal)),
		).not.toEqual([]);
	});

	it('shows promises before figures', () => {
		const text = report(AT_THE_LIMIT, {
			date: '2026-11-21',
			n8n: '2.41.1',
			node: '24.0.0',
			cores: 2,
			rounds: 5,
			longRounds: 3,
			latencyMs: 20,
		});
		expect(text.indexOf('0.50 ×')).toBeGreaterThan(0);
		expect(text.indexOf('0.50 ×')).toBeLessThan(text.indexOf('| Get, 1,000 items |'));
		expect(text).toContain('2026-11-21, n8n 2.41.1');
		expect(text).toContain('read 1.05 times and written 1.00 times per\n  send');
	});

	it.each(['light', 'dark'] as const)('draws bars as long as the figures, %s', (theme) => {
		const widths = [...chart(AT_THE_LIMIT, theme).matchAll(/<rect [^>]*width="(\d+)"/g)].map(
			([, width]) => Number(width),
		);
		const [node, bareLoop, httpRequest] = widths;
		const [resend, sends, tenAtATime, allAtOnce] = widths.slice(-4);
		expect((node ?? 0) / (httpRequest ?? 1)).toBeCloseTo(0.5, 1);
		expect((bareLoop ?? 0) / (httpRequest ?? 1)).toBeCloseTo(1_000 / 2_300, 1);
		expect((sends ?? 0) / (resend ?? 1)).toBeCloseTo(1_000 / 1_250, 1);
		expect((allAtOnce ?? 0) / (tenAtATime ?? 1)).toBeCloseTo(200 / 300, 1);
	});
});
