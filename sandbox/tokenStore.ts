import { randomUUID } from 'node:crypto';
import type { Clock } from './clock';
import { readJwt, signJwt } from './jwt';
import { PROVIDERS, type Provider } from './types';

export interface TokenStore {
	issue(provider: Provider, claims: Record<string, unknown>): { token: string; jti: string };
	accepts(provider: Provider, token: string | null): boolean;
	/** Pasted tokens survive unless asked for: they stand for a token nobody revoked. */
	revoke(provider?: Provider, options?: { pasted?: boolean }): void;
	reset(): void;
}

export function createTokenStore(clock: Clock): TokenStore {
	const issued = new Map<Provider, Set<string>>();
	const reset = () => {
		for (const provider of PROVIDERS) issued.set(provider, new Set([`${provider}-pasted`]));
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
			for (const name of provider === undefined ? PROVIDERS : [provider]) {
				const pasted = `${name}-pasted`;
				const keep = options.pasted !== true && (issued.get(name)?.has(pasted) ?? false);
				issued.set(name, new Set(keep ? [pasted] : []));
			}
		},
		reset,
	};
}
