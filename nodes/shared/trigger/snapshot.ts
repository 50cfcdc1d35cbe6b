import { createHash } from 'crypto';
import type { IDataObject } from 'n8n-workflow';
import { isObject } from '../core/json';

/**
 * What a polling trigger keeps between polls, in the workflow's static data. n8n stores it with the
 * workflow, so it is one short text an invitation: 10,000 come to some 500 kB.
 */

/** What was reported of an invitation, as bits of `Seen.told`. */
export const TOLD = { completed: 1, cancelled: 2, expired: 4, soon: 8 } as const;

/** Set on what was there when the watch for expiry began, until its date is read. */
export const FROM_STOCK = 16;

/** In `Seen.expiresAt`: the provider was asked and has no date. */
export const NO_DATE = 0;

export interface Seen {
	told: number;
	/** Changes when the provider makes a new invitation for the same subject. */
	fingerprint: string;
	/** Seconds since 1970; null as long as it was not read. */
	expiresAt: number | null;
	/** Kept only where nothing else tells later whose invitation it was. */
	email: string | null;
}

export interface Snapshot {
	/** Whose invitations these are; another account's are no news. */
	scope: string;
	/** Since when expiry is watched (epoch milliseconds); null while it is not. */
	soonSince: number | null;
	/** By what the service calls each of its invitations here. */
	seen: ReadonlyMap<string, Seen>;
}

const VERSION = 1;

/**
 * An invitation id in six characters. Two ids of one case share a fingerprint once in 69 billion, and then
 * its date is read a little later than it could be.
 */
export function computeFingerprint(invitationId: string | null): string {
	if (invitationId === null) return '';
	return createHash('sha256').update(invitationId).digest('base64url').slice(0, 6);
}

function encode({ told, fingerprint, expiresAt, email }: Seen): string {
	const date = expiresAt === null ? '' : `~${expiresAt.toString(36)}`;
	return `${told.toString(36)}${fingerprint}${date}${email === null ? '' : ` ${email}`}`;
}

const ENTRY = /^([0-9a-v])([\w-]*)(?:~([0-9a-z]+))?(?: (.*))?$/s;

function decode(text: unknown): Seen | null {
	const parts = typeof text === 'string' ? ENTRY.exec(text) : null;
	if (parts === null) return null;
	const [, told = '', fingerprint = '', date, email = null] = parts;
	return {
		told: parseInt(told, 36),
		fingerprint,
		expiresAt: date === undefined ? null : parseInt(date, 36),
		email,
	};
}

/** @returns null where nothing was kept yet, or what was kept is about another account */
export function readSnapshot(data: IDataObject, scope: string): Snapshot | null {
	if (data.version !== VERSION || data.scope !== scope || !isObject(data.seen)) return null;
	const seen = new Map<string, Seen>();
	for (const [key, text] of Object.entries(data.seen)) {
		const entry = decode(text);
		if (entry === null) return null;
		seen.set(key, entry);
	}
	return { scope, soonSince: typeof data.soonSince === 'number' ? data.soonSince : null, seen };
}

function haveSameTexts(one: IDataObject, other: Record<string, string>): boolean {
	const keys = Object.keys(other);
	return keys.length === Object.keys(one).length && keys.every((key) => one[key] === other[key]);
}

/** Writes only what differs: every change makes n8n store the whole state again. */
export function writeSnapshot(data: IDataObject, { scope, soonSince, seen }: Snapshot): void {
	const texts = Object.fromEntries([...seen].map(([key, entry]) => [key, encode(entry)]));
	if (data.version !== VERSION) data.version = VERSION;
	if (data.scope !== scope) data.scope = scope;
	if (soonSince === null) {
		if ('soonSince' in data) delete data.soonSince;
	} else if (data.soonSince !== soonSince) {
		data.soonSince = soonSince;
	}
	if (!isObject(data.seen) || !haveSameTexts(data.seen, texts)) data.seen = texts;
}
