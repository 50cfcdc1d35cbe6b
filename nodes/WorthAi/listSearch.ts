import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import type { Found } from '../shared/invitation/provider';
import { listLabel, searchInvitations, type ListEntry } from '../shared/node/listSearch';
import { CREDENTIAL, worthAiProvider } from './provider';

function entryOf({ invitation }: Found): ListEntry {
	const { subject, email, name } = invitation;
	return {
		label: listLabel(invitation, name === null ? null : email),
		value: 'userId' in subject ? subject.userId : '',
	};
}

export async function searchUsers(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await searchInvitations(
		this,
		CREDENTIAL,
		worthAiProvider,
		entryOf,
		filter,
		paginationToken,
	);
}
