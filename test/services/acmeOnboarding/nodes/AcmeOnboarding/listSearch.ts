import { createListSearch, buildLabel } from '../../../../../nodes/shared/node/listSearch';
import { acmeOnboarding } from './provider';

export const searchInvitations = createListSearch(acmeOnboarding, ({ invitation }) => ({
	label: buildLabel(invitation, invitation.email),
	value: invitation.subject.invitationId,
}));
