import { isObject, parseJson } from '../core/json';

/** The instant a JWT expires, in epoch milliseconds; null for one without `exp` or not a JWT. */
export function readJwtExpiry(token: string): number | null {
	const payload = token.split('.')[1];
	if (payload === undefined) return null;
	const claims = parseJson(Buffer.from(payload, 'base64url').toString('utf8'));
	return isObject(claims) && typeof claims.exp === 'number' ? claims.exp * 1000 : null;
}

/** A pasted token without the `Bearer` some people copy along. */
export function stripBearer(pasted: unknown): string {
	return typeof pasted === 'string' ? pasted.trim().replace(/^Bearer\s+/i, '') : '';
}
