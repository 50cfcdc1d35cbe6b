import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { isObject, readText } from '../core/json';
import { ok } from '../core/result';
import type { Capabilities } from '../invitation/provider';
import { buildIdsJson, buildWhoJson } from '../invitation/output';
import { capitalise } from '../node/fields';
import { buildItems } from '../node/items';
import { readSwitch } from '../node/parameters';
import type { RecordOfSends } from './record/record';
import type { Judged, Outcome, Verdict, VerdictReason } from './verdict';

/** How verdicts leave the node. */

/** What the record of a run cannot promise, for the hint below the node's output. */
export const RECORD_HINTS: Record<RecordOfSends['kind'], string | null> = {
	exact: null,
	shared:
		"A Remove Duplicates node with the scope 'Workflow' uses the row of n8n's database by which this node keeps workers apart. Sending takes longer, and workers are kept apart less reliably. Set its scope to 'Node'",
	process:
		"n8n stores no record of sent invitations for this workflow, so 'Send at Most Once' holds only until n8n restarts, and only within this n8n process. Save the workflow to keep a record",
};

/** Who first, then what became of it; at most ten fields. */
function buildVerdictJson(
	{ invitation, previousInvitationId, ...verdict }: Verdict,
	capabilities: Capabilities,
): IDataObject {
	return {
		...buildWhoJson(invitation, capabilities),
		...verdict,
		...buildIdsJson(invitation),
		...(previousInvitationId === undefined ? {} : { previousInvitationId }),
		provider: invitation.provider,
	};
}

/** A row for each item. */
export function buildRows(
	context: IExecuteFunctions,
	judged: readonly Judged[],
	capabilities: Capabilities,
	whoOf: (itemIndex: number) => IDataObject,
): INodeExecutionData[] {
	const results = judged.map((one) =>
		one.ok ? ok(buildVerdictJson(one.value, capabilities)) : one,
	);
	return buildItems(context, results, whoOf);
}

const REMEMBERED_BRIEFLY =
	'n8n remembers this only until it restarts, because it stores no record for this workflow';

/** Agents do not see the node's hints, so the output says how long a send is remembered. */
export function explain(judged: Judged, { kind }: RecordOfSends): Judged {
	if (kind !== 'process' || !judged.ok || judged.value.outcome !== 'sent') return judged;
	const verdict = judged.value;
	return ok({ ...verdict, message: `${verdict.message}. ${REMEMBERED_BRIEFLY}` });
}

/** In the order in which a summary counts them; what needs attention comes last. */
const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
	sent: 'sent',
	wouldSend: 'would be sent (dry run)',
	skipped: 'skipped',
	deferred: 'deferred',
	unknown: 'unknown',
	failed: 'could not be sent',
};

const OUTCOMES = Object.keys(OUTCOME_WORDS) as Outcome[];

/** Null where the outcome says it all. */
const REASON_WORDS: Readonly<Record<string, string | null>> = {
	sent: null,
	due: null,
	completed: 'completed',
	started: 'person already started',
	cancelled: 'cancelled',
	statusNotSelected: 'status not selected',
	duplicateInRun: 'duplicate in the list',
	alreadySent: 'already sent',
	sentRecently: 'sent recently',
	notExpiringSoon: 'not expiring soon',
	expired: 'expired',
	inProgress: 'another execution is sending it',
	interrupted: 'an earlier email was not confirmed',
	unconfirmed: 'not confirmed',
	quietHours: 'quiet hours',
	maxSends: 'Max Sends per Run reached',
	maxSendsPerInvitation: 'Max Sends per Invitation reached',
	paused: 'stopped after repeated faults',
	rateLimited: 'the service asked n8n to slow down',
} satisfies Record<VerdictReason, string | null>;

/** The fields of a row; one for the error output holds them in `details`, and two of them under other names. */
function readRow({ json }: INodeExecutionData): IDataObject {
	const { error, message, details } = json;
	return isObject(details) ? { ...details, message: error, advice: message } : json;
}

/** Why, in a few words; a failed row has its own in its message. */
function explainReason({ outcome, reason }: IDataObject): string | null {
	return outcome === 'failed' ? null : (REASON_WORDS[String(reason)] ?? null);
}

function countBy(words: readonly string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
	return counts;
}

interface Group {
	outcome: Outcome;
	these: IDataObject[];
}

/** One for each outcome, even if no item has it. */
function groupByOutcome(told: readonly IDataObject[]): Group[] {
	return OUTCOMES.map((outcome) => ({
		outcome,
		these: told.filter((row) => row.outcome === outcome),
	}));
}

function summarizeGroups(groups: readonly Group[]): string {
	const parts = groups.flatMap(({ outcome, these }) => {
		if (these.length === 0) return [];
		const reasons = countBy(these.flatMap((row) => explainReason(row) ?? []));
		const detail = [...reasons].map(([reason, count]) =>
			reasons.size === 1 ? reason : `${count} ${reason}`,
		);
		const why = detail.length === 0 ? '' : ` (${detail.join(', ')})`;
		return `${these.length} ${OUTCOME_WORDS[outcome]}${why}`;
	});
	return parts.join(', ');
}

/** What became of the items of a run in one line, e.g. "3 sent, 2 skipped (already sent), 1 could not be sent". */
export function summarize(rows: readonly INodeExecutionData[]): string {
	return summarizeGroups(groupByOutcome(rows.map(readRow)));
}

/** A text of the service on one line: with a line of its own it could pass for what became of somebody else. */
function readLine(value: unknown): string | null {
	return readText(value)?.trim().replace(/\s+/g, ' ') ?? null;
}

interface Line {
	/** Null where nobody is known. */
	who: string | null;
	what: string;
	/** Where it is not clear, why and what to do. */
	end: string;
}

function tellRow(row: IDataObject, outcome: Outcome): Line {
	const [name, email] = [readLine(row.name), readLine(row.email)];
	const why = explainReason(row);
	const more = outcome === 'failed' || outcome === 'unknown' ? [row.message, row.advice] : [];
	const sentences = more.flatMap((part) => readLine(part)?.replace(/\.$/, '') ?? []);
	return {
		who: name !== null && email !== null ? `${name} (${email})` : (name ?? email),
		what: `${capitalise(OUTCOME_WORDS[outcome])}${why === null ? '' : ` (${why})`}`,
		end: sentences.map((sentence) => `. ${sentence}`).join(''),
	};
}

/** A line for each invitation; items of unknown people with the same result share one. */
function writeLines({ outcome, these }: Group): Array<{ text: string; rows: IDataObject[] }> {
	const lines = new Map<string, Line & { rows: IDataObject[] }>();
	for (const [index, row] of these.entries()) {
		const line = tellRow(row, outcome);
		const key = line.who === null ? line.what + line.end : String(index);
		const same = lines.get(key);
		if (same === undefined) lines.set(key, { ...line, rows: [row] });
		else same.rows.push(row);
	}
	return [...lines.values()].map(({ who, what, end, rows }) => {
		// The message of a single one says which invitation it means.
		const whom = who ?? (rows.length === 1 ? null : `${rows.length} items`);
		return { text: `• ${what}${whom === null ? '' : `: ${whom}`}${end}`, rows };
	});
}

/** With what is added after them, the text stays below 4,000 characters. Telegram takes 4,096. */
const ROOM_FOR_LINES = 3_500;

/** As many lines as a chat takes in one message, and what became of the others. */
function writeText(groups: readonly Group[]): string[] {
	// What needs attention comes first.
	const lines = [...groups].reverse().flatMap(writeLines);
	const texts: string[] = [];
	let room = ROOM_FOR_LINES;
	for (const { text } of lines) {
		room -= text.length + 1;
		if (room < 0) break;
		texts.push(text);
	}
	const others = lines.slice(texts.length).flatMap(({ rows }) => rows);
	if (others.length > 0)
		texts.push(`• And ${others.length} more: ${summarizeGroups(groupByOutcome(others))}`);
	return texts;
}

/**
 * Makes one row of all rows where that was asked for: a message that is ready for a chat or an email, and its numbers.
 * Rows for the error output still go there.
 */
export function summarizeRows(
	context: IExecuteFunctions,
	rows: INodeExecutionData[],
	displayName: string,
): INodeExecutionData[] {
	if (readSwitch(context.getNodeParameter('options.returnSummary', 0, false)) !== true) return rows;
	const groups = groupByOutcome(rows.map(readRow));
	const lines = writeText(groups);
	if (rows.some(({ json }) => String(json.message).endsWith(REMEMBERED_BRIEFLY)))
		lines.push(REMEMBERED_BRIEFLY);
	const json = {
		subject: `${displayName} reminders: ${summarizeGroups(groups)}`,
		text: lines.join('\n'),
		...Object.fromEntries(groups.map(({ outcome, these }) => [outcome, these.length])),
	};
	const forErrorOutput = rows.filter((row) => row.json.error !== undefined);
	return [{ json, pairedItem: rows.map((_, item) => ({ item })) }, ...forErrorOutput];
}
