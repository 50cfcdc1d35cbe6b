import type { Reply } from './types';

export function json(status: number, body: unknown): Reply {
	return { status, body: JSON.stringify(body), contentType: 'application/json; charset=utf-8' };
}

/** For text that is JSON already and must reach the wire as it is. */
export function jsonText(status: number, body: string): Reply {
	return { status, body, contentType: 'application/json; charset=utf-8' };
}

export function empty(status: number): Reply {
	return { status, body: '', contentType: null };
}

/** A wrapper that says no, also on HTTP 200. Bodies of unsuccessful replies are not documented; it has a place for them. */
export function wrappedFailure(
	{ code, message, info = [] }: { code: string; message: string; info?: string[] },
	member: string,
): string {
	return JSON.stringify({
		isSuccess: false,
		isFailure: true,
		error: { code, message, info },
		[member]: null,
	});
}
