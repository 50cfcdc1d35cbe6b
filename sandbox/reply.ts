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
