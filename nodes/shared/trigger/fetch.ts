import { selectReads, type Departure, type Sighting } from './detectEvents';
import type { Poll } from './config';
import { readEach } from './readEach';
import type { Snapshot, Seen } from './snapshot';
import type { FailureReason } from '../core/failure';
import { ok, type Result } from '../core/result';
import type { Found } from '../invitation/provider';

/** The calls that a poll makes. */

/** The listed invitations, with their dates where these matter now. */
export async function fetchSightings<Target>(
	{ provider, session, rules }: Poll<Target>,
	state: Snapshot,
	listed: readonly Found[],
): Promise<Result<Sighting[]>> {
	const { details, capabilities } = provider;
	if (capabilities.tellsExpiry && capabilities.listsCarryDates) {
		return ok(listed.map((found) => ({ found, isRead: true })));
	}
	const wanted = details === undefined ? [] : selectReads(state, listed, rules, Date.now());
	if (details === undefined || wanted.length === 0) {
		return ok(listed.map((found) => ({ found, isRead: false })));
	}
	const readings = await readEach(wanted, details, session);
	if (!readings.ok) return readings;
	const readByFound = new Map<Found, Found>();
	for (const [index, found] of wanted.entries()) {
		const reading = readings.value[index];
		// Null: the invitation is gone meanwhile. It has no date, and is not read again.
		if (reading?.kind === 'read') readByFound.set(found, reading.value ?? found);
	}
	return ok(
		listed.map((found) => {
			const read = readByFound.get(found);
			return { found: read ?? found, isRead: read !== undefined };
		}),
	);
}

const MAY_PASS: readonly FailureReason[] = ['unavailable', 'unexpectedReply'];

/** What became of those that are no longer listed, where that can be found out. */
export async function followDepartures<Target>(
	{ plan: { vanishing }, provider, session, account }: Poll<Target>,
	departed: ReadonlyArray<[string, Seen]>,
): Promise<Result<Map<string, Departure>>> {
	switch (vanishing.kind) {
		case 'kept':
			return ok(new Map(departed.map(([key]) => [key, 'later'])));
		case 'closed':
			return ok(
				new Map(
					departed.map(([key, { email }]) => [key, vanishing.recall(key, email, account, session)]),
				),
			);
		case 'read': {
			const read = async ([key]: [string, Seen]): Promise<Result<Found | null>> => {
				const found = await provider.read(vanishing.target(key), 'fresh');
				if (!found.ok || found.value === null) return found;
				return ok({ ...found.value, raw: { ...vanishing.listedAs(key), ...found.value.raw } });
			};
			const readings = await readEach(departed, read, session);
			if (!readings.ok) return readings;
			return ok(
				new Map(
					departed.map(([key], index): [string, Departure] => {
						const reading = readings.value[index] ?? { kind: 'later' };
						if (reading.kind === 'read') return [key, reading.value];
						if (reading.kind === 'later') return [key, 'later'];
						// A refusal says that it is gone for this credential. A 5xx, or an answer that is not the service's own, may pass.
						return [key, MAY_PASS.includes(reading.failure.reason) ? 'later' : null];
					}),
				),
			);
		}
	}
}
