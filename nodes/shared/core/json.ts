import type { IDataObject } from 'n8n-workflow';

/** Guards and parsing for what arrives from outside. */

export type JsonObject = IDataObject;

export function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether nothing is in it, or nothing but blanks. */
export function isBlank(value: unknown): boolean {
	if (value === undefined || value === null) return true;
	if (typeof value === 'string') return value.trim() === '';
	if (Array.isArray(value)) return value.length === 0;
	// A date has no keys either.
	return isObject(value) && Object.keys(value).length === 0 && JSON.stringify(value) === '{}';
}

/** The message of what was thrown; '' without one. It may come from another realm, where `instanceof` does not help. */
export function messageOf(thrown: unknown): string {
	return isObject(thrown) && typeof thrown.message === 'string' ? thrown.message : '';
}

/** The value as a string when it is text or a number, else null; an empty text is null too. */
export function readText(value: unknown): string | null {
	if (typeof value === 'number') return String(value);
	return typeof value === 'string' && value.trim() !== '' ? value : null;
}

/**
 * The texts in a value, trimmed and without blank ones, in their order. Without recursion: what comes from outside
 * may be nested deeper than the call stack reaches, and after a send an exception would hide what became of it.
 *
 * @param inside what of an object to look into; by default all of it
 */
export function collectTexts(
	value: unknown,
	inside: (object: JsonObject) => unknown[] = Object.values,
): string[] {
	const texts: string[] = [];
	// Whichever way leads to an object, what is in it is the same: once is enough.
	const seen = new Set<unknown>();
	const ahead: unknown[] = [value];
	while (ahead.length > 0) {
		const next = ahead.pop();
		if (typeof next === 'string') {
			const text = next.trim();
			if (text !== '') texts.push(text);
		} else if (typeof next === 'object' && next !== null && !seen.has(next)) {
			seen.add(next);
			const inner: unknown[] = Array.isArray(next) ? next : isObject(next) ? inside(next) : [];
			// The last in is the first out.
			for (let index = inner.length - 1; index >= 0; index--) ahead.push(inner[index]);
		}
	}
	return texts;
}

/** No number with fewer digits is beyond what a JS number holds exactly. */
const LONG_NUMBER = /\d{16}/;
// A quote begins or ends a text, unless a backslash precedes it. What is not JSON must not become JSON: a number
// for a key, a leading zero.
const QUOTE_OR_NUMBER = /"|\\[^]|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\s*:)/g;
const INTEGER = /^-?[1-9]\d*$/;

/** The same JSON with such integers as texts. */
function quoteLargeIntegers(json: string): string {
	let inText = false;
	return json.replace(QUOTE_OR_NUMBER, (token) => {
		if (token === '"') inText = !inText;
		const rounded = !inText && INTEGER.test(token) && !Number.isSafeInteger(Number(token));
		return rounded ? `"${token}"` : token;
	});
}

/**
 * Parses JSON, keeping integers that a JS number cannot hold exactly as strings: ids may be
 * int64, and a plain parse turns `9007199254740993` into its neighbour.
 *
 * @returns the value, or `undefined` for text that is not JSON
 */
export function parseJson(text: string): unknown {
	try {
		const value: unknown = JSON.parse(LONG_NUMBER.test(text) ? quoteLargeIntegers(text) : text);
		return value;
	} catch {
		return undefined;
	}
}
