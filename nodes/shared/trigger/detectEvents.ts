import { DAY_MS } from '../core/time';
import type { Invitation, InvitationStatus } from '../invitation/invitation';
import {
	FROM_STOCK,
	computeFingerprint,
	NO_DATE,
	TOLD,
	type Snapshot,
	type Seen,
} from './snapshot';
import type { Found } from '../invitation/provider';

/** The decisions of a polling trigger. Pure: no clock and no calls. */

/** `closed`: no longer listed, and the provider does not tell why. */
export const POLL_EVENTS = [
	'cancelled',
	'closed',
	'completed',
	'expired',
	'expiringSoon',
	'new',
] as const;

export type PollEvent = (typeof POLL_EVENTS)[number];

export interface PollRules {
	watch: ReadonlySet<PollEvent>;
	daysBeforeExpiry: number;
	/** Whether a new invitation for a known subject fires `new` again. */
	resentIsNew: boolean;
	/** Whether the state holds email addresses, for what will be gone. */
	keepEmail: boolean;
	/** Whether what is no longer listed stays known, so that it is not new when it is listed again. */
	keepUnlisted: boolean;
	/** What the state calls an invitation. */
	keyOf(invitation: Invitation): string;
}

/** An invitation as this poll sees it. */
export interface Sighting {
	found: Found;
	/** Whether its dates were read in this poll, rather than listed without. */
	isRead: boolean;
}

/**
 * What became of an invitation that is no longer listed: as it was found instead, `later` where
 * that could not be read this time, null for nothing to tell.
 */
export type Departure = Found | 'later' | null;

export interface Fired {
	event: PollEvent;
	found: Found;
	/** It did not happen, and only shows what such an item looks like. */
	isSample?: boolean;
}

/** Whether a status is an event of the same name. */
function isEvent(status: InvitationStatus): status is 'cancelled' | 'completed' | 'expired' {
	return status in TOLD;
}

function toSeconds(instant: string | null): number {
	return instant === null ? NO_DATE : Math.floor(Date.parse(instant) / 1000);
}

/** When an invitation begins to expire soon, in epoch milliseconds. */
function computeSoonFrom(expiresAt: number, { daysBeforeExpiry }: PollRules): number {
	return expiresAt * 1000 - daysBeforeExpiry * DAY_MS;
}

/** The state of a first poll: everything listed counts as known, and nothing fires. */
export function takeStock(
	listed: readonly Found[],
	scope: string,
	rules: PollRules,
	now: number,
): Snapshot {
	const soon = rules.watch.has('expiringSoon');
	const entry = ({ id, status, email }: Invitation): Seen => ({
		told: (isEvent(status) ? TOLD[status] : 0) | (soon ? FROM_STOCK : 0),
		fingerprint: computeFingerprint(id),
		expiresAt: null,
		email: rules.keepEmail ? email : null,
	});
	return {
		scope,
		soonSince: soon ? now : null,
		seen: new Map(listed.map(({ invitation }) => [rules.keyOf(invitation), entry(invitation)])),
	};
}

/**
 * The listed invitations whose dates have to be read, the urgent ones first: those about to be reported as expiring
 * soon, since a refresh may have moved the date; those past a date that should have ended them; those whose date is
 * not known.
 */
export function selectReads(
	{ seen, soonSince }: Snapshot,
	listed: readonly Found[],
	rules: PollRules,
	now: number,
): Found[] {
	if (soonSince === null || !rules.watch.has('expiringSoon')) return [];
	const urgent: Found[] = [];
	const unknown: Found[] = [];
	for (const found of listed) {
		const { id, status } = found.invitation;
		if (status !== 'pending') continue;
		const known = seen.get(rules.keyOf(found.invitation));
		if (
			known === undefined ||
			known.fingerprint !== computeFingerprint(id) ||
			known.expiresAt === null
		) {
			unknown.push(found);
		} else if (known.expiresAt !== NO_DATE) {
			const begins =
				computeSoonFrom(known.expiresAt, rules) <= now && (known.told & TOLD.soon) === 0;
			if (begins || known.expiresAt * 1000 <= now) urgent.push(found);
		}
	}
	return [...urgent, ...unknown];
}

/**
 * Those that are no longer listed: all that stay known, else those whose end was not told yet, whatever is watched: a
 * list may have left them out, and forgotten they would be new. The others may be forgotten.
 */
export function findDepartures(
	{ seen }: Snapshot,
	listed: readonly Found[],
	{ watch, keepUnlisted, keyOf }: PollRules,
): Array<[string, Seen]> {
	// What can tell only that it is gone has told no other end, whatever the list said.
	const all = keepUnlisted || watch.has('closed');
	const present = new Set(listed.map(({ invitation }) => keyOf(invitation)));
	return [...seen].filter(
		([key, { told }]) =>
			!present.has(key) && (all || (told & (TOLD.completed | TOLD.cancelled)) === 0),
	);
}

interface Detection {
	seen: Seen;
	events: PollEvent[];
}

/**
 * What is new about one invitation. Each event is told once per invitation; a resend makes a new
 * one, and a refresh gives it a new date to expire at, so expiry may be told again then.
 */
function detectEvents(
	before: Seen | undefined,
	{ found: { invitation }, isRead }: Sighting,
	soonSince: number | null,
	rules: PollRules,
	now: number,
): Detection {
	const { id, status, email } = invitation;
	const fingerprint = computeFingerprint(id);
	const same = before?.fingerprint === fingerprint ? before : undefined;
	const events: PollEvent[] = [];
	if (before === undefined || (same === undefined && rules.resentIsNew)) events.push('new');

	let told = same?.told ?? 0;
	// Only a refresh leads back from expired to pending.
	if (status === 'pending') told &= ~TOLD.expired;
	if (isEvent(status) && (told & TOLD[status]) === 0) {
		told |= TOLD[status];
		events.push(status);
	}

	const expiresAt = isRead ? toSeconds(invitation.expiresAt) : (same?.expiresAt ?? null);
	const wasKnown = same?.expiresAt ?? null;
	if (wasKnown !== null && expiresAt !== wasKnown) told &= ~TOLD.soon;
	if (isRead && soonSince !== null && status === 'pending' && expiresAt !== null) {
		const from = computeSoonFrom(expiresAt, rules);
		const isSoon = expiresAt !== NO_DATE && from <= now && expiresAt * 1000 > now;
		// What was already the case when the watch began counts as known, as it is with the other events.
		const isOld = (told & FROM_STOCK) !== 0 && from <= soonSince;
		if (isSoon && !isOld && (told & TOLD.soon) === 0) events.push('expiringSoon');
		if (isSoon) told |= TOLD.soon;
		told &= ~FROM_STOCK;
	}
	return {
		seen: { told, fingerprint, expiresAt, email: rules.keepEmail ? email : null },
		events,
	};
}

/** What has happened since the last poll, and what to keep for the next one. */
export function compareSnapshots(
	state: Snapshot,
	sightings: readonly Sighting[],
	departed: ReadonlyMap<string, Departure>,
	rules: PollRules,
	now: number,
): { fired: Fired[]; next: Snapshot } {
	const soon = rules.watch.has('expiringSoon');
	const soonBegins = soon && state.soonSince === null;
	const mark = (entry: Seen): Seen => ({ ...entry, told: entry.told | FROM_STOCK });
	const known = soonBegins
		? new Map([...state.seen].map(([key, entry]) => [key, mark(entry)]))
		: state.seen;
	const soonSince = soon ? (state.soonSince ?? now) : null;

	const fired: Fired[] = [];
	const fire = (events: readonly PollEvent[], found: Found): void => {
		for (const event of events) if (rules.watch.has(event)) fired.push({ event, found });
	};
	const seen = new Map<string, Seen>();
	for (const sighting of sightings) {
		const key = rules.keyOf(sighting.found.invitation);
		if (seen.has(key)) continue;
		const judged = detectEvents(known.get(key), sighting, soonSince, rules, now);
		seen.set(key, judged.seen);
		fire(judged.events, sighting.found);
	}
	for (const [key, departure] of departed) {
		const before = known.get(key);
		if (before === undefined || seen.has(key) || departure === null) continue;
		if (departure === 'later') {
			seen.set(key, before);
			continue;
		}
		const last = detectEvents(before, { found: departure, isRead: false }, soonSince, rules, now);
		fire([...last.events, 'closed'], departure);
		// Still open, so the list may have left it out, or its end is yet to be seen. Any other is over.
		if (departure.invitation.status === 'pending') seen.set(key, last.seen);
	}
	return { fired, next: { scope: state.scope, soonSince, seen } };
}
