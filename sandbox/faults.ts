/** `before`: the email goes out (or whatever the request does) and then the fault strikes. */
export type Effect = 'none' | 'before';

export type Fault =
	| {
			kind: 'status';
			status: number;
			/** An object is sent as JSON, a string as it is. */
			body?: unknown;
			contentType?: string;
			headers?: Record<string, string>;
			effect?: Effect;
	  }
	/** With `before` the reply is slow, else the handling is; a client that has left stops neither. */
	| { kind: 'delay'; ms: number; effect?: Effect }
	/** The connection is cut with RST. */
	| { kind: 'reset'; effect: Effect }
	/** No answer until the client leaves or the sandbox closes. */
	| { kind: 'hang'; effect: Effect }
	/** 429; without `retryAfter` no such header is sent. */
	| { kind: 'rateLimit'; retryAfter?: string }
	| { kind: 'html'; status?: number; effect?: Effect }
	/** What came is told back: the Authorization header, and the body as its bytes were; 400 by default. */
	| { kind: 'echo'; status?: number; as?: 'json' | 'text' | 'html'; effect?: Effect }
	| { kind: 'redirect'; location: string; status?: number; effect?: Effect }
	/** A wrapper telling of a failure on HTTP 200; Numium has one. */
	| { kind: 'isFailure'; code?: string; message?: string; info?: string[]; effect?: Effect };

export type FaultKind = Fault['kind'];

export interface FaultRule {
	provider?: string;
	operationId?: string;
	/** The id of the case, the user or the invitation. */
	key?: string;
	/** How often it strikes; once by default. */
	times?: number | 'always';
	/** How many matching requests pass before it strikes. */
	after?: number;
	fault: Fault;
}

export interface InjectedFault {
	id: number;
	hits(): number;
	remove(): void;
}

export interface FaultTarget {
	provider: string;
	operationId: string | null;
	key: string | null;
}

export interface Faults {
	inject(rule: FaultRule): InjectedFault;
	/** The fault that strikes this request; every matching rule counts the request. */
	strike(target: FaultTarget): Fault | null;
	clear(): void;
}

interface Armed {
	rule: FaultRule;
	seen: number;
	hits: number;
}

function matches(rule: FaultRule, target: FaultTarget): boolean {
	return (
		(rule.provider === undefined || rule.provider === target.provider) &&
		(rule.operationId === undefined || rule.operationId === target.operationId) &&
		(rule.key === undefined || rule.key === target.key)
	);
}

function isRipe({ rule, seen, hits }: Armed): boolean {
	const limit = rule.times ?? 1;
	return seen > (rule.after ?? 0) && (limit === 'always' || hits < limit);
}

export function createFaults(providers: readonly string[]): Faults {
	const armed = new Map<number, Armed>();
	let nextId = 1;
	return {
		inject(rule) {
			// One that never strikes would make a test lie.
			if (rule.provider !== undefined && !providers.includes(rule.provider))
				throw new Error(`The sandbox has no service ${rule.provider}`);
			const id = nextId;
			nextId += 1;
			const entry: Armed = { rule, seen: 0, hits: 0 };
			armed.set(id, entry);
			return { id, hits: () => entry.hits, remove: () => void armed.delete(id) };
		},
		strike(target) {
			const candidates = [...armed.values()].filter(({ rule }) => matches(rule, target));
			for (const candidate of candidates) candidate.seen += 1;
			const chosen = candidates.find(isRipe);
			if (chosen === undefined) return null;
			chosen.hits += 1;
			return chosen.rule.fault;
		},
		clear: () => armed.clear(),
	};
}
