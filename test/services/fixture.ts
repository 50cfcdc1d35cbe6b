import type { IDataObject } from 'n8n-workflow';
import type { Subject } from '../../nodes/shared/invitation/invitation';
import type { ProviderKey, State, TestSandbox } from './played';

export type Status = 'pending' | 'expired' | 'completed' | 'cancelled';

export type Fields = Record<string, string>;

/** An invitation to add. Left out: pending, and sent now. */
export interface Wanted {
	status?: Status;
	sentAt?: number;
	email?: string;
	/** Heeded where the service tells expiry. */
	expiresAt?: number;
}

/** A parameter beside the target that says whose invitations are meant. */
export interface Scope {
	field: string;
	/** As the editor calls it. */
	parameter: string;
	own: string;
	/** May not be read with the credential. */
	foreign: string;
	/** How many are listed of `own`. */
	listed: number;
	wrong: ReadonlyArray<string | number>;
}

export interface SignIn {
	/** The parts of a credential that nobody may read. */
	secrets: readonly string[];
	/** A credential with this does not sign in. */
	wrong: Fields;
	/** What the user is told to check then. */
	check: string;
}

/**
 * The facts about one service. Suites iterate all services and branch on facts; a test that is about one service's own
 * API names it. They are no copy of what a provider declares of itself: they are what it is held against.
 */
export interface Facts {
	/** A credential with this is refused. */
	wrong: Fields;
	signsIn: SignIn | null;
	/** The field for a key or token that is pasted, and one that is accepted. */
	pasted: { field: string; value: string; isToken: boolean };
	/** How a request carries it. */
	headers(pasted: string): Fields;
	/** The status by which it refuses a token; 403 stands for a lack of rights, too, and asks for a new token. */
	refusedAs: 401 | 403;
	/** The operation that the test of the credential calls, and what it says of a token that is not right. */
	testCall: string;
	refusal: RegExp;
	/** What the sandbox keeps of people that is nobody's business, beside what is in credentials. */
	hidden?(state: State): string[];

	/** The parameter with the target: its name, which is that of the id in its output, and what the editor calls it. */
	target: string;
	parameter: string;
	scope: Scope | null;
	/** The operations beside Get, Get Many and Resend. */
	changes: readonly string[];
	/** Those of them after which nothing is left to find. */
	removes: readonly string[];
	/** Two invitations of the seed that may be sent. */
	first: string;
	second: string;
	/** Of the right form, and nothing has it. */
	unknown: string;
	/** Values that are no id there, by what is wrong with them, beside those that are none anywhere. */
	wrongIds: Record<string, unknown>;

	/** Whether a target is looked up by itself, or in the list of all. */
	reads: 'byId' | 'byList';
	/** The operation, as the sandbox names it, that a node calls to read. */
	readCall: string;
	/** The operation that lists all invitations of an account. */
	listCall: string;
	/** Whether reading one that was found in the list by its address takes a call of its own. */
	readsWhatItFinds: boolean;
	/** What a call is about, as messages name it. */
	about(call: 'readCall' | 'sendCall', id: string): string;
	/** The status that a failure for a missing invitation tells. */
	missingStatus: 404 | null;
	/** Whether it may say no with status 200. */
	declinesWith200: boolean;

	/** Whether a send shows in `sentAt`. */
	showsSends: boolean;
	/** Whether that is sure, so that `sentAt` also tells that nothing was sent. */
	stampsSends: boolean;
	/** Whether the reply to a resend holds the invitation, so that it need not be read after it. */
	repliesWithIt: boolean;
	makesNewInvitation: boolean;
	tellsSent: boolean;
	tellsExpiry: boolean;
	/** What a reading may come to, beside `unknown`, and what of that a resend is done for. */
	statuses: readonly Status[];
	resendable: readonly Status[];
	/** What a resend says of the others where 'Only When Status Is' asks for it. */
	askedAnyway: Partial<Record<Status, string>>;
	/** The events of its trigger. */
	events: readonly string[];

	add(state: State, wanted?: Wanted): string;
	complete(state: State, id: string): void;
	/** What a resend says of one that was completed after it was read. */
	completedMeanwhile: string;
	/** Leaves nobody in the seed who is listed as open and not sent to. */
	tidy?(state: State): void;
	emailOf(state: State, id: string): string | undefined;
	/** The fields of simplified output, in their order: of Get, and of Get Many where that reads only a list. */
	fields: readonly string[];
	listedFields: readonly string[];
	/** The fields that hold ids, in their order. */
	idFields: readonly string[];
	/** What Get gives, simplified and in UTC, as the sandbox's state says it must be. */
	shown(state: State, id: string): IDataObject;
	/** Whether its lists hold the dates that it tells, and whether an invitation can be named by its address. */
	listsDates: boolean;
	findsByEmail: boolean;
	/** The method behind From List, and how many of the first seeded ones a list leaves out. */
	searchMethod: string;
	unlisted: number;
	/** What the record of sends calls an invitation at a base URL, for good: see `recordKeys.test.ts`. */
	recordKeys: ReadonlyArray<{ baseUrl: string; subject: Subject; key: string }>;
	/** What somebody may type there, and what of it is found, as a regular expression. */
	fromList: { search: string; label: string };
	/** Adds one more invitation to the sandbox from another process. */
	added: { route: string; body: Fields };
	/** What a person may get wrong in the form of the credential (`{}` is what was there), and how the answer begins. */
	formMistakes: ReadonlyArray<{ what: string; fields: Fields; says: string }>;
	/** A status with which a resend can be refused, and what is then said. */
	stops?: { status: number; message: string; advice: string };
	/** What a reply to a list holds for Get Many. */
	entriesIn(body: Record<string, unknown>): unknown;

	/** Says to the sandbox what the nodes may say, and what it documents of refusals. */
	tour(sandbox: TestSandbox): Promise<void>;
	/** Runs the nodes for all answers that they may get. */
	traffic(runs: Runs): Promise<void>;
	/** Operation and status of all that the nodes then said. */
	said: readonly string[];
}

/** The facts, and what the sandbox knows of the service anyway. */
export interface ServiceFixture extends Facts {
	provider: ProviderKey;
	/** As people write it. */
	name: string;
	/** In n8n; its trigger has `Trigger` behind it. */
	nodeType: string;
	/** The node's file in its package, without the ending. */
	file: string;
	/** Its credential's type. */
	credential: string;
	credentialAt(baseUrl: string): Fields;
	/** The operation, as the sandbox names it, that a node calls to send. */
	sendCall: 'resendInvitation';
}

export interface Runs {
	sandbox: TestSandbox;
	get(ids: readonly string[], more?: RunParts): Promise<void>;
	/** Get, then Resend. */
	both(ids: readonly string[], more?: RunParts): Promise<void>;
	resend(ids: readonly string[], more?: RunParts): Promise<void>;
}

export interface RunParts {
	parameters?: Record<string, string | object>;
	/** Changes of the credential. */
	patch?: Fields;
}
