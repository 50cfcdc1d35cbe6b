import type { ILoadOptionsFunctions, INodePropertyOptions } from 'n8n-workflow';
import { textOrNull } from '../shared/core/json';
import { openSession } from '../shared/http/session';
import { createListSearch, listLabel, panelError } from '../shared/node/listSearch';
import { listPackages } from './api';
import { karmaCheck } from './provider';

export const searchCases = createListSearch(karmaCheck, ({ invitation, raw }) => ({
	label: listLabel(invitation, textOrNull(raw.packageName)),
	value: invitation.subject.caseId,
}));

export async function getPackages(this: ILoadOptionsFunctions): Promise<INodePropertyOptions[]> {
	const session = await openSession(this, karmaCheck.credential);
	const packages = session.ok ? await listPackages(session.value) : session;
	if (!packages.ok) throw panelError(this, packages.failure);
	return packages.value.map(({ id, name }) => ({
		name: textOrNull(name) ?? String(id),
		value: String(id),
	}));
}
