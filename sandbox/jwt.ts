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

/** 1 January 2024 and 1 January 2100, in the seconds a JWT counts. */
export const ISSUED = 1_704_067_200;
export const FAR_AWAY = 4_102_444_800;

/** The id in the tokens of a service that are pasted; they survive where signed-in ones are revoked. */
export function pastedId(service: string): string {
	return `${service}-pasted`;
}

/** A token to paste: the same one each time, issued in 2024. */
export function pastedToken(service: string, claims: Record<string, unknown>): string {
	return signJwt({ sub: 'sandbox-pasted', jti: pastedId(service), iat: ISSUED, ...claims });
}
