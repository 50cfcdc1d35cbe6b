import { discover } from '../discover';
import type { ServiceDefinition, Together } from '../service';

/** The services of the package, by name: each is a folder here, and adds its own type. All else iterates them. */
export type Shipped = Pick<SandboxServices, keyof SandboxServices>;

export type Provider = keyof Shipped;

export const SERVICES = discover<ServiceDefinition>(__dirname, 'index.ts') as unknown as Shipped;

export const PROVIDERS = Object.keys(SERVICES) as Provider[];

/** One member of each service, by the name of the service. */
function ofEach<Key extends keyof ServiceDefinition>(key: Key) {
	return Object.fromEntries(PROVIDERS.map((name) => [name, SERVICES[name][key]])) as {
		readonly [Name in Provider]: Shipped[Name][Key];
	};
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
