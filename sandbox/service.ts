import type { Clock } from './clock';
import type { State } from './state';
import type { TokenStore } from './tokenStore';
import type { Call, MailDraft, Provider, Reply, Switches } from './types';

/** What a service's handlers may use. */
export interface World {
	state: State;
	clock: Clock;
	tokens: TokenStore;
	switches: Switches;
	mail(provider: Provider, call: Call, draft: MailDraft): void;
}

/** One of the three services, as the server drives it. */
export interface Service {
	provider: Provider;
	/** File in `openapi/`. */
	document: string;
	/** Requests below this path are this service's. */
	root: string;
	/** Where the document's paths begin; all mounts answer alike. */
	mounts: readonly string[];
	/** By operationId of the document. */
	handlers: Record<string, (call: Call) => Reply>;
	/** The id a fault's `key` is compared with. */
	keyOf(params: Record<string, string>, query: Call['query']): string | null;
	unauthorized(): Reply;
	/** A request that breaks the document. */
	invalid(operationId: string, messages: string[]): Reply;
	notFound(): Reply;
	/** A reply of our own that breaks the document. */
	broken(messages: string[]): Reply;
}
