import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import type { Failure } from '../core/failure';
import type { Invitation, Subject } from '../invitation/invitation';
import { createNodeError } from './items';
import { createPanelReader } from './parameters';
import type { Service } from './service';
import type { Found } from '../invitation/provider';
import { openSession } from '../http/session';

/** How many entries a list in the panel shows at a time; scrolling asks for more. */
const PAGE_SIZE = 100;

export interface ListEntry {
	label: string;
	value: string;
}

/** What the panel shows for an invitation: who, then what tells it from others, then the status. */
export function buildLabel({ name, email, status }: Invitation, detail: string | null): string {
	const who = name ?? email ?? 'Without a name';
	return [who, detail, status].filter((part) => part !== null && part !== '').join(' · ');
}

/** The message of a list that cannot be shown appears below it; there are no items to name. */
export function createPanelError(context: ILoadOptionsFunctions, failure: Failure): Error {
	const error = createNodeError(context.getNode(), failure, 0);
	error.message = failure.message;
	return error;
}

async function searchInvitations<Target, Ids extends Subject>(
	context: ILoadOptionsFunctions,
	{ credential, createProvider }: Service<Target, Ids>,
	toEntry: (found: Found<Ids>) => ListEntry,
	filter: string,
	start: number,
): Promise<INodeListSearchResult> {
	const session = await openSession(context, credential);
	if (!session.ok) throw createPanelError(context, session.failure);
	const wanted = filter.trim().toLowerCase();
	const end = start + PAGE_SIZE;
	const matches: ListEntry[] = [];
	for await (const page of createProvider(createPanelReader(context), session.value).list(0)) {
		if (!page.ok) throw createPanelError(context, page.failure);
		for (const found of page.value) {
			const entry = toEntry(found);
			const text = `${entry.label} ${found.invitation.email ?? ''} ${entry.value}`.toLowerCase();
			if (wanted === '' || text.includes(wanted)) matches.push(entry);
		}
		// One more than shown tells that there is a next page.
		if (matches.length > end) break;
	}
	return {
		results: matches.slice(start, end).map(({ label, value }) => ({ name: label, value })),
		...(matches.length > end ? { paginationToken: String(end) } : {}),
	};
}

/** Fills the From List mode of a resource locator. */
export function createListSearch<Target, Ids extends Subject>(
	service: Service<Target, Ids>,
	toEntry: (found: Found<Ids>) => ListEntry,
) {
	return async function search(
		this: ILoadOptionsFunctions,
		filter = '',
		paginationToken = '0',
	): Promise<INodeListSearchResult> {
		return await searchInvitations(this, service, toEntry, filter, Number(paginationToken));
	};
}
