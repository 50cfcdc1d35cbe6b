import { medianOf, type Figures } from './figures';

/** Bars of the same figures as the report's, as an SVG for either theme. */

export type Theme = 'light' | 'dark';

const COLOURS = {
	light: { text: '#1f2328', faint: '#59636e', own: '#1a7f64', other: '#8c959f' },
	dark: { text: '#f0f6fc', faint: '#9198a1', own: '#3fb68b', other: '#656c76' },
} as const;

const WIDTH = 720;
const LABEL = 190;
const VALUE = 90;
const BAR = 18;
const GAP = 6;
const HEAD = 34;
const FONT = '-apple-system, Segoe UI, Helvetica, Arial, sans-serif';

interface Bar {
	label: string;
	value: number;
	shown: string;
	own: boolean;
}

interface Group {
	title: string;
	bars: Bar[];
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`;

function bar(label: string, value: number, show: (value: number) => string): Bar {
	return { label, value, shown: show(value), own: label === 'This package' };
}

function groupsOf({ get1000, get10000, resend200 }: Figures): Group[] {
	const [node, http] = ['This package', 'HTTP Request node'];
	const { karmaCheck } = resend200;
	return [
		{
			title: 'Get of 1,000 invitations, time',
			bars: [
				bar(node, medianOf(get1000.node, 'wallMs'), seconds),
				bar('Bare loop', medianOf(get1000.bareLoop, 'wallMs'), seconds),
				bar(http, medianOf(get1000.httpRequest, 'wallMs'), seconds),
			],
		},
		{
			title: 'Get of 1,000 invitations, CPU of n8n',
			bars: [
				bar(node, medianOf(get1000.node, 'cpuMs'), seconds),
				bar('Bare loop', medianOf(get1000.bareLoop, 'cpuMs'), seconds),
				bar(http, medianOf(get1000.httpRequest, 'cpuMs'), seconds),
			],
		},
		{
			title: 'Get of 10,000 invitations, peak memory',
			bars: [
				bar(node, medianOf(get10000.node, 'peakBytes'), megabytes),
				bar(http, medianOf(get10000.httpRequest, 'peakBytes'), megabytes),
			],
		},
		{
			title: 'Resend of 200 invitations, one at a time, time',
			bars: [
				bar(node, medianOf(karmaCheck.node, 'wallMs'), seconds),
				bar('Bare loop', medianOf(karmaCheck.bareLoop, 'wallMs'), seconds),
			],
		},
		{
			title: 'Resend of 200 invitations with 10 sends at a time, time',
			bars: [
				bar(node, medianOf(karmaCheck.tenAtATime, 'wallMs'), seconds),
				bar(http, medianOf(karmaCheck.httpRequest, 'wallMs'), seconds),
			],
		},
	];
}

export function chart(figures: Figures, theme: Theme): string {
	const { text, faint, own, other } = COLOURS[theme];
	const groups = groupsOf(figures);
	const lines: string[] = [];
	let y = 0;
	for (const { title, bars } of groups) {
		lines.push(`<text x="0" y="${y + 20}" fill="${text}" font-weight="600">${title}</text>`);
		y += HEAD;
		const most = Math.max(...bars.map(({ value }) => value));
		for (const { label, value, shown, own: isOwn } of bars) {
			const width = Math.max(1, Math.round((value / most) * (WIDTH - LABEL - VALUE)));
			const middle = y + BAR / 2;
			lines.push(
				`<text x="${LABEL - 10}" y="${middle}" fill="${faint}" text-anchor="end" dominant-baseline="central">${label}</text>`,
				`<rect x="${LABEL}" y="${y}" width="${width}" height="${BAR}" rx="3" fill="${isOwn ? own : other}"/>`,
				`<text x="${LABEL + width + 8}" y="${middle}" fill="${text}" dominant-baseline="central">${shown}</text>`,
			);
			y += BAR + GAP;
		}
		y += GAP * 2;
	}
	const summary = groups
		.map(({ title, bars }) => `${title}: ${bars.map((it) => `${it.label} ${it.shown}`).join(', ')}`)
		.join('. ');
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}" font-family="${FONT}" font-size="14" role="img" aria-label="${summary}">
${lines.map((line) => `\t${line}`).join('\n')}
</svg>
`;
}
