/** What a service answers; the body is text because int64 ids must not pass through a number. */
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
