import { createListSearch } from '../shared/node/listSearch';
import { numium } from './provider';

export const searchInvitationsOfTenant = createListSearch(numium, ({ invitation }) => ({
	detail: `#${invitation.subject.invitationId}`,
	value: invitation.subject.invitationId,
}));
