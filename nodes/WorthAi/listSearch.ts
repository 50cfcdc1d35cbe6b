import { createListSearch } from '../shared/node/listSearch';
import { worthAi } from './provider';

export const searchUsers = createListSearch(worthAi, ({ invitation }) => ({
	detail: null,
	value: invitation.subject.userId,
}));
