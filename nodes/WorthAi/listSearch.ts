import { createListSearch, buildLabel } from '../shared/node/listSearch';
import { worthAi } from './provider';

export const searchUsers = createListSearch(worthAi, ({ invitation }) => ({
	label: buildLabel(invitation, invitation.name === null ? null : invitation.email),
	value: invitation.subject.userId,
}));
