import { SERVICES, type Sandbox } from '../../sandbox';
import { acmeOnboarding } from './acmeOnboarding/sandbox';

/** What the sandbox plays in tests: the services of the package, and one that is made up. */
export const PLAYED = { ...SERVICES, acmeOnboarding } as const;

export type Played = typeof PLAYED;

export type ProviderKey = keyof Played;

export type TestSandbox = Sandbox<Played>;

export type State = TestSandbox['control']['state'];
