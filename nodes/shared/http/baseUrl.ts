/** Where a provider's API is, as its credential says; the nodes and the credential test agree. */

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
const DOTS = /(?:^|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?:[/\\]|%2f|%5c|$)/i;

/** Begins where slashes begin, and not at each of them: 200,000 in a path took half a minute. */
const TRAILING_SLASHES = /(?<!\/)\/+$/;

/**
 * Normalises a base URL a user typed: https (http on this machine only), no user info, query or
 * fragment, no `..` in the path, no trailing slash.
 *
 * @throws Error with words for the user
 */
export function normaliseBaseUrl(typed: unknown): string {
	const text = typeof typed === 'string' ? typed.trim() : '';
	if (text === '') {
		throw new Error(
			'The base URL is empty. Enter it in the credential, e.g. https://api.example.com',
		);
	}
	const url = URL.canParse(text) ? new URL(text) : null;
	if (url === null || !/^https?:\/\//i.test(text)) {
		throw new Error('The base URL is not a web address. It looks like https://api.example.com');
	}
	if (url.protocol !== 'https:' && !LOOPBACK.test(url.hostname)) {
		throw new Error(
			'The base URL must start with https://, so that the token is never sent unencrypted',
		);
	}
	if (url.username !== '' || url.password !== '') {
		throw new Error('The base URL must not contain a user name or a password');
	}
	if (url.search !== '' || url.hash !== '' || /[?#]/.test(text)) {
		throw new Error('The base URL must not contain ? or #');
	}
	const base = `${url.origin}${url.pathname}`.replace(TRAILING_SLASHES, '');
	// Parsing resolves dots in the path, and makes dots of other characters in the host.
	if (DOTS.test(text) || DOTS.test(base)) {
		throw new Error('The base URL must not contain . or .. in its path');
	}
	return base;
}

/** Base URLs by the credential's `environment`; `custom` takes what the user typed. */
export type KnownHosts = Readonly<Record<string, string>>;

/** @throws Error with words for the user, for a custom base URL that cannot be used */
export function resolveBaseUrl(
	credential: { environment?: unknown; baseUrl?: unknown },
	hosts: KnownHosts,
): string {
	const { environment } = credential;
	const known = typeof environment === 'string' ? hosts[environment] : undefined;
	return known ?? normaliseBaseUrl(credential.baseUrl);
}

/** The name for outputs: `production`, `stage`, or the custom host. */
export function nameEnvironment(
	credential: { environment?: unknown },
	baseUrl: string,
	hosts: KnownHosts,
): string {
	const { environment } = credential;
	return typeof environment === 'string' && environment in hosts
		? environment
		: new URL(baseUrl).host;
}

/**
 * The name for keys: that of a known host, or the whole base URL, normalised. By the address alone:
 * entered as a custom one, production is still production, and two installations below one host
 * are two.
 */
export function nameInstallation(baseUrl: string, hosts: KnownHosts): string {
	return Object.keys(hosts).find((name) => hosts[name] === baseUrl) ?? baseUrl;
}
