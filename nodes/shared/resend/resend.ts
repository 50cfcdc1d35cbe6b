import { randomUUID } from 'crypto';
import type { IDataObject, IExecuteFunctions, INodeExecutionData } from 'n8n-workflow';
import { collectSecrets } from '../http/redact';
import { buildKnownJson } from '../invitation/output';
import type { Invitation } from '../invitation/invitation';
import { addHint, idsOf, stopAtFailure } from '../node/items';
import { failed, ok, type Result } from '../core/result';
import type { InvitationProvider } from '../invitation/provider';
import { failNotStarted, fetchMany } from '../invitation/fetchMany';
import type { Session } from '../http/session';
import { openExecutionState } from './executionState';
import { buildRows, explain, RECORD_HINTS, summarize, summarizeRows } from './output';
import { openRecord } from './record/record';
import { prepare, standDown } from './prepare';
import { describeUnforeseen, Results, type Job, type Ready, type Run } from './run';
import { sendPrepared } from './sendOne';
import { MOST_AT_A_TIME, readSettings, type Settings } from './settings';
import { countLanes, createThrottle } from './throttle';
import type { Judged, Verdict } from './verdict';

/** This room sends invitations again, and nobody twice by accident. */

/** Said where the node stops at an item. */
const SENT_STAY_SENT =
	"Invitations that were already sent are not sent again in the period of 'Send at Most Once'.";
const NOTHING_SENT = 'Nothing was sent in this run of the node.';

/** What one input item asks for. */
interface Request<Target> {
	target: Target;
	settings: Settings;
}

/** Tells duplicates within a run: by the invitation's entry, and by the invitation's own id. */
function createDuplicates(recordKey: (invitation: Invitation) => string) {
	const seen = new Map<string, number>();
	/** The first item of this run that named the invitation, which may be this one. */
	return (invitation: Invitation, itemIndex: number): number => {
		const key = recordKey(invitation);
		const { id } = invitation;
		// Two spellings of one case lead to the same invitation.
		const names = id === null || key.includes(id) ? [key] : [key, `id ${id}`];
		const first = Math.min(...names.map((name) => seen.get(name) ?? itemIndex));
		for (const name of names) seen.set(name, first);
		return first;
	};
}

interface Work<Target> {
	itemIndex: number;
	job: Job<Target>;
}

/** Sends what is due, so many at a time; while one is being sent the next is prepared. */
async function sendAll<Target>(
	run: Run<Target>,
	works: ReadonlyArray<Work<Target>>,
	results: Results,
): Promise<void> {
	const queue = works.values();

	async function prepareNext(): Promise<(Work<Target> & { ready: Ready<Target> }) | null> {
		while (!run.isStopped()) {
			const next = queue.next();
			if (next.done === true) return null;
			const { itemIndex, job } = next.value;
			try {
				const prepared = await prepare(run, job);
				if (prepared.kind === 'ready') return { ...next.value, ready: prepared };
				await results.settle(itemIndex, prepared.judged);
			} catch (thrown) {
				// A defect of our own; nothing was sent for this item yet.
				await results.settle(itemIndex, failed(describeUnforeseen(thrown, run.secrets)));
			}
		}
		return null;
	}

	async function runLane(): Promise<void> {
		let coming = prepareNext();
		for (let next = await coming; next !== null; next = await coming) {
			if (run.isStopped()) return standDown(run, next.ready);
			coming = prepareNext();
			const { itemIndex } = next;
			await sendPrepared(run, next.ready, (judged) => void results.settle(itemIndex, judged));
		}
	}

	const lanes = works.reduce(
		(least, { job }) => Math.min(least, countLanes(job.settings.limits)),
		MOST_AT_A_TIME,
	);
	await Promise.all(Array.from({ length: lanes }, runLane));
}

function parse<Target>(
	context: IExecuteFunctions,
	provider: InvitationProvider<Target>,
	itemIndex: number,
): Result<Request<Target>> {
	const target = provider.target(itemIndex);
	if (!target.ok) return target;
	const settings = readSettings(context, itemIndex, provider.capabilities.resendableStatuses);
	return settings.ok ? ok({ target: target.value, settings: settings.value }) : settings;
}

/**
 * Resends the invitation of every item, as far as it is due and not sent before: parse, read, then for one item after
 * the other decide, lease, send, record, judge.
 */
export async function resendInvitations<Target>(
	context: IExecuteFunctions,
	provider: InvitationProvider<Target>,
	session: Session,
): Promise<INodeExecutionData[]> {
	const { signal } = session;
	const requests = context
		.getInputData()
		.map((_, itemIndex) => parse(context, provider, itemIndex));
	const state = openExecutionState(context, randomUUID());
	// An earlier try of this pass may have sent some.
	const remembered = requests.map((request) =>
		request.ok ? state.verdict(provider.key(request.value.target)) : null,
	);
	const record = await openRecord(context, readAccount(context));
	const targetOf = (itemIndex: number): Result<Target> | undefined => {
		const request = requests[itemIndex];
		return request?.ok === true ? ok(request.value.target) : undefined;
	};
	const earlier = remembered.every((verdict) => verdict === null) ? NOTHING_SENT : SENT_STAY_SENT;
	if (!record.ok) {
		const known = remembered.map((verdict) => (verdict === null ? record : ok(verdict)));
		stopAtFailure(context, known, earlier);
		return buildRows(context, known, provider.capabilities, (itemIndex) =>
			idsOf(provider, targetOf(itemIndex)),
		);
	}

	stopAtFailure(context, requests);
	/** Such a verdict stands without another look; one that is unclear may be cleared up by the provider. */
	const stands = (verdict: Verdict | null): boolean =>
		verdict !== null && (verdict.outcome !== 'unknown' || provider.settle === undefined);
	const readAt = Date.now();
	const readingOf = await fetchMany(
		provider,
		requests.flatMap((request, itemIndex) =>
			request.ok && !stands(remembered[itemIndex] ?? null) ? [request.value.target] : [],
		),
		// What an earlier try left unclear may not be readable now, which ends nothing.
		{ signal, stopOnFailure: !context.continueOnFail() && earlier === NOTHING_SENT },
	);
	// With a stop at the first failure nothing is sent unless every invitation could be read.
	stopAtFailure(
		context,
		requests.map((request, itemIndex) =>
			request.ok && (remembered[itemIndex] ?? null) === null
				? readingOf(request.value.target)
				: ok(null),
		),
		earlier,
	);

	const whoOf = (itemIndex: number): IDataObject => {
		const target = targetOf(itemIndex);
		const reading = target?.ok === true ? readingOf(target.value) : undefined;
		if (reading?.ok !== true) return idsOf(provider, target);
		return buildKnownJson(reading.value.invitation, provider.capabilities);
	};

	const throttle = createThrottle(provider.displayName);
	const secrets = collectSecrets(session.credential);
	const results = new Results(remembered);
	const run: Run<Target> = {
		provider,
		record: record.value,
		state,
		throttle,
		signal,
		secrets,
		isStopped: () => results.hasFailed && !context.continueOnFail(),
	};
	const findFirst = createDuplicates((invitation) => provider.recordKey(invitation));
	const works: Array<Work<Target>> = [];
	const duplicates: Array<readonly [itemIndex: number, first: number, invitation: Invitation]> = [];

	/** The verdict of an item that needs no sending; the others are put to work, or wait for what their first one comes to. */
	const judgeAtOnce = (request: Result<Request<Target>>, itemIndex: number): Judged | null => {
		if (!request.ok) return request;
		const { target, settings } = request.value;
		const known = remembered[itemIndex] ?? null;
		const reading = readingOf(target);
		const invitation = known?.invitation ?? (reading.ok ? reading.value.invitation : null);
		const first = invitation === null ? itemIndex : findFirst(invitation, itemIndex);
		if (invitation !== null && first !== itemIndex) {
			duplicates.push([itemIndex, first, invitation]);
			return null;
		}
		// The tries of one run share its cap: what an earlier one sent counts, or sent without hearing an answer.
		const wasBegun = (): boolean =>
			invitation !== null && state.begun(provider.recordKey(invitation)) !== null;
		if (known !== null || wasBegun()) throttle.countEarlier();
		if (known !== null && (stands(known) || !reading.ok)) return ok(known);
		if (!reading.ok) return reading;
		works.push({ itemIndex, job: { target, settings, found: reading.value, readAt } });
		return null;
	};
	for (const [itemIndex, request] of requests.entries()) {
		const judged = judgeAtOnce(request, itemIndex);
		if (judged !== null) await results.settle(itemIndex, judged);
	}
	await sendAll(run, works, results);

	const firsts = await results.all();
	for (const [itemIndex, first, invitation] of duplicates) {
		const message = 'Not sent: an earlier item of this run is about the same invitation';
		const sooner = firsts[first];
		const nextEligibleAt = sooner?.ok === true ? sooner.value.nextEligibleAt : null;
		const verdict = { outcome: 'skipped', reason: 'duplicateInRun', message } as const;
		await results.settle(itemIndex, ok({ ...verdict, nextEligibleAt, invitation }));
	}
	const judged = await results.all();
	await run.record.settle();
	const note = throttle.made > 0 ? SENT_STAY_SENT : NOTHING_SENT;
	stopAtFailure(
		context,
		judged.map((one) => one ?? ok(null)),
		note,
	);
	if (judged.every((one) => one?.ok === true)) state.forgetVerdicts();
	const told = judged.map((one) => explain(one ?? failNotStarted(null), run.record));
	const rows = buildRows(context, told, provider.capabilities, whoOf);
	for (const message of [summarize(rows), RECORD_HINTS[run.record.kind]]) {
		if (message !== null) addHint(context, message);
	}
	return rows;
}

resendInvitations.finish = summarizeRows;

/** What a record in this process belongs to, so that all workflows with one account share it. */
function readAccount(context: IExecuteFunctions): string {
	const credentials = Object.entries(context.getNode().credentials ?? {});
	return credentials.map(([type, { id, name }]) => `${type} ${id ?? name}`).join('|');
}
