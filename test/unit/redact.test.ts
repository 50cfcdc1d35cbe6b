import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import fc from 'fast-check';
import { DOMAIN_RESTRICTION_FIELDS, type ICredentialType } from 'n8n-workflow';
import { readProviderWords } from '../../nodes/shared/http/errorMessages';
import { collectSecrets, redact } from '../../nodes/shared/http/redact';
import type { Reply } from '../../nodes/shared/http/response';

// A mutant has only to be found, not to be explained.
fc.configureGlobal({ endOnFailure: '__STRYKER_ACTIVE_MUTANT__' in process.env });

const SEED = 20261120;
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SflKxwRJSMeKKF2QT4';

const FOLDER = path.join(__dirname, '../../credentials');
const CREDENTIALS = readdirSync(FOLDER).flatMap((file) => {
	const exported = createRequire(path.join(FOLDER, file))(`./${file}`) as object;
	return Object.values(exported).map((Type: new () => ICredentialType) => new Type());
});

function reply(text: string): Reply {
	return { status: 422, headers: {}, text, body: undefined };
}

describe('redact', () => {
	it.each([
		[`a ${JWT} b`, 'a [hidden] b'],
		[`"${JWT}"`, '"[hidden]"'],
		[`${JWT} and ${JWT}`, '[hidden] and [hidden]'],
		['eyJhbGciOi.J9', '[hidden]'],
		['unsigned eyJhbGciOi.J9. end', 'unsigned [hidden] end'],
		['eyJ-_x.a-_b.c-_d', '[hidden]'],
		['Authorization: Bearer abc.def-123', 'Authorization: Bearer [hidden]'],
		['bearer   opaque rest', 'Bearer [hidden] rest'],
		['Bearer one, BEARER two', 'Bearer [hidden] Bearer [hidden]'],
		['Bearer', 'Bearer'],
		['eyJ and nothing more', 'eyJ and nothing more'],
		['keyJar.x.y', 'keyJar.x.y'],
		['eyJhbGciOi has no second part', 'eyJhbGciOi has no second part'],
		[
			'open https://my.example.com/invite/abc-123 now',
			'open https://my.example.com/invite/[hidden] now',
		],
		['at /verify/INVITE?token=abc&x=1', 'at /verify/INVITE/[hidden]'],
		[
			'"/invite/a" and \'/invite/b\' and </invite/c>',
			'"/invite/[hidden]" and \'/invite/[hidden]\' and </invite/[hidden]>',
		],
		[
			'an /invited/guest, an invite/x and /invite alone',
			'an /invited/guest, an invite/x and /invite alone',
		],
		['nothing to hide', 'nothing to hide'],
	])('makes of %j %j', (text, clean) => {
		expect(redact(text)).toBe(clean);
	});

	it('hides what the request was signed with, wherever it stands', () => {
		expect(redact('key sk-1 twice sk-1, and $&.*', ['sk-1', '$&.*'])).toBe(
			'key [hidden] twice [hidden], and [hidden]',
		);
		expect(readProviderWords({ ...reply('no key hunter22 here'), secrets: ['hunter22'] })).toBe(
			'no key [hidden] here',
		);
		expect(
			readProviderWords({ ...reply('<html><title>hunter22</title>'), secrets: ['hunter22'] }),
		).toBe('a web page titled "[hidden]"');
	});

	it('hides a secret that is quoted in JSON or in a URL', () => {
		const secret = 'p@ss "word" \\ & more';
		expect(redact(JSON.stringify({ password: secret }), [secret])).toBe('{"password":"[hidden]"}');
		expect(redact(`?password=${encodeURIComponent(secret)}`, [secret])).toBe('?password=[hidden]');
	});

	it('hides a secret that no URL can hold', () => {
		const secret = 'half a pair: \ud83d!';
		expect(redact(`${secret} ${JSON.stringify(secret)}`, [secret])).toBe('[hidden] "[hidden]"');
	});

	it('leaves no rest of a secret that begins with another', () => {
		expect(redact('secret-and-more secret', ['secret', 'secret-and-more'])).toBe(
			'[hidden] [hidden]',
		);
	});

	it('leaves no part of a token, whatever stands around it', () => {
		const token = fc
			.array(fc.base64String({ minLength: 4, maxLength: 40 }), { minLength: 2, maxLength: 2 })
			.map(([payload = '', signature = '']) => {
				const part = (text: string) => Buffer.from(text).toString('base64url');
				return [part('{"alg":"HS256"}'), part(payload), part(signature)].join('.');
			});
		fc.assert(
			fc.property(token, fc.string(), fc.string(), (secret, before, after) => {
				const clean = redact(`${before} ${secret} ${after}`);
				for (const part of secret.split('.')) expect(clean).not.toContain(part);
			}),
			{ numRuns: 200, seed: SEED },
		);
	});
});

describe('collectSecrets', () => {
	it.each<[Record<string, unknown>, string[]]>([
		[
			{
				apiKey: 'api-key',
				clientAccessToken: 'client-token',
				password: 'password',
				token: 'Bearer pasted-token',
				sessionToken: 'session-token',
			},
			['api-key', 'client-token', 'password', 'pasted-token', 'session-token'],
		],
		[{ secretKey: 'secret-key', signature: 'sig-nature' }, ['secret-key', 'sig-nature']],
		[{ company: 'not known', passwordId: 'password-id' }, ['not known', 'password-id']],
		[{ clientIdentity: 'no id at all' }, ['no id at all']],
		[
			{
				environment: 'production',
				baseUrl: 'https://api.example.com',
				authentication: 'password',
				email: 'ann@example.com',
				customerId: '4b7a0b5e-2f60-4a8c-9d0e-6a1f3c2b9d77',
				tenantId: '123456789',
				allowedHttpRequestDomains: 'domains',
				allowedDomains: 'api.example.com',
			},
			[],
		],
		[{ password: '123456' }, ['123456']],
		[{ password: '12345', token: 'Bearer 12345', apiKey: '', sessionToken: null }, []],
		[{ retries: 1234567, isOn: true, list: ['unheard of'], nested: { a: 'unheard of' } }, []],
		[{}, []],
	])('of %j are %j', (credential, secrets) => {
		expect(collectSecrets(credential)).toEqual(secrets);
	});

	it.each(CREDENTIALS)(
		'are the fields of $name that n8n hides, and nothing else',
		({ properties }) => {
			const credential = Object.fromEntries(properties.map(({ name }) => [name, `<${name}>`]));
			const hidden = properties.filter(({ typeOptions }) => typeOptions?.password === true);
			expect(hidden.length).toBeGreaterThan(0);
			expect(collectSecrets(credential)).toEqual(hidden.map(({ name }) => `<${name}>`));
		},
	);

	it('leave what n8n itself adds to a credential', () => {
		const names = DOMAIN_RESTRICTION_FIELDS.map(({ name }) => name);
		expect(names).toHaveLength(2);
		expect(collectSecrets(Object.fromEntries(names.map((name) => [name, `<${name}>`])))).toEqual(
			[],
		);
	});
});
