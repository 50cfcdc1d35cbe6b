import { settleWithin, TIME_OVER } from '../../core/time';
import { endOfGrace, type Begun } from './entry';
import { minuteOfSend } from './marks';

/**
 * Which execution of this process is sending which invitation, across workflows: two workflows share no row of
 * n8n's table. Whoever comes second waits for the outcome.
 */

export type FlightEnd = 'sent' | 'notSent' | 'unclear';

/** One execution's turn at an invitation. */
export interface Flight {
	/** Where the send of another workflow ended unclear, and the provider may still act on it. */
	readonly unclear: Begun | null;
	/** Lets the next one go on. */
	end(outcome: FlightEnd): void;
}

const flights = new Map<string, Promise<FlightEnd>>();
const unclearSends = new Map<string, Begun>();

function forgetOldOnes(now: number): void {
	for (const [entry, begun] of unclearSends) {
		if (endOfGrace(begun) <= now) unclearSends.delete(entry);
	}
}

/**
 * Waits for its turn at an entry.
 *
 * @returns the flight; or what came of another's, where that was sent; or null where it lasts too long
 */
export async function takeOff(entry: string, patienceMs: number): Promise<Flight | 'sent' | null> {
	const giveUpAt = Date.now() + patienceMs;
	for (let other = flights.get(entry); other !== undefined; other = flights.get(entry)) {
		const outcome = await settleWithin(other, giveUpAt - Date.now());
		if (outcome === 'sent') return 'sent';
		if (outcome === TIME_OVER) return null;
	}
	let end: (outcome: FlightEnd) => void = () => undefined;
	const flight = new Promise<FlightEnd>((resolve) => {
		end = resolve;
	});
	flights.set(entry, flight);
	forgetOldOnes(Date.now());
	return {
		unclear: unclearSends.get(entry) ?? null,
		end(outcome) {
			if (flights.get(entry) === flight) flights.delete(entry);
			if (outcome === 'sent') unclearSends.delete(entry);
			if (outcome === 'unclear') unclearSends.set(entry, minuteOfSend(Date.now()));
			end(outcome);
		},
	};
}
