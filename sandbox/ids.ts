import { createHash } from 'node:crypto';

/** The same UUID for the same words on every machine, so that tests can name what the seed made. */
export function uuidFor(...words: Array<string | number>): string {
	const hex = createHash('sha256').update(words.join('\u0000')).digest('hex');
	const variant = ((parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
	return [
		hex.slice(0, 8),
		hex.slice(8, 12),
		`4${hex.slice(13, 16)}`,
		`${variant}${hex.slice(17, 20)}`,
		hex.slice(20, 32),
	].join('-');
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** The canonical decimal form of an int64, or null; never by way of a JS number, which would round. */
export function int64(text: string): string | null {
	if (!/^-?\d{1,19}$/.test(text)) return null;
	const value = BigInt(text);
	return value >= INT64_MIN && value <= INT64_MAX ? value.toString() : null;
}
