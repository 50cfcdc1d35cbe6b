import type { InvitationStatus } from '../invitation/invitation';
import type { PollEvent, Fired, PollRules } from './detectEvents';
import { readEach } from './readEach';
import { ok, type Result } from '../core/result';
import { DAY_MS } from '../core/time';
import type { Found, InvitationProvider } from '../invitation/provider';
import type { Session } from '../http/session';

/** How many items "Fetch Test Event" gives for each event, and how many it reads to find them. */
const SAMPLE_SIZE = 3;
const SAMPLE_READS = 20;

function sortNewestFirst(listed: readonly Found[]): Found[] {
	const time = ({ invitation: { sentAt } }: Found): number =>
		sentAt === null ? 0 : Date.parse(sentAt);
	// Without dates the provider's order stays, which may well be newest first.
	return [...listed].sort((one, other) => time(other) - time(one));
}

const STATUS_OF: Readonly<Record<PollEvent, InvitationStatus>> = {
	cancelled: 'cancelled',
	closed: 'unknown',
	completed: 'completed',
	expired: 'expired',
	expiringSoon: 'pending',
	new: 'pending',
};

/** An invitation as it would look if this event had just happened. */
function dressAs(event: PollEvent, found: Found, { daysBeforeExpiry }: PollRules): Found {
	const invitation = { ...found.invitation, status: STATUS_OF[event] };
	if (event !== 'expiringSoon') return { ...found, invitation };
	const expiresAt = new Date(Date.now() + (daysBeforeExpiry * DAY_MS) / 2).toISOString();
	return { ...found, invitation: { ...invitation, expiresAt }, isSummary: false };
}

/** Those that expire soon, looked for among the oldest pending ones. */
async function findExpiringSoon<Target>(
	{ details, capabilities }: InvitationProvider<Target>,
	session: Session,
	newest: readonly Found[],
	{ daysBeforeExpiry }: PollRules,
): Promise<Result<Found[]>> {
	const until = Date.now() + daysBeforeExpiry * DAY_MS;
	const isSoon = ({ invitation: { expiresAt, status } }: Found): boolean =>
		status === 'pending' && expiresAt !== null && Date.parse(expiresAt) <= until;
	const oldest = newest.filter(({ invitation }) => invitation.status === 'pending').reverse();
	if (capabilities.listsCarryDates) return ok(oldest.filter(isSoon));
	if (details === undefined) return ok([]);
	const readings = await readEach(oldest.slice(0, SAMPLE_READS), details, session);
	if (!readings.ok) return readings;
	const read = readings.value.flatMap((reading) =>
		reading.kind === 'read' && reading.value !== null ? [reading.value] : [],
	);
	return ok(read.filter(isSoon));
}

/**
 * Items to build a workflow with: some invitations that each event holds for now, or the newest one
 * dressed as the first chosen event.
 */
export async function pickSamples<Target>(
	provider: InvitationProvider<Target>,
	session: Session,
	listed: readonly Found[],
	rules: PollRules,
): Promise<Result<Fired[]>> {
	const newest = sortNewestFirst(listed);
	const fired: Fired[] = [];
	const events: PollEvent[] = [...rules.watch];
	for (const event of events) {
		let matching: Found[];
		if (event === 'expiringSoon') {
			const soon = await findExpiringSoon(provider, session, newest, rules);
			if (!soon.ok) return soon;
			matching = soon.value;
		} else {
			matching = newest.filter(({ invitation: { status } }) => status === STATUS_OF[event]);
		}
		fired.push(...matching.slice(0, SAMPLE_SIZE).map((found) => ({ event, found })));
	}
	const [first] = newest;
	const [event] = events;
	if (fired.length > 0 || first === undefined || event === undefined) return ok(fired);
	return ok([{ event, found: dressAs(event, first, rules) }]);
}
