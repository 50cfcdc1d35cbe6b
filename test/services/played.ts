import path from 'node:path';
import { SERVICES, type Sandbox, type Shipped } from '../../sandbox';
import { discover } from '../../sandbox/discover';
import type { ServiceDefinition } from '../../sandbox/service';

/** What the sandbox plays in tests: the services of the package, and those that are made up. */
export type Played = Shipped & Pick<TestServices, keyof TestServices>;

export type ProviderKey = keyof Played;

export const PLAYED = {
	...SERVICES,
	...discover<ServiceDefinition>(__dirname, path.join('sandbox', 'index.ts')),
} as Played;

export type TestSandbox = Sandbox<Played>;

export type State = TestSandbox['control']['state'];
