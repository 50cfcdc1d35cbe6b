import { settleWithin, TIME_OVER } from './deadline';

/**
 * Who in this process is at which invitation, whatever the workflow: two workflows share no row of n8n's table.
 * Whoever comes second waits for the outcome.
 */

export type Outcome = 'sent' | 'notSent' | 'unclear';

/** One execution's turn at an invitation. */
export interface Flight {
	/** Lets the next one go on. */
	end(outcome: Outcome): void;
}

const flights = new Map<string, Promise<Outcome>>();

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
	let end: (outcome: Outcome) => void = () => undefined;
	const flight = new Promise<Outcome>((resolve) => {
		end = resolve;
	});
	flights.set(entry, flight);
	return {
		end(outcome) {
			if (flights.get(entry) === flight) flights.delete(entry);
			end(outcome);
		},
	};
}
