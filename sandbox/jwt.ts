import { createHmac, timingSafeEqual } from 'node:crypto';
import { fromJson, isRecord } from './json';

/** Signs nothing but sandbox tokens; anybody may know it. */
const SIGNING_KEY = 'sandbox-signing-key';

function part(value: Record<string, unknown>): string {
	return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signature(content: string): string {
	return createHmac('sha256', SIGNING_KEY).update(content).digest('base64url');
}

export function signJwt(claims: Record<string, unknown>): string {
	const content = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
	return `${content}.${signature(content)}`;
}

/** The claims of a token this sandbox signed, or null. Whether it has run out is for the caller. */
export function readJwt(token: string): Record<string, unknown> | null {
	const [header, payload, given, ...rest] = token.split('.');
	if (header === undefined || payload === undefined || given === undefined || rest.length > 0) {
		return null;
	}
	const expected = Buffer.from(signature(`${header}.${payload}`));
	const actual = Buffer.from(given);
	if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return null;
	const claims = fromJson(Buffer.from(payload, 'base64url').toString('utf8'));
	return isRecord(claims) ? claims : null;
}
