import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import type { Failure } from '../core/failure';
import type { Invitation } from '../invitation/invitation';
import { nodeError } from './items';
import { panelParameters, type ParameterReader } from './parameters';
import type { Found, InvitationProvider } from '../invitation/provider';
import { openSession, type CredentialPlan, type Session } from '../http/session';

/** How many entries a list in the panel shows at a time; scrolling asks for more. */
const PAGE_SIZE = 100;

export interface ListEntry {
	label: string;
	value: string;
}

/** What the panel shows for an invitation: who, then what tells it from others, then the status. */
export function listLabel({ name, email, status }: Invitation, detail: string | null): string {
	const who = name ?? email ?? 'Without a name';
	return [who, detail, status].filter((part) => part !== null && part !== '').join(' · ');
}

/** The message of a list that cannot be shown appears below it; there are no items to name. */
export function panelError(context: ILoadOptionsFunctions, failure: Failure): Error {
	const error = nodeError(context.getNode(), failure, 0);
	error.message = failure.message;
	return error;
}

/** Fills the From List mode of a resource locator. */
export async function searchInvitations<Target>(
	context: ILoadOptionsFunctions,
	credential: CredentialPlan,
	createProvider: (parameters: ParameterReader, session: Session) => InvitationProvider<Target>,
	entryOf: (found: Found) => ListEntry,
	filter: string | undefined,
	paginationToken: string | undefined,
): Promise<INodeListSearchResult> {
	const session = await openSession(context, credential);
	if (!session.ok) throw panelError(context, session.failure);
	const wanted = (filter ?? '').trim().toLowerCase();
	const start = Number(paginationToken ?? 0);
	const end = start + PAGE_SIZE;
	const matches: ListEntry[] = [];
	for await (const page of createProvider(panelParameters(context), session.value).list(0)) {
		if (!page.ok) throw panelError(context, page.failure);
		for (const found of page.value) {
			const entry = entryOf(found);
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
