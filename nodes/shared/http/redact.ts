import { stripBearer } from './token';

/**
 * A JWT, and what only begins like one. Without the dot it is not a JWT, but if the pattern skipped it, it would
 * start again at every `eyJ` in it: 160 KB of `eyJ-eyJ-…` took 5.6 s.
 */
const LIKE_TOKEN = /\beyJ[\w-]+(?:\.[\w-]*){0,2}/g;
const BEARER = /\bBearer\s+\S+/gi;
/** Whoever has a personal link can open the invitation. A guess at how any service may write one, as no plan declares it. */
const LINK = /(\/invite)[/?][^\s"'<>]+/gi;

/** A secret as it may come back: a page or log line that quotes the request holds it escaped. */
function listSpellings(secret: string): string[] {
	// As UTF-8, since encodeURIComponent throws at half of a surrogate pair.
	const inUrl = encodeURIComponent(Buffer.from(secret).toString());
	return [secret, JSON.stringify(secret).slice(1, -1), inUrl];
}

/** Removes what looks like a token or a personal link from text that a provider wrote. */
export function redact(text: string, secrets: readonly string[] = []): string {
	// Longest first: one secret may begin with another, whose removal would leave the rest of it.
	return secrets
		.flatMap(listSpellings)
		.sort((a, b) => b.length - a.length)
		.reduce((clean, form) => clean.replaceAll(form, '[hidden]'), text)
		.replace(BEARER, 'Bearer [hidden]')
		.replace(LIKE_TOKEN, (like) => (like.includes('.') ? '[hidden]' : like))
		.replace(LINK, '$1/[hidden]');
}

/** Shorter ones are never cut out: a token `a` would leave nothing to read. */
const LEAST_SECRET = 6;

/** What may be read: the settings of the credentials, and the two that n8n adds to each. */
const PLAIN_FIELDS = [
	'environment',
	'baseUrl',
	'authentication',
	'email',
	'allowedHttpRequestDomains',
	'allowedDomains',
];

const SECRET_WORD = /pass|secret|token|key|cert|auth|sign/i;

/** Settings, and ids such as a customer's, unless the name has to do with a secret after all. */
function isPlain(field: string): boolean {
	return PLAIN_FIELDS.includes(field) || (/Id$/.test(field) && !SECRET_WORD.test(field));
}

/** The values in a credential that must stay secret: every text that is not known to be harmless. */
export function collectSecrets(credential: Readonly<Record<string, unknown>>): string[] {
	return Object.entries(credential).flatMap(([field, value]) => {
		const secret = isPlain(field) ? '' : stripBearer(value);
		return secret.length < LEAST_SECRET ? [] : [secret];
	});
}
