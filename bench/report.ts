import { goals, median, medianOf, met, type Figures, type Goal, type Sample } from './figures';

/** Figures as Markdown: the promises first, then what they were made of. */

export interface Circumstances {
	/** ISO 8601 date. */
	date: string;
	n8n: string;
	node: string;
	cores: number;
	rounds: number;
	latencyMs: number;
}

const MB = 1_000_000;

const digits = (value: number, places: number): string =>
	value.toLocaleString('en-GB', { minimumFractionDigits: places, maximumFractionDigits: places });

function inUnit(value: number, unit: Goal['unit']): string {
	if (unit === '×') return `${digits(value, 2)} ×`;
	return unit === 'ms' ? `${digits(value, 1)} ms` : String(value);
}

export function goalsTable(figures: Figures): string {
	const rows = goals(figures).map((goal) =>
		[
			goal.what,
			`**${inUnit(goal.value, goal.unit)}**`,
			`at most ${inUnit(goal.limit, goal.unit)}`,
			met(goal) ? 'yes' : '**no**',
		].join(' | '),
	);
	return ['| promise | measured | to reach | reached |', '|---|---|---|---|']
		.concat(rows.map((row) => `| ${row} |`))
		.join('\n');
}

const SUBJECTS: Readonly<Record<string, string>> = {
	node: 'this package',
	again: 'this package, second run on the same day',
	httpRequest: 'HTTP Request node',
	bareLoop: "bare loop of n8n's request helper",
};

function range(values: number[], show: (value: number) => string): string {
	return `${show(median(values))} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
}

const seconds = (ms: number): string => `${digits(ms / 1000, 2)} s`;
const megabytes = (bytes: number): string => `${digits(bytes / MB, 0)} MB`;

function sampleRow(job: string, subject: string, samples: Sample[]): string {
	const kilobytes = `${digits(medianOf(samples, 'peakBytes') / medianOf(samples, 'items') / 1000, 1)} kB`;
	const cells = [
		job,
		SUBJECTS[subject] ?? subject,
		range(
			samples.map(({ wallMs }) => wallMs),
			seconds,
		),
		range(
			samples.map(({ cpuMs }) => cpuMs),
			seconds,
		),
		range(
			samples.map(({ peakBytes }) => peakBytes),
			megabytes,
		),
		kilobytes,
	];
	return `| ${cells.join(' | ')} |`;
}

const JOBS = {
	get1000: 'Get, 1,000 items',
	get10000: 'Get, 10,000 items',
	numium1000: 'Numium Get, 1,000 items of one tenant',
	getMany10000: 'Get Many, 10,000 items',
	resend200: 'Resend, 200 items',
} as const satisfies Partial<Record<keyof Figures, string>>;

export function samplesTable(figures: Figures): string {
	const rows = (Object.keys(JOBS) as Array<keyof typeof JOBS>).flatMap((key) =>
		Object.entries(figures[key]).map(([subject, samples]) =>
			sampleRow(JOBS[key], subject, samples),
		),
	);
	const head = '| job | done by | time | CPU of n8n | peak memory | per item |';
	return [head, '|---|---|---|---|---|---|', ...rows].join('\n');
}

export function report(figures: Figures, circumstances: Circumstances): string {
	const { date, n8n, node, cores, rounds, latencyMs } = circumstances;
	const { node: own, httpRequest } = figures.credentialReads;
	return `# Benchmark

${date}, n8n ${n8n} on Node ${node}, SQLite, ${cores} cores. Made by \`npm run bench\`; do not edit by hand.

${goalsTable(figures)}

## What it is made of

${samplesTable(figures)}

Medians of ${rounds} with the lowest and the highest in brackets, after one round that does not count. The subjects
took turns within one run of n8n, against the sandbox on the same machine, which waits ${latencyMs} ms before each
reply. Time, CPU and memory are those of n8n's process between the node before and the node after; memory is what
JavaScript holds above what it held before.

- **Get** at KarmaCheck, one request an item. The HTTP Request node has a bearer credential and its default settings.
  The bare loop keeps as many requests in flight as this package does, and does nothing else.
- **Resend** at KarmaCheck, with all checks: it reads the invitation, writes down that it is about to send, looks a
  second time whether another execution has come between, sends, reads again what came of it, and writes that down.
  The HTTP Request node and the bare loop (one at a time) only send.
- **The credential** is read from n8n's database, by n8n's own log of queries, so often: ${own.forOne} for a run of one item and
  ${own.forThousand} for a run of 1,000. The HTTP Request node: ${httpRequest.forOne} and ${digits(httpRequest.forThousand, 0)}.
- **Loading** is requiring all nodes and credentials in a process that has loaded n8n-workflow:
  ${range(figures.loadMs, (ms) => `${digits(ms, 1)} ms`)}.
`;
}
