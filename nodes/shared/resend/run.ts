import { redact } from '../http/redact';
import { createFailure, type Failure } from '../core/failure';
import type { Invitation } from '../invitation/invitation';
import { messageOf } from '../core/json';
import { failed, ok, type Result } from '../core/result';
import { readFound } from '../invitation/fetchMany';
import type { Found, InvitationProvider } from '../invitation/provider';
import { findWindow, listWindowNames } from './decision/calendar';
import type { ExecutionState } from './executionState';
import { decide } from './decision/policy';
import { GRACE_MS, type Begun, type EntryState, type Lease } from './record/entry';
import type { Flight } from './record/flights';
import { nameNumbered } from './record/marks';
import { describeUnavailableRecord, type RecordOfSends } from './record/record';
import type { Settings } from './settings';
import type { HeldBack, Throttle } from './throttle';
import type { Judged, Verdict } from './verdict';

/** What the items of one run share while they are prepared and sent, and what is asked of it in both. */

/** Everything that the items of one run share. */
export interface Run<Target> {
	provider: InvitationProvider<Target>;
	record: RecordOfSends;
	state: ExecutionState;
	throttle: Throttle;
	signal: AbortSignal | undefined;
	/** Whether an item has ended the node, so that nothing more is to be sent. */
	isStopped(): boolean;
	/** What nobody may read in a message. */
	secrets: readonly string[];
}

/** An item whose invitation was read. */
export interface Job<Target> {
	target: Target;
	settings: Settings;
	found: Found;
	/** When it was asked for, epoch milliseconds. */
	readAt: number;
}

/** An item that is cleared to be sent: its entry is leased, its state was just read. */
export interface Ready<Target> {
	job: Job<Target>;
	found: Found;
	foundAt: number;
	window: string;
	lease: Lease;
	/** Windows that a lease reserved which this one took over. */
	reserved: readonly string[];
	flight: Flight;
}

export type Prepared<Target> =
	{ kind: 'judged'; judged: Judged } | ({ kind: 'ready' } & Ready<Target>);

/** How old a state may be before it is read again: where sends are stamped, only for as long as a call may last. */
export const FRESH_FOR_MS = 60_000;
export const FRESH_FOR_STAMPS_MS = 2_000;
/** By how much the clocks of n8n's processes may differ. */
const CLOCKS_DIFFER_MS = 30_000;

export const ABSENT: EntryState = { kind: 'absent' };
export const COMMITTED: EntryState = { kind: 'committed' };
export const USED_UP: EntryState = { kind: 'usedUp' };

export function judge<Target>(
	{ state, provider }: Run<Target>,
	{ policy }: Settings,
	invitation: Invitation,
	record: EntryState,
	now: number,
): Verdict {
	const { stampsSends } = provider.capabilities;
	return decide(invitation, policy, now, { executionId: state.executionId, record, stampsSends });
}

/** A verdict, and whether the invitation may be sent again at all where its sends are counted in total. */
export async function judgeInTotal<Target>(
	run: Run<Target>,
	settings: Settings,
	invitation: Invitation,
	recorded: EntryState,
	now: number,
): Promise<Judged> {
	const verdict = judge(run, settings, invitation, recorded, now);
	const { maxSendsPerInvitation } = settings.policy;
	const isAsked = verdict.outcome === 'wouldSend' || verdict.reason === 'alreadySent';
	if (maxSendsPerInvitation === null || !isAsked) return ok(verdict);
	const entry = run.provider.recordKey(invitation);
	try {
		const last = await run.record.look(entry, nameNumbered(maxSendsPerInvitation), now);
		const isUsedUp = last.kind === 'committed' || (last.kind === 'inDoubt' && last.inWindow);
		return ok(isUsedUp ? judge(run, settings, invitation, USED_UP, now) : verdict);
	} catch {
		return failed(describeUnavailableRecord());
	}
}

/** The verdicts of one run by item, some still under way; null where the node stopped before. */
export class Results {
	private readonly judged: Array<Judged | Promise<Judged> | null>;

	hasFailed = false;

	/** @param remembered what an earlier try said of an item: a failure now does not make that untrue */
	constructor(private readonly remembered: ReadonlyArray<Verdict | null>) {
		this.judged = remembered.map(() => null);
	}

	async settle(itemIndex: number, judged: Judged | Promise<Judged>): Promise<void> {
		const before = this.remembered[itemIndex] ?? null;
		if (before !== null) {
			// What holds it back now says nothing of that send, either.
			const speaks = (now: Judged): boolean => now.ok && now.value.outcome !== 'deferred';
			this.judged[itemIndex] = Promise.resolve(judged).then((now) =>
				speaks(now) ? now : ok(before),
			);
			return;
		}
		this.judged[itemIndex] = judged;
		// Not `||=`: that would put back what it read before it waited.
		if (!(await judged).ok) this.hasFailed = true;
	}

	async all(): Promise<Array<Judged | null>> {
		return await Promise.all(this.judged);
	}
}

export function nameWindow<Target>(
	{ state }: Run<Target>,
	{ policy }: Settings,
	now: number,
): string {
	return findWindow(now, policy.window, policy.timezone, state.executionId).label;
}

/** All windows that a send begun now may lie in: the provider may act on it for a while, and clocks differ a little. */
export function listLeaseWindows<Target>(
	run: Run<Target>,
	settings: Settings,
	now: number,
): string[] {
	return listWindows(run, settings, now - CLOCKS_DIFFER_MS, now, now + GRACE_MS);
}

/** All windows that count for a send of then, which has just ended. */
export function listSentWindows<Target>(
	run: Run<Target>,
	settings: Settings,
	begunAt: number,
): string[] {
	return listWindows(run, settings, begunAt - CLOCKS_DIFFER_MS, begunAt, Date.now());
}

/** The windows that a lease of then reserved; a send of now may turn out not to lie in them. */
export function listReservedWindows<Target>(
	run: Run<Target>,
	settings: Settings,
	begun: Begun | null,
): string[] {
	if (begun === null) return [];
	return listWindows(run, settings, begun.from - CLOCKS_DIFFER_MS, begun.from, begun.to + GRACE_MS);
}

/** The names of all windows that something lies in which began and ended then. */
export function listWindows<Target>(
	{ state }: Run<Target>,
	{ policy }: Settings,
	...instants: number[]
): string[] {
	const names = instants.flatMap((instant) =>
		listWindowNames(instant, policy.window, policy.timezone, state.executionId),
	);
	return [...new Set(names)];
}

/** The state right before a send: read anew where another workflow may have changed it meanwhile. `at` is when it came. */
export async function readFreshState<Target>(
	{ provider, throttle }: Run<Target>,
	{ target, found, readAt }: Job<Target>,
): Promise<Result<{ found: Found; at: number }>> {
	const now = Date.now();
	if (!provider.capabilities.stampsSends && now - readAt <= FRESH_FOR_MS)
		return ok({ found, at: readAt });
	const again = await readFound(provider, target, 'fresh');
	throttle.hear(again);
	return again.ok ? ok({ found: again.value, at: Date.now() }) : again;
}

/** For an exception that this package has not foreseen; its message is the only trace of it. */
export function describeUnforeseen(thrown: unknown, secrets: readonly string[]): Failure {
	const said = messageOf(thrown) || String(thrown);
	return createFailure(
		'internal',
		'Something unexpected happened with this item',
		`Please report this to the maintainers of this package and quote: ${redact(said.slice(0, 300), secrets)}`,
	);
}

export function describeSlowness(service: string): Failure {
	return createFailure(
		'unavailable',
		`Not sent: ${service} or n8n's database takes too long to answer`,
		'An invitation is sent only right after it was read. Run the workflow again later.',
		true,
	);
}

export function createHeldVerdict(invitation: Invitation, { reason, message }: HeldBack): Judged {
	const nextEligibleAt = new Date().toISOString();
	return ok({ outcome: 'deferred', reason, message, nextEligibleAt, invitation });
}
