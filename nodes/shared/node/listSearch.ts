import {
	tryToParseDateTime,
	type ILoadOptionsFunctions,
	type INodeListSearchResult,
} from 'n8n-workflow';
import type { Failure } from '../core/failure';
import type { Invitation, Subject } from '../invitation/invitation';
import { buildError } from './items';
import { createPanelReader } from './parameters';
import type { Service } from './service';
import type { Found } from '../invitation/provider';
import { openSession } from '../http/session';

/** How many entries a list in the panel shows at a time; scrolling asks for more. */
const PAGE_SIZE = 100;

export interface ListEntry {
	/** What distinguishes it from others of the same person; null for nothing. */
	detail: string | null;
	value: string;
}

/** How an invitation stands: open ones by the day on which they expire, where that is known. */
function describeState({ status, expiresAt }: Invitation, timezone: string): string {
	if (status !== 'pending' || expiresAt === null) return status;
	const day = tryToParseDateTime(new Date(expiresAt), timezone).setLocale('en').toFormat('d LLL');
	return `expires ${day}`;
}

/** What the panel shows for an invitation: who, how it stands, and what else distinguishes it from others. */
export function buildLabel(
	invitation: Invitation,
	detail: string | null,
	timezone: string,
): string {
	const { name, email } = invitation;
	const who = name === null && email === null ? 'Without a name' : null;
	const parts = [who, name, email, describeState(invitation, timezone), detail];
	return parts.filter((part) => part !== null && part !== '').join(' · ');
}

/** The message of a list that cannot be shown appears below it; there are no items to name. */
export function createPanelError(context: ILoadOptionsFunctions, failure: Failure): Error {
	const { description } = failure;
	return buildError(context.getNode(), failure, { description });
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
	const timezone = context.getTimezone();
	const wanted = filter.trim().toLowerCase();
	const end = start + PAGE_SIZE;
	const matches: Array<{ name: string; value: string }> = [];
	for await (const page of createProvider(createPanelReader(context), session.value).list(0)) {
		if (!page.ok) throw createPanelError(context, page.failure);
		for (const found of page.value) {
			const { detail, value } = toEntry(found);
			const name = buildLabel(found.invitation, detail, timezone);
			// By its status, too, where the label shows a date instead.
			const text = `${name} ${found.invitation.status} ${value}`.toLowerCase();
			if (text.includes(wanted)) matches.push({ name, value });
		}
		// One more than shown tells that there is a next page.
		if (matches.length > end) break;
	}
	return {
		results: matches.slice(start, end),
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
