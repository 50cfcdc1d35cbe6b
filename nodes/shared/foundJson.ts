import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Invitation } from './invitation';
import { isObject } from './json';
import type { Found } from './provider';

/** An invitation as an item's `json`. */
export function invitationJson(invitation: Invitation): IDataObject {
	return { ...invitation, subject: { ...invitation.subject } };
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
