import type { IDataObject } from 'n8n-workflow';

/** Far more than arrive while Svix still repeats a delivery; some 15 kB in the stored workflow. */
const REMEMBERED = 500;

/**
 * Whether a message was taken before; it is remembered from now on.
 *
 * n8n loads the workflow's static data for each call and saves it after the call was answered. Two
 * deliveries of one message at the same moment can therefore both pass: what must not happen twice
 * needs a check of its own further down the workflow, such as 'Send at Most Once' when resending.
 */
export function isReplay(data: IDataObject, messageId: string): boolean {
	const known: unknown = data.messages;
	const messages = Array.isArray(known) ? known.map(String) : [];
	if (messages.includes(messageId)) return true;
	data.messages = [...messages, messageId].slice(-REMEMBERED);
	return false;
}
