import type { ServiceDefinition, Services, Together } from '../service';
import { karmaCheck } from './karmaCheck';
import { numium } from './numium';
import { worthAi } from './worthAi';

/** The services of the package; all else in the sandbox iterates them. */
export const SERVICES = { karmaCheck, worthAi, numium } as const satisfies Services;

export type Shipped = typeof SERVICES;

export type Provider = keyof Shipped;

export const PROVIDERS = Object.keys(SERVICES) as Provider[];

/** One member of each service, by the name of the service. */
function ofEach<Key extends keyof ServiceDefinition>(key: Key) {
	return Object.fromEntries(
		Object.entries(SERVICES).map(([name, service]) => [name, service[key]]),
	) as { readonly [Name in Provider]: Shipped[Name][Key] };
}

/** Sign-in values the sandbox accepts. They open nothing but the sandbox. */
export const accounts = ofEach('account');

/** The seeded ids by what is special about them. */
export const seeded = ofEach('seeded');

/** Well-formed ids that nothing has. */
export const unknownIds = ofEach('unknownId');

/** Tokens to paste into a credential; each start of the sandbox accepts the same ones. */
export const tokens = Object.assign({}, ...Object.values(ofEach('tokens'))) as Together<
	Shipped,
	'tokens'
>;
