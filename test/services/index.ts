import { readFileSync } from 'node:fs';
import path from 'node:path';
import { SERVICES } from '../../sandbox';
import { discover } from '../../sandbox/discover';
import type { Facts, ServiceFixture } from './fixture';
import { PLAYED, type ProviderKey } from './played';

export type { Fields, Runs, Scope, ServiceFixture, Status, Wanted } from './fixture';
export { PLAYED, type ProviderKey, type State, type TestSandbox } from './played';

/** The services that every suite runs: each is a folder here. */
export const FIXTURES: readonly ServiceFixture[] = Object.entries(
	discover<Facts>(__dirname, 'fixture.ts'),
).map(([name, facts]) => {
	const provider = name as ProviderKey;
	const { title, credential } = PLAYED[provider];
	const home = provider in SERVICES ? '' : `test/services/${provider}/`;
	const manifest = readFileSync(path.join(__dirname, '../..', home, 'package.json'), 'utf8');
	const { name: nodePackage } = JSON.parse(manifest) as { name: string };
	const Class = provider.charAt(0).toUpperCase() + provider.slice(1);
	return {
		...facts,
		provider,
		nodeType: `${nodePackage}.${provider}`,
		file: `${home}nodes/${Class}/${Class}.node`,
		name: title,
		credential: credential.type,
		// Without a token from an earlier sign-in.
		credentialAt: (baseUrl) => ({
			...credential.data,
			...(facts.signsIn === null ? {} : { sessionToken: '' }),
			baseUrl,
		}),
		sendCall: 'resendInvitation',
	};
});

/** Those of the package; the others are there for tests only. */
export const SHIPPED = FIXTURES.filter(({ provider }) => provider in SERVICES);

export const PROVIDERS: readonly ProviderKey[] = FIXTURES.map(({ provider }) => provider);

export function fixtureOf(provider: ProviderKey): ServiceFixture {
	const fixture = FIXTURES.find((one) => one.provider === provider);
	if (fixture === undefined) throw new Error(`There is no fixture for ${provider}`);
	return fixture;
}

/** The services of which this holds, by name. */
export function providersThat(holds: (fixture: ServiceFixture) => boolean): ProviderKey[] {
	return FIXTURES.filter(holds).map(({ provider }) => provider);
}

/** A seed that puts so many into every list. */
export function seedListing(count: number): Record<string, number> {
	return Object.fromEntries(
		FIXTURES.map(({ provider, unlisted }) => [PLAYED[provider].seedOption, count + unlisted]),
	);
}

/** A seed without anybody. */
export const NOBODY: Record<string, number> = Object.fromEntries(
	Object.values(PLAYED).map(({ seedOption }) => [seedOption, 0]),
);
