/** What one run cost, seen from inside n8n's process; bytes above what it held before. */
export interface Sample {
	/** How many items came out as they should. */
	items: number;
	wallMs: number;
	cpuMs: number;
	peakBytes: number;
}

/** Runs of different subjects at one job, each list as long as there were rounds. */
export type Runs<Subject extends string> = Record<Subject, Sample[]>;

/** The services in the words of the report. */
export const SERVICES = {
	karmaCheck: 'KarmaCheck',
	worthAi: 'Worth AI',
	numium: 'Numium',
} as const;

type Service = keyof typeof SERVICES;

/** What is measured of a Resend at every service; `again` is of people who were emailed just before. */
type ResendSubject = 'node' | 'fullRecord' | 'again' | 'bareLoop';

export interface Figures {
	get1000: Runs<'node' | 'httpRequest' | 'bareLoop'>;
	get10000: Runs<'node' | 'httpRequest'>;
	resend200: Record<Service, Runs<ResendSubject>> & {
		karmaCheck: Runs<'tenAtATime' | 'httpRequest'>;
	};
	/** `twoHundred` is a Resend of 200 that takes turns with those of 1,000. */
	resend1000: Runs<'node' | 'twoHundred' | 'httpRequest'>;
	/** The same, with garbage collected before each look at the memory; time and CPU say nothing here. */
	held1000: Runs<'node' | 'httpRequest'>;
	getMany10000: Runs<'node'>;
	numium1000: Runs<'node'>;
	/** Requests of each Numium run. */
	numiumRequests: number[];
	/** How often n8n read credentials from its database, for a run of so many items. */
	credentialReads: Record<'node' | 'httpRequest', { forOne: number; forThousand: number }>;
	/** How often n8n read and wrote the table in which it keeps the record of sends, for a Resend of so many. */
	recordQueries: { sends: number; reads: number; writes: number };
	/** Milliseconds for all nodes and credentials; Notion's are n8n's own. */
	loadMs: Record<'node' | 'notion', number[]>;
}

/** Something that must hold; `limit` is the largest value that will do. */
export interface Goal {
	what: string;
	value: number;
	limit: number;
	unit: '×' | '';
}

export const met = ({ value, limit }: Goal): boolean => value <= limit;

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
	if (low === undefined || high === undefined) throw new Error('No values');
	return (low + high) / 2;
}

export function medianOf(samples: readonly Sample[], figure: keyof Sample): number {
	return median(samples.map((sample) => sample[figure]));
}

function ratio(of: readonly Sample[], to: readonly Sample[], figure: keyof Sample): number {
	return medianOf(of, figure) / medianOf(to, figure);
}

/** Of one item, for runs of different lengths; `samples` are all of the same length. */
export function perItem(samples: readonly Sample[], figure: keyof Sample): number {
	return medianOf(samples, figure) / medianOf(samples, 'items');
}

function resendGoals({ resend200, resend1000, held1000 }: Figures): Goal[] {
	const services = Object.entries(SERVICES) as Array<[Service, string]>;
	const { tenAtATime, httpRequest } = resend200.karmaCheck;
	return [
		...services.map(([service, name]): Goal => {
			const { node, bareLoop } = resend200[service];
			return {
				what: `Resend of 200 at ${name}, time, against a bare loop that only sends`,
				value: ratio(node, bareLoop, 'wallMs'),
				limit: 1.25,
				unit: '×',
			};
		}),
		...services.map(([service, name]): Goal => {
			const { fullRecord, bareLoop } = resend200[service];
			return {
				what: `Resend of 200 at ${name} with 10,000 entries on record, time, against that loop`,
				value: ratio(fullRecord, bareLoop, 'wallMs'),
				limit: 1.5,
				unit: '×',
			};
		}),
		{
			what: 'Resend of 1,000, time per send, against a Resend of 200',
			value: perItem(resend1000.node, 'wallMs') / perItem(resend1000.twoHundred, 'wallMs'),
			limit: 1.1,
			unit: '×',
		},
		{
			what: "Resend of 200, ten at a time, time, against n8n's HTTP Request node that only sends",
			value: ratio(tenAtATime, httpRequest, 'wallMs'),
			limit: 1.5,
			unit: '×',
		},
		{
			what: "Resend of 1,000, memory held per item, against n8n's HTTP Request node that only sends",
			value: perItem(held1000.node, 'peakBytes') / perItem(held1000.httpRequest, 'peakBytes'),
			limit: 1,
			unit: '×',
		},
	];
}

/** The figures the project has promised. */
export function goals(figures: Figures): Goal[] {
	const { get1000, get10000, credentialReads } = figures;
	const { node, httpRequest, bareLoop } = get1000;
	return [
		{
			what: "Get of 1,000, time, against n8n's HTTP Request node",
			value: ratio(node, httpRequest, 'wallMs'),
			limit: 0.5,
			unit: '×',
		},
		{
			what: "Get of 1,000, CPU, against n8n's HTTP Request node",
			value: ratio(node, httpRequest, 'cpuMs'),
			limit: 0.5,
			unit: '×',
		},
		{
			what: "Get of 1,000, time, against a bare loop of n8n's request helper",
			value: ratio(node, bareLoop, 'wallMs'),
			limit: 1.15,
			unit: '×',
		},
		{
			what: "Memory per item at 10,000, against n8n's HTTP Request node",
			value: ratio(get10000.node, get10000.httpRequest, 'peakBytes'),
			limit: 1,
			unit: '×',
		},
		{
			what: 'Reads of the credential for a Get of 1,000',
			value: credentialReads.node.forThousand,
			limit: 1,
			unit: '',
		},
		{
			what: 'Requests for a Numium Get of 1,000 in one tenant',
			value: Math.max(...figures.numiumRequests),
			limit: 1,
			unit: '',
		},
		...resendGoals(figures),
		{
			what: "Loading the package, time, against n8n's own nodes for Notion",
			value: median(figures.loadMs.node) / median(figures.loadMs.notion),
			limit: 1,
			unit: '×',
		},
	];
}
