import type { FaultKind } from './faults';
import type { MailDraft } from './types';

export interface Mail extends MailDraft {
	provider: string;
	/** ISO 8601, by the sandbox's clock. */
	at: string;
	requestId: string;
}

export interface LoggedReply {
	status: number;
	headers: Record<string, string>;
	body: string;
}

export interface LoggedRequest {
	requestId: string;
	/** Null for a request to a path that belongs to no service. */
	provider: string | null;
	operationId: string | null;
	method: string;
	/** As sent, with the service's mount point, without the query. */
	path: string;
	/** The same below the base URL, as the OpenAPI documents write it. */
	servicePath: string;
	query: Record<string, string | string[]>;
	headers: Record<string, string | string[]>;
	/** Parsed where it is JSON, else the text; null without a body. */
	body: unknown;
	at: string;
	/** Null until answered, and for ever where the connection was cut or left hanging. */
	status: number | null;
	fault: FaultKind | null;
	/** Only with `recordReplies`. */
	reply: LoggedReply | null;
}

export interface ContractViolation {
	requestId: string;
	provider: string;
	operationId: string | null;
	side: 'request' | 'reply';
	messages: string[];
}

export interface Journal {
	mail(mail: Mail): void;
	request(entry: LoggedRequest): void;
	violation(violation: ContractViolation): void;
	/** Counts a request as in flight until the returned function is called (once or more). */
	enter(provider: string): () => void;
	outbox(): Mail[];
	requests(): LoggedRequest[];
	violations(): ContractViolation[];
	maxInFlight(provider: string): number;
	clear(): void;
}

export function createJournal(): Journal {
	let mails: Mail[] = [];
	let entries: LoggedRequest[] = [];
	let violations: ContractViolation[] = [];
	const inFlight = new Map<string, number>();
	const most = new Map<string, number>();

	return {
		mail: (mail) => void mails.push(mail),
		request: (entry) => void entries.push(entry),
		violation: (violation) => void violations.push(violation),
		enter(provider) {
			const count = (inFlight.get(provider) ?? 0) + 1;
			inFlight.set(provider, count);
			most.set(provider, Math.max(most.get(provider) ?? 0, count));
			let open = true;
			return () => {
				if (!open) return;
				open = false;
				inFlight.set(provider, (inFlight.get(provider) ?? 1) - 1);
			};
		},
		outbox: () => [...mails],
		requests: () => [...entries],
		violations: () => [...violations],
		maxInFlight: (provider) => most.get(provider) ?? 0,
		clear() {
			mails = [];
			entries = [];
			violations = [];
			most.clear();
		},
	};
}
