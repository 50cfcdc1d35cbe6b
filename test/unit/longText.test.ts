import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { checkSignature, parseSigningKey } from '../../nodes/KarmaCheck/webhook/signature';
import { saysOnboarded } from '../../nodes/WorthAi/api';
import { normaliseBaseUrl } from '../../nodes/shared/http/baseUrl';
import { readProviderWords } from '../../nodes/shared/http/errorMessages';
import { redact } from '../../nodes/shared/http/redact';
import type { Reply } from '../../nodes/shared/http/response';
import { normaliseInstant } from '../../nodes/shared/invitation/invitation';
import { parseJson } from '../../nodes/shared/core/json';
import { stripBearer, readJwtExpiry } from '../../nodes/shared/http/token';
import { checkEmail, checkId } from '../../nodes/shared/node/parameters';
import { readSnapshot } from '../../nodes/shared/trigger/snapshot';
import { readRetryAfter } from '../../nodes/shared/http/retry';

/**
 * While a pattern runs on text from outside, all of n8n stands still. Each of these takes milliseconds
 * if the time grows with the length, and from minutes to hours if it grows with its square. So
 * nothing here looks at a clock: with a pattern that is too slow, these tests do not come to an end.
 */
const LONG = 2_000_000;
const SEED = 20261121;

const fill = (part: string): string => part.repeat(Math.ceil(LONG / part.length));

function reply(text: string, headers: Record<string, string> = {}): Reply {
	return { status: 422, headers, text, body: parseJson(text) };
}

describe('two million characters of', () => {
	it.each([
		['an address that lacks its end', `a@${fill('.x')}@`],
		['dots', `a@${fill('.')}`],
		['a name', fill('a')],
		['blanks', `a${fill(' ')}@example.com`],
	])('%s are no e-mail address', (_, text) => {
		expect(checkEmail(text, 'Email').ok).toBe(false);
	});

	it('blanks around an address are taken away', () => {
		const padded = `${fill(' ')}ann@example.com${fill('\n')}`;
		expect(checkEmail(padded, 'Email')).toEqual({ ok: true, value: 'ann@example.com' });
	});

	it.each([
		['/^[A-Za-z0-9_-]{1,64}$/', /^[A-Za-z0-9_-]{1,64}$/],
		['/^(?:0|[1-9]\\d{0,18})$/', /^(?:0|[1-9]\d{0,18})$/],
	])('digits are no id by %s', (_, pattern) => {
		const rule = { parameter: 'Case', pattern, example: 'a', looksLike: 'It is short.' };
		expect(checkId(fill('1'), rule).ok).toBe(false);
	});

	// Anything that only begins like a token stays; what is one goes.
	it.each([
		[fill('eyJ-'), fill('eyJ-')],
		[`${fill('eyJ-')}.x`, '[hidden]'],
		[fill('eyJ.'), fill('eyJ.')],
		[fill('-eyJ'), fill('-eyJ')],
		[`Bearer${fill(' ')}`, `Bearer${fill(' ')}`],
		[fill('Bearer'), fill('Bearer')],
		[fill('/invite'), '/invite/[hidden]'],
		[fill('/invite '), fill('/invite ')],
		[fill('/invite/"'), fill('/invite/"')],
		[fill('/invite/'), '/invite/[hidden]'],
	])('what may hold a token are looked through', (text, clean) => {
		// Compared by hand: on a difference Jest would print both.
		expect(redact(text) === clean).toBe(true);
	});

	it.each([
		['titles without an end', `<html>${fill('<title')}`, 'a web page'],
		['a title', `<html><title ${fill(' ')}>Hello`, 'a web page titled "Hello"'],
		['opening brackets', `${fill('<')}<html>`, 'a web page'],
		['sentences', fill('.; '), null],
		['digits', `{"message":"no","x":${fill('1')}`, null],
		['keys', `{"message":"no"${fill(',"1": 1')}}`, 'no'],
		['blanks after a digit', `{"message":"no","x":1${fill(' ')}:`, null],
		['quotes', fill('"'), null],
		['backslashes', `"${fill('\\')}`, null],
		['fractions', `[${fill('1.')}`, null],
		['exponents', `[${fill('1e')}`, null],
		['long ids', `{"message":"no","ids":[1${fill(',9007199254740993')}]}`, 'no'],
	])('%s are read', (_, text, words) => {
		const found = readProviderWords(reply(text));
		if (words === null) expect(found?.length ?? 0).toBeLessThan(302);
		else expect(found).toBe(words);
	});

	it.each([' ', '1', '1 ', ' 1'])('"%s" are no time to wait', (part) => {
		const header = `${fill(part)}x`;
		expect(readRetryAfter(reply('', { 'retry-after': header }), 0)).toBeNull();
	});

	it.each(['1', '2026-11-21T', '(', ' ', '2026-11-21 ', 'a '])('"%s" are no instant', (part) => {
		expect(normaliseInstant(`${fill(part)}x`)).toBeNull();
	});

	it.each(['/', '/.', '%2e', './'])('"%s" are taken for a base URL or not', (part) => {
		const typed = `https://api.example.com/${fill(part)}a`;
		try {
			expect(normaliseBaseUrl(typed)).toMatch(/^https:/);
		} catch (thrown) {
			expect(String(thrown)).toContain('The base URL must not contain . or ..');
		}
	});

	it('slashes at the end of a base URL are taken away', () => {
		const base = normaliseBaseUrl(`https://api.example.com/v1${fill('/')}`);
		expect(base).toBe('https://api.example.com/v1');
	});

	it('a token are read', () => {
		expect(stripBearer(`Bearer${fill(' ')}x`)).toBe('x');
		expect(readJwtExpiry(fill('.'))).toBeNull();
		expect(readJwtExpiry(fill('eyJ.'))).toBeNull();
	});

	it('a signature or a secret are refused', () => {
		expect(parseSigningKey(`${fill('A')}!`)).toBeNull();
		expect(parseSigningKey(fill('='))).toBeNull();
		const key = 'c2VjcmV0IHNlY3JldA==';
		for (const signature of [fill('v1,a '), fill(' '), fill('v1,')]) {
			const headers = {
				'svix-id': fill('x'),
				'svix-timestamp': '1000',
				'svix-signature': signature,
			};
			const verdict = checkSignature({ headers, rawBody: Buffer.alloc(0) }, key, 1_000_000);
			expect(verdict.kind).toBe('mismatch');
		}
		const signed = createHmac('sha256', Buffer.from(key, 'base64')).update('x.1000.').digest();
		const headers = {
			'svix-id': 'x',
			'svix-timestamp': '1000',
			'svix-signature': `${fill('v1,a ')}v1,${signed.toString('base64')}`,
		};
		const verdict = checkSignature({ headers, rawBody: Buffer.alloc(0) }, key, 1_000_000);
		expect(verdict.kind).toBe('valid');
	});

	it('an answer of Worth AI are no sign of an onboarded user', () => {
		const body = { message: fill('already ') };
		expect(saysOnboarded({ status: 400, headers: {}, text: '', body })).toBe(false);
	});

	it.each(['a', 'a~', '0~a '])('"%s" in the state of a trigger are read or not', (part) => {
		const data = { version: 1, scope: 's', seen: { key: fill(part) } };
		expect(() => readSnapshot(data, 's')).not.toThrow();
	});
});

describe('what is found', () => {
	/** As it was before it was made fast. */
	const EMAIL = /^[^\s@<>"(),;]+@[^\s@<>"(),;]+\.[^\s@<>"(),;]+$/;
	const TOKEN = /\beyJ[\w-]+(?:\.[\w-]*){1,2}/g;

	it('of e-mail addresses is the same as by the plain pattern', () => {
		const part = fc.constantFrom('a', '@', '.', '..', ' ', '<', 'example', 'é', '-', ';');
		fc.assert(
			fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
				const text = parts.join('').trim();
				expect(checkEmail(text, 'Email').ok).toBe(EMAIL.test(text));
			}),
			{ numRuns: 20_000, seed: SEED },
		);
	});

	it('of tokens is the same as by the plain pattern', () => {
		const part = fc.constantFrom('eyJ', 'eyJa', '-', '.', '..', '_', ' ', 'x', 'é', 'eyJa.b');
		fc.assert(
			fc.property(fc.array(part, { maxLength: 9 }), (parts) => {
				const text = parts.join('');
				expect(redact(text)).toBe(text.replace(TOKEN, '[hidden]'));
			}),
			{ numRuns: 20_000, seed: SEED },
		);
	});
});
