import {
	done,
	goOn,
	type Begun,
	type EntryState,
	type Lease,
	type LeaseRequest,
	type LeaseResult,
	type LeaseTries,
	type Step,
	LEASE_MS,
} from './entry';
import {
	allSinceMarks,
	intentMark,
	nameNumbered,
	readBegun,
	sentMark,
	sinceMarks,
	tickOf,
	untilMark,
	untilMarks,
	untilMarksOf,
} from './marks';

/** The steps by which an entry is looked at, and by which the right to send is taken. */

interface Doubt {
	begun: Begun | null;
	/** The marks found that tell when it was begun. */
	since: string[];
	everSent: boolean;
	/** Those that were asked about beside. */
	isThere(mark: string): boolean;
}

/** Asks on, where `intent` was there already: is somebody at it, and if not, since when is it in doubt? */
function askAboutIntent<T>(
	entry: string,
	now: number,
	asked: readonly string[],
	firstFresh: ReadonlySet<string>,
	beside: readonly string[],
	leased: (added: string[]) => Step<T>,
	inDoubt: (doubt: Doubt, added: string[]) => Step<T>,
): Step<T> {
	const untils = untilMarks(entry, now);
	const sinces = allSinceMarks(entry, now);
	const ever = sentMark(entry, 'ever');
	const notAsked = (marks: string[]): string[] => marks.filter((mark) => !asked.includes(mark));
	const added = asked.filter((mark) => firstFresh.has(mark));
	return {
		kind: 'ask',
		marks: notAsked(untils),
		next: (freshUntils) => {
			const known = new Set([...added, ...freshUntils]);
			if (untils.some((mark) => !known.has(mark))) return leased([...known]);
			return {
				kind: 'ask',
				marks: notAsked([...sinces, ever, ...beside]),
				next: (freshSinces) => {
					const all = new Set([...known, ...freshSinces]);
					const isThere = (mark: string): boolean => !all.has(mark);
					const doubt = {
						begun: readBegun(entry, now, isThere),
						since: sinces.filter(isThere),
						everSent: isThere(ever),
						isThere,
					};
					return inDoubt(doubt, [...all]);
				},
			};
		},
	};
}

/** A look that was broken off leaves `intent` without a beginning; every lease writes 'ever', too. */
function isLeftByALook({ begun, everSent }: Doubt, window: string): boolean {
	return begun === null && window !== 'ever' && !everSent;
}

/**
 * Tells what is recorded of an entry, and leaves the record as it was.
 *
 * @param window the name of the window that is asked about
 */
export function look(entry: string, window: string, now: number): Step<EntryState> {
	const asked = [intentMark(entry), sentMark(entry, window)];
	return {
		kind: 'ask',
		marks: asked,
		next: (fresh) => {
			const isSent = !fresh.has(sentMark(entry, window));
			const added = asked.filter((mark) => fresh.has(mark));
			if (fresh.has(intentMark(entry))) {
				return done<EntryState>({ kind: isSent ? 'committed' : 'absent' }, added);
			}
			return askAboutIntent<EntryState>(
				entry,
				now,
				asked,
				fresh,
				[],
				(all) => done({ kind: 'leased' }, all),
				(doubt, all) =>
					isLeftByALook(doubt, window)
						? // The next lease tidies up: it names all windows.
							done({ kind: 'absent' }, all)
						: done({ kind: 'inDoubt', begun: doubt.begun, inWindow: isSent }, all),
			);
		},
	};
}

const sameBegun = (one: Begun | null, other: Begun | null): boolean =>
	one?.from === other?.from && one?.to === other?.to;

function leaseUncounted(
	{ entry, window, windows, own = null, now, takeOver }: LeaseRequest,
	tries: LeaseTries,
): Step<LeaseResult> {
	const passing = [
		intentMark(entry),
		...sinceMarks(entry, now),
		untilMark(entry, tickOf(now + LEASE_MS)),
	];
	const sent = windows.map((one) => sentMark(entry, one));
	const asked = [...passing, ...sent];
	const granted = (added: string[], was: string[] | null): LeaseResult => ({
		kind: 'granted',
		lease: {
			entry,
			takenAt: now,
			windows: own === null ? windows : [...windows, own],
			passing,
			added,
			sendNumber: null,
			was,
		},
	});
	/** The last question, once the lease is ours. */
	const askOwn = (
		result: (ownAdded: string[]) => Step<LeaseResult>,
		added: string[],
	): Step<LeaseResult> => {
		if (own === null) return result([]);
		const mark = sentMark(entry, own);
		const wasUnanswered = tries.own === 'unanswered';
		if (tries.own !== 'ours') tries.own = 'unanswered';
		return {
			kind: 'ask',
			marks: [mark],
			next: (fresh) => {
				if (tries.own === 'ours' || fresh.has(mark)) {
					tries.own = 'ours';
					return result([mark]);
				}
				if (!wasUnanswered) tries.own = 'answered';
				if (!wasUnanswered) return done<LeaseResult>({ kind: 'committed' }, added);
				// It is ours, or that of a send; nothing is taken away, so that it is in doubt also for the next who asks.
				return done<LeaseResult>({ kind: 'inDoubt', begun: null, inWindow: true });
			},
		};
	};
	return {
		kind: 'ask',
		marks: asked,
		next: (fresh) => {
			const isSent = !fresh.has(sentMark(entry, window)) && window !== own;
			const added = sent.filter((mark) => fresh.has(mark));
			const allAdded = asked.filter((mark) => fresh.has(mark));
			if (fresh.has(intentMark(entry))) {
				if (isSent) return done<LeaseResult>({ kind: 'committed' }, allAdded);
				return askOwn((mine) => done(granted([...added, ...mine], null)), allAdded);
			}
			return askAboutIntent<LeaseResult>(
				entry,
				now,
				asked,
				fresh,
				// In doubt it stays whatever is asked, so here nothing can be left behind that counts.
				own === null ? [] : [sentMark(entry, own)],
				(all) => done({ kind: 'leased' }, all),
				(doubt, all) => {
					if (own !== null && !doubt.isThere(sentMark(entry, own))) tries.own = 'ours';
					const inWindow = window === own ? tries.own !== 'ours' : isSent;
					const byALook = isLeftByALook(doubt, window);
					const mayTake = takeOver !== undefined && sameBegun(takeOver.begun, doubt.begun);
					if (!mayTake && !byALook) {
						return done({ kind: 'inDoubt', begun: doubt.begun, inWindow }, all);
					}
					// The old beginning and lease go, the new ones stay; what was only asked about goes, too.
					const old = [...doubt.since, ...untilMarksOf(entry, doubt.begun), ...all];
					const mine = own === null ? [] : [sentMark(entry, own)];
					const obsolete = old.filter((mark) => !asked.includes(mark) && !mine.includes(mark));
					const newlySent = [...added, ...mine.filter((mark) => all.includes(mark))];
					const result = byALook
						? granted([...sent, ...mine], null)
						: granted(newlySent, doubt.since);
					return done(result, obsolete);
				},
			);
		},
	};
}

/**
 * Gives a lease its number among the sends of its entry; the first has no mark but 'ever'. Asked about one by one,
 * so that a process that dies while asking leaves behind no more than the one send that it may have been about.
 */
function askSendNumber(
	held: Lease,
	sendNumber: number,
	most: number,
	tries: LeaseTries,
): Step<Lease | null> {
	if (sendNumber > most) return done<Lease | null>(null);
	if (sendNumber === 1) return done<Lease | null>({ ...held, sendNumber });
	const mark = sentMark(held.entry, nameNumbered(sendNumber));
	return {
		kind: 'ask',
		marks: [mark],
		next: (fresh) => {
			if (fresh.has(mark)) tries.sendNumber = sendNumber;
			return tries.sendNumber === sendNumber
				? done<Lease | null>({ ...held, sendNumber, added: [...held.added, mark] })
				: askSendNumber(held, sendNumber + 1, most, tries);
		},
	};
}

/** Takes the right to send, or says why it cannot be had; then the record stays as it was. */
export function lease(
	request: LeaseRequest,
	tries: LeaseTries = { own: 'unasked' },
): Step<LeaseResult> {
	const { entry, most = null } = request;
	return goOn(leaseUncounted(request, tries), (result, forget) => {
		if (result.kind !== 'granted' || most === null) return done(result, forget);
		const { added, passing, was } = result.lease;
		const first = added.includes(sentMark(entry, 'ever')) ? 1 : 2;
		return goOn(askSendNumber(result.lease, first, most, tries), (held) => {
			if (held !== null) return done<LeaseResult>({ kind: 'granted', lease: held }, forget);
			// What stood in doubt does so as before.
			const own = was === null ? passing : passing.slice(1);
			const undone = [...forget, ...own, ...added].filter((mark) => was?.includes(mark) !== true);
			return done<LeaseResult>({ kind: 'usedUp' }, undone);
		});
	});
}
