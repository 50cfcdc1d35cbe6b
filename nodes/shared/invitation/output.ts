import type { IDataObject } from 'n8n-workflow';
import type { Invitation } from './invitation';

/** An invitation as an item's `json`, in the order of the columns in n8n's table: who, how it stands, the rest. */
export function buildInvitationJson(invitation: Invitation): IDataObject {
	return {
		name: invitation.name,
		email: invitation.email,
		status: invitation.status,
		daysLeft: invitation.daysLeft,
		expiresAt: invitation.expiresAt,
		sentAt: invitation.sentAt,
		completedAt: invitation.completedAt,
		providerStatus: invitation.providerStatus,
		subject: { ...invitation.subject },
		id: invitation.id,
		provider: invitation.provider,
		environment: invitation.environment,
	};
}
