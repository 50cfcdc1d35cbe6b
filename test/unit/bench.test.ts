import { chart } from '../../bench/chart';
import { goals, median, met, type Figures, type Sample } from '../../bench/figures';
import { goalsTable, report } from '../../bench/report';

const sample = (wallMs: number, cpuMs = wallMs, peakBytes = 1_000_000): Sample => ({
	items: 1_000,
	wallMs,
	cpuMs,
	peakBytes,
	keptBytes: 0,
});

/** Every promise kept, each by a hair. */
const AT_THE_LIMIT: Figures = {
	get1000: { node: [sample(1_150)], httpRequest: [sample(2_300)], bareLoop: [sample(1_000)] },
	get10000: { node: [sample(1)], httpRequest: [sample(1)] },
	resend200: {
		node: [sample(1)],
		again: [sample(1)],
		httpRequest: [sample(1)],
		bareLoop: [sample(1)],
	},
	getMany10000: { node: [sample(1)] },
	numium1000: { node: [sample(1)] },
	numiumRequests: [1],
	credentialReads: {
		node: { forOne: 1, forThousand: 1 },
		httpRequest: { forOne: 2, forThousand: 2_000 },
	},
	loadMs: [30],
};

const { get1000, get10000, credentialReads } = AT_THE_LIMIT;

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
		['a second Numium request', { numiumRequests: [1, 2, 1] }, ['Numium']],
		['a slow start', { loadMs: [31, 31, 1] }, ['Loading']],
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
			latencyMs: 20,
		});
		expect(text.indexOf('0.50 ×')).toBeGreaterThan(0);
		expect(text.indexOf('0.50 ×')).toBeLessThan(text.indexOf('| Get, 1,000 items |'));
		expect(text).toContain('2026-11-21, n8n 2.41.1');
	});

	it.each(['light', 'dark'] as const)('draws bars as long as the figures, %s', (theme) => {
		const widths = [...chart(AT_THE_LIMIT, theme).matchAll(/<rect [^>]*width="(\d+)"/g)].map(
			([, width]) => Number(width),
		);
		const [node, bareLoop, httpRequest] = widths;
		expect((node ?? 0) / (httpRequest ?? 1)).toBeCloseTo(0.5, 1);
		expect((bareLoop ?? 0) / (httpRequest ?? 1)).toBeCloseTo(1_000 / 2_300, 1);
	});
});
