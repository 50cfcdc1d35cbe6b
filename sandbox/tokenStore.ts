import { randomUUID } from 'node:crypto';
import type { Clock } from './clock';
import { pastedId, readJwt, signJwt } from './jwt';

export interface TokenStore {
	issue(provider: string, claims: Record<string, unknown>): { token: string; jti: string };
	accepts(provider: string, token: string | null): boolean;
	/** Pasted tokens survive unless asked for: they stand for a token nobody revoked. */
	revoke(provider?: string, options?: { pasted?: boolean }): void;
	reset(): void;
}

export function createTokenStore(clock: Clock, providers: readonly string[]): TokenStore {
	const issued = new Map<string, Set<string>>();
	const reset = () => {
		for (const provider of providers) issued.set(provider, new Set([pastedId(provider)]));
	};
	reset();
	return {
		issue(provider, claims) {
			const jti = randomUUID();
			issued.get(provider)?.add(jti);
			return { token: signJwt({ ...claims, jti }), jti };
		},
		accepts(provider, token) {
			const claims = token === null ? null : readJwt(token);
			if (claims === null || typeof claims.jti !== 'string') return false;
			if (typeof claims.exp === 'number' && claims.exp * 1000 <= clock.now()) return false;
			return issued.get(provider)?.has(claims.jti) ?? false;
		},
		revoke(provider, options = {}) {
			for (const name of provider === undefined ? providers : [provider]) {
				const pasted = pastedId(name);
				const keep = options.pasted !== true && (issued.get(name)?.has(pasted) ?? false);
				issued.set(name, new Set(keep ? [pasted] : []));
			}
		},
		reset,
	};
}
