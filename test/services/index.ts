import type { ServiceFixture } from './fixture';
import { karmaCheck } from './karmaCheck';
import { numium } from './numium';
import { PLAYED, type ProviderKey } from './played';
import { worthAi } from './worthAi';

export type { Fields, Runs, Scope, ServiceFixture, Status, Wanted } from './fixture';
export { PLAYED, type ProviderKey, type State, type TestSandbox } from './played';

/** The services that every suite runs. */
export const FIXTURES: readonly ServiceFixture[] = [karmaCheck, worthAi, numium];

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
