/** Why an item could not be served, in words for the person who built the workflow. */
export interface Failure {
	/** What happened, about this item. */
	message: string;
	/** How to get unstuck, with the provider's own words. */
	description: string;
	/** Those words alone, where the provider said anything. */
	answered?: string;
	/** In camelCase, for a Switch node: stable across releases. */
	reason: FailureReason;
	/** The status the provider answered with; null where nothing was answered. */
	httpStatus: number | null;
	/** The provider's or the connection's own code, e.g. `ECONNREFUSED`. */
	code: string | null;
	/** Whether the same call may succeed later with nothing changed by the user. */
	retryable: boolean;
}

export type FailureReason =
	| 'invalidInput'
	| 'credential'
	| 'forbidden'
	| 'notFound'
	| 'refused'
	| 'rateLimited'
	| 'unavailable'
	| 'unreachable'
	| 'unexpectedReply'
	| 'recordUnavailable'
	| 'internal'
	| 'cancelled';

/** Whether an answer concerns the one invitation that was asked for, and says nothing about others. */
export function isAboutOne({ retryable, reason }: Failure): boolean {
	return !retryable && reason !== 'credential';
}

/** A failure that is not about one reply of the provider. */
export function createFailure(
	reason: FailureReason,
	message: string,
	description: string,
	retryable = false,
): Failure {
	return { message, description, reason, httpStatus: null, code: null, retryable };
}

/** A value that no request can be made with. */
export function describeInvalidInput(message: string, description: string): Failure {
	return createFailure('invalidInput', message, description);
}
