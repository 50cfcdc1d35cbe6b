import fc from 'fast-check';
import {
	findWindow,
	listWindowNames,
	type SendWindow,
} from '../../nodes/shared/resend/decision/calendar';
import {
	commit,
	leaveInDoubt,
	renew,
	reopen,
	rollBack,
} from '../../nodes/shared/resend/record/endLease';
import {
	endOfGrace,
	GRACE_MS,
	LEASE_MS,
	LONGEST_LEASE_MS,
	SAFE_MS,
	type EntryState,
	type Lease,
	type LeaseRequest,
	type LeaseResult,
	type LeaseTries,
	type Step,
} from '../../nodes/shared/resend/record/entry';
import { lease, look } from '../../nodes/shared/resend/record/lease';
import { minuteOfSend, nameNumbered } from '../../nodes/shared/resend/record/marks';

// A mutant has only to be found, not to be explained.
fc.configureGlobal({ endOnFailure: '__STRYKER_ACTIVE_MUTANT__' in process.env });

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** A lease is told in steps of ten seconds. */
const TICK = 10 * SECOND;

const ENTRY = 'karmaCheck|a1b2|case-1';
const TIMEZONE = 'Europe/Berlin';
// Two in the afternoon in Berlin, where midnight is at 22:00 UTC.
const NOW = Date.parse('2026-06-15T12:00:00.000Z');
const BEFORE_MIDNIGHT = Date.parse('2026-06-15T21:59:50.000Z');
const SETTINGS: readonly SendWindow[] = ['hour', 'day', 'week', 'ever', 'execution'];

const nameOf = (at: number, setting: SendWindow): string =>
	findWindow(at, setting, TIMEZONE, '7').label;

const namesOf = (setting: SendWindow, ...instants: number[]): string[] => [
	...new Set(instants.flatMap((at) => listWindowNames(at, setting, TIMEZONE, '7'))),
];

/** Carries out an operation as one section does, and dies after so many writes, if it comes to that. */
function writeOnly<T>(marks: Set<string>, first: Step<T>, writes: number): Step<T> {
	let step = first;
	for (let left = writes; step.kind === 'ask' && left > 0; left--) {
		const { marks: asked, next } = step;
		const fresh = new Set(asked.filter((mark) => !marks.has(mark)));
		for (const mark of asked) marks.add(mark);
		step = next(fresh);
	}
	return step;
}

/** Carries out an operation as one section does. */
function run<T>(marks: Set<string>, first: Step<T>): T {
	const last = writeOnly(marks, first, Infinity);
	if (last.kind !== 'done') throw new Error('It asks for ever');
	for (const mark of last.forget) marks.delete(mark);
	return last.result;
}

const seen = (marks: Set<string>, at: number, setting: SendWindow = 'day'): EntryState =>
	run(marks, look(ENTRY, nameOf(at, setting), at));

/** Asks as a node does: for all windows in which the provider may act on it. */
const ask = (at: number, setting: SendWindow = 'day'): LeaseRequest => ({
	entry: ENTRY,
	window: nameOf(at, setting),
	windows: namesOf('day', at, at + GRACE_MS),
	own: setting === 'execution' ? nameOf(at, setting) : null,
	now: at,
});

function granted(result: LeaseResult): Lease {
	if (result.kind !== 'granted') throw new Error(`Not granted: ${result.kind}`);
	return result.lease;
}

const take = (marks: Set<string>, at: number, setting: SendWindow = 'day'): Lease =>
	granted(run(marks, lease(ask(at, setting))));

/** Takes over what stands in doubt. */
function takeOver(marks: Set<string>, at: number, setting: SendWindow = 'day'): Lease {
	const state = seen(marks, at, setting);
	if (state.kind !== 'inDoubt') throw new Error(`Not in doubt: ${state.kind}`);
	return granted(run(marks, lease({ ...ask(at, setting), takeOver: { begun: state.begun } })));
}

const doubt = (at: number, inWindow = true): EntryState => ({
	kind: 'inDoubt',
	begun: minuteOfSend(at),
	inWindow,
});

/** An entry in each of its states at `NOW`, and the lease of whoever is at it. */
const STATES: Record<string, (marks: Set<string>) => Lease | null> = {
	absent: () => null,
	leased: (marks) => take(marks, NOW),
	committed(marks) {
		run(marks, commit(take(marks, NOW), namesOf('day', NOW)));
		return null;
	},
	'rolled back'(marks) {
		run(marks, rollBack(take(marks, NOW), NOW));
		return null;
	},
	'left in doubt'(marks) {
		run(marks, leaveInDoubt(take(marks, NOW), namesOf('day', NOW), NOW));
		return null;
	},
	'left behind'(marks) {
		take(marks, NOW - 2 * MINUTE);
		return null;
	},
	reopened(marks) {
		run(marks, commit(take(marks, NOW), namesOf('day', NOW)));
		run(marks, reopen(ENTRY, NOW));
		return null;
	},
	'taken over'(marks) {
		take(marks, NOW - 2 * MINUTE);
		return takeOver(marks, NOW);
	},
};

function inState(name: string): { marks: Set<string>; held: Lease | null } {
	const marks = new Set<string>();
	return { marks, held: STATES[name]?.(marks) ?? null };
}

describe('an entry', () => {
	it.each<[string, EntryState]>([
		['absent', { kind: 'absent' }],
		['leased', { kind: 'leased' }],
		['committed', { kind: 'committed' }],
		['rolled back', { kind: 'absent' }],
		['left in doubt', doubt(NOW)],
		['left behind', doubt(NOW - 2 * MINUTE)],
		['reopened', doubt(NOW)],
		['taken over', { kind: 'leased' }],
	])('that is %s is seen as such, by a look and by whoever wants it', (name, state) => {
		const { marks } = inState(name);
		const before = new Set(marks);
		expect(seen(marks, NOW)).toEqual(state);
		expect(marks).toEqual(before);
		const wanted = run(marks, lease(ask(NOW)));
		if (state.kind === 'absent') {
			expect(wanted).toMatchObject({ kind: 'granted', lease: { was: null } });
		} else {
			expect(wanted).toEqual(state);
			expect(marks).toEqual(before);
		}
	});

	it.each(['absent', 'rolled back'])('holds no mark while it is %s', (name) => {
		expect(inState(name).marks.size).toBe(0);
	});

	it.each([
		['leased', 'absent'],
		['taken over', 'left behind'],
	])('that is %s is committed, rolled back or left in doubt', (name, unsent) => {
		const committed = inState(name);
		run(committed.marks, commit(held(committed), namesOf('day', NOW)));
		expect(seen(committed.marks, NOW)).toEqual({ kind: 'committed' });
		const back = inState(name);
		run(back.marks, rollBack(held(back), NOW));
		expect(seen(back.marks, NOW).kind).toBe(unsent === 'absent' ? 'absent' : 'inDoubt');
		const entry = inState(name);
		run(entry.marks, leaveInDoubt(held(entry), namesOf('day', NOW), NOW));
		expect(seen(entry.marks, NOW)).toEqual(doubt(NOW));
	});

	// Tables hold these for years: another name for one of them would forget who was emailed.
	it.each([
		[
			'leased',
			[
				'intent',
				'sent day 2026-06-15',
				'sent ever',
				'sent hour 2026-06-15T12:00:00.000Z',
				'sent week 2026-06-15',
				'since day 20619',
				'since hour 12',
				'since minute 0',
				'until 178152484',
			],
		],
		[
			'committed',
			[
				'sent day 2026-06-15',
				'sent ever',
				'sent hour 2026-06-15T12:00:00.000Z',
				'sent week 2026-06-15',
			],
		],
	])('that is %s is held by marks of these names', (name, marks) => {
		expect([...inState(name).marks].sort()).toEqual(marks.map((mark) => `${ENTRY}|${mark}`));
	});

	it('has nothing to do with another', () => {
		const { marks } = inState('leased');
		const other: LeaseRequest = { ...ask(NOW), entry: 'karmaCheck|a1b2|case-10' };
		expect(run(marks, lease(other)).kind).toBe('granted');
	});
});

function held({ held: lease }: { held: Lease | null }): Lease {
	if (lease === null) throw new Error('Nobody is at it');
	return lease;
}

describe('a lease', () => {
	it('stands for forty seconds, and for ten more at most', () => {
		for (const at of [NOW, NOW + 1, NOW + TICK - 1]) {
			const marks = new Set<string>();
			take(marks, at);
			expect(seen(marks, at + LEASE_MS)).toEqual({ kind: 'leased' });
			expect(seen(marks, at + LEASE_MS + TICK)).toEqual(doubt(at));
		}
	});

	it('is seen by clocks that are ten seconds ahead or behind', () => {
		const { marks } = inState('leased');
		expect(seen(marks, NOW - TICK)).toEqual({ kind: 'leased' });
		expect(seen(marks, NOW + TICK)).toEqual({ kind: 'leased' });
	});

	it('is kept for as long as a wait lasts, up to a minute, and forty seconds more', () => {
		for (const [wait, end] of [
			[20 * SECOND, 60 * SECOND],
			[60 * SECOND, LONGEST_LEASE_MS],
			[HOUR, LONGEST_LEASE_MS],
		] as const) {
			const { marks, held: old } = inState('leased');
			const { step } = renew(held({ held: old }), NOW, wait);
			run(marks, step);
			expect(seen(marks, NOW + end)).toEqual({ kind: 'leased' });
			expect(seen(marks, NOW - TICK)).toEqual({ kind: 'leased' });
			expect(seen(marks, NOW + end + TICK)).toEqual(doubt(NOW));
		}
	});

	it('is kept once more within the same ten seconds', () => {
		const state = inState('leased');
		const { step, lease: same } = renew(held(state), NOW, 0);
		run(state.marks, step);
		expect(same).toEqual(state.held);
		expect(seen(state.marks, NOW + LEASE_MS)).toEqual({ kind: 'leased' });
	});

	it('that was kept for longer ends as any other', () => {
		for (const end of ['commit', 'roll back', 'leave in doubt'] as const) {
			const state = inState('leased');
			const { step, lease: longer } = renew(held(state), NOW, MINUTE);
			run(state.marks, step);
			const windows = namesOf('day', NOW);
			if (end === 'commit') run(state.marks, commit(longer, windows));
			if (end === 'roll back') run(state.marks, rollBack(longer, NOW));
			if (end === 'leave in doubt') run(state.marks, leaveInDoubt(longer, windows, NOW));
			const kind = { commit: 'committed', 'roll back': 'absent', 'leave in doubt': 'inDoubt' }[end];
			expect(seen(state.marks, NOW).kind).toBe(kind);
			expect(state.marks.size).toBe({ commit: 4, 'roll back': 0, 'leave in doubt': 8 }[end]);
		}
	});

	it('that is rolled back too late is in doubt, for another may have taken it over', () => {
		for (const [late, kind] of [
			[SAFE_MS, 'absent'],
			[SAFE_MS + 1, 'inDoubt'],
		] as const) {
			const state = inState('leased');
			run(state.marks, rollBack(held(state), NOW + late));
			expect(seen(state.marks, NOW + late).kind).toBe(kind);
		}
		const first = inState('leased');
		const at = NOW + endOfGrace(minuteOfSend(0));
		const second = takeOver(first.marks, at);
		run(first.marks, rollBack(held(first), at));
		expect(seen(first.marks, at)).toEqual({ kind: 'leased' });
		run(first.marks, commit(second, namesOf('day', at)));
		expect(seen(first.marks, at)).toEqual({ kind: 'committed' });
	});

	it('knows when it was taken, and for which windows', () => {
		expect(take(new Set(), NOW)).toMatchObject({
			entry: ENTRY,
			takenAt: NOW,
			windows: namesOf('day', NOW),
		});
		expect(take(new Set(), NOW, 'execution').windows).toEqual(namesOf('execution', NOW));
	});
});

describe('an entry in doubt', () => {
	it('tells the minute in which it was begun', () => {
		expect(minuteOfSend(NOW)).toEqual({ from: NOW, to: NOW + MINUTE });
		expect(minuteOfSend(NOW + MINUTE - 1)).toEqual({ from: NOW, to: NOW + MINUTE });
		expect(endOfGrace(minuteOfSend(NOW))).toBe(NOW + MINUTE + GRACE_MS);
	});

	it.each([
		['a minute', MINUTE],
		['over midnight', 12 * HOUR],
		['over new year', 250 * DAY],
		['four hundred days', 400 * DAY],
	])('tells it %s later', (_, later) => {
		const marks = new Set<string>();
		take(marks, NOW);
		const at = NOW + later;
		expect(seen(marks, at)).toEqual(doubt(NOW, later === MINUTE));
		expect(run(marks, lease(ask(at)))).toEqual(doubt(NOW, later === MINUTE));
	});

	it('tells none after more than four hundred days', () => {
		const marks = new Set<string>();
		take(marks, NOW);
		const state = { kind: 'inDoubt', begun: null, inWindow: false };
		expect(seen(marks, NOW + 401 * DAY)).toEqual(state);
		expect(seen(marks, NOW + 401 * DAY, 'ever')).toEqual({ ...state, inWindow: true });
	});

	it('tells a beginning of tomorrow, by a clock that is ahead', () => {
		const marks = new Set<string>();
		take(marks, NOW + DAY);
		expect(seen(marks, NOW)).toEqual(doubt(NOW + DAY, false));
	});

	it('is in the windows that it was begun in, and in no other', () => {
		const { marks } = inState('left behind');
		const inWindow = (at: number, setting: SendWindow) => seen(marks, at, setting);
		expect(inWindow(NOW + HOUR, 'hour')).toEqual(doubt(NOW - 2 * MINUTE, false));
		expect(inWindow(NOW, 'day')).toEqual(doubt(NOW - 2 * MINUTE));
		expect(inWindow(NOW + DAY, 'day')).toEqual(doubt(NOW - 2 * MINUTE, false));
		expect(inWindow(NOW + DAY, 'week')).toEqual(doubt(NOW - 2 * MINUTE));
		expect(inWindow(NOW + 7 * DAY, 'week')).toEqual(doubt(NOW - 2 * MINUTE, false));
		expect(inWindow(NOW + 7 * DAY, 'ever')).toEqual(doubt(NOW - 2 * MINUTE));
		expect(inWindow(NOW, 'execution')).toEqual(doubt(NOW - 2 * MINUTE, false));
	});

	it('is begun when it is left in doubt, not when it was leased', () => {
		const marks = new Set<string>();
		const lease = take(marks, NOW);
		run(marks, leaveInDoubt(lease, namesOf('day', NOW, NOW + HOUR), NOW + HOUR));
		expect(seen(marks, NOW + HOUR)).toEqual(doubt(NOW + HOUR));
	});

	it('is taken over only by whoever means the same beginning', () => {
		const { marks } = inState('left behind');
		const before = new Set(marks);
		const { from, to } = minuteOfSend(NOW - 2 * MINUTE);
		const others = [minuteOfSend(NOW), minuteOfSend(from - 1), { from, to: NOW }, { from: 0, to }];
		for (const begun of [null, ...others]) {
			const wanted = run(marks, lease({ ...ask(NOW), takeOver: { begun } }));
			expect(wanted).toEqual(doubt(from));
			expect(marks).toEqual(before);
		}
		const taken = run(marks, lease({ ...ask(NOW), takeOver: { begun: { from, to } } }));
		expect(taken).toMatchObject({ kind: 'granted', lease: { takenAt: NOW } });
		expect(seen(marks, NOW)).toEqual({ kind: 'leased' });
		// Whoever meant to do the same comes too late, also once this lease is over.
		const late = { ...ask(NOW + 2 * MINUTE), takeOver: { begun: { from, to } } };
		expect(run(marks, lease({ ...late, now: NOW }))).toEqual({ kind: 'leased' });
		expect(run(marks, lease(late))).toEqual(doubt(NOW));
	});

	it('is taken over without a beginning by whoever means none', () => {
		const marks = new Set<string>();
		take(marks, NOW);
		const at = NOW + 401 * DAY;
		expect(run(marks, lease({ ...ask(at), takeOver: { begun: null } })).kind).toBe('granted');
		expect(seen(marks, at + 2 * MINUTE)).toEqual(doubt(at));
	});

	it('keeps no trace of the earlier beginning once it is taken over', () => {
		const marks = new Set<string>();
		take(marks, NOW);
		const at = NOW + 3 * DAY + 5 * HOUR + 7 * MINUTE;
		run(marks, commit(takeOver(marks, at), namesOf('day', at)));
		expect([...marks].filter((mark) => !mark.includes('|sent '))).toEqual([]);
		expect(seen(marks, at)).toEqual({ kind: 'committed' });
	});

	it('stays in doubt when the lease that took it over is rolled back', () => {
		const { marks, held: taken } = inState('taken over');
		run(marks, rollBack(held({ held: taken }), NOW));
		for (const setting of ['day', 'week', 'ever'] as const) {
			expect(seen(marks, NOW, setting)).toMatchObject({ kind: 'inDoubt', inWindow: true });
		}
	});

	it('is as it was before, when the lease that took it over is rolled back', () => {
		const marks = new Set<string>();
		run(marks, leaveInDoubt(take(marks, NOW), namesOf('day', NOW), NOW));
		const before = new Set(marks);
		run(marks, rollBack(takeOver(marks, NOW + DAY), NOW + DAY));
		expect(seen(marks, NOW + DAY)).toEqual(doubt(NOW, false));
		expect(marks).toEqual(before);
	});

	it('is granted to whoever wants it, if it was settled meanwhile', () => {
		const takeOver = { begun: minuteOfSend(NOW) };
		const { marks } = inState('rolled back');
		expect(run(marks, lease({ ...ask(NOW), takeOver }))).toMatchObject({
			kind: 'granted',
			lease: { was: null },
		});
		const committed = inState('committed');
		expect(run(committed.marks, lease({ ...ask(NOW), takeOver }))).toEqual({ kind: 'committed' });
	});

	it('is taken over also where nobody asks about a window that has a name', () => {
		// To record as sent what turns out to have been.
		const { marks } = inState('left in doubt');
		const windows = namesOf('day', NOW);
		const takeOver = { begun: minuteOfSend(NOW) };
		const request = { ...ask(NOW + DAY), window: 'any', windows, takeOver };
		run(marks, commit(granted(run(marks, lease(request))), windows));
		expect([...marks].sort()).toEqual(windows.map((name) => `${ENTRY}|sent ${name}`).sort());
		expect(run(marks, lease(request))).toEqual({ kind: 'committed' });
	});

	it('counts for each day in which the provider may act on it', () => {
		const marks = new Set<string>();
		take(marks, BEFORE_MIDNIGHT);
		const next = BEFORE_MIDNIGHT + 5 * MINUTE;
		expect(seen(marks, next)).toEqual(doubt(BEFORE_MIDNIGHT));
		expect(seen(marks, next + DAY)).toEqual(doubt(BEFORE_MIDNIGHT, false));
	});
});

describe('a lease for the window of an execution', () => {
	const other = { window: 'execution 8', own: 'execution 8' };

	it('is had in spite of what others sent', () => {
		const { marks } = inState('committed');
		const held = take(marks, NOW + MINUTE, 'execution');
		expect(seen(marks, NOW + MINUTE, 'execution')).toEqual({ kind: 'leased' });
		run(marks, commit(held, namesOf('execution', NOW + MINUTE)));
		expect(seen(marks, NOW + MINUTE, 'execution')).toEqual({ kind: 'committed' });
		expect(run(marks, lease({ ...ask(NOW + MINUTE), ...other })).kind).toBe('granted');
	});

	it('is had once', () => {
		const marks = new Set<string>();
		run(marks, commit(take(marks, NOW, 'execution'), namesOf('execution', NOW)));
		const before = new Set(marks);
		expect(run(marks, lease(ask(NOW + MINUTE, 'execution')))).toEqual({ kind: 'committed' });
		expect(marks).toEqual(before);
	});

	it('is had where an earlier try at it left its mark behind', () => {
		const tries: LeaseTries = { own: 'unasked' };
		const request = ask(NOW, 'execution');
		run(new Set(), lease(request, tries));
		const left = [`${ENTRY}|sent ${request.window}`];
		expect(run(new Set(left), lease(request, tries)).kind).toBe('granted');
		expect(run(new Set(left), lease(request))).toEqual({ kind: 'committed' });
	});

	it('is in doubt where its mark is found after a question whose answer was lost', () => {
		const tries: LeaseTries = { own: 'unasked' };
		const request = ask(NOW, 'execution');
		const marks = new Set<string>();
		const last = writeOnly(marks, lease(request, tries), 1);
		if (last.kind !== 'ask') throw new Error('It asks no more');
		// The last question is written, and nobody hears what came of it; what was heard of is taken away again.
		marks.clear();
		for (const mark of last.marks) marks.add(mark);
		expect([...marks]).toEqual([`${ENTRY}|sent ${request.window}`]);
		const state = { kind: 'inDoubt', begun: null, inWindow: true };
		expect(run(marks, lease(request, tries))).toEqual(state);
		// And so it stays for the next try of the execution.
		expect(run(marks, lease(request))).toEqual({ kind: 'leased' });
		const later = ask(NOW + 2 * MINUTE, 'execution');
		expect(run(marks, lease(later))).toEqual(doubt(NOW));
	});

	it('is not in doubt where that answer came', () => {
		const tries: LeaseTries = { own: 'unasked' };
		const request = ask(NOW, 'execution');
		const marks = new Set([`${ENTRY}|sent ${request.window}`]);
		for (let sections = 0; sections < 2; sections++)
			expect(run(marks, lease(request, tries))).toEqual({ kind: 'committed' });
	});

	it('does not count that mark where another send is in doubt, either', () => {
		const tries: LeaseTries = { own: 'unasked' };
		const at = NOW + 2 * LONGEST_LEASE_MS;
		const request = ask(at, 'execution');
		const { marks } = inState('leased');
		const withDoubt = new Set(marks);
		expect(run(marks, lease(request, tries))).toEqual(doubt(NOW, false));
		withDoubt.add(`${ENTRY}|sent ${request.window}`);
		expect(run(new Set(withDoubt), lease(request, tries))).toEqual(doubt(NOW, false));
		expect(run(withDoubt, lease(request))).toEqual(doubt(NOW));
	});

	it('leaves no trace when it is rolled back', () => {
		const { marks } = inState('committed');
		const before = new Set(marks);
		run(marks, rollBack(take(marks, NOW + DAY, 'execution'), NOW + DAY));
		expect(marks).toEqual(before);
	});

	it('is in doubt for that execution, whoever it was that died', () => {
		const marks = new Set<string>();
		take(marks, NOW, 'execution');
		const at = NOW + 2 * MINUTE;
		expect(seen(marks, at, 'execution')).toEqual(doubt(NOW));
		expect(run(marks, look(ENTRY, other.window, at))).toEqual(doubt(NOW, false));
		expect(run(marks, lease(ask(at, 'execution')))).toEqual(doubt(NOW));
		expect(run(marks, lease({ ...ask(at), ...other }))).toEqual(doubt(NOW, false));
	});

	it('is so, too, where it took over what another left', () => {
		const marks = new Set<string>();
		take(marks, NOW, 'execution');
		const at = NOW + HOUR;
		const takeOver = { begun: minuteOfSend(NOW) };
		granted(run(marks, lease({ ...ask(at), ...other, takeOver })));
		expect(run(marks, look(ENTRY, other.window, at + MINUTE))).toEqual(doubt(at));
	});
});

describe('what is left of a send', () => {
	it.each(SETTINGS)('is a mark for each kind of window, at most once per %s', (setting) => {
		const marks = new Set<string>();
		run(marks, commit(take(marks, NOW, setting), namesOf(setting, NOW)));
		expect(marks.size).toBe(setting === 'execution' ? 5 : 4);
		for (const other of SETTINGS) {
			const isFound = other !== 'execution' || setting === 'execution';
			expect(seen(marks, NOW, other).kind).toBe(isFound ? 'committed' : 'absent');
		}
	});

	it('is found whatever the setting is changed to, in every order', () => {
		const settings: SendWindow[] = ['hour', 'day', 'week', 'ever'];
		for (const first of settings) {
			const marks = new Set<string>();
			run(marks, commit(take(marks, NOW, first), namesOf(first, NOW)));
			for (const second of settings) {
				expect(run(marks, lease(ask(NOW + MINUTE, second)))).toEqual({ kind: 'committed' });
			}
			expect(marks.size).toBe(4);
		}
	});

	it.each([
		['hour', HOUR],
		['day', DAY],
		['week', 7 * DAY],
	] as const)('is not found in the next %s', (setting, length) => {
		const { marks } = inState('committed');
		expect(seen(marks, NOW + length, setting)).toEqual({ kind: 'absent' });
		run(marks, commit(take(marks, NOW + length, setting), namesOf(setting, NOW + length)));
		expect(seen(marks, NOW + length, setting)).toEqual({ kind: 'committed' });
		expect(seen(marks, NOW, setting)).toEqual({ kind: 'committed' });
	});

	it('is not found in another execution', () => {
		const marks = new Set<string>();
		run(marks, commit(take(marks, NOW, 'execution'), namesOf('execution', NOW)));
		const other = findWindow(NOW, 'execution', TIMEZONE, '8').label;
		expect(run(marks, look(ENTRY, other, NOW))).toEqual({ kind: 'absent' });
	});

	it('counts for both days where it went over midnight', () => {
		const answeredAt = BEFORE_MIDNIGHT + 20 * SECOND;
		const marks = new Set<string>();
		const windows = namesOf('day', BEFORE_MIDNIGHT, answeredAt);
		run(marks, commit(take(marks, BEFORE_MIDNIGHT), windows));
		for (const at of [BEFORE_MIDNIGHT, answeredAt, answeredAt + HOUR]) {
			expect(seen(marks, at)).toEqual({ kind: 'committed' });
		}
		expect(seen(marks, answeredAt + DAY)).toEqual({ kind: 'absent' });
	});

	it('counts in windows that its lease did not reserve', () => {
		const [marks, open] = [new Set<string>(), new Set<string>()];
		const later = NOW + DAY;
		run(marks, commit(take(marks, NOW), namesOf('day', NOW, later)));
		expect(seen(marks, later)).toEqual({ kind: 'committed' });
		run(open, leaveInDoubt(take(open, NOW), namesOf('day', NOW, later), later));
		expect(seen(open, later)).toEqual(doubt(later));
	});

	it('is in doubt for both days where it went over midnight and nothing tells', () => {
		const brokenOffAt = BEFORE_MIDNIGHT + 20 * SECOND;
		const marks = new Set<string>();
		const windows = namesOf('day', BEFORE_MIDNIGHT, brokenOffAt);
		run(marks, leaveInDoubt(take(marks, BEFORE_MIDNIGHT), windows, brokenOffAt));
		expect(seen(marks, brokenOffAt)).toEqual(doubt(brokenOffAt));
		const [before, after] = [BEFORE_MIDNIGHT, brokenOffAt].map((at) => nameOf(at, 'day'));
		expect(before).not.toBe(after);
		for (const name of [before, after]) {
			expect(run(marks, look(ENTRY, name ?? '', brokenOffAt))).toEqual(doubt(brokenOffAt));
		}
		expect(seen(marks, brokenOffAt + DAY)).toEqual(doubt(brokenOffAt, false));
	});

	it('is nothing in a window that was over before it began', () => {
		const marks = new Set<string>();
		const lease = take(marks, BEFORE_MIDNIGHT);
		const begunAt = BEFORE_MIDNIGHT + 20 * SECOND;
		run(marks, commit(lease, namesOf('day', begunAt)));
		expect(run(marks, look(ENTRY, nameOf(BEFORE_MIDNIGHT, 'day'), begunAt))).toEqual({
			kind: 'absent',
		});
		expect(seen(marks, begunAt)).toEqual({ kind: 'committed' });
		expect(marks.size).toBe(4);
	});

	it('is nothing in a window that an earlier lease reserved and that it does not lie in', () => {
		const marks = new Set<string>();
		// It reserves both days; the stamp shows that the email was sent in the first.
		take(marks, BEFORE_MIDNIGHT);
		const at = BEFORE_MIDNIGHT + 5 * MINUTE;
		const windows = namesOf('day', BEFORE_MIDNIGHT);
		run(marks, commit(takeOver(marks, at), windows, namesOf('day', at)));
		expect(seen(marks, at)).toEqual({ kind: 'absent' });
		for (const setting of ['hour', 'day', 'week', 'ever'] as const) {
			const name = nameOf(BEFORE_MIDNIGHT, setting);
			expect(run(marks, look(ENTRY, name, at))).toEqual({ kind: 'committed' });
		}
		expect(marks.size).toBe(4);
	});

	it('stays when a later send of the same week is rolled back', () => {
		const { marks } = inState('committed');
		const before = new Set(marks);
		run(marks, rollBack(take(marks, NOW + DAY), NOW + DAY));
		expect(marks).toEqual(before);
	});
});

describe('whoever dies between two writes', () => {
	/** When no lease of now can stand any more. */
	const LATER = NOW + LONGEST_LEASE_MS + 2 * TICK;

	type Operation = (held: Lease | null) => Step<unknown>;
	const OPERATIONS: Record<string, Operation> = {
		'a look': () => look(ENTRY, nameOf(NOW, 'day'), NOW),
		'a look at another window': () => look(ENTRY, nameOf(NOW, 'execution'), NOW),
		'a lease': () => lease(ask(NOW)),
		'a lease for another window': () => lease(ask(NOW, 'execution')),
		'a take-over': () =>
			lease({ ...ask(NOW), takeOver: { begun: minuteOfSend(NOW - 2 * MINUTE) } }),
	};
	const ENDS: Record<string, (held: Lease) => Step<unknown>> = {
		'a commit': (held) => commit(held, namesOf('day', NOW)),
		'one left in doubt': (held) => leaveInDoubt(held, namesOf('day', NOW), NOW),
		'a renewal': (held) => renew(held, NOW, MINUTE).step,
		'a reopening': () => reopen(ENTRY, NOW),
		'a roll-back': (held) => rollBack(held, NOW),
	};

	const kindOf = (marks: Set<string>, at = LATER): string => seen(marks, at).kind;

	/** What is seen in the end, for each number of writes after which somebody may die. */
	function endings(name: string, operation: Operation): string[] {
		const all: string[] = [];
		for (let writes = 0; ; writes++) {
			const { marks, held } = inState(name);
			const before = kindOf(new Set(marks));
			const step = writeOnly(marks, operation(held), writes);
			if (step.kind === 'done') {
				// Alive, it forgets; dead, it does not.
				const alive = inState(name);
				run(alive.marks, operation(alive.held));
				return [before, ...all, kindOf(marks), kindOf(alive.marks)];
			}
			all.push(kindOf(marks));
		}
	}

	it.each(Object.keys(STATES))('leaves an entry that is %s as it was, or in doubt', (name) => {
		for (const [what, operation] of Object.entries(OPERATIONS)) {
			const [before, ...after] = endings(name, operation);
			for (const kind of after) expect([what, before, 'inDoubt']).toContain(kind);
		}
	});

	it.each(['leased', 'taken over'])(
		'leaves one that is %s in doubt until its end is written',
		(name) => {
			const inDoubt = 'inDoubt';
			const endingsOf = (what: string) =>
				endings(name, (lease) => ENDS[what]?.(held({ held: lease })) ?? reopen(ENTRY, NOW));
			const over = name === 'leased' ? 'absent' : inDoubt;
			// Its windows are reserved already, so it is done with one write.
			expect(endingsOf('a commit')).toEqual([inDoubt, inDoubt, 'committed']);
			expect(endingsOf('one left in doubt')).toEqual([inDoubt, inDoubt, inDoubt, inDoubt]);
			expect(endingsOf('a renewal')).toEqual([inDoubt, inDoubt, inDoubt, inDoubt]);
			expect(endingsOf('a reopening')).toEqual([inDoubt, inDoubt, inDoubt, inDoubt]);
			expect(new Set(endingsOf('a roll-back').slice(0, -1))).toEqual(new Set([inDoubt]));
			expect(endingsOf('a roll-back').at(-1)).toBe(over);
		},
	);

	it('leaves no free way past a send that may be under way', () => {
		for (const name of ['leased', 'taken over', 'left in doubt', 'left behind', 'reopened']) {
			for (const operation of Object.values(OPERATIONS)) {
				for (let writes = 1; writes <= 3; writes++) {
					const { marks, held } = inState(name);
					writeOnly(marks, operation(held), writes);
					for (const at of [NOW, LATER]) {
						for (const setting of ['hour', 'day', 'execution'] as const) {
							const wanted = run(new Set(marks), lease(ask(at, setting)));
							expect(['leased', 'inDoubt']).toContain(wanted.kind);
						}
					}
				}
			}
		}
	});

	it('leaves little to write for whoever comes after', () => {
		for (const [what, operation] of Object.entries(OPERATIONS)) {
			for (let writes = 1; writes <= 3; writes++) {
				const { marks, held } = inState('left behind');
				writeOnly(marks, operation(held), writes);
				const at = NOW + 3 * DAY;
				const state = seen(marks, at);
				const takeOver = state.kind === 'inDoubt' ? { begun: state.begun } : { begun: null };
				const last = writeOnly(marks, lease({ ...ask(at), takeOver }), Infinity);
				expect([what, last.kind === 'done' && last.forget.length < 1_000]).toEqual([what, true]);
			}
		}
	});

	it('at a look leaves what reads as never sent, if it was never sent', () => {
		for (const setting of ['hour', 'day', 'week'] as const) {
			const marks = new Set<string>();
			writeOnly(marks, look(ENTRY, nameOf(NOW, setting), NOW), 1);
			expect(marks.size).toBe(2);
			for (const other of ['hour', 'day', 'week', 'execution'] as const) {
				const copy = new Set(marks);
				const lease = take(copy, NOW, other);
				expect(lease.was).toBeNull();
				run(copy, rollBack(lease, NOW));
				expect(seen(copy, NOW, setting)).toEqual({ kind: 'absent' });
			}
			const before = new Set(marks);
			expect(seen(marks, NOW, setting)).toEqual({ kind: 'absent' });
			expect(marks).toEqual(before);
			run(marks, rollBack(take(marks, NOW), NOW));
			expect(marks.size).toBe(0);
		}
	});

	it('leaves nothing that counts, though another holds it over midnight', () => {
		const after = BEFORE_MIDNIGHT + 20 * SECOND;
		for (const setting of ['day', 'hour', 'execution'] as const) {
			for (let writes = 1; writes <= 3; writes++) {
				// A look of an execution that has died is asked about by no other one.
				const window = nameOf(after, setting === 'execution' ? 'day' : setting);
				for (const operation of [lease(ask(after, setting)), look(ENTRY, window, after)]) {
					const marks = new Set<string>();
					const held = take(marks, BEFORE_MIDNIGHT);
					writeOnly<unknown>(marks, operation, writes);
					run(marks, rollBack(held, after));
					for (const other of SETTINGS) {
						expect([other, seen(marks, after, other)]).toEqual([other, { kind: 'absent' }]);
					}
				}
			}
		}
	});

	it('leaves a beginning that is not later than the true one', () => {
		const marks = new Set<string>();
		const begunAt = NOW + 58 * MINUTE;
		const held = take(marks, begunAt);
		writeOnly(marks, leaveInDoubt(held, namesOf('day', begunAt), begunAt + 4 * MINUTE), 1);
		const state = seen(marks, begunAt + HOUR);
		const begun = state.kind === 'inDoubt' ? state.begun : null;
		expect(begun?.from).toBeLessThanOrEqual(begunAt);
		expect(begun?.to).toBeGreaterThan(begunAt + 4 * MINUTE);
	});

	it('at a look leaves it also to another look to see that', () => {
		const marks = new Set<string>();
		writeOnly(marks, look(ENTRY, nameOf(NOW, 'day'), NOW), 1);
		expect(seen(marks, NOW, 'hour')).toEqual({ kind: 'absent' });
		expect(seen(marks, NOW, 'day')).toEqual({ kind: 'absent' });
	});

	it('at a look is in doubt for who asks whether it was ever sent', () => {
		const marks = new Set<string>();
		writeOnly(marks, look(ENTRY, nameOf(NOW, 'day'), NOW), 1);
		expect(seen(marks, NOW, 'ever')).toEqual({ kind: 'inDoubt', begun: null, inWindow: false });
	});

	it('at a look does not hide what was sent', () => {
		const { marks } = inState('committed');
		writeOnly(marks, look(ENTRY, nameOf(NOW, 'day'), NOW), 1);
		expect(seen(marks, NOW)).toEqual({ kind: 'inDoubt', begun: null, inWindow: true });
		writeOnly(marks, look(ENTRY, nameOf(NOW + DAY, 'day'), NOW + DAY), 1);
		expect(seen(marks, NOW + DAY).kind).toBe('inDoubt');
	});
});

describe('an entry, whatever happens to it,', () => {
	const SEED = 20261120;
	const setting = fc.constantFrom<SendWindow>(
		'hour',
		'hour',
		'day',
		'day',
		'week',
		'ever',
		'execution',
	);
	const gap = fc
		.tuple(
			fc.constantFrom(0, 5 * SECOND, MINUTE, 15 * MINUTE, HOUR, 12 * HOUR, DAY, 4 * DAY),
			fc.integer({ min: 0, max: 50 * SECOND }),
		)
		.map(([most, rest]) => most + rest);
	/** Somebody comes along, and what becomes of the send if it is granted. */
	const visit = fc.record({
		gap,
		setting,
		lasts: fc.integer({ min: 0, max: 30 * SECOND }),
		fate: fc.oneof(
			{ weight: 3, arbitrary: fc.constant('commit') },
			{ weight: 2, arbitrary: fc.constant('roll back') },
			{ weight: 1, arbitrary: fc.constantFrom('leave in doubt', 'die') },
		),
		takesOver: fc.constantFrom(true, true, false),
		/** Dies between two writes of its asking, for a lease or a look. */
		diesAt: fc.oneof(
			{ weight: 6, arbitrary: fc.constant(null) },
			{
				weight: 1,
				arbitrary: fc.constantFrom('lease 1', 'lease 2', 'lease 3', 'look 1', 'look 2'),
			},
		),
	});
	const visits = fc.array(visit, { minLength: 2, maxLength: 12, size: 'max' });
	const start = fc.integer({ min: -DAY, max: DAY }).map((offset) => NOW + offset);

	/** What is known of the sends so far, apart from all marks. */
	interface Truth {
		/** Windows of emails, and of sends that nothing tells of. */
		windows: Set<string>;
		/** Windows of emails that were confirmed. */
		confirmed: Set<string>;
		/** Whether the last send was begun, and nothing tells how it ended. */
		isOpen: boolean;
	}

	function end(marks: Set<string>, truth: Truth, lease: Lease, given: Visit, at: number): void {
		const windows = namesOf(given.setting, lease.takenAt, at);
		if (given.fate === 'roll back') {
			// What was open before is so still.
			run(marks, rollBack(lease, at));
			return;
		}
		for (const name of windows) truth.windows.add(name);
		if (given.fate === 'commit') {
			run(marks, commit(lease, windows));
			for (const name of windows) truth.confirmed.add(name);
		}
		if (given.fate === 'leave in doubt') run(marks, leaveInDoubt(lease, windows, at));
		truth.isOpen = given.fate !== 'commit';
	}
	type Visit = typeof visit extends fc.Arbitrary<infer Given> ? Given : never;

	/** Lets one visitor after the other come to the entry, and calls `check` at each grant. */
	function tell(
		begin: number,
		all: Visit[],
		check: (truth: Truth, lease: Lease, name: string) => void,
	) {
		const marks = new Set<string>();
		const truth: Truth = { windows: new Set(), confirmed: new Set(), isOpen: false };
		let now = begin;
		for (const given of all) {
			now += given.gap;
			const request = ask(now, given.setting);
			const state = seen(marks, now, given.setting);
			if (state.kind === 'committed') expect(truth.windows).toContain(request.window);
			if (truth.isOpen) expect(['inDoubt', 'leased']).toContain(state.kind);
			const takeOver =
				state.kind === 'inDoubt' && given.takesOver ? { begun: state.begun } : undefined;
			const wanted = lease({ ...request, ...(takeOver ? { takeOver } : {}) });
			if (given.diesAt !== null) {
				const [what, writes] = given.diesAt.split(' ');
				const isLook = what === 'look';
				const step = isLook ? look(ENTRY, request.window, now) : wanted;
				writeOnly<unknown>(marks, step, Number(writes));
				// Nothing tells of what it may have begun.
				for (const name of isLook ? [] : request.windows) truth.windows.add(name);
				truth.windows.add(request.window);
				continue;
			}
			const result = run(marks, wanted);
			if (result.kind !== 'granted') {
				expect(result).toEqual(state);
				continue;
			}
			check(truth, result.lease, request.window);
			now += given.lasts;
			// Nobody else gets it meanwhile.
			expect(run(marks, lease(ask(now, given.setting)))).toEqual({ kind: 'leased' });
			end(marks, truth, result.lease, given, now);
		}
		return { marks, truth, now };
	}

	it('is never granted twice in a window, nor past a send that nothing tells of', () => {
		const met = { granted: 0, takenOver: 0 };
		fc.assert(
			fc.property(start, visits, (begin, all) => {
				tell(begin, all, ({ confirmed, isOpen }, { was }, name) => {
					met.granted++;
					if (was !== null) met.takenOver++;
					else expect(confirmed).not.toContain(name);
					if (isOpen) expect(was).not.toBeNull();
				});
			}),
			{ numRuns: 100, seed: SEED },
		);
		expect(met.granted).toBeGreaterThan(150);
		expect(met.takenOver).toBeGreaterThan(20);
	});

	it('holds no more than what was sent, once nothing is open and nobody died', () => {
		fc.assert(
			fc.property(start, visits, (begin, all) => {
				const orderly = all
					.filter(({ fate }) => fate === 'commit' || fate === 'roll back')
					.map((given) => ({ ...given, diesAt: null }));
				const { marks, truth } = tell(begin, orderly, () => undefined);
				const sent = [...truth.confirmed].map((name) => `${ENTRY}|sent ${name}`);
				expect([...marks].sort()).toEqual(sent.sort());
			}),
			{ numRuns: 100, seed: SEED },
		);
	});
});

describe('a lease where sends are counted in total', () => {
	const counted = (at: number, most: number): LeaseRequest => ({ ...ask(at), most });
	const days = [0, 1, 2, 3].map((day) => NOW + day * DAY);

	/** Sends once a day, so many times. */
	function sendDaily(marks: Set<string>, most: number, times: number): Lease[] {
		return days.slice(0, times).map((at) => {
			const held = granted(run(marks, lease(counted(at, most))));
			run(marks, commit(held, namesOf('day', at)));
			return held;
		});
	}

	it('is had so many times, and then leaves the record as it was', () => {
		const marks = new Set<string>();
		expect(sendDaily(marks, 3, 3).map(({ sendNumber }) => sendNumber)).toEqual([1, 2, 3]);
		const before = new Set(marks);
		expect(run(marks, lease(counted(NOW + 3 * DAY, 3)))).toEqual({ kind: 'usedUp' });
		expect(marks).toEqual(before);
		expect(granted(run(marks, lease(counted(NOW + 3 * DAY, 4)))).sendNumber).toBe(4);
	});

	it('is looked up by its number, also where the sends before were not counted', () => {
		const marks = new Set<string>();
		run(marks, commit(take(marks, NOW), namesOf('day', NOW)));
		const states = [1, 2].map((turn) => run(marks, look(ENTRY, nameNumbered(turn), NOW)).kind);
		expect(states).toEqual(['committed', 'absent']);
	});

	it('takes no mark more than one that is not counted', () => {
		const [marks, others] = [new Set<string>(), new Set<string>()];
		sendDaily(marks, 3, 2);
		for (const at of days.slice(0, 2)) run(others, commit(take(others, at), namesOf('day', at)));
		expect([...marks].filter((mark) => !others.has(mark))).toEqual([`${ENTRY}|sent time 2`]);
	});

	it('gives its number back when it is rolled back', () => {
		const marks = new Set<string>();
		sendDaily(marks, 3, 1);
		const before = new Set(marks);
		const held = granted(run(marks, lease(counted(NOW + DAY, 3))));
		run(marks, rollBack(held, NOW + DAY));
		expect(marks).toEqual(before);
	});

	it.each(['left in doubt', 'left behind'] as const)('counts a send that is %s', (state) => {
		const marks = new Set<string>();
		sendDaily(marks, 2, 1);
		const held = granted(run(marks, lease(counted(NOW + DAY, 2))));
		const later = NOW + 2 * DAY;
		if (state === 'left in doubt')
			run(marks, leaveInDoubt(held, namesOf('day', NOW + DAY), NOW + DAY));
		const before = new Set(marks);
		const request = { ...counted(later, 2), takeOver: { begun: minuteOfSend(NOW + DAY) } };
		expect(run(marks, lease(request))).toEqual({ kind: 'usedUp' });
		expect(seen(marks, later)).toEqual(doubt(NOW + DAY, false));
		const lasting = (all: Set<string>) => [...all].filter((mark) => !mark.includes('until'));
		expect(lasting(marks).sort()).toEqual(lasting(before).sort());
	});

	it('counts no more than one send more, wherever its asker dies', () => {
		for (let writes = 0; writes < 6; writes++) {
			const marks = new Set<string>();
			sendDaily(marks, 9, 3);
			writeOnly(marks, lease(counted(NOW + 3 * DAY, 9)), writes);
			const turns = [...marks].filter((mark) => mark.includes('|sent time'));
			expect(turns.length).toBeLessThanOrEqual(3);
		}
	});

	it('has its number where an earlier try at it left the mark behind', () => {
		const marks = new Set<string>();
		sendDaily(marks, 2, 1);
		const tries: LeaseTries = { own: 'unasked' };
		const request = counted(NOW + DAY, 2);
		run(new Set(marks), lease(request, tries));
		marks.add(`${ENTRY}|sent time 2`);
		expect(granted(run(new Set(marks), lease(request, tries))).sendNumber).toBe(2);
		expect(run(marks, lease(request))).toEqual({ kind: 'usedUp' });
	});

	it('counts the first one after a look that was broken off', () => {
		const marks = new Set<string>();
		writeOnly(marks, look(ENTRY, nameOf(NOW, 'day'), NOW), 1);
		expect(granted(run(marks, lease(counted(NOW, 1)))).sendNumber).toBe(1);
	});
});
