import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Invitation } from './invitation';
import { isObject } from '../core/json';
import type { Found } from './provider';

/** An invitation as an item's `json`, in the order of the columns in n8n's table: who, how it stands, the rest. */
export function invitationJson(invitation: Invitation): IDataObject {
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

/** What the user asked to see of it: `Simplify` on or off, with the link or without. */
export function foundJson(
	context: IExecuteFunctions,
	found: Found,
	itemIndex: number,
): IDataObject {
	if (context.getNodeParameter('simplify', itemIndex, true) === false) return found.raw;
	const options: unknown = context.getNodeParameter('options', itemIndex, {});
	const withLink = isObject(options) && options.includeLink === true;
	const json = invitationJson(found.invitation);
	return withLink ? { ...json, link: found.link } : json;
}
