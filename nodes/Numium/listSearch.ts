import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import type { Found } from '../shared/invitation/provider';
import { listLabel, searchInvitations, type ListEntry } from '../shared/node/listSearch';
import { CREDENTIAL, numiumProvider } from './provider';

function entryOf({ invitation }: Found): ListEntry {
	const id = invitation.id ?? '';
	return { label: listLabel(invitation, `#${id}`), value: id };
}

export async function searchInvitationsOfTenant(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await searchInvitations(
		this,
		CREDENTIAL,
		numiumProvider,
		entryOf,
		filter,
		paginationToken,
	);
}
