import fc from 'fast-check';
import { KARMACHECK_HOSTS } from '../../nodes/KarmaCheck/environments';
import { WORTH_AI_HOSTS } from '../../nodes/WorthAi/environments';
import {
	resolveBaseUrl,
	nameEnvironment,
	nameInstallation,
	normaliseBaseUrl,
} from '../../nodes/shared/http/baseUrl';

const SEED = 20261120;
const HOSTS = { production: 'https://api.example.com', stage: 'https://stage.example.com/v1' };

const LOOPBACK = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/** What must hold for every address a token is sent to. */
function expectSafe(base: string): void {
	const url = new URL(base);
	expect(url.protocol === 'https:' || LOOPBACK.test(url.hostname)).toBe(true);
	expect(['https:', 'http:']).toContain(url.protocol);
	expect([url.username, url.password, url.search, url.hash]).toEqual(['', '', '', '']);
	expect(base).not.toMatch(/[?#\\]|\/\.{1,2}(?:\/|$)|\/$/);
	// A path put behind it stays below it.
	expect(new URL(`${base}/x`).href).toBe(`${base}/x`);
	expect(normaliseBaseUrl(base)).toBe(base);
}

describe('normaliseBaseUrl', () => {
	it.each([
		['https://api.example.com', 'https://api.example.com'],
		['https://api.example.com/', 'https://api.example.com'],
		['https://api.example.com///', 'https://api.example.com'],
		['  https://api.example.com/v1/ \n', 'https://api.example.com/v1'],
		['HTTPS://API.Example.COM/Path', 'https://api.example.com/Path'],
		['https://api.example.com:443/v1', 'https://api.example.com/v1'],
		['https://api.example.com:8443', 'https://api.example.com:8443'],
		['https://api.example.com/a.b/c..d/...', 'https://api.example.com/a.b/c..d/...'],
		['https://api.example.com/.well-known', 'https://api.example.com/.well-known'],
		['http://localhost:5678/api/', 'http://localhost:5678/api'],
		['http://127.0.0.1', 'http://127.0.0.1'],
		['http://127.255.255.254:1', 'http://127.255.255.254:1'],
		['http://127.1', 'http://127.0.0.1'],
		['http://[::1]:8080', 'http://[::1]:8080'],
	])('makes of %j %j', (typed, base) => {
		expect(normaliseBaseUrl(typed)).toBe(base);
		expectSafe(base);
	});

	const EMPTY = 'The base URL is empty. Enter it in the credential, e.g. https://api.example.com';
	const NO_ADDRESS = 'The base URL is not a web address. It looks like https://api.example.com';
	const CLEAR =
		'The base URL must start with https://, so that the token is never sent unencrypted';
	const USER = 'The base URL must not contain a user name or a password';
	const QUERY = 'The base URL must not contain ? or #';
	const DOTS = 'The base URL must not contain . or .. in its path';

	it.each([
		['', EMPTY],
		['   ', EMPTY],
		[undefined, EMPTY],
		[null, EMPTY],
		[42, EMPTY],
		[{ url: 'https://api.example.com' }, EMPTY],
		['api.example.com', NO_ADDRESS],
		['https:api.example.com', NO_ADDRESS],
		['https:/api.example.com', NO_ADDRESS],
		['xhttps://api.example.com', NO_ADDRESS],
		['https://', NO_ADDRESS],
		['https://a b', NO_ADDRESS],
		['ftp://api.example.com', NO_ADDRESS],
		['file:///etc/passwd', NO_ADDRESS],
		['javascript://api.example.com/%0aalert(1)', NO_ADDRESS],
		['http://api.example.com', CLEAR],
		['http://localhost.example.com', CLEAR],
		['http://xlocalhost', CLEAR],
		['http://127.0.0.1.example.com', CLEAR],
		['http://1127.0.0.example', CLEAR],
		['http://[::2]', CLEAR],
		['http://10.0.0.1', CLEAR],
		['https://user@api.example.com', USER],
		['https://user:secret@api.example.com', USER],
		['https://:secret@api.example.com', USER],
		['https://api.example.com?x=1', QUERY],
		['https://api.example.com/?', QUERY],
		['https://api.example.com/#', QUERY],
		['https://api.example.com/v1#top', QUERY],
		['https://.', DOTS],
		['https://\u3002', DOTS],
		['https://api.example.com/..', DOTS],
		['https://api.example.com/v1/../admin', DOTS],
		['https://api.example.com/./v1', DOTS],
		['https://api.example.com/v1\\..\\admin', DOTS],
		['https://api.example.com/%2e%2E/admin', DOTS],
		['https://api.example.com/.%2e', DOTS],
		['https://api.example.com/v1/%2e', DOTS],
		['https://api.example.com/v1%2f..%2fadmin', DOTS],
		['https://api.example.com/v1%5C..%5Cadmin', DOTS],
	])('refuses %j', (typed, words) => {
		expect(() => normaliseBaseUrl(typed)).toThrow(new Error(words));
	});

	it('lets nothing pass that a token should not be sent to', () => {
		const part = fc.oneof(
			fc.constantFrom(
				...[
					'https://',
					'http://',
					'HTTP://',
					'https:',
					'//',
					'/',
					'\\',
					'@',
					':',
					'?',
					'#',
					'..',
					'.',
				],
				...[
					'%2e',
					'%2E%2e',
					'%2f',
					'%5c',
					'\t',
					'\n',
					' ',
					'//',
					'[::1]',
					'127.0.0.1',
					'localhost',
				],
				...[
					'api.example.com',
					'user',
					':8080',
					'%',
					'%00',
					';',
					'&',
					'\u3002',
					'\uff0f',
					'\u00ad',
					'é',
				],
			),
			fc.string({ maxLength: 3 }),
		);
		const address = fc
			.tuple(fc.constantFrom('https://', 'http://', ''), fc.array(part, { maxLength: 7 }))
			.map(([scheme, parts]) => scheme + parts.join(''));
		let passed = 0;
		fc.assert(
			fc.property(fc.oneof(address, fc.webUrl({ withQueryParameters: true })), (typed) => {
				let base: string;
				try {
					base = normaliseBaseUrl(typed);
				} catch {
					return;
				}
				passed++;
				expectSafe(base);
			}),
			{ numRuns: 2000, seed: SEED },
		);
		expect(passed).toBeGreaterThan(150);
	});

	it('never uses the words the guidelines ban', () => {
		for (const words of [EMPTY, NO_ADDRESS, CLEAR, USER, QUERY, DOTS]) {
			expect(words).not.toMatch(/error|problem|failure|mistake/i);
		}
	});
});

describe('resolveBaseUrl', () => {
	it.each([
		['production', 'https://api.example.com'],
		['stage', 'https://stage.example.com/v1'],
	])('knows %s, whatever was typed', (environment, base) => {
		expect(resolveBaseUrl({ environment, baseUrl: 'http://elsewhere.example.com' }, HOSTS)).toBe(
			base,
		);
	});

	it.each(['custom', 'unheard of', undefined, 7])('takes what was typed for %j', (environment) => {
		expect(resolveBaseUrl({ environment, baseUrl: 'https://own.example.com/' }, HOSTS)).toBe(
			'https://own.example.com',
		);
	});

	it('refuses a custom address that cannot be used', () => {
		expect(() => resolveBaseUrl({ environment: 'custom' }, HOSTS)).toThrow('The base URL is empty');
	});
});

describe('nameEnvironment', () => {
	it.each([
		['production', 'https://api.example.com', 'production'],
		['stage', 'https://stage.example.com/v1', 'stage'],
		['custom', 'https://own.example.com:8443/v1', 'own.example.com:8443'],
		[undefined, 'http://localhost:3000', 'localhost:3000'],
	])('names %j at %s %s', (environment, base, name) => {
		expect(nameEnvironment({ environment }, base, HOSTS)).toBe(name);
	});
});

describe('nameInstallation', () => {
	it.each([
		['https://api.example.com', 'production'],
		['https://stage.example.com/v1', 'stage'],
		['https://stage.example.com', 'https://stage.example.com'],
		['https://own.example.com:8443/one', 'https://own.example.com:8443/one'],
		['https://own.example.com:8443/two', 'https://own.example.com:8443/two'],
		['http://localhost:3000', 'http://localhost:3000'],
	])('names the one at %s %s', (base, name) => {
		expect(nameInstallation(base, HOSTS)).toBe(name);
	});

	it('is told by the address alone, however it was entered', () => {
		const typed = ['https://api.example.com', ' HTTPS://API.example.com:443/ '].map((baseUrl) =>
			resolveBaseUrl({ environment: 'custom', baseUrl }, HOSTS),
		);
		const chosen = resolveBaseUrl({ environment: 'production' }, HOSTS);
		for (const base of [...typed, chosen]) {
			expect(nameInstallation(base, HOSTS)).toBe('production');
		}
	});

	it.each([KARMACHECK_HOSTS, WORTH_AI_HOSTS])('knows every host of %j', (hosts) => {
		for (const [name, url] of Object.entries(hosts)) {
			expect(nameInstallation(normaliseBaseUrl(url), hosts)).toBe(name);
		}
	});
});
