import { randomUUID } from 'crypto';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { windowAt } from './calendar';
import type { Failure } from '../failure';
import { invitationJson } from '../foundJson';
import type { Invitation } from '../invitation';
import { SENT_STAY_SENT, stopAtFailure, toItems, type ItemResult } from '../output';
import { pause } from '../pause';
import {
	failed,
	ok,
	type Found,
	type InvitationProvider,
	type Result,
	type SendReply,
} from '../provider';
import { readInvitations } from '../readInvitations';
import type { Session } from '../request';
import { decide, type History, type LedgerState, type ResendPolicy } from './policy';
import { limitsOf, policyOf, type RunLimits } from './settings';
import { ledgerUnavailable, openLedger, type SendLedger } from './sendLedger';
import { openRunMemory, type RunMemory } from './executionState';
import type { Verdict } from './verdict';

/** A state read longer ago than this is read again before it is acted on. */
const FRESH_FOR_MS = 60_000;

/** One item that can be worked on: what it names, by which rules. */
interface Job<Target> {
	target: Target;
	policy: ResendPolicy;
}

type Judged = Result<Verdict>;

interface Reading {
	found: Found;
	/** When it was asked for, epoch milliseconds. */
	at: number;
}

/** Everything one run shares between its items. */
interface Run<Target> {
	provider: InvitationProvider<Target>;
	ledger: SendLedger;
	memory: RunMemory;
	limits: RunLimits;
	executionId: string;
	signal: AbortSignal | undefined;
	/** Invitations that an earlier item of this run named. */
	seen: Set<string>;
	/** Entries confirmed in this run. */
	sent: string[];
	/** Sends made, or in a dry run counted as if made. */
	sends: number;
	faultsInARow: number;
	/** Set when no further send shall be tried in this run. */
	halted: { reason: 'paused' | 'rateLimited'; message: string } | null;
	nextSlot: number;
}

function subjectKey({ provider, environment, subject }: Invitation): string {
	return `${provider}|${environment}|${Object.values(subject).join('|')}`;
}

function historyOf<Target>(run: Run<Target>, ledger: LedgerState, earlierInRun = false): History {
	return {
		executionId: run.executionId,
		ledger,
		earlierInRun,
		stampTells: run.provider.stampTells,
	};
}

/** Whether no earlier item of this run named the invitation; remembers that this one did. */
function isFirst<Target>(run: Run<Target>, invitation: Invitation): boolean {
	const subject = subjectKey(invitation);
	if (run.seen.has(subject)) return false;
	run.seen.add(subject);
	return true;
}

function entryOf<Target>(
	run: Run<Target>,
	invitation: Invitation,
	policy: ResendPolicy,
	now: number,
): string {
	const span = windowAt(now, policy.window, policy.timezone, run.executionId);
	return `${subjectKey(invitation)}|${span.label}`;
}

function deferred(
	invitation: Invitation,
	reason: 'maxSends' | 'paused' | 'rateLimited',
	message: string,
	now: number,
): Verdict {
	const nextEligibleAt = new Date(now).toISOString();
	return { outcome: 'deferred', reason, message, nextEligibleAt, invitation };
}

function sentVerdict<Target>(
	run: Run<Target>,
	policy: ResendPolicy,
	before: Invitation,
	after: Invitation,
	now: number,
): Verdict {
	const next = decide(after, policy, now, historyOf(run, 'sent')).nextEligibleAt;
	const replaced = before.id !== null && before.id !== after.id;
	return {
		outcome: 'sent',
		reason: 'sent',
		message: replaced ? 'Sent with a new link; the link in the earlier mail stops working' : 'Sent',
		nextEligibleAt: next,
		invitation: after,
		...(replaced && before.id !== null ? { previousInvitationId: before.id } : {}),
	};
}

/** What holds back every further send of this run, or null. */
function heldBack<Target>(run: Run<Target>, invitation: Invitation, now: number): Verdict | null {
	if (run.halted !== null) return deferred(invitation, run.halted.reason, run.halted.message, now);
	if (run.sends < run.limits.maxSends) return null;
	const message = `Not sent: this run has reached 'Max Sends per Run' (${run.limits.maxSends})`;
	return deferred(invitation, 'maxSends', message, now);
}

/** What an open entry turns out to be, where this execution remembers how it began. */
function settle<Target>(
	run: Run<Target>,
	entry: string,
	state: LedgerState,
	now: Invitation,
): LedgerState {
	const before = run.memory.begun(entry);
	if (state !== 'open' || before === null || run.provider.settle === undefined) return state;
	return run.provider.settle(before, now) === 'sent' ? 'sent' : 'none';
}

function countFault<Target>(run: Run<Target>, reply: SendReply): void {
	const { limits } = run;
	const bad =
		reply.kind === 'refused'
			? ['credential', 'forbidden'].includes(reply.failure.reason)
			: reply.kind !== 'sent' && reply.kind !== 'closed';
	run.faultsInARow = bad ? run.faultsInARow + 1 : 0;
	if (reply.kind === 'rateLimited') {
		const message = `Not sent: ${run.provider.displayName} asked to slow down`;
		run.halted = { reason: 'rateLimited', message };
	} else if (limits.stopAfterFaults > 0 && run.faultsInARow >= limits.stopAfterFaults) {
		const message = `Not sent: ${run.faultsInARow} sends in a row did not go through, so the rest waits for a later run`;
		run.halted = { reason: 'paused', message };
	}
}

/** Sends, and records how it ended. The entry is already begun. */
async function sendAndRecord<Target>(
	run: Run<Target>,
	{ target, policy }: Job<Target>,
	found: Found,
	entry: string,
): Promise<Judged> {
	const before = found.invitation;
	run.memory.rememberBegun(entry, before);
	const reply = await run.provider.send(target, found);
	const now = Date.now();
	countFault(run, reply);
	if (reply.kind !== 'unknown' && reply.kind !== 'notSent') run.memory.forgetBegun(entry);
	switch (reply.kind) {
		case 'sent': {
			run.sends++;
			run.sent.push(entry);
			const verdict = sentVerdict(run, policy, before, reply.current?.invitation ?? before, now);
			run.memory.rememberVerdict(run.provider.key(target), verdict);
			await run.ledger.confirm(entry);
			return ok(verdict);
		}
		case 'closed': {
			await run.ledger.withdraw(entry);
			const invitation: Invitation = { ...before, status: 'completed' };
			// Also where completed ones are asked for: it was tried, and the provider said no.
			const onlyStatuses = policy.onlyStatuses.filter((status) => status !== 'completed');
			return ok(decide(invitation, { ...policy, onlyStatuses }, now, historyOf(run, 'none')));
		}
		case 'unknown': {
			run.sends++;
			const held = decide(before, policy, now, historyOf(run, 'open'));
			const verdict: Verdict = {
				outcome: 'unknown',
				reason: 'unconfirmed',
				message: `${reply.failure.message}. ${reply.failure.description}`,
				nextEligibleAt: held.nextEligibleAt,
				invitation: before,
			};
			run.memory.rememberVerdict(run.provider.key(target), verdict);
			await run.ledger.release(entry);
			return ok(verdict);
		}
		case 'rateLimited':
			await run.ledger.withdraw(entry);
			return ok(deferred(before, 'rateLimited', reply.failure.message, now));
		case 'refused':
		case 'neverSent':
			await run.ledger.withdraw(entry);
			return failed(reply.failure);
		case 'notSent':
			// The entry stays open: should the mail go out late, the next try sees it.
			await run.ledger.release(entry);
			return failed(reply.failure);
	}
}

/** A dry run: all but the sending, and the record is left as it was. */
async function rehearse<Target>(
	run: Run<Target>,
	{ policy }: Job<Target>,
	found: Found,
): Promise<Judged> {
	const now = Date.now();
	const { invitation } = found;
	const entry = entryOf(run, invitation, policy, now);
	const state = settle(run, entry, await run.ledger.peek(entry), invitation);
	const verdict = decide(invitation, policy, now, historyOf(run, state));
	if (verdict.outcome !== 'wouldSend') return ok(verdict);
	run.sends++;
	return ok({ ...verdict, message: 'Would be sent; this is a dry run' });
}

async function lookAgain<Target>(run: Run<Target>, target: Target): Promise<Result<Found>> {
	const again = await run.provider.read(target, 'fresh');
	if (!again.ok) return again;
	return again.value === null ? failed(run.provider.missing(target)) : ok(again.value);
}

/** Waits for its turn, looks again if the state may have changed meanwhile, and sends if still due. */
async function sendIfStillDue<Target>(
	run: Run<Target>,
	job: Job<Target>,
	read: Reading,
): Promise<Judged> {
	const { target, policy } = job;
	await pause(run.nextSlot - Date.now(), run.signal);
	if (run.signal?.aborted === true) return failed(cancelled());
	let { found } = read;
	if (Date.now() - read.at > FRESH_FOR_MS) {
		const again = await lookAgain(run, target);
		if (!again.ok) return again;
		found = again.value;
	}
	const now = Date.now();
	let { invitation } = found;
	const early = decide(invitation, policy, now, historyOf(run, 'none'));
	if (early.outcome !== 'wouldSend') return ok(early);
	const entry = entryOf(run, invitation, policy, now);
	const recorded = await run.ledger.begin(entry);
	if (recorded === 'open' && run.provider.stampTells) {
		// Another execution may have asked this question after the look; only a later one answers it.
		const again = await lookAgain(run, target);
		if (!again.ok) {
			await run.ledger.release(entry);
			return again;
		}
		found = again.value;
		invitation = found.invitation;
	}
	const state = settle(run, entry, recorded, invitation);
	if (state !== recorded && state === 'sent') {
		// An earlier try of this execution sent it and never heard so.
		const before = run.memory.begun(entry) ?? invitation;
		const sent = sentVerdict(run, policy, before, invitation, now);
		run.sends++;
		run.memory.rememberVerdict(run.provider.key(target), sent);
		await run.ledger.confirm(entry);
		return ok(sent);
	}
	const verdict = decide(invitation, policy, now, historyOf(run, state));
	if (verdict.outcome !== 'wouldSend') {
		await run.ledger.release(entry);
		return ok(verdict);
	}
	run.nextSlot = Date.now() + run.limits.intervalMs;
	return await sendAndRecord(run, job, found, entry);
}

function cancelled(): Failure {
	return {
		message: 'The execution was stopped before this item',
		description: 'Nothing was sent for it. Start the workflow again when you are ready.',
		reason: 'cancelled',
		httpStatus: null,
		code: null,
		retryable: true,
	};
}

async function judge<Target>(run: Run<Target>, job: Job<Target>, read: Reading): Promise<Judged> {
	const { found } = read;
	const { invitation } = found;
	const now = Date.now();
	const earlierInRun = !isFirst(run, invitation);
	const verdict = decide(invitation, job.policy, now, historyOf(run, 'none', earlierInRun));
	if (verdict.outcome !== 'wouldSend') return ok(verdict);
	const held = heldBack(run, invitation, now);
	if (held !== null) return ok(held);
	try {
		if (run.limits.dryRun) return await rehearse(run, job, found);
		return await sendIfStillDue(run, job, read);
	} catch {
		// Only the record throws here: calls to the provider come back as values. If it went away
		// after a send, the entry stays open, and the next run settles it or calls it unknown.
		const known = run.memory.verdict(run.provider.key(job.target));
		return known === null ? failed(ledgerUnavailable()) : ok(known);
	}
}

/** The verdict of an earlier try; further items that name the same invitation are duplicates. */
function recall<Target>(run: Run<Target>, { policy }: Job<Target>, remembered: Verdict): Verdict {
	const { invitation } = remembered;
	if (isFirst(run, invitation)) return remembered;
	return decide(invitation, policy, Date.now(), historyOf(run, 'none', true));
}

function verdictJson({ invitation, ...verdict }: Verdict): IDataObject {
	return { ...verdict, invitation: invitationJson(invitation) };
}

const NOT_DURABLE =
	"n8n keeps no record of sent invitations for this workflow, so 'At Most Once Per' holds within this execution only. Save the workflow, and use n8n 1.63 or later.";

/**
 * Resends the invitation of every item, as far as it is due and not sent before: resolve targets,
 * read states, decide, record the intent, send one at a time, settle, confirm.
 */
export async function resendInvitations<Target>(
	context: IExecuteFunctions,
	provider: InvitationProvider<Target>,
	{ signal }: Session,
): Promise<INodeExecutionData[]> {
	const continues = context.continueOnFail();
	const jobs = context.getInputData().map((_, itemIndex): Result<Job<Target>> => {
		const target = provider.target(itemIndex);
		if (!target.ok) return target;
		const policy = policyOf(context, itemIndex);
		return policy.ok ? ok({ target: target.value, policy: policy.value }) : policy;
	});
	const memory = openRunMemory(context);
	// An earlier try of this pass may have mailed some; their verdicts stand without another look.
	const remembered = jobs.map((job) =>
		job.ok ? memory.verdict(provider.key(job.value.target)) : null,
	);
	const all = (failure: Failure): INodeExecutionData[] =>
		toItems(
			context,
			remembered.map((known) => (known === null ? failed(failure) : ok(verdictJson(known)))),
		);
	if (jobs.length === 0) return [];
	const limits = limitsOf(context);
	if (!limits.ok) return all(limits.failure);
	const ledger = await openLedger(context, memory);
	if (!ledger.ok) return all(ledger.failure);
	if (!ledger.value.durable)
		context.addExecutionHints?.({ message: NOT_DURABLE, location: 'outputPane' });

	stopAtFailure(context, jobs);
	const at = Date.now();
	const readingOf = await readInvitations(
		provider,
		jobs.flatMap((job, itemIndex) =>
			job.ok && remembered[itemIndex] === null ? [job.value.target] : [],
		),
		{ signal, stopOnFailure: !continues },
	);
	// With a stop at the first failure nothing is sent unless every invitation could be read.
	stopAtFailure(
		context,
		jobs.map((job, itemIndex) =>
			job.ok && remembered[itemIndex] === null ? readingOf(job.value.target) : ok(null),
		),
	);

	const run: Run<Target> = {
		provider,
		ledger: ledger.value,
		memory,
		limits: limits.value,
		executionId: memory.executionId(context.getExecutionId() || randomUUID()),
		signal,
		seen: new Set(),
		sent: [],
		// The tries of one run share its cap: what an earlier one mailed counts.
		sends: new Set(
			remembered.flatMap((verdict) => (verdict === null ? [] : [subjectKey(verdict.invitation)])),
		).size,
		faultsInARow: 0,
		halted: null,
		nextSlot: 0,
	};
	const judgeItem = async (job: Result<Job<Target>>, itemIndex: number): Promise<Judged> => {
		if (!job.ok) return job;
		const known = remembered[itemIndex] ?? null;
		if (known !== null) return ok(recall(run, job.value, known));
		const reading = readingOf(job.value.target);
		return reading.ok ? await judge(run, job.value, { found: reading.value, at }) : reading;
	};
	const results: ItemResult[] = [];
	for (const [itemIndex, job] of jobs.entries()) {
		const judged = await judgeItem(job, itemIndex);
		results.push(judged.ok ? ok(verdictJson(judged.value)) : judged);
		if (!judged.ok) stopAtFailure(context, results, run.sends > 0 ? SENT_STAY_SENT : '');
	}
	// A lost update between two executions is repaired here; if the record is away, it is not.
	await run.ledger.keep(run.sent).catch(() => undefined);
	if (results.every((result) => result.ok)) memory.forgetVerdicts();
	return toItems(context, results);
}
