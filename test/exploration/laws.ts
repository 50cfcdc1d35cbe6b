import type { SendWindow } from '../../nodes/shared/resend/decision/calendar';
import type { Ending } from './play';
import {
	invitationId,
	outcomesOf,
	verdictOf,
	workflowId,
	type ExecutionPlan,
	type Run,
} from './runs';
import type { Send } from './service';
import { hash, STRANGERS_WORKFLOW } from './stranger';
import type { Process } from './world';

/**
 * What has to hold after every schedule, whatever happened in it. The witness is the service, which knows who was
 * emailed; what is judged is what was sent, what was said of it, and what is left in n8n's table.
 */

const HOUR_MS = 60 * 60_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** The first Monday of the epoch: weeks begin on Mondays. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/** What each of them asks for. */
export type Law =
	| 'nobody twice'
	| 'nothing untrue'
	| 'no wait for nobody'
	| 'nothing left behind'
	| 'everybody served'
	/** What n8n's own Remove Duplicates node recorded is still there. */
	| 'no foreign entry lost'
	| 'an end to everything';

type CalendarWindow = Exclude<SendWindow, 'execution'>;
const CALENDAR: readonly CalendarWindow[] = ['hour', 'day', 'week', 'ever'];

/** The number of the window that an instant lies in; all workflows here keep UTC. */
function windowNumber(window: CalendarWindow, instant: number): number {
	switch (window) {
		case 'hour':
			return Math.floor(instant / HOUR_MS);
		case 'day':
			return Math.floor(instant / DAY_MS);
		case 'week':
			return Math.floor((instant - FIRST_MONDAY_MS) / WEEK_MS);
		case 'ever':
			return 0;
	}
}

function isSameNode({ plan: one }: Run, { plan: other }: Run): boolean {
	return one.workflow === other.workflow && one.node === other.node;
}

/** The sends after which an email left. */
function emailsOf({ stage }: Ending): Array<Send & { emailedAt: number }> {
	return stage.service.sends.flatMap((send) =>
		send.emailedAt === null ? [] : [{ ...send, emailedAt: send.emailedAt }],
	);
}

/** By its own clock: a process whose clock is ahead is in the next day before the others are. */
function byClockOf({ process }: Run, instant: number): number {
	return instant + process.clockAheadMs;
}

/** Nobody is emailed twice in a window. The later send's setting counts. */
function* emailedTwice(ending: Ending): Iterable<string> {
	const emails = emailsOf(ending);
	for (const [index, later] of emails.entries()) {
		const { window } = later.run.plan;
		for (const earlier of emails.slice(0, index)) {
			if (earlier.invitation !== later.invitation) continue;
			if (window === 'execution') {
				if (earlier.run.executionId !== later.run.executionId) continue;
			} else {
				const one = windowNumber(window, byClockOf(earlier.run, earlier.emailedAt));
				if (one !== windowNumber(window, byClockOf(later.run, later.emailedAt))) continue;
			}
			// A stamp tells all who run in the same process; of 'ever' it tells nothing.
			const { stampTells } = ending.scenario;
			const isTold = stampTells && later.run.process === earlier.run.process && window !== 'ever';
			if (!isTold && !isSameNode(earlier.run, later.run)) continue;
			yield `${later.invitation} was emailed twice per ${window}: by ${earlier.run.executionId} and ${later.run.executionId}`;
		}
	}
}

/** Whether an email may count as one of the window in which a run judged. */
function isInWindowOf(run: Run, send: Send & { emailedAt: number }): boolean {
	const { window } = run.plan;
	if (window === 'execution') return send.run.executionId === run.executionId;
	const judged = [run.startedAt, run.endedAt ?? Infinity];
	const happened = [send.leftAt, send.emailedAt, send.answeredAt ?? send.emailedAt];
	return judged.some((one) =>
		happened.some(
			(other) =>
				windowNumber(window, byClockOf(run, one)) ===
				windowNumber(window, byClockOf(send.run, other)),
		),
	);
}

/** What is said is true, of every item, once. */
function* saidFalsely(ending: Ending): Iterable<string> {
	const { stage, scenario } = ending;
	const emails = emailsOf(ending);
	for (const run of stage.runs) {
		const { output, plan, executionId, endedAt } = run;
		if (output === null || endedAt === null) continue;
		if (output.length !== plan.invitations.length) {
			yield `${executionId} gave ${output.length} items for ${plan.invitations.length}`;
		}
		const told = new Map<string, Set<string>>();
		for (const [index, { json, pairedItem }] of output.entries()) {
			const invitation = invitationId(stage, plan.invitations[index] ?? NaN);
			const { outcome, reason } = verdictOf(json);
			told.set(invitation, (told.get(invitation) ?? new Set()).add(outcome));
			const paired =
				typeof pairedItem === 'object' && 'item' in pairedItem ? pairedItem.item : null;
			if (paired !== index) yield `${executionId} linked item ${index} to ${String(paired)}`;
			const theirs = emails.filter(
				(email) => email.invitation === invitation && email.emailedAt <= endedAt,
			);
			const isSent = theirs.some(
				(email) =>
					email.run.executionId === executionId ||
					(scenario.stampTells && email.emailedAt >= run.startedAt),
			);
			if (outcome === 'sent' && !isSent) {
				yield `${executionId} says that ${invitation} was sent, and it was not`;
			}
			const mayKnow = theirs.filter(
				(email) =>
					scenario.stampTells || isSameNode(email.run, run) || email.run.process === run.process,
			);
			if (reason === 'alreadySent' && !mayKnow.some((email) => isInWindowOf(run, email))) {
				yield `${executionId} says that ${invitation} was sent already, and it was not`;
			}
		}
		for (const { invitation } of emails.filter((email) => email.run === run)) {
			const outcomes = told.get(invitation) ?? new Set();
			if (!outcomes.has('sent') && !outcomes.has('unknown')) {
				yield `${executionId} emailed ${invitation} and says ${[...outcomes].join(', ')}`;
			}
		}
	}
}

/** As long as a lease may stand that nobody ends any more. */
const LONGEST_LEASE_MS = 110_000;

/** Only a rival's being at the invitation puts an item off. */
function* putOffWithoutRival({ stage }: Ending): Iterable<string> {
	for (const run of stage.runs) {
		const { output, plan, executionId } = run;
		for (const [index, { json }] of (output ?? []).entries()) {
			if (verdictOf(json).reason !== 'inProgress') continue;
			const invitation = plan.invitations[index] ?? NaN;
			const isRival = (other: Run): boolean => {
				const { process, endedAt } = other;
				// A lease whose answer was lost stands in the way of whoever took it, too.
				const isItself = other.executionId === executionId && process.faults === 0;
				if (isItself || !other.plan.invitations.includes(invitation)) return false;
				const mayMeet = isSameNode(other, run) || process === run.process;
				const endsBy = endedAt ?? process.diedAt ?? Infinity;
				// What cannot end its lease leaves it to its time.
				const leaves = endedAt === null || process.faults > 0;
				const goneAt = leaves ? endsBy + LONGEST_LEASE_MS : endsBy;
				return mayMeet && other.startedAt <= (run.endedAt ?? 0) && goneAt >= run.startedAt;
			};
			if (!stage.runs.some(isRival)) {
				yield `${executionId} was put off at ${invitationId(stage, invitation)} because of nobody`;
			}
		}
	}
}

const MOST_CLOCK_AHEAD_MS = 2_000;

/** Whoever is held up for longer than this may no longer write, and leaves what it began. */
const HARMLESS_MS = 7_000;

/** Whether a process may have left a section of the record in the middle. */
function wasCutShort({ state, heldUpMs, faults }: Process): boolean {
	return state === 'dead' || heldUpMs > HARMLESS_MS || faults > 0;
}

/** The marks that a row holds of each entry, without the entry's name. */
function marksByEntry(marks: readonly string[]): Map<string, string[]> {
	const entries = new Map<string, string[]>();
	for (const mark of marks) {
		const bar = mark.lastIndexOf('|');
		const entry = mark.slice(0, bar);
		entries.set(entry, [...(entries.get(entry) ?? []), mark.slice(bar + 1)]);
	}
	return entries;
}

/** From when to when somebody was at an invitation, and may have emailed it. */
interface Spell {
	run: Run;
	from: number;
	to: number;
}

/** When the invitation may have been emailed, as far as one node can know it. */
function spellsAt(
	{ stage, scenario }: Ending,
	entry: string,
	isItsOwn: (plan: ExecutionPlan) => boolean,
): Spell[] {
	const { service, runs, world } = stage;
	const isAt = (invitation: string): boolean => service.recordKey(invitation) === entry;
	const sends = service.sends
		.filter(
			({ run, invitation }) => (scenario.stampTells || isItsOwn(run.plan)) && isAt(invitation),
		)
		.filter(({ plan }) => plan.reply === 'accepted' || plan.reply === 'unclear')
		.map(({ run, answeredAt, emailedAt }) => ({
			run,
			from: run.startedAt,
			// The email may leave when the process that asked for it is long gone.
			to: Math.max(
				answeredAt ?? run.endedAt ?? run.process.diedAt ?? world.now,
				emailedAt ?? run.startedAt,
			),
		}));
	const cutShort = runs
		.filter(({ plan, process }) => isItsOwn(plan) && wasCutShort(process))
		.filter(({ plan }) => plan.invitations.some((one) => isAt(invitationId(stage, one))))
		.map((run) => ({
			run,
			from: run.startedAt,
			to: run.endedAt ?? run.process.diedAt ?? world.now,
		}));
	return [...sends, ...cutShort];
}

const MARK = /^sent (?<window>hour|day|week|ever|execution) ?(?<which>.*)$/;

/** Whether a mark names a window in which the invitation may have been emailed. */
function isTrue(mark: string, spells: readonly Spell[]): boolean {
	const { window, which = '' } = MARK.exec(mark)?.groups ?? {};
	if (window === 'execution') return spells.some(({ run }) => run.executionId === which);
	const kind = CALENDAR.find((one) => one === window);
	if (kind === undefined) return false;
	const named = windowNumber(kind, kind === 'ever' ? 0 : Date.parse(which));
	return spells.some(
		({ from, to }) =>
			windowNumber(kind, from) <= named && named <= windowNumber(kind, to + MOST_CLOCK_AHEAD_MS),
	);
}

const LASTS_HOURS: Readonly<Record<string, number>> = { hour: 1, day: 24, week: 7 * 24 };

/** A mark of a window that is over: nobody asks about it any more. One that was reserved and not used may stay. */
function isPast(mark: string, now: number): boolean {
	const [, kind = '', from = ''] = /^sent (\w+) (.+)$/.exec(mark) ?? [];
	const hours = LASTS_HOURS[kind];
	return hours !== undefined && Date.parse(from) + hours * 3_600_000 <= now;
}

/** Of one node's row: a mark for each window that was sent in, and what is in doubt. */
async function* leftInRow(
	ending: Ending,
	key: string,
	isItsOwn: (plan: ExecutionPlan) => boolean,
	texts: ReadonlyMap<string, string>,
): AsyncIterable<string> {
	const { stage, scenario } = ending;
	const sends = stage.service.sends.filter(({ run }) => isItsOwn(run.plan));
	const marks = ((await stage.table.find(key))?.data ?? [])
		.map((one) => texts.get(one) ?? 'something unheard of|')
		// One for the whole row, by which a write that is too late is stopped.
		.filter((mark) => mark !== 'fence')
		// By these a section looks for itself where it has no lock; a stale write may bring one back.
		.filter((mark) => scenario.stranger === null || !mark.includes('|section '));
	let unexplained = 0;
	for (const [entry, kinds] of marksByEntry(marks)) {
		const theirs = sends.filter(({ invitation }) => stage.service.recordKey(invitation) === entry);
		const isUnclear = theirs.some(({ plan }) => plan.reply === 'unclear');
		if (kinds.includes('intent')) {
			if (!isUnclear) unexplained++;
			continue;
		}
		const sent = kinds.filter((kind) => kind.startsWith('sent '));
		// Without the lock a stale write may bring back what is said of a lease; without its intent it means nothing.
		if (sent.length < kinds.length && scenario.stranger === null) unexplained++;
		const spells = spellsAt(ending, entry, isItsOwn);
		const untrue = sent.filter((mark) => !isTrue(mark, spells) && !isPast(mark, stage.world.now));
		if (untrue.length > 0)
			yield `${key} says of ${entry}, and it is not true: ${untrue.join(', ')}`;
	}
	// Whoever is cut short leaves at most what it is sending and what it has prepared behind that.
	const may = stage.begun
		.filter(({ process, plan }) => isItsOwn(plan) && wasCutShort(process))
		.reduce((sum, { plan }) => sum + 2 * plan.sendsAtATime, 0);
	if (unexplained > may) {
		yield `${key} leaves ${unexplained} entries open, where ${may} may be: ${marks.join(', ')}`;
	}
}

/** The record holds what it has to, and no more. */
async function* leftBehind(ending: Ending): AsyncIterable<string> {
	const { stage, scenario } = ending;
	const nodes = new Map(
		stage.runs.map(({ plan }) => [`${workflowId(stage, plan.workflow)}/n:node-${plan.node}`, plan]),
	);
	const texts = new Map([...stage.marks].map((text) => [hash(text), text]));
	for (const [key, { workflow, node }] of nodes) {
		const isItsOwn = (plan: ExecutionPlan) => plan.workflow === workflow && plan.node === node;
		yield* leftInRow(ending, key, isItsOwn, texts);
	}
	if (stage.world.processes.some(wasCutShort)) return;
	for (const workflow of new Set([...nodes.values()].map((plan) => plan.workflow))) {
		const isStrangers = scenario.stranger !== null && workflow === STRANGERS_WORKFLOW;
		const row = await stage.table.find(`${workflowId(stage, workflow)}/`);
		if (row !== undefined && !isStrangers) yield `the lock of workflow ${workflow} is still there`;
	}
}

/** Where nothing went wrong, everybody who was due was emailed. */
function* notServed({ stage, scenario }: Ending): Iterable<string> {
	const { mishaps, delays, faults, plans } = scenario;
	const isCalm =
		[...mishaps, ...delays, ...faults].length === 0 &&
		plans.every(({ reply, replyMs }) => reply === 'accepted' && replyMs < 5_000);
	if (!isCalm) return;
	const fine = ['sent', 'alreadySent', 'duplicateInRun'];
	for (const run of stage.runs) {
		const unfit = (run.output ?? []).filter(({ json }) => !fine.includes(verdictOf(json).reason));
		if (run.output === null || unfit.length > 0) {
			yield `${run.executionId} did not serve everybody: ${outcomesOf(run)}`;
		}
	}
}

/** Every execution comes to its end, if its process lives on. */
function* neverEnded({ stage }: Ending): Iterable<string> {
	for (const { process, isOver, plan } of stage.begun) {
		if (process.state === 'running' && !isOver) {
			yield `An execution in ${process.name} never ended (items ${plan.invitations.join(', ')})`;
		}
	}
}

async function collect(words: AsyncIterable<string>): Promise<string[]> {
	const collected: string[] = [];
	for await (const one of words) collected.push(one);
	return collected;
}

/** Every law that a schedule broke, in words. */
export async function brokenLaws(ending: Ending): Promise<string[]> {
	const breaches: Array<[Law, Iterable<string>]> = [
		['nobody twice', emailedTwice(ending)],
		['nothing untrue', saidFalsely(ending)],
		['no wait for nobody', putOffWithoutRival(ending)],
		['nothing left behind', await collect(leftBehind(ending))],
		['everybody served', notServed(ending)],
		['no foreign entry lost', (await ending.stranger?.complaints()) ?? []],
		['an end to everything', neverEnded(ending)],
	];
	return breaches.flatMap(([law, broken]) => [...broken].map((what) => `${law}: ${what}`));
}
