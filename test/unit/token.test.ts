import fc from 'fast-check';
import { stripBearer, readJwtExpiry } from '../../nodes/shared/http/token';

function encoded(value: unknown): string {
	return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function jwt(claims: unknown): string {
	return `${encoded({ alg: 'none' })}.${encoded(claims)}.c2lnbmF0dXJl`;
}

describe('readJwtExpiry', () => {
	it.each([
		['the instant of exp', jwt({ exp: 1_781_524_800 }), 1_781_524_800_000],
		['an instant with a fraction', jwt({ exp: 1_781_524_800.5 }), 1_781_524_800_500],
		['claims with other characters', jwt({ name: 'Zoë ☃ ???>>>', exp: 1 }), 1000],
		['a token without a signature', jwt({ exp: 1 }).split('.').slice(0, 2).join('.'), 1000],
		['the beginning of time', jwt({ exp: 0 }), 0],
	])('reads %s', (_, token, expected) => {
		expect(readJwtExpiry(token)).toBe(expected);
	});

	it.each([
		['a token without exp', jwt({ sub: '1' })],
		['an exp that is text', jwt({ exp: '1781524800' })],
		['an exp that is null', jwt({ exp: null })],
		['claims that are a list', jwt([{ exp: 1 }])],
		['claims that are null', jwt(null)],
		['an opaque token', 'sk_live_51H'],
		['two words with a dot', 'a.b'],
		['nothing', ''],
		['dots', '..'],
	])('finds none in %s', (_, token) => {
		expect(readJwtExpiry(token)).toBeNull();
	});

	it('never throws', () => {
		const token = fc.oneof(
			fc.string(),
			fc.array(fc.base64String()).map((parts) => parts.join('.')),
		);
		fc.assert(
			fc.property(token, (text) => {
				expect([null, 'number']).toContain(readJwtExpiry(text) === null ? null : 'number');
			}),
			{ numRuns: 300, seed: 20261120 },
		);
	});
});

describe('stripBearer', () => {
	it.each([
		['eyJhbGciOi.J9.x', 'eyJhbGciOi.J9.x'],
		['  eyJhbGciOi.J9.x\n', 'eyJhbGciOi.J9.x'],
		['Bearer eyJhbGciOi.J9.x', 'eyJhbGciOi.J9.x'],
		['bearer   eyJhbGciOi.J9.x ', 'eyJhbGciOi.J9.x'],
		['Bearereyj', 'Bearereyj'],
		['my Bearer x', 'my Bearer x'],
		['', ''],
		[undefined, ''],
		[7, ''],
	])('of %j is %j', (pasted, token) => {
		expect(stripBearer(pasted)).toBe(token);
	});
});
