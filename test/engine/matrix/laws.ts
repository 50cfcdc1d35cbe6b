import type { INodeExecutionData } from 'n8n-workflow';
import type { Mail } from '../../../sandbox';
import { fixtureOf, type ProviderKey } from '../../services';

/** One run of a node, all its tries included, and what went out meanwhile. */
export interface Passage {
	provider: ProviderKey;
	/** What each input item names, as the outbox writes it; null where it names nothing there can be. */
	named: ReadonlyArray<string | null>;
	/** The items by output; null where the node ended with an error. */
	output: INodeExecutionData[][] | null;
	/** Its part of the outbox: from the first index to before the second. */
	mails: readonly [number, number];
	/** Two passages with the same one are one execution, tried again or passed in a loop. */
	execution: string;
}

export interface LawRules {
	/** Equal for two instants exactly when they lie in the same window; by default a day in UTC. */
	windowOf?: (instant: number, execution: string) => string;
	/** Where one that stamps its sends cannot tell in this passage, or may still act; nowhere by default. */
	mayBeUnknown?: (key: string, passage: Passage) => boolean;
	/** When the provider says the invitation was last sent before the first passage. */
	stampOf?: (key: string) => number | null;
}

export interface Line {
	item: number;
	key: string | null;
	outcome: string;
	reason: string;
	/** Which output of the node it left by. */
	output: number;
	/** The provider's id of the invitation it shows. */
	invitationId: string | null;
}

const DAY_MS = 86_400_000;

function dayInUtc(instant: number): string {
	return String(Math.floor(instant / DAY_MS));
}

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null;
}

function text(value: unknown): string {
	return typeof value === 'string' ? value : '';
}

function itemOf({ pairedItem }: INodeExecutionData): number {
	const first = Array.isArray(pairedItem) ? pairedItem[0] : pairedItem;
	if (typeof first === 'number') return first;
	return first?.item ?? -1;
}

/** Reads the items back into what they say of each input. */
export function linesOf({ output, named }: Pick<Passage, 'output' | 'named'>): Line[] {
	return (output ?? []).flatMap((items, index) =>
		items.map((entry) => {
			const { json } = entry;
			const item = itemOf(entry);
			const said = isRecord(json.details) ? json.details : json;
			return {
				item,
				key: named[item] ?? null,
				outcome: text(said.outcome),
				reason: text(said.reason),
				output: index,
				invitationId: typeof json.invitationId === 'string' ? json.invitationId : null,
			};
		}),
	);
}

function linking(passage: Passage): string[] {
	if (passage.output === null) return [];
	const found: string[] = [];
	for (const [index, items] of passage.output.entries()) {
		const order = items.map(itemOf);
		if (order.some((item, place) => place > 0 && item <= (order[place - 1] ?? -1)))
			found.push(`output ${index} is not in the order of the input: ${order.join(', ')}`);
	}
	const linked = passage.output.flat().map(itemOf);
	const counts = new Map<number, number>();
	for (const item of linked) counts.set(item, (counts.get(item) ?? 0) + 1);
	for (const item of passage.named.keys()) {
		const count = counts.get(item) ?? 0;
		if (count !== 1) found.push(`input item ${item} has ${count} output items`);
	}
	if (linked.length !== passage.named.length)
		found.push(`${passage.named.length} items came in and ${linked.length} went out`);
	return found;
}

const SAYS_NOT_NOW = ['failed', 'skipped', 'deferred', 'wouldSend'];
const SAYS_MAYBE = ['sent', 'unknown'];
/** The mail such a skip speaks of is that of an earlier item or an earlier run. */
const SPEAKS_OF_ANOTHER = ['alreadySent', 'duplicateInRun'];

function reports(
	passage: Passage,
	earlier: readonly Passage[],
	outbox: readonly Mail[],
	rules: LawRules,
): string[] {
	const own = outbox.slice(...passage.mails);
	const ofExecution = [passage, ...earlier]
		.filter(({ execution }) => execution === passage.execution)
		.flatMap(({ mails }) => outbox.slice(...mails));
	const before = outbox.slice(0, passage.mails[0]);
	const lines = linesOf(passage);
	const { makesNewInvitation, stampsSends } = fixtureOf(passage.provider);
	const found: string[] = [];
	for (const { item, key, outcome, reason, invitationId } of lines) {
		const law = (broken: boolean, words: string) => {
			if (broken) found.push(`item ${item} (${key ?? 'nothing'}) ${words}`);
		};
		const mailed = own.filter((mail) => mail.key === key);
		law(![...SAYS_NOT_NOW, ...SAYS_MAYBE].includes(outcome), `has the outcome '${outcome}'`);
		if (outcome === 'sent') {
			const mails = ofExecution.filter((mail) => mail.key === key);
			law(mails.length === 0, 'is reported sent and is not in the outbox');
			law(
				makesNewInvitation &&
					mails.length > 0 &&
					mails.every((mail) => mail.invitationId !== invitationId),
				'is reported sent with an invitation that was not emailed',
			);
		}
		if (SAYS_NOT_NOW.includes(outcome) && mailed.length > 0) {
			const another = lines.some(
				(line) => line.key === key && line.item < item && SAYS_MAYBE.includes(line.outcome),
			);
			law(
				!(SPEAKS_OF_ANOTHER.includes(reason) && another),
				`is reported ${outcome} (${reason}) and was emailed in this run`,
			);
		}
		if (outcome === 'unknown') {
			const cannotTell = !stampsSends || rules.mayBeUnknown?.(key ?? '', passage);
			law(cannotTell !== true, `is unknown (${reason}) where the provider can tell`);
		}
		if (reason === 'alreadySent') {
			const windows = own.concat(before).filter((mail) => mail.key === key);
			const stamp = key === null ? null : (rules.stampOf?.(key) ?? null);
			law(windows.length === 0 && stamp === null, 'is reported already sent and never was');
		}
	}
	for (const mail of own) {
		if (!passage.named.includes(mail.key)) found.push(`${mail.key} was emailed and not asked for`);
	}
	return found;
}

function mailedTwice(
	passages: readonly Passage[],
	outbox: readonly Mail[],
	rules: LawRules,
): string[] {
	const windowOf = rules.windowOf ?? dayInUtc;
	const counts = new Map<string, number>();
	for (const [index, mail] of outbox.entries()) {
		const passage = passages.find(({ mails: [from, until] }) => from <= index && index < until);
		const label = `${mail.key} in window ${windowOf(Date.parse(mail.at), passage?.execution ?? '')}`;
		counts.set(label, (counts.get(label) ?? 0) + 1);
	}
	return [...counts].flatMap(([label, count]) =>
		count > 1 ? [`${label} was emailed ${count} times`] : [],
	);
}

/**
 * Every breach of the four laws, in words:
 *
 * 1. no invitation is emailed twice in a window;
 * 2. who is reported `sent` is in the outbox;
 * 3. who is reported anything else but `unknown` was not emailed in this run;
 * 4. `unknown` is said only where the provider cannot tell, or may still act on an earlier request;
 *
 * and every input item has exactly one output item, linked to it and in its order.
 */
export function breachesOf(
	passages: readonly Passage[],
	outbox: readonly Mail[],
	rules: LawRules = {},
): string[] {
	return [
		...mailedTwice(passages, outbox, rules),
		...passages.flatMap((passage, index) =>
			[...linking(passage), ...reports(passage, passages.slice(0, index), outbox, rules)].map(
				(breach) => (passages.length === 1 ? breach : `run ${index}: ${breach}`),
			),
		),
	];
}

export function assertLaws(
	passages: readonly Passage[],
	outbox: readonly Mail[],
	rules: LawRules = {},
): void {
	expect(breachesOf(passages, outbox, rules)).toEqual([]);
}
