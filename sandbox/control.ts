import type { Clock } from './clock';
import type { FaultRule, Faults, InjectedFault } from './faults';
import type { ContractViolation, Journal, LoggedRequest, Mail } from './journal';
import type { Part, SeedOptions, Services, States, Switches } from './service';
import type { Shipped } from './services';
import type { TokenStore } from './tokenStore';

export interface SandboxControl<All extends Services = Shipped> {
	outbox(): Mail[];
	requests(): LoggedRequest[];
	contractViolations(): ContractViolation[];
	/** The most requests that were open at once since the last `clear` or `reset`. */
	maxInFlight(provider: string): number;
	/** Empties outbox, requests, violations and faults; the state stays. */
	clear(): void;
	/** Nobody is invited anywhere. */
	clearState(): void;
	/** As freshly started: state, tokens, clock, switches, and all that `clear` empties. */
	reset(seed?: SeedOptions<All>): void;
	inject(rule: FaultRule): InjectedFault;
	clearFaults(): void;
	/** Of each service. */
	state: States<All>;
	/** Assign to its members, or pass several to `setSwitches`. */
	switches: Switches<All>;
	setSwitches(patch: Partial<Switches<All>>): void;
	now(): number;
	setNow(milliseconds: number | null): void;
	advance(milliseconds: number): void;
	setLatency(milliseconds: number): void;
	/** Tokens got by signing in; with `pasted` the constant ones too. */
	revokeTokens(provider?: string, options?: { pasted?: boolean }): void;
}

export interface ControlOptions<All extends Services> {
	parts: readonly Part[];
	clock: Clock;
	journal: Journal;
	faults: Faults;
	tokens: TokenStore;
	switches: Switches<All>;
	initialSwitches: Switches<All>;
	initialSeed: SeedOptions<All>;
	setLatency(milliseconds: number): void;
}

export function createControl<All extends Services>(
	options: ControlOptions<All>,
): SandboxControl<All> {
	const { parts, clock, journal, faults, tokens, switches } = options;
	let seed = options.initialSeed;

	const clear = () => {
		journal.clear();
		faults.clear();
	};
	const clearState = () => {
		for (const { state } of parts) state.clear();
	};
	const seedStates = () => {
		clearState();
		const { now = clock.now(), fill } = seed;
		const counts: Partial<Record<string, unknown>> = seed;
		for (const { definition, state } of parts) {
			const given = counts[definition.seedOption];
			const count = typeof given === 'number' ? given : undefined;
			definition.seed(state, { now, count, fill });
		}
	};
	seedStates();

	return {
		outbox: () => journal.outbox(),
		requests: () => journal.requests(),
		contractViolations: () => journal.violations(),
		maxInFlight: (provider) => journal.maxInFlight(provider),
		clear,
		clearState,
		reset(next) {
			seed = next ?? seed;
			clear();
			tokens.reset();
			clock.setNow(null);
			Object.assign(switches, options.initialSwitches);
			seedStates();
		},
		inject: (rule) => faults.inject(rule),
		clearFaults: () => faults.clear(),
		state: Object.fromEntries(parts.map(({ provider, state }) => [provider, state])) as States<All>,
		switches,
		setSwitches: (patch) => void Object.assign(switches, patch),
		now: () => clock.now(),
		setNow: (milliseconds) => clock.setNow(milliseconds),
		advance: (milliseconds) => clock.advance(milliseconds),
		setLatency: (milliseconds) => options.setLatency(milliseconds),
		revokeTokens: (provider, options) => tokens.revoke(provider, options),
	};
}
