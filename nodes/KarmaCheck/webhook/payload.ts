import type { IDataObject } from 'n8n-workflow';
import { isObject, parseJson, readText, type JsonObject } from '../../shared/core/json';

/**
 * The pair that was entered when the webhook was registered comes back in the envelope, where it
 * would end up in every stored execution.
 */
const SECRET_KEYS = ['username', 'password'];

/** Removes them at every level, without recursion, however deep the levels go. */
function removeSecrets(body: unknown): void {
	const ahead: unknown[] = [body];
	while (ahead.length > 0) {
		const next = ahead.pop();
		if (Array.isArray(next)) {
			for (const entry of next) ahead.push(entry);
		} else if (isObject(next)) {
			for (const [key, inner] of Object.entries(next)) {
				if (SECRET_KEYS.includes(key.toLowerCase())) delete next[key];
				else ahead.push(inner);
			}
		}
	}
}

/** @returns null for what is not an envelope in JSON */
export function parseEnvelope(rawBody: Buffer): JsonObject | null {
	const body = parseJson(rawBody.toString('utf8'));
	removeSecrets(body);
	return isObject(body) ? body : null;
}

/** A status change of a case is about the case itself, one of case data names its case. */
function readCaseId(event: unknown, eventObject: JsonObject): string | null {
	return readText(event === 'case.statuschange' ? eventObject.id : eventObject.caseId);
}

/**
 * The item for an envelope. `caseId` has the name that it has in the output of the nodes, so that a KarmaCheck node
 * can follow directly.
 */
export function buildItem(envelope: JsonObject): IDataObject {
	const { event, messageId, apiTrackingCode, apiTrackingUser } = envelope;
	const eventObject = isObject(envelope.eventObject) ? envelope.eventObject : {};
	return {
		event: event ?? null,
		messageId: messageId ?? null,
		caseId: readCaseId(event, eventObject),
		apiTrackingCode: apiTrackingCode ?? null,
		apiTrackingUser: apiTrackingUser ?? null,
		eventObject,
	};
}
