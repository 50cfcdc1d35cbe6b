import { createListSearch, listLabel } from '../shared/node/listSearch';
import { numium } from './provider';

export const searchInvitationsOfTenant = createListSearch(numium, ({ invitation }) => ({
	label: listLabel(invitation, `#${invitation.subject.invitationId}`),
	value: invitation.subject.invitationId,
}));
