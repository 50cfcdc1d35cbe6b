import { createHmac, timingSafeEqual } from 'crypto';
import { isObject } from '../../shared/core/json';

/**
 * The signature that Svix, which delivers KarmaCheck's webhooks, puts on a message:
 * https://docs.svix.com/receiving/verifying-payloads/how-manual
 */

const SECRET_PREFIX = 'whsec_';

/** How old or how far ahead a message may be, as Svix recommends. */
const TOLERANCE_SECONDS = 300;

export interface SignedMessage {
	/** As n8n hands them over, names in lower case. */
	headers: unknown;
	/** The bytes as they came: JSON that was parsed and written again would have another signature. */
	rawBody: Buffer;
}

/** `id` is the same on every delivery of one message. */
export type SignatureVerdict =
	{ kind: 'valid'; id: string } | { kind: 'unsigned' | 'stale' | 'mismatch' | 'unusableSecret' };

/** The key in a signing secret; null for what cannot be one. */
export function parseSigningKey(secret: unknown): Buffer | null {
	const text = typeof secret === 'string' ? secret.trim() : '';
	const encoded = text.startsWith(SECRET_PREFIX) ? text.slice(SECRET_PREFIX.length) : text;
	// Node decodes whatever it is given, ignoring what is not base64.
	if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) return null;
	const key = Buffer.from(encoded, 'base64');
	return key.length === 0 ? null : key;
}

/** Svix calls its headers `webhook-…`, and `svix-…` in older set-ups. */
function readHeader(headers: unknown, name: 'id' | 'timestamp' | 'signature'): string | null {
	if (!isObject(headers)) return null;
	const value: unknown = headers[`webhook-${name}`] ?? headers[`svix-${name}`];
	return typeof value === 'string' && value !== '' ? value : null;
}

function isSame(one: Buffer, other: Buffer): boolean {
	return one.length === other.length && timingSafeEqual(one, other);
}

/** @param now epoch milliseconds */
export function checkSignature(
	{ headers, rawBody }: SignedMessage,
	secret: unknown,
	now: number,
): SignatureVerdict {
	const key = parseSigningKey(secret);
	if (key === null) return { kind: 'unusableSecret' };
	const id = readHeader(headers, 'id');
	const timestamp = readHeader(headers, 'timestamp');
	const signatures = readHeader(headers, 'signature');
	if (id === null || timestamp === null || signatures === null) return { kind: 'unsigned' };
	if (!/^\d{1,12}$/.test(timestamp)) return { kind: 'unsigned' };
	if (Math.abs(Math.floor(now / 1000) - Number(timestamp)) > TOLERANCE_SECONDS) {
		return { kind: 'stale' };
	}
	const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(rawBody).digest();
	// Several: while a secret is being replaced, the old one and the new one both sign.
	const matches = signatures
		.split(' ')
		.filter((entry) => entry.startsWith('v1,'))
		.map((entry) => isSame(Buffer.from(entry.slice('v1,'.length), 'base64'), expected));
	return matches.includes(true) ? { kind: 'valid', id } : { kind: 'mismatch' };
}
