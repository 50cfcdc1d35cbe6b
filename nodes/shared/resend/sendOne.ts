import { isAboutOne, type Failure } from '../core/failure';
import type { Invitation } from '../invitation/invitation';
import { failed, ok } from '../core/result';
import { failNotStarted } from '../invitation/fetchMany';
import type { OnWait } from '../http/retry';
import type { Found, SendReply } from '../invitation/provider';
import { clear, giveBack } from './prepare';
import type { EntryState } from './record/entry';
import { minuteOfSend } from './record/marks';
import {
	ABSENT,
	COMMITTED,
	FRESH_FOR_MS,
	FRESH_FOR_STAMPS_MS,
	createHeldVerdict,
	judge,
	listLeaseWindows,
	describeSlowness,
	describeUnforeseen,
	nameWindow,
	listSentWindows,
	listWindows,
	USED_UP,
	type Ready,
	type Run,
} from './run';
import {
	createClosedVerdict,
	createSentVerdict,
	createUnconfirmedVerdict,
	explainDoubt,
	readdress,
	type Judged,
} from './verdict';

/** Sends one prepared item, records how it ended, and says so. */

/** A lease that waited longer for its turn is taken anew. */
const START_WITHIN_MS = 10_000;
/** How often an item is prepared anew: what is always too old when it is ready will be so the next time. */
const MOST_PREPARATIONS = 10;
/** What keeps an item from being sent at this very moment, however it was prepared. */
function findObjection<Target>(run: Run<Target>, { job, found }: Ready<Target>): Judged | null {
	if (run.signal?.aborted === true) return failNotStarted(null);
	if (run.isStopped()) {
		const message = 'Not sent: the node stops because of another item';
		return createHeldVerdict(found.invitation, { reason: 'paused', message });
	}
	const verdict = judge(run, job.settings, found.invitation, ABSENT, Date.now());
	return verdict.outcome === 'wouldSend' ? null : ok(verdict);
}

/** Whether an item that is about to be sent has to be prepared anew. */
function isOutdated<Target>(
	run: Run<Target>,
	{ job, foundAt, lease, window }: Ready<Target>,
): boolean {
	const now = Date.now();
	const freshFor = run.provider.capabilities.stampsSends ? FRESH_FOR_STAMPS_MS : FRESH_FOR_MS;
	const isOld = now - lease.takenAt > START_WITHIN_MS || now - foundAt > freshFor;
	return isOld || nameWindow(run, job.settings, now) !== window;
}

/** Hears what came of a send. It may still be under way: it is read back while the next one is being sent. */
type Tell = (judged: Judged | Promise<Judged>) => void;

/** Starts a prepared send; else tells what keeps it from being sent. */
async function start<Target>(
	run: Run<Target>,
	ready: Ready<Target>,
): Promise<'started' | 'again' | Judged> {
	let objection: Judged | null = null;
	const isFit = (): boolean => {
		objection = findObjection(run, ready);
		return objection === null && !isOutdated(run, ready);
	};
	const { job, found } = ready;
	const started = await run.throttle.start(job.settings.limits, isFit, run.signal);
	if (started === 'started') return started;
	return started === 'unfit'
		? (objection ?? 'again')
		: createHeldVerdict(found.invitation, started);
}

/** Sends what was prepared; prepares it anew where it had to wait for too long. */
export async function sendPrepared<Target>(
	run: Run<Target>,
	prepared: Ready<Target>,
	tell: Tell,
): Promise<void> {
	for (let ready = prepared, preparations = 1; ; preparations++) {
		const started = await start(run, ready);
		if (started === 'started') return await sendNow(run, ready, tell);
		giveBack(run, ready);
		const mayPrepare = started === 'again' && preparations < MOST_PREPARATIONS;
		const again = mayPrepare ? await clear(run, ready.job, true) : null;
		if (again?.kind === 'ready') {
			ready = again;
			continue;
		}
		run.throttle.leave();
		const judged = again?.kind === 'judged' ? again.judged : started;
		return tell(judged === 'again' ? failed(describeSlowness(run.provider.displayName)) : judged);
	}
}

async function requestSend<Target>(
	{ provider, secrets }: Run<Target>,
	target: Target,
	found: Found,
	onWait: OnWait,
): Promise<SendReply> {
	try {
		return await provider.send(target, found, onWait);
	} catch (thrown) {
		// The request may have left before whatever happened here.
		return { kind: 'unclear', failure: describeUnforeseen(thrown, secrets) };
	}
}

/** Reads the invitation after its send, where that tells whether it happened; null where it does not. */
async function readBack<Target>(
	run: Run<Target>,
	{ job, found }: Ready<Target>,
): Promise<{ happened: boolean; current: Found } | null> {
	const { settle } = run.provider;
	if (settle === undefined) return null;
	try {
		const after = await run.provider.read(job.target, 'fresh');
		if (!after.ok || after.value === null) return null;
		const told = settle(found.invitation, after.value.invitation);
		return told === null ? null : { happened: told === 'sent', current: after.value };
	} catch {
		return null;
	}
}

const CREDENTIAL_REASONS: ReadonlyArray<Failure['reason']> = ['credential', 'forbidden'];

async function sendNow<Target>(run: Run<Target>, ready: Ready<Target>, tell: Tell): Promise<void> {
	const { record, state, throttle, provider } = run;
	const { job, found, flight } = ready;
	const { target, settings } = job;
	const before = found.invitation;
	const begunAt = Date.now();
	let { lease } = ready;
	const elsewhere = provider.redirectOf?.(target) ?? null;
	state.rememberBegun(lease.entry, { before, elsewhere });
	const reply = await requestSend(run, target, found, async (milliseconds) => {
		lease = await record.renew(lease, Date.now(), milliseconds);
		return () => findObjection(run, ready) === null;
	});
	const windows = listSentWindows(run, settings, begunAt);

	const concludeSent = (after: Invitation): Judged => {
		const isLast =
			lease.sendNumber !== null && lease.sendNumber === settings.policy.maxSendsPerInvitation;
		const recorded = isLast ? USED_UP : COMMITTED;
		const { nextEligibleAt } = judge(run, settings, after, recorded, Date.now());
		const verdict = createSentVerdict(before, after, nextEligibleAt, elsewhere);
		state.forgetBegun(lease.entry);
		state.rememberVerdict(provider.key(target), verdict);
		return ok(verdict);
	};
	const concludeUnconfirmed = (because: string): Judged => {
		const now = Date.now();
		const doubt: EntryState = { kind: 'inDoubt', begun: minuteOfSend(now), inWindow: true };
		const { nextEligibleAt } = judge(run, settings, before, doubt, now);
		const { addressed } = readdress(before, elsewhere);
		// Another run would be another period: once the grace is over, it sends without a look.
		const isPerRun = settings.policy.window === 'execution';
		const told = isPerRun ? { displayName: provider.displayName } : provider;
		const verdict = createUnconfirmedVerdict(told, addressed, because, nextEligibleAt);
		// Where the provider tells, the next try looks again first.
		state.rememberVerdict(provider.key(target), verdict);
		return ok(verdict);
	};
	const concludeNotSent = (judgement: Judged): void => {
		state.forgetBegun(lease.entry);
		void record.rollBack(lease);
		flight.end('notSent');
		tell(judgement);
	};

	switch (reply.kind) {
		case 'accepted': {
			throttle.end('sent');
			void record.commit(lease, windows, ready.reserved);
			if (reply.current !== null || provider.settle === undefined) {
				flight.end('sent');
				return tell(concludeSent(reply.current?.invitation ?? before));
			}
			// Remembered at once: should this execution be tried again, the provider's word stands.
			const verdict = concludeSent(before);
			const confirm = async (): Promise<Judged> => {
				const back = await readBack(run, ready);
				if (back === null) return verdict;
				if (back.happened) return concludeSent(back.current.invitation);
				await record.reopen(lease.entry, Date.now());
				state.rememberBegun(lease.entry, { before, elsewhere });
				return concludeUnconfirmed(
					`${provider.displayName} accepted the request, but still shows the earlier invitation.`,
				);
			};
			return tell(
				confirm().then((judgement) => {
					flight.end(judgement.ok && judgement.value.outcome === 'sent' ? 'sent' : 'unclear');
					return judgement;
				}),
			);
		}
		case 'unclear': {
			const back = await readBack(run, ready);
			if (back?.happened === true) {
				throttle.end('sent');
				const within = listSentWindows(run, settings, begunAt);
				void record.commit(lease, within, ready.reserved);
				flight.end('sent');
				return tell(concludeSent(back.current.invitation));
			}
			throttle.end('unclear');
			const now = Date.now();
			const possible = [
				...listWindows(run, settings, begunAt),
				...listLeaseWindows(run, settings, now),
			];
			void record.leaveInDoubt(lease, possible, now);
			flight.end('unclear');
			return tell(concludeUnconfirmed(explainDoubt(reply.failure)));
		}
		case 'closed':
			throttle.end('refused');
			return concludeNotSent(ok(createClosedVerdict(before, reply.reason)));
		case 'rateLimited':
		case 'neverSent': {
			const { kind, failure } = reply;
			// What came up during a wait is why it was not sent.
			const objection = findObjection(run, ready);
			if (objection !== null || kind === 'neverSent') {
				throttle.end(objection !== null || isAboutOne(failure) ? 'notMade' : 'fault');
				return concludeNotSent(objection ?? failed(failure));
			}
			throttle.end(kind);
			return concludeNotSent(createHeldVerdict(before, { reason: kind, message: failure.message }));
		}
		case 'refused':
			throttle.end(CREDENTIAL_REASONS.includes(reply.failure.reason) ? 'fault' : 'refused');
			return concludeNotSent(failed(reply.failure));
	}
}
