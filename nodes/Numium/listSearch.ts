import { createListSearch, buildLabel } from '../shared/node/listSearch';
import { numium } from './provider';

export const searchInvitationsOfTenant = createListSearch(numium, ({ invitation }) => ({
	label: buildLabel(invitation, `#${invitation.subject.invitationId}`),
	value: invitation.subject.invitationId,
}));
