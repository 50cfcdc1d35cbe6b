import fc from 'fast-check';
import type { IDataObject } from 'n8n-workflow';
import type { Invitation, InvitationStatus } from '../../nodes/shared/invitation/invitation';
import {
	findDepartures,
	compareSnapshots,
	selectReads,
	takeStock,
	type Departure,
	type PollEvent,
	type PollRules,
	type Sighting,
} from '../../nodes/shared/trigger/detectEvents';
import { readSnapshot, writeSnapshot, type Snapshot } from '../../nodes/shared/trigger/snapshot';
import type { Found } from '../../nodes/shared/invitation/provider';
import { sampleInvitation } from './support/sampleInvitation';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-21T12:00:00Z');

function rules(patch: Partial<PollRules> = {}): PollRules {
	const watch = new Set<PollEvent>(['cancelled', 'completed', 'expired', 'expiringSoon', 'new']);
	const keyOf = ({ subject }: Invitation): string => String(subject.caseId);
	const keep = { keepEmail: false, keepUnlisted: false };
	return { watch, daysBeforeExpiry: 3, resentIsNew: false, ...keep, keyOf, ...patch };
}

function found(caseId: string, patch: Partial<Invitation> = {}): Found {
	const invitation = sampleInvitation({
		id: `${caseId}-1`,
		subject: { caseId },
		email: `${caseId}@example.com`,
		name: null,
		...patch,
	});
	return { invitation, raw: {}, link: null };
}

const listed = (...all: Found[]): Sighting[] => all.map((one) => ({ found: one, isRead: false }));
const read = (caseId: string, daysLeft: number, patch: Partial<Invitation> = {}): Sighting => ({
	found: found(caseId, { expiresAt: new Date(NOW + daysLeft * DAY).toISOString(), ...patch }),
	isRead: true,
});
const nobody = new Map<string, Departure>();

function diff(state: Snapshot, sightings: Sighting[], at = NOW, chosen = rules()) {
	const { fired, next } = compareSnapshots(state, sightings, nobody, chosen, at);
	const events = fired.map(({ event, found: { invitation } }) => {
		return `${event} ${'caseId' in invitation.subject ? invitation.subject.caseId : ''}`;
	});
	return { events, next };
}

const stock = (...all: Found[]) => takeStock(all, 'scope', rules(), NOW - DAY);

describe('what is new', () => {
	test('nothing of the stock', () => {
		const all = (['pending', 'expired', 'completed', 'cancelled', 'unknown'] as const).map(
			(status) => found(status, { status }),
		);
		expect(diff(stock(...all), listed(...all)).events).toEqual([]);
	});

	test.each<[InvitationStatus, string[]]>([
		['pending', ['new a']],
		['completed', ['new a', 'completed a']],
		['expired', ['new a', 'expired a']],
		['cancelled', ['new a', 'cancelled a']],
		['unknown', ['new a']],
	])('a first sight as %s', (status, expected) => {
		const sightings = listed(found('a', { status }));
		const { events, next } = diff(stock(), sightings);
		expect(events).toEqual(expected);
		expect(diff(next, sightings).events).toEqual([]);
	});

	test('a case listed twice in one reply counts once', () => {
		expect(diff(stock(), listed(found('a'), found('a'))).events).toEqual(['new a']);
	});

	test('a resend is not, and is when asked for', () => {
		const state = stock(found('a'));
		const resent = listed(found('a', { id: 'a-2' }));
		expect(diff(state, resent).events).toEqual([]);
		const asked = diff(state, resent, NOW, rules({ resentIsNew: true }));
		expect(asked.events).toEqual(['new a']);
		expect(diff(asked.next, resent, NOW, rules({ resentIsNew: true })).events).toEqual([]);
	});

	test('a resend that has expired too is told again', () => {
		const state = stock(found('a', { status: 'expired' }));
		const resent = listed(found('a', { status: 'expired', id: 'a-2' }));
		expect(diff(state, resent).events).toEqual(['expired a']);
	});

	test('a status that comes back is not told twice', () => {
		const completed = listed(found('a', { status: 'completed' }));
		const first = diff(stock(found('a')), completed);
		const away = diff(first.next, listed(found('a', { status: 'unknown' })));
		expect([first.events, away.events, diff(away.next, completed).events]).toEqual([
			['completed a'],
			[],
			[],
		]);
	});

	test('what is not chosen is not told, and not later either', () => {
		const onlyNew = rules({ watch: new Set<PollEvent>(['new']) });
		const sightings = listed(found('a', { status: 'completed' }));
		const first = diff(stock(found('a')), sightings, NOW, onlyNew);
		expect(first.events).toEqual([]);
		expect(diff(first.next, sightings).events).toEqual([]);
	});
});

describe('expiring soon', () => {
	test('from the moment on, and once', () => {
		let state = stock(found('a'));
		const at = (daysLeft: number) => {
			const { events, next } = diff(state, [read('a', daysLeft)]);
			state = next;
			return events;
		};
		expect([at(3.01), at(3), at(3)]).toEqual([[], ['expiringSoon a'], []]);
	});

	test('not for what was so when the watch began', () => {
		// The stock was taken a day ago, when four days minus a second were left.
		const state = takeStock([found('a'), found('b')], 'scope', rules({ daysBeforeExpiry: 4 }), NOW);
		const chosen = rules({ daysBeforeExpiry: 4 });
		const { events, next } = diff(state, [read('a', 3.9), read('b', 4.1)], NOW, chosen);
		expect(events).toEqual([]);
		const later = diff(next, [read('a', 3.9), read('b', 4.1)], NOW + DAY, chosen);
		expect(later.events).toEqual(['expiringSoon b']);
	});

	test('for a new one, however short it is', () => {
		expect(diff(stock(), [read('a', 1)]).events).toEqual(['new a', 'expiringSoon a']);
	});

	test('not once it has passed, nor without a date, nor when it is not pending', () => {
		const state = stock(found('a'), found('b'), found('c'));
		const sightings = [
			read('a', -1),
			{ found: found('b'), isRead: true },
			read('c', 1, { status: 'unknown' }),
		];
		expect(diff(state, sightings).events).toEqual([]);
	});

	test('begins anew when it is chosen again', () => {
		const without = rules({ watch: new Set<PollEvent>(['new']) });
		const first = diff(stock(found('a')), [read('a', 10)]);
		const off = diff(first.next, listed(found('a')), NOW, without);
		expect(off.next.soonSince).toBeNull();
		const on = diff(off.next, listed(found('a')), NOW + 8 * DAY);
		expect(on.next.soonSince).toBe(NOW + 8 * DAY);
		expect(diff(on.next, [read('a', 10)], NOW + 8 * DAY).events).toEqual([]);
	});
});

describe('which dates are read', () => {
	const reads = (state: Snapshot, all: Found[], at = NOW, chosen = rules()) =>
		selectReads(state, all, chosen, at).map(({ invitation }) => invitation.id);

	test('those of pending ones that are not known', () => {
		const all = (['pending', 'expired', 'completed', 'cancelled', 'unknown'] as const).map(
			(status) => found(status, { status }),
		);
		expect(reads(stock(...all), all)).toEqual(['pending-1']);
		expect(reads(stock(), [found('a')])).toEqual(['a-1']);
	});

	test('none unless Expiring Soon is chosen, and none before it is watched', () => {
		const all = [found('a')];
		expect(reads(stock(...all), all, NOW, rules({ watch: new Set(['new']) }))).toEqual([]);
		expect(reads({ ...stock(...all), soonSince: null }, all)).toEqual([]);
	});

	test('a known one again when it is due, when it should be over, and after a resend', () => {
		const { next } = diff(stock(found('a')), [read('a', 5)]);
		const all = [found('a')];
		expect(reads(next, all, NOW + 1.99 * DAY)).toEqual([]);
		expect(reads(next, all, NOW + 2 * DAY)).toEqual(['a-1']);
		const told = diff(next, [read('a', 5)], NOW + 2 * DAY).next;
		expect(reads(told, all, NOW + 4.99 * DAY)).toEqual([]);
		expect(reads(told, all, NOW + 5 * DAY)).toEqual(['a-1']);
		expect(reads(told, [found('a', { id: 'a-2' })], NOW)).toEqual(['a-2']);
	});

	test('one without a date is not asked again', () => {
		const { next } = diff(stock(found('a')), [{ found: found('a'), isRead: true }]);
		expect(reads(next, [found('a')], NOW + 100 * DAY)).toEqual([]);
	});

	test('the urgent ones first', () => {
		const { next } = diff(stock(found('a'), found('b')), [...listed(found('a')), read('b', 3.5)]);
		expect(reads(next, [found('a'), found('b')], NOW + DAY)).toEqual(['b-1', 'a-1']);
	});
});

describe('what is no longer listed', () => {
	const state = stock(
		found('open'),
		found('expired', { status: 'expired' }),
		found('completed', { status: 'completed' }),
		found('cancelled', { status: 'cancelled' }),
	);
	const gone = (chosen: PollRules) => findDepartures(state, [], chosen).map(([key]) => key);

	test('is looked after if its end was not told', () => {
		expect(gone(rules())).toEqual(['open', 'expired']);
		expect(findDepartures(state, [found('open')], rules()).map(([key]) => key)).toEqual([
			'expired',
		]);
	});

	test('stays known, all of it, where nothing says that it is gone', () => {
		const all = ['open', 'expired', 'completed', 'cancelled'];
		const watch = new Set<PollEvent>(['new']);
		expect(gone(rules({ watch, keepUnlisted: true }))).toEqual(all);
	});

	test('is told as no longer pending whatever its status was', () => {
		const all = ['open', 'expired', 'completed', 'cancelled'];
		expect(gone(rules({ watch: new Set<PollEvent>(['closed']) }))).toEqual(all);
	});

	test('is looked after also where no end is asked for, or it would be new once it is listed again', () => {
		const watch = new Set<PollEvent>(['new', 'expiringSoon']);
		expect(gone(rules({ watch }))).toEqual(['open', 'expired']);
	});

	test.each<[string, Departure | undefined, PollEvent[], string[]]>([
		['found completed', found('open', { status: 'completed' }), ['completed'], []],
		['found cancelled', found('open', { status: 'cancelled' }), ['cancelled'], []],
		['found as before', found('open'), [], ['open']],
		['found in a state that nobody knows', found('open', { status: 'unknown' }), [], []],
		['not read this time', 'later', [], ['open']],
		['read, and not there', null, [], []],
		['not looked after', undefined, [], []],
	])('%s', (_name, departure, events, kept) => {
		const departed = new Map(departure === undefined ? [] : [['open', departure]]);
		const { fired, next } = compareSnapshots(state, [], departed, rules(), NOW);
		expect(fired.map(({ event }) => event)).toEqual(events);
		expect([...next.seen.keys()]).toEqual(kept);
	});
});

/** A small world of cases that a poll looks at now and then. */
type Step =
	| { kind: 'poll' }
	| { kind: 'pass'; days: number }
	| { kind: 'add' | 'resend' | 'refresh' | 'complete' | 'archive'; which: number };

interface Case {
	caseId: string;
	generation: number;
	expiresAt: number;
	end: 'completed' | 'cancelled' | null;
	archived: boolean;
}

const step: fc.Arbitrary<Step> = fc.oneof(
	{ weight: 4, arbitrary: fc.constant({ kind: 'poll' } as const) },
	{
		weight: 3,
		arbitrary: fc.record({
			kind: fc.constant('pass' as const),
			days: fc.double({ min: 0.1, max: 8, noNaN: true }),
		}),
	},
	{
		weight: 5,
		arbitrary: fc.record({
			kind: fc.constantFrom('add', 'resend', 'refresh', 'complete', 'archive' as const),
			which: fc.nat(4),
		}),
	},
);

test('whatever happens: each event once per invitation and date, none without a cause, none lost', () => {
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.nat(2), (steps, before) => {
			let now = NOW;
			const cases: Case[] = [];
			const add = () =>
				cases.push({
					caseId: `c${cases.length}`,
					generation: 1,
					expiresAt: now + 14 * DAY,
					end: null,
					archived: false,
				});
			for (let count = 0; count < before; count += 1) add();
			const statusOf = ({ end, expiresAt }: Case) =>
				end ?? (expiresAt <= now ? 'expired' : 'pending');
			const view = (one: Case, dates: boolean) =>
				found(one.caseId, {
					id: `${one.caseId}-${one.generation}`,
					status: statusOf(one),
					expiresAt: dates ? new Date(one.expiresAt).toISOString() : null,
				});
			let data: IDataObject = {};
			const chosen = rules();
			const told = new Set<string>();
			const stocked = new Set<string>();
			let stockAt = 0;

			const poll = () => {
				const state = readSnapshot(data, 'scope');
				const visible = cases.filter(({ archived }) => !archived);
				const all = visible.map((one) => view(one, false));
				if (state === null) {
					stockAt = now;
					for (const one of visible)
						stocked.add(`${one.caseId}-${one.generation}-${statusOf(one)}`);
					for (const one of visible) stocked.add(`new ${one.caseId}`);
					return writeSnapshot(data, takeStock(all, 'scope', chosen, now));
				}
				const wanted = new Set(selectReads(state, all, chosen, now));
				const sightings = all.map((one, index) =>
					wanted.has(one)
						? { found: view(visible[index] as Case, true), isRead: true }
						: { found: one, isRead: false },
				);
				const departed = new Map(
					findDepartures(state, all, chosen).map(([key]) => [
						key,
						view(cases.find(({ caseId }) => caseId === key) as Case, true),
					]),
				);
				const { fired, next } = compareSnapshots(state, sightings, departed, chosen, now);
				writeSnapshot(data, next);
				// As n8n stores it.
				data = JSON.parse(JSON.stringify(data)) as IDataObject;
				for (const {
					event,
					found: { invitation },
				} of fired) {
					const one = cases.find(
						({ caseId }) => 'caseId' in invitation.subject && caseId === invitation.subject.caseId,
					) as Case;
					const dated = event === 'expired' || event === 'expiringSoon';
					const label =
						event === 'new'
							? `new ${one.caseId}`
							: `${event} ${one.caseId}-${one.generation}${dated ? `-${Math.floor(one.expiresAt / 1000)}` : ''}`;
					if (told.has(label)) throw new Error(`${label} was told twice`);
					if (stocked.has(label)) throw new Error(`${label} was known`);
					told.add(label);
					const status = statusOf(one);
					const holds =
						event === 'new' ||
						event === status ||
						(event === 'expiringSoon' && status === 'pending' && one.expiresAt - 3 * DAY <= now);
					if (!holds) throw new Error(`${label} is not so`);
				}
				// Nothing that holds at a poll is left untold.
				for (const one of visible) {
					const status = statusOf(one);
					const generation = `${one.caseId}-${one.generation}`;
					const date = Math.floor(one.expiresAt / 1000);
					const known = stocked.has(`${generation}-${status}`);
					if (!stocked.has(`new ${one.caseId}`) && !told.has(`new ${one.caseId}`)) {
						throw new Error(`new ${one.caseId} was lost`);
					}
					if (status === 'completed' && !known && !told.has(`completed ${generation}`)) {
						throw new Error(`completed ${generation} was lost`);
					}
					// One that was refreshed and has expired again looks the same as before.
					const expired = [...told].some((label) => label.startsWith(`expired ${generation}-`));
					if (status === 'expired' && !known && !expired) {
						throw new Error(`expired ${generation} was lost`);
					}
					const from = one.expiresAt - 3 * DAY;
					const isSoon = status === 'pending' && from <= now && from > stockAt;
					if (isSoon && !told.has(`expiringSoon ${generation}-${date}`)) {
						// A refresh in the last days is noticed when the former date passes, at the latest.
						const seen = readSnapshot(data, 'scope')?.seen.get(one.caseId);
						if ((seen?.expiresAt ?? 0) * 1000 <= now)
							throw new Error(`soon ${generation} was lost`);
					}
				}
			};

			for (const next of [...steps, { kind: 'poll' } as const]) {
				if (next.kind === 'poll') poll();
				else if (next.kind === 'pass') now += next.days * DAY;
				else if (next.kind === 'add') add();
				else {
					const one = cases[next.which];
					if (one === undefined || one.end !== null || one.archived) continue;
					if (next.kind === 'complete') one.end = 'completed';
					else if (next.kind === 'archive') [one.archived, one.end] = [true, 'cancelled'];
					else {
						one.expiresAt = now + 14 * DAY;
						if (next.kind === 'resend') one.generation += 1;
					}
				}
			}
		}),
		{ numRuns: 1000 },
	);
});
