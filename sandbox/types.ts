/** The names the nodes use for the three services, so that a test can pass them through. */
export const PROVIDERS = ['karmaCheck', 'worthAi', 'numium'] as const;

export type Provider = (typeof PROVIDERS)[number];

/** What a service answers; the body is text because Numium's int64 ids must not pass through a number. */
export interface Reply {
	status: number;
	body: string;
	contentType: string | null;
	headers?: Record<string, string>;
}

/** One request to a service, after routing and sign-in. */
export interface Call {
	requestId: string;
	params: Record<string, string>;
	query: Record<string, string | string[]>;
	/** Parsed JSON, or `undefined` where the request had no (readable) body. */
	body: unknown;
}

/** Where a request sends mail: the outbox, with the request already noted. */
export interface MailDraft {
	/** The id of the case, the user or the invitation, as a resend request names it. */
	key: string;
	invitationId: string | null;
	email: string;
}

export interface Switches {
	/** The schema of Numium's reply says `value`, the samples in its prose say `data`. */
	numiumWrapper: 'value' | 'data';
	/** Numium's generated sample shows one object where the schema says array. */
	numiumCollection: 'array' | 'object';
	/** What a tenant without invitations gets; Numium's pages say both. */
	numiumEmpty: '404' | 'empty';
	/** Worth AI's schema has `data.id_token`, its example `data.data.id_token`. */
	worthSignIn: 'flat' | 'nested';
	/** Worth AI documents a wrong password as 400 and as 500. */
	worthBadPassword: '400' | '500';
}

export const DEFAULT_SWITCHES: Readonly<Switches> = {
	numiumWrapper: 'value',
	numiumCollection: 'array',
	numiumEmpty: '404',
	worthSignIn: 'flat',
	worthBadPassword: '400',
};
