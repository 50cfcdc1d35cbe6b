/**
 * Sleep for tests whose clock is faked. Time stands still while a request is under way, as it nearly does next to the
 * waits of a run; when all is quiet the one who is due first is woken, and the clock is moved on to then. So what goes
 * on side by side keeps its order, and nothing is really waited for.
 */

/** Statements of the table take one turn of the event loop each, with hardly a turn between them. */
const QUIET_TURNS = 6;

interface Sleeper {
	at: number;
	wake(): void;
}

let sleepers: Sleeper[] = [];
let requestsUnderWay = (): number => 0;

/** Has time stand still while there are requests. */
export function watchRequests(underWay: () => number): void {
	requestsUnderWay = underWay;
}

async function quiet(): Promise<void> {
	for (let turns = 0; turns < QUIET_TURNS; turns++) {
		await new Promise<void>((resolve) => setImmediate(resolve));
		if (requestsUnderWay() > 0) turns = -1;
	}
}

async function pass(): Promise<void> {
	while (sleepers.length > 0) {
		await quiet();
		const first = Math.min(...sleepers.map(({ at }) => at));
		const next = sleepers.find(({ at }) => at === first);
		sleepers = sleepers.filter((sleeper) => sleeper !== next);
		if (first > Date.now()) jest.setSystemTime(first);
		next?.wake();
	}
}

export async function sleep(milliseconds: number): Promise<void> {
	await new Promise<void>((wake) => {
		sleepers.push({ at: Date.now() + milliseconds, wake });
		if (sleepers.length === 1) void pass();
	});
}
