import { createListSearch } from '../../../../../nodes/shared/node/listSearch';
import { acmeOnboarding } from './provider';

export const searchInvitations = createListSearch(acmeOnboarding, ({ invitation }) => ({
	detail: null,
	value: invitation.subject.invitationId,
}));
