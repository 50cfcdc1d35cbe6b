import type { INodeExecutionData } from 'n8n-workflow';
import type { Mail } from '../sandbox';
import { targetIn } from '../test/engine/support';
import { FIXTURES, type State } from '../test/services';

/** One verdict of the Resend operation, as the demo shows it. */
export interface Row {
	/** The id by which the sandbox's outbox names the invitation. */
	key: string;
	provider: string;
	invitationId: string | null;
	who: string;
	outcome: string;
	reason: string;
	nextEligibleAt: string;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export function rowsOf(items: INodeExecutionData[]): Row[] {
	return items.flatMap(({ json }) => {
		// An item that could not be served carries words instead, see `refusalsOf`.
		if (json.outcome === 'failed' || typeof json.error === 'string') return [];
		const row: Row = {
			key: targetIn(json),
			provider: textOf(json.provider),
			invitationId: textOf(json.invitationId) || null,
			who: textOf(json.email ?? json.name),
			outcome: textOf(json.outcome),
			reason: textOf(json.reason),
			nextEligibleAt: textOf(json.nextEligibleAt),
		};
		return [row];
	});
}

/** What is said of the items that could not be served. */
export function refusalsOf(items: INodeExecutionData[]): string[] {
	return items.flatMap(({ json }) => {
		const said = json.error ?? (json.outcome === 'failed' ? json.message : undefined);
		return typeof said === 'string' ? [said] : [];
	});
}

/** What a row claims and the sandbox knows otherwise. */
export function differences(rows: Row[], mails: Mail[], state: State): string[] {
	const mailed = new Map<string, number>();
	for (const { key } of mails) mailed.set(key, (mailed.get(key) ?? 0) + 1);
	const wrong = rows.flatMap((row) => {
		const count = mailed.get(row.key) ?? 0;
		const expected = row.outcome === 'sent' ? 1 : 0;
		const found =
			count === expected ? [] : [`${row.who} is ${row.outcome}, and was emailed ${count} times`];
		const current =
			FIXTURES.find(({ provider }) => provider === row.provider)?.shown(state, row.key)
				.invitationId ?? null;
		return current === row.invitationId
			? found
			: [...found, `${row.who} has the invitation ${String(current)} by now`];
	});
	const rowKeys = new Set(rows.map(({ key }) => key));
	const strangers = [...mailed.keys()].filter((key) => !rowKeys.has(key));
	return [...wrong, ...strangers.map((key) => `${key} was emailed, and no row tells of it`)];
}
