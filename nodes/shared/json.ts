import type { IDataObject } from 'n8n-workflow';

/** Guards and parsing for what arrives from outside. */

export type JsonObject = IDataObject;

export function isObject(value: unknown): value is JsonObject {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as a string when it is text or a number, else null; an empty text is null too. */
export function textOrNull(value: unknown): string | null {
	if (typeof value === 'number') return String(value);
	return typeof value === 'string' && value.trim() !== '' ? value : null;
}

// What is no JSON must not become any: an unfinished string, a number for a key, a leading zero.
const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"?|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?!\s*:)/g;
const INTEGER = /^-?[1-9]\d*$/;

/**
 * Parses JSON, keeping integers that a JS number cannot hold exactly as strings: Numium's ids are
 * int64, and a plain parse turns `9007199254740993` into its neighbour.
 *
 * @returns the value, or `undefined` for text that is not JSON
 */
export function parseJson(text: string): unknown {
	try {
		const exact = text.replace(STRING_OR_NUMBER, (token) =>
			INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
		);
		const value: unknown = JSON.parse(exact);
		return value;
	} catch {
		return undefined;
	}
}
