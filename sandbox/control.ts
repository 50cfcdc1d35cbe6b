import type { Clock } from './clock';
import type { FaultRule, Faults, InjectedFault } from './faults';
import type { ContractViolation, Journal, LoggedRequest, Mail } from './journal';
import { seedState, type SeedOptions } from './seed';
import type { State } from './state';
import type { TokenStore } from './tokenStore';
import type { Provider, Switches } from './types';

export interface SandboxControl {
	outbox(): Mail[];
	requests(): LoggedRequest[];
	contractViolations(): ContractViolation[];
	/** The most requests that were open at once since the last `clear` or `reset`. */
	maxInFlight(provider: Provider): number;
	/** Empties outbox, requests, violations and faults; the state stays. */
	clear(): void;
	/** As freshly started: state, tokens, clock, switches, and all that `clear` empties. */
	reset(seed?: SeedOptions): void;
	inject(rule: FaultRule): InjectedFault;
	clearFaults(): void;
	state: State;
	/** Assign to its members, or pass several to `setSwitches`. */
	switches: Switches;
	setSwitches(patch: Partial<Switches>): void;
	now(): number;
	setNow(milliseconds: number | null): void;
	advance(milliseconds: number): void;
	setLatency(milliseconds: number): void;
	/** Tokens got by signing in; with `pasted` the constant ones of `accounts.ts` too. */
	revokeTokens(provider?: Provider, options?: { pasted?: boolean }): void;
}

export interface Parts {
	clock: Clock;
	state: State;
	journal: Journal;
	faults: Faults;
	tokens: TokenStore;
	switches: Switches;
	initialSwitches: Switches;
	initialSeed: SeedOptions;
	setLatency(milliseconds: number): void;
}

export function createControl(parts: Parts): SandboxControl {
	const { clock, state, journal, faults, tokens, switches } = parts;
	let seed = parts.initialSeed;

	const clear = () => {
		journal.clear();
		faults.clear();
	};

	return {
		outbox: () => journal.outbox(),
		requests: () => journal.requests(),
		contractViolations: () => journal.violations(),
		maxInFlight: (provider) => journal.maxInFlight(provider),
		clear,
		reset(next) {
			seed = next ?? seed;
			clear();
			tokens.reset();
			clock.setNow(null);
			Object.assign(switches, parts.initialSwitches);
			seedState(state, clock.now(), seed);
		},
		inject: (rule) => faults.inject(rule),
		clearFaults: () => faults.clear(),
		state,
		switches,
		setSwitches: (patch) => void Object.assign(switches, patch),
		now: () => clock.now(),
		setNow: (milliseconds) => clock.setNow(milliseconds),
		advance: (milliseconds) => clock.advance(milliseconds),
		setLatency: (milliseconds) => parts.setLatency(milliseconds),
		revokeTokens: (provider, options) => tokens.revoke(provider, options),
	};
}
