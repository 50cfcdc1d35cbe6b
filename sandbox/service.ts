import type { FastifyInstance } from 'fastify';
import type { Clock } from './clock';
import type { TokenStore } from './tokenStore';
import type { Call, MailDraft, Reply } from './types';

/** What a service keeps. */
export interface ServiceState<Entry = unknown> {
	all(): Entry[];
	clear(): void;
}

/** By name what a test may choose between; the first choice is the default. */
export type SwitchChoices = Readonly<Record<string, readonly string[]>>;

export type SwitchesOf<Choices extends SwitchChoices> = {
	-readonly [Name in keyof Choices]: Choices[Name][number];
};

/** What a service's handlers may use. */
export interface World<State = unknown, Choices extends SwitchChoices = SwitchChoices> {
	state: State;
	clock: Clock;
	tokens: TokenStore;
	switches: SwitchesOf<Choices>;
	mail(call: Call, draft: MailDraft): void;
}

type Handler = (call: Call) => Reply;

/** A service as the server drives it. */
export interface Service {
	/** Where the document's paths begin; all mounts answer alike. */
	mounts: readonly string[];
	/** By operationId of the document; the one that emails is called the same everywhere. */
	handlers: { resendInvitation: Handler } & Record<string, Handler>;
	/** The id a fault's `key` is compared with. */
	keyOf(params: Record<string, string>, query: Call['query']): string | null;
	/** Where left out, a bearer token that the sandbox accepts is needed. */
	isWelcome?(headers: Record<string, string | string[]>): boolean;
	/** What its wrapper calls its content; for those that may say no on HTTP 200. */
	wrapper?(): string;
	unauthorized(): Reply;
	/** A request that breaks the document. */
	invalid(operationId: string, messages: string[]): Reply;
	notFound(): Reply;
	/** A reply of our own that breaks the document. */
	broken(messages: string[]): Reply;
}

export interface SeedPlan {
	/** The instant all stamps are counted from. */
	now: number;
	/** How many; the named ones where left out. */
	count?: number;
	/** What follows after the named ones: a mix (default), or open invitations only. */
	fill?: 'mixed' | 'pending';
}

/** All that the sandbox knows of a service. */
export interface ServiceDefinition<
	State extends ServiceState = ServiceState,
	Choices extends SwitchChoices = SwitchChoices,
> {
	/** As people write it. */
	readonly title: string;
	/** Requests below this path are this service's. */
	readonly root: string;
	/** File of its OpenAPI document. */
	readonly document: string;
	/** The credential of the nodes, filled in so that it signs in here; where that is, is its base URL. */
	readonly credential: {
		readonly type: string;
		readonly data: Readonly<Record<string, string>>;
	};
	/** Sign-in values it accepts. They open nothing but the sandbox. */
	readonly account: Readonly<Record<string, string>>;
	/** Tokens to paste into a credential, by a name that no other service uses. */
	readonly tokens: Readonly<Record<string, string>>;
	readonly switches: Choices;
	/** How the command line and a seed call the number of its entries. */
	readonly flag: string;
	readonly seedOption: string;
	/** What the command line says of signing in. */
	readonly signIn: readonly string[];
	createState(clock: Clock): State;
	/** The seeded ids by what is special about them. */
	readonly seeded: Readonly<Record<string, string>>;
	/** A well-formed id that nothing has. */
	readonly unknownId: string;
	seed(state: State, plan: SeedPlan): void;
	/** What other processes see of the state. */
	show(state: State): unknown;
	/** Control from other processes, beside that which all services have. */
	addControlRoutes(app: FastifyInstance, state: State): void;
	serve(world: World<State, Choices>): Service;
}

/** By the name that the nodes use, so that a test can pass it through. */
export type Services = Readonly<Record<string, ServiceDefinition>>;

/** A service in a sandbox, and what it keeps there. */
export interface Part {
	provider: string;
	definition: ServiceDefinition;
	state: ServiceState;
}

type Union<All extends Services, Key extends keyof ServiceDefinition> = All[keyof All][Key];

type Intersection<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
	all: infer All,
) => void
	? All
	: never;

/** The members that services have under one key, in one object. */
export type Together<All extends Services, Key extends 'tokens' | 'switches'> = Intersection<
	Union<All, Key>
>;

export type States<All extends Services> = {
	readonly [Name in keyof All]: ReturnType<All[Name]['createState']>;
};

export type Switches<All extends Services> =
	Together<All, 'switches'> extends infer Choices extends SwitchChoices
		? SwitchesOf<Choices>
		: never;

export type SeedOptions<All extends Services> = Partial<Pick<SeedPlan, 'now' | 'fill'>> &
	Partial<Record<Union<All, 'seedOption'>, number>>;

/** The sandbox has no such entry; the status is for callers from another process. */
export function known<T>(value: T | undefined, what: string): T {
	if (value === undefined)
		throw Object.assign(new Error(`The sandbox has no ${what}`), { statusCode: 404 });
	return value;
}
