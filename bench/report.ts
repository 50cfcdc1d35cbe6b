import {
	goals,
	median,
	medianOf,
	met,
	perItem,
	SERVICES,
	type Figures,
	type Goal,
	type Runs,
	type Sample,
} from './figures';

/** Figures as Markdown: the promises first, then what they were made of. */

export interface Circumstances {
	/** ISO 8601 date. */
	date: string;
	n8n: string;
	node: string;
	cores: number;
	rounds: number;
	/** Rounds of the jobs that take long. */
	longRounds: number;
	latencyMs: number;
}

const MB = 1_000_000;

const digits = (value: number, places: number): string =>
	value.toLocaleString('en-GB', { minimumFractionDigits: places, maximumFractionDigits: places });

function inUnit(value: number, unit: Goal['unit']): string {
	return unit === '×' ? `${digits(value, 2)} ×` : String(value);
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
	fullRecord: 'this package, 10,000 entries on record',
	tenAtATime: 'this package, ten at a time',
	again: 'this package, all sent today',
	twoHundred: 'this package, 200 items',
	httpRequest: 'HTTP Request node',
	bareLoop: "bare loop of n8n's request helper",
};

function range(values: number[], show: (value: number) => string): string {
	return `${show(median(values))} (${show(Math.min(...values))}–${show(Math.max(...values))})`;
}

const seconds = (ms: number): string => `${digits(ms / 1000, 2)} s`;
const megabytes = (bytes: number): string => `${digits(bytes / MB, 0)} MB`;

const kilobytesOf = (samples: Sample[]): string =>
	`${digits(perItem(samples, 'peakBytes') / 1000, 1)} kB`;

function sampleRow(job: string, subject: string, samples: Sample[]): string {
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
		kilobytesOf(samples),
	];
	return `| ${cells.join(' | ')} |`;
}

function jobsOf(figures: Figures): Array<[string, Runs<string>]> {
	const { resend200 } = figures;
	return [
		['Get, 1,000 items', figures.get1000],
		['Get, 10,000 items', figures.get10000],
		['Numium Get, 1,000 items of one tenant', figures.numium1000],
		['Get Many, 10,000 items', figures.getMany10000],
		[`Resend at ${SERVICES.karmaCheck}, 200 items`, resend200.karmaCheck],
		[`Resend at ${SERVICES.worthAi}, 200 items`, resend200.worthAi],
		[`Resend at ${SERVICES.numium}, 200 items`, resend200.numium],
		[`Resend at ${SERVICES.karmaCheck}, 1,000 items`, figures.resend1000],
	];
}

function samplesTable(figures: Figures): string {
	const rows = jobsOf(figures).flatMap(([job, runs]) =>
		Object.entries(runs).map(([subject, samples]) => sampleRow(job, subject, samples)),
	);
	const head = '| job | done by | time | CPU of n8n | peak memory | per item |';
	return [head, '|---|---|---|---|---|---|', ...rows].join('\n');
}

export function report(figures: Figures, circumstances: Circumstances): string {
	const { date, n8n, node, cores, rounds, longRounds, latencyMs } = circumstances;
	const { node: own, httpRequest } = figures.credentialReads;
	const { sends, reads, writes } = figures.recordQueries;
	return `# Benchmark

${date}, n8n ${n8n} on Node ${node}, SQLite, ${cores} cores. Made by \`npm run bench\`; do not edit by hand.

${goalsTable(figures)}

## What it is made of

${samplesTable(figures)}

Medians of ${rounds} with the lowest and the highest in brackets, after one round that does not count. Long jobs have
${longRounds} rounds: a Get of 10,000, a Resend of 1,000, and Resend at Worth AI and Numium. The subjects took turns within one run of
n8n, against the sandbox on the same machine, which waits ${latencyMs} ms before each reply. Time, CPU and memory are those of
n8n's process between the node before and the node after; memory is what JavaScript holds above what it held before.

- **Get** at KarmaCheck, one request per item. The HTTP Request node has a bearer credential and its default settings.
  The bare loop keeps as many requests in flight as this package does, and does nothing else.
- **Resend** with all checks and the record of sends, of people whom nobody has emailed today. Each run is the first one
  of its workflow, so the record is empty before, or has the 10,000 entries that the job names. The HTTP Request node and
  the bare loop (one at a time) only send. Numium answers each send with all pending invitations of the tenant: here 203.
- **Memory held** at the highest point of a Resend of ${digits(figures.held1000.node[0]?.items ?? 0, 0)}, with garbage collected before each look, in runs of their own: ${megabytes(medianOf(figures.held1000.node, 'peakBytes'))}
  (${kilobytesOf(figures.held1000.node)} per item); the HTTP Request node ${megabytes(medianOf(figures.held1000.httpRequest, 'peakBytes'))} (${kilobytesOf(figures.held1000.httpRequest)}). The memory in the table is with garbage: a run that
  takes longer leaves more of it uncollected, until V8 sees a reason to collect it.
- **The record** lives in a table of n8n, which for a Resend of ${digits(sends, 0)} was read ${digits(reads / sends, 2)} times and written ${digits(writes / sends, 2)} times per
  send, by n8n's own log of queries.
- **Reads of the credential** from n8n's database, by n8n's own log of queries: ${own.forOne} for a run of one item and
  ${own.forThousand} for a run of 1,000. The HTTP Request node: ${httpRequest.forOne} and ${digits(httpRequest.forThousand, 0)}.
- **Loading** is requiring all nodes and credentials in a process that has loaded n8n-workflow:
  ${range(figures.loadMs.node, (ms) => `${digits(ms, 1)} ms`)} for three services. n8n's own node, trigger and credential for Notion take
  ${range(figures.loadMs.notion, (ms) => `${digits(ms, 1)} ms`)}.
`;
}
