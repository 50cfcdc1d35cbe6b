export interface Clock {
	now(): number;
	/** Stops the clock at this instant; `null` lets it run again. */
	setNow(milliseconds: number | null): void;
	advance(milliseconds: number): void;
}

export function createClock(source: () => number = Date.now): Clock {
	let fixed: number | null = null;
	let offset = 0;
	return {
		now: () => (fixed ?? source()) + offset,
		setNow(milliseconds) {
			fixed = milliseconds;
			offset = 0;
		},
		advance(milliseconds) {
			offset += milliseconds;
		},
	};
}

export const DAY = 86_400_000;
