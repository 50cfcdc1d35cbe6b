import type { IDataObject } from 'n8n-workflow';
import { isObject, parseJson, textOrNull, type JsonObject } from '../shared/json';

/**
 * The pair that was entered when the webhook was registered comes back in the envelope, where it
 * would end up in every stored execution.
 */
const SECRET_KEYS = ['username', 'password'];

function withoutSecrets(value: unknown): unknown {
	if (Array.isArray(value)) return value.map(withoutSecrets);
	if (!isObject(value)) return value;
	return Object.fromEntries(
		Object.entries(value)
			.filter(([key]) => !SECRET_KEYS.includes(key.toLowerCase()))
			.map(([key, inner]) => [key, withoutSecrets(inner)]),
	);
}

/** @returns null for what is not an envelope in JSON */
export function parseEnvelope(rawBody: Buffer): JsonObject | null {
	const body = withoutSecrets(parseJson(rawBody.toString('utf8')));
	return isObject(body) ? body : null;
}

/** A status change of a case is about the case itself, one of case data names its case. */
function caseIdOf(event: unknown, eventObject: JsonObject): string | null {
	return textOrNull(event === 'case.statuschange' ? eventObject.id : eventObject.caseId);
}

/**
 * The item for an envelope. `subject.caseId` stands where the nodes put it out, so that a KarmaCheck
 * node connects as it is.
 */
export function itemOf(envelope: JsonObject): IDataObject {
	const { event, messageId, apiTrackingCode, apiTrackingUser } = envelope;
	const eventObject = isObject(envelope.eventObject) ? envelope.eventObject : {};
	return {
		event: event ?? null,
		messageId: messageId ?? null,
		subject: { caseId: caseIdOf(event, eventObject) },
		apiTrackingCode: apiTrackingCode ?? null,
		apiTrackingUser: apiTrackingUser ?? null,
		eventObject,
	};
}
