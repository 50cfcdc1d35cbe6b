import { createClock } from './clock';
import { createControl, type SandboxControl } from './control';
import { createFaults } from './faults';
import { createGateway, type Gateway } from './gateway';
import { createJournal } from './journal';
import type { Part, SeedOptions, Services, Switches } from './service';
import { createTokenStore } from './tokenStore';

export interface WorldOptions<All extends Services> {
	seed?: SeedOptions<All>;
	/** Every service takes this long before it does anything. */
	latencyMs?: number;
	/** The sandbox's clock. */
	now?: () => number;
	switches?: Partial<Switches<All>>;
	/** Keeps what was answered in the request log. */
	recordReplies?: boolean;
	/** Checks every reply against the OpenAPI documents; on unless turned off for a benchmark. */
	validateReplies?: boolean;
}

/** The sandbox without a server in front of it. */
export interface OpenWorld<All extends Services> {
	parts: readonly Part[];
	control: SandboxControl<All>;
	gateway: Gateway;
}

export async function openWorld<All extends Services>(
	services: All,
	options: WorldOptions<All> = {},
	closing: AbortSignal = new AbortController().signal,
): Promise<OpenWorld<All>> {
	const names = Object.keys(services);
	const clock = createClock(options.now);
	const journal = createJournal();
	const faults = createFaults(names);
	const tokens = createTokenStore(clock, names);
	const parts: Part[] = Object.entries(services).map(([provider, definition]) => ({
		provider,
		definition,
		state: definition.createState(clock),
	}));
	const choices = parts.flatMap(({ definition }) => Object.entries(definition.switches));
	const initialSwitches: Record<string, string> = {
		...Object.fromEntries(choices.map(([name, [first = '']]) => [name, first])),
		...(options.switches as Record<string, string> | undefined),
	};
	const switches = { ...initialSwitches };
	let { latencyMs = 0 } = options;

	const control = createControl<All>({
		parts,
		clock,
		journal,
		faults,
		tokens,
		switches: switches as Switches<All>,
		initialSwitches: initialSwitches as Switches<All>,
		initialSeed: options.seed ?? {},
		setLatency(milliseconds) {
			latencyMs = milliseconds;
		},
	});
	const gateway = await createGateway({
		services: parts.map(({ provider, definition, state }) => ({
			...definition.serve({
				state,
				clock,
				tokens,
				switches,
				mail(call, draft) {
					const at = new Date(clock.now()).toISOString();
					journal.mail({ ...draft, provider, at, requestId: call.requestId });
				},
			}),
			...{ provider, root: definition.root, document: definition.document },
		})),
		journal,
		faults,
		tokens,
		now: () => clock.now(),
		latencyMs: () => latencyMs,
		recordReplies: options.recordReplies ?? false,
		validateReplies: options.validateReplies ?? true,
		closing,
	});
	return { parts, control, gateway };
}
