import { pause } from '../core/time';
import { TIMEOUT_MS, type Exchange, type Reply } from './response';

/**
 * `repeatable`: making it twice has the effect of making it once. `once`: it emails a person, or answers
 * differently the second time; it is never repeated once it may have left.
 */
export type CallKind = 'repeatable' | 'once';

/** Told before each wait that a call of kind `once` is asked for. @returns asked after it: whether the call is still wanted */
export type OnWait = (milliseconds: number) => Promise<() => boolean>;

/** A wait that a 429 to one call, or a sign-in that came to nothing, asks of all calls of its kind in its session. */
interface SlowDown {
	/** When it is over, epoch milliseconds. */
	until: number;
	over: Promise<void>;
	answer: Exchange;
}

const MAX_WAIT_MS = 60_000;
const MAX_WAITS = 3;
/** How long a call waits so in all, for answers to itself and to others; the extra second is for late timers. */
const LONGEST_WAITING_MS = MAX_WAITS * MAX_WAIT_MS + 1000;
const FIRST_BACKOFF_MS = 250;
const PASSING_STATUSES = [429, 502, 503, 504];

const NOT_STARTED: Exchange = { kind: 'fault', fault: { kind: 'notStarted', code: null } };

/** How long a reply asks to wait, in milliseconds; null where it does not say. */
export function readRetryAfter(reply: Reply, now: number, most = MAX_WAIT_MS): number | null {
	const header = reply.headers['retry-after'];
	if (header === undefined) return null;
	const seconds = /^\s*\d+(?:\.\d+)?\s*$/.test(header) ? Number(header) : null;
	// An HTTP date names its month; of anything else V8 would make a day long ago.
	const at = /[a-z]{3}/i.test(header) ? Date.parse(header) : NaN;
	const wait = seconds === null ? at - now : seconds * 1000;
	return Number.isNaN(wait) ? null : Math.min(Math.max(wait, 0), most);
}

/** Whether the same request may be answered better a little later; null for no answer. */
export function mayPass(status: number | null): boolean {
	return status === null || PASSING_STATUSES.includes(status);
}

/** Whether the same call may be made again without a second effect. */
function mayRepeat(kind: CallKind, exchange: Exchange): boolean {
	if (exchange.kind === 'fault') {
		const { fault } = exchange;
		// The call itself was not made. A refusal is final: a wrong password, tried again, may lock the account.
		if (fault.kind === 'signIn') return mayPass(fault.status);
		return kind === 'repeatable' && (fault.kind === 'neverSent' || fault.kind === 'unclear');
	}
	const { status } = exchange.reply;
	// 429 is a refusal, so nothing happened; after 5xx a send may well have taken effect.
	return kind === 'repeatable' ? mayPass(status) : status === 429;
}

/**
 * Makes calls as often as it takes: waits as a reply asks, and repeats what may be repeated. A 429 to a send holds back
 * all sends of the session, and one to a read all reads: a send right after it was looked at must not wait for others'
 * reads. A sign-in that came to nothing for now holds back the calls of the kind that it was for.
 *
 * @param make makes a call once
 * @param deadline no wait goes beyond it, epoch milliseconds: what was answered last counts then
 */
export function createRetries<Call extends { kind: CallKind }>(
	make: (call: Call) => Promise<Exchange>,
	signal: AbortSignal | undefined,
	deadline: number,
) {
	const slowDowns = new Map<CallKind, SlowDown>();

	/** Several may be asked for by calls that left together: the longest counts. */
	function holdBack(kind: CallKind, milliseconds: number, answer: Exchange): void {
		const earlier = slowDowns.get(kind);
		const until = Math.max(Date.now() + milliseconds, earlier?.until ?? 0);
		const over = Promise.all([earlier?.over, pause(milliseconds, signal)]).then(() => {
			if (slowDowns.get(kind) === held) slowDowns.delete(kind);
		});
		const held: SlowDown = { until, over, answer };
		slowDowns.set(kind, held);
	}

	return async function exchange(call: Call, onWait?: OnWait): Promise<Exchange> {
		let last: Exchange | null = null;
		let waited = 0;
		for (let tries = 1; ; tries++) {
			// A further 429 may come while this one waits.
			const findHeld = (): SlowDown | undefined => slowDowns.get(call.kind);
			for (let held = findHeld(); held !== undefined; held = findHeld()) {
				const from = Date.now();
				if (waited + held.until - from > LONGEST_WAITING_MS || held.until > deadline)
					return last ?? held.answer;
				const isWanted = await onWait?.(held.until - from);
				await held.over;
				waited += Date.now() - from;
				// In a process that stood still a lease may be over by now.
				if (waited > LONGEST_WAITING_MS || isWanted?.() === false) return last ?? held.answer;
			}
			// A repeat that does not leave changes nothing about the answer before it: after a 429 the
			// call is refused, though n8n's helper would now tell of one that was broken off.
			if (signal?.aborted === true) return last ?? NOT_STARTED;
			last = await make(call);
			if (!mayRepeat(call.kind, last)) return last;
			const reply = last.kind === 'reply' ? last.reply : null;
			const signIn = last.kind === 'fault' && last.fault.kind === 'signIn' ? last.fault : null;
			const asked = reply === null ? signIn?.askedWait : readRetryAfter(reply, Date.now());
			const isForAll = signIn !== null || reply?.status === 429;
			// Jitter keeps the lanes of the pool from coming back all at once. A wait of 0, or until a time that n8n's
			// clock has passed already, asks for less than that.
			const backoff = FIRST_BACKOFF_MS * 2 ** (tries - 1) * (1 + Math.random());
			const wait = Math.max(asked ?? 0, backoff);
			// The others wait also where this one has waited often enough.
			if (isForAll) holdBack(call.kind, wait, last);
			// A sign-in takes its time whatever is left of it.
			const latest = signIn === null ? deadline : deadline - TIMEOUT_MS;
			if (tries > MAX_WAITS || Date.now() + wait > latest) return last;
			if (!isForAll) await pause(wait, signal);
		}
	};
}
