import type {
	ILoadOptionsFunctions,
	INodeListSearchResult,
	INodePropertyOptions,
} from 'n8n-workflow';
import { textOrNull } from '../shared/core/json';
import type { Found } from '../shared/invitation/provider';
import { openSession } from '../shared/http/session';
import {
	listLabel,
	panelError,
	searchInvitations,
	type ListEntry,
} from '../shared/node/listSearch';
import { listPackages } from './api';
import { CREDENTIAL, karmaCheckProvider } from './provider';

function entryOf({ invitation, raw }: Found): ListEntry {
	const { subject } = invitation;
	return {
		label: listLabel(invitation, textOrNull(raw.packageName)),
		value: 'caseId' in subject ? subject.caseId : '',
	};
}

export async function searchCases(
	this: ILoadOptionsFunctions,
	filter?: string,
	paginationToken?: string,
): Promise<INodeListSearchResult> {
	return await searchInvitations(
		this,
		CREDENTIAL,
		karmaCheckProvider,
		entryOf,
		filter,
		paginationToken,
	);
}

export async function getPackages(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const session = await openSession(this, CREDENTIAL);
	const packages = session.ok ? await listPackages(session.value) : session;
	if (!packages.ok) throw panelError(this, packages.failure);
	return packages.value.map(({ id, name }) => ({
		name: textOrNull(name) ?? String(id),
		value: String(id),
	}));
}
