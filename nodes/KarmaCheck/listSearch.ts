import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';
import { readText } from '../shared/core/json';
import { openSession } from '../shared/http/session';
import { createListSearch, createPanelError } from '../shared/node/listSearch';
import { listPackages } from './api';
import { karmaCheck } from './provider';

export const searchCases = createListSearch(karmaCheck, ({ invitation, raw }) => ({
	detail: readText(raw.packageName),
	value: invitation.subject.caseId,
}));

export async function getPackages(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const session = await openSession(this, karmaCheck.credential);
	const packages = session.ok ? await listPackages(session.value) : session;
	if (!packages.ok) throw createPanelError(this, packages.failure);
	return packages.value.map(({ id, name }) => ({
		name: readText(name) ?? String(id),
		value: String(id),
	}));
}
