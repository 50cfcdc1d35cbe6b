import { invalidInput, type Failure } from './failure';

/** A failed call is an ordinary value here; it becomes a thrown n8n error only at the node's edge. */
export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export function ok<T>(value: T): Result<T> {
	return { ok: true, value };
}

export function failed<T>(failure: Failure): Result<T> {
	return { ok: false, failure };
}

/** For a value that no request can be made with. */
export function refuse(message: string, description: string): Result<never> {
	return failed(invalidInput(message, description));
}
