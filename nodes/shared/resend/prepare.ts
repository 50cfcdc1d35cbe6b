import type { Invitation } from '../invitation/invitation';
import { pause } from '../core/time';
import { failed, ok } from '../core/result';
import { failNotStarted } from '../invitation/fetchMany';
import type { BegunSend } from './executionState';
import { endOfGrace, type Begun, type EntryState } from './record/entry';
import { takeOff, type Flight } from './record/flights';
import { describeUnavailableRecord } from './record/record';
import {
	ABSENT,
	COMMITTED,
	createHeldVerdict,
	describeUnforeseen,
	judge,
	judgeInTotal,
	listLeaseWindows,
	listReservedWindows,
	nameWindow,
	listWindows,
	readFreshState,
	type Job,
	type Prepared,
	type Ready,
	type Run,
} from './run';
import { createSentVerdict, readdress, type Judged } from './verdict';

/** Brings one item so far that it only has to be sent, or to its verdict. */

/** How long before its time a send is prepared. */
const LEASE_AHEAD_MS = 1_000;
/** How long to wait for another execution's send: longer than its lease lasts if it has died. */
const PATIENCE_MS = 60_000;
const FIRST_WAIT_MS = 40;
const LONGEST_WAIT_MS = 500;

function wrapVerdict<Target>(judgement: Judged): Prepared<Target> {
	return { kind: 'judged', judged: judgement };
}

/** A dry run: all but the sending, and the record is left as it was. */
async function rehearse<Target>(
	run: Run<Target>,
	{ target, settings, found }: Job<Target>,
): Promise<Judged> {
	const { invitation } = found;
	const now = Date.now();
	const entry = run.provider.recordKey(invitation);
	const window = nameWindow(run, settings, now);
	const recorded = await run.record.look(entry, window, now).catch(() => null);
	if (recorded === null) return failed(describeUnavailableRecord());
	const judged = await judgeInTotal(run, settings, invitation, recorded, now);
	if (!judged.ok || judged.value.outcome !== 'wouldSend') return judged;
	const held = run.throttle.rehearse(settings.limits);
	if (held !== null) return createHeldVerdict(invitation, held);
	const { addressed, whereTo } = readdress(invitation, run.provider.redirectOf?.(target) ?? null);
	const message = `Would be sent${whereTo}; this is a dry run`;
	return ok({ ...judged.value, message, invitation: addressed });
}

/** Whether the send in doubt happened, judged by what this execution saw before it began. */
function findSettledSend<Target>(
	run: Run<Target>,
	entry: string,
	now: Invitation,
): BegunSend | null {
	const begun = run.state.begun(entry);
	return begun !== null && run.provider.settle?.(begun.before, now) === 'sent' ? begun : null;
}

/** Ends the question of an entry in doubt whose send turns out to have happened. */
async function recordAsSent<Target>(
	run: Run<Target>,
	{ settings }: Job<Target>,
	entry: string,
	{ begun }: Extract<EntryState, { kind: 'inDoubt' }>,
	sentAt: number,
): Promise<void> {
	const now = Date.now();
	const windows = listWindows(run, settings, sentAt);
	// A name that no window has: whether it was sent in this one is not the question.
	const request = { entry, window: 'any', windows, now, takeOver: { begun } };
	// What the provider tells is known without the record; it stays in doubt there until the next look.
	const taken = await run.record.lease(request).catch(() => null);
	if (taken?.kind !== 'granted') return;
	await run.record.commit(taken.lease, windows, listReservedWindows(run, settings, begun));
}

/**
 * Takes the lease of an entry and reads the state of its invitation at the same time; waits while another execution
 * is sending it, and settles what is in doubt as far as the provider can tell.
 */
async function takeLease<Target>(
	run: Run<Target>,
	job: Job<Target>,
	entry: string,
	flight: Flight,
	isAgain: boolean,
): Promise<Prepared<Target>> {
	const { settings } = job;
	let waited = 0;
	let takeOver: { begun: Begun | null } | undefined;
	for (let waits = 0; ; waits++) {
		const now = Date.now();
		const window = nameWindow(run, settings, now);
		const own = settings.policy.window === 'execution' ? window : null;
		const windows = listLeaseWindows(run, settings, now).filter((one) => one !== own);
		const most = settings.policy.maxSendsPerInvitation;
		const request = { entry, window, windows, own, most, now, takeOver };
		const leasing = run.record.lease(request).catch(() => null);
		// A state that grew old beside a slow record is read after it the next time.
		if (isAgain) await leasing;
		const [taken, fresh] = await Promise.all([leasing, readFreshState(run, job)]);
		if (taken === null) return wrapVerdict(failed(describeUnavailableRecord()));
		// What is on record needs no look.
		if (!fresh.ok && taken.kind !== 'committed' && taken.kind !== 'usedUp') {
			if (taken.kind === 'granted') void run.record.rollBack(taken.lease);
			return wrapVerdict(fresh);
		}
		const { found, at } = fresh.ok ? fresh.value : { found: job.found, at: job.readAt };
		const { invitation } = found;
		if (taken.kind === 'granted') {
			// Another workflow's send may be unclear, and this node's record does not know of it.
			const { unclear } = flight;
			const recorded: EntryState =
				unclear === null ? ABSENT : { kind: 'inDoubt', begun: unclear, inWindow: false };
			const verdict = judge(run, settings, invitation, recorded, Date.now());
			if (verdict.outcome === 'wouldSend') {
				const reserved = listReservedWindows(run, settings, takeOver?.begun ?? null);
				const { lease } = taken;
				return { kind: 'ready', job, found, foundAt: at, window, lease, reserved, flight };
			}
			void run.record.rollBack(taken.lease);
			// Once the provider can no longer act on that one, nobody knows of it any more.
			const { nextEligibleAt } =
				unclear === null ? verdict : judge(run, settings, invitation, ABSENT, endOfGrace(unclear));
			return wrapVerdict(ok({ ...verdict, nextEligibleAt }));
		}
		if (taken.kind === 'inDoubt') {
			const settled = findSettledSend(run, entry, invitation);
			if (settled !== null) {
				// An earlier try of this execution sent it and never got the answer.
				const sentAt = Date.parse(invitation.sentAt ?? '') || now;
				await recordAsSent(run, job, entry, taken, sentAt);
				run.state.forgetBegun(entry);
				const verdict = createSentVerdict(
					settled.before,
					invitation,
					judge(run, settings, invitation, COMMITTED, now).nextEligibleAt,
					settled.elsewhere,
				);
				run.state.rememberVerdict(run.provider.key(job.target), verdict);
				return wrapVerdict(ok(verdict));
			}
			const verdict = judge(run, settings, invitation, taken, now);
			if (verdict.outcome !== 'wouldSend') {
				if (verdict.reason === 'alreadySent' && invitation.sentAt !== null) {
					await recordAsSent(run, job, entry, taken, Date.parse(invitation.sentAt));
				}
				return wrapVerdict(ok(verdict));
			}
			takeOver = { begun: taken.begun };
			continue;
		}
		const isOver = taken.kind !== 'leased' || waited > PATIENCE_MS;
		if (isOver || run.signal?.aborted === true)
			return wrapVerdict(await judgeInTotal(run, settings, invitation, taken, now));
		// As soon as the other one is done, its outcome is on record.
		const wait = Math.min(FIRST_WAIT_MS * 1.5 ** waits, LONGEST_WAIT_MS) * (0.5 + Math.random());
		waited += wait;
		await pause(wait, run.signal);
	}
}

/** Brings an admitted item to its lease, maybe once more: it waits for its turn at the invitation, and for the pace. */
export async function clear<Target>(
	run: Run<Target>,
	job: Job<Target>,
	isAgain = false,
): Promise<Prepared<Target>> {
	const { settings, found } = job;
	const entry = run.provider.recordKey(found.invitation);
	// The lease is taken when it is nearly time to send, since it does not last long.
	await pause(run.throttle.slot(settings.limits) - Date.now() - LEASE_AHEAD_MS, run.signal);
	const giveUpAt = Date.now() + PATIENCE_MS;
	for (;;) {
		if (run.signal?.aborted === true) return wrapVerdict(failNotStarted(null));
		const flight = await takeOff(entry, giveUpAt - Date.now());
		if (flight === null || flight === 'sent') {
			const seen: EntryState = flight === null ? { kind: 'leased' } : COMMITTED;
			// What another execution sent counts, unless the window is this execution.
			if (flight === 'sent' && settings.policy.window === 'execution') continue;
			return wrapVerdict(await judgeInTotal(run, settings, found.invitation, seen, Date.now()));
		}
		let prepared: Prepared<Target> | null = null;
		try {
			prepared = await takeLease(run, job, entry, flight, isAgain);
			return prepared;
		} catch (thrown) {
			// A defect of our own; nothing was sent for this item yet.
			return wrapVerdict(failed(describeUnforeseen(thrown, run.secrets)));
		} finally {
			if (prepared?.kind !== 'ready') flight.end('notSent');
		}
	}
}

/**
 * Brings an item so far that it only has to be sent, or to its verdict. It is called for the next item while the one
 * before is being sent.
 */
export async function prepare<Target>(
	run: Run<Target>,
	job: Job<Target>,
): Promise<Prepared<Target>> {
	const { settings, found } = job;
	const { invitation } = found;
	const now = Date.now();
	if (judge(run, settings, invitation, ABSENT, now).outcome !== 'wouldSend')
		return wrapVerdict(await judgeInTotal(run, settings, invitation, ABSENT, now));
	if (settings.dryRun) return wrapVerdict(await rehearse(run, job));
	const held = await run.throttle.admit(settings.limits);
	if (held !== null) return wrapVerdict(createHeldVerdict(found.invitation, held));
	let prepared: Prepared<Target> | null = null;
	try {
		prepared = await clear(run, job);
		return prepared;
	} finally {
		if (prepared?.kind !== 'ready') run.throttle.leave();
	}
}

/** Gives back lease and turn of an item that is not sent now; it stays admitted. */
export function giveBack<Target>(run: Run<Target>, { lease, flight }: Ready<Target>): void {
	void run.record.rollBack(lease);
	flight.end('notSent');
}

/** Gives back all that `prepare` took, where nothing is sent any more. */
export function standDown<Target>(run: Run<Target>, ready: Ready<Target>): void {
	giveBack(run, ready);
	run.throttle.leave();
}
