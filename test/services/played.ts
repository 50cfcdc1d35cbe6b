import { SERVICES, type Sandbox } from '../../sandbox';

/** What the sandbox plays in tests. */
export const PLAYED = SERVICES;

export type Played = typeof PLAYED;

export type ProviderKey = keyof Played;

export type TestSandbox = Sandbox<Played>;

export type State = TestSandbox['control']['state'];
