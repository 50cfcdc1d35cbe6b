import type fc from 'fast-check';

/**
 * A world in which several processes run the real code against a model of n8n's table. Nothing happens in it by itself:
 * each statement, each call, each wait that is over and each email is a task of fast-check's scheduler, which picks the
 * next one. Time is virtual. It goes on a little with every step, and jumps to the next wait that ends where there is
 * nothing else to do.
 */

/** What befalls a process at one of its steps. */
export interface Mishap {
	/** Which process, counted from 0. */
	process: number;
	/** Counted among the steps of that process. */
	atStep: number;
	/** Whether the step itself still happens, and only what follows it does not. */
	after: boolean;
	/** How long it stands still, as after SIGSTOP; null where it dies. */
	standsStillMs: number | null;
}

/** One statement that takes long, while the process itself goes on. */
export interface Delay {
	process: number;
	/** Counted among the statements of that process. */
	atStatement: number;
	ms: number;
}

/** One statement that ends badly. */
export interface StatementFault {
	process: number;
	/** Counted among the statements of that process. */
	atStatement: number;
	/** Whether it is carried out all the same, and only its answer is lost. */
	takesEffect: boolean;
}

export interface Process {
	readonly name: string;
	/** Which of the loaded copies of the code it runs. */
	readonly copy: number;
	state: 'running' | 'still' | 'dead';
	diedAt: number | null;
	steps: number;
	statements: number;
	/** For how long it stood still, or waited for statements that took long. */
	heldUpMs: number;
	/** How many of its statements ended badly. */
	faults: number;
	/** What a process that stands still does later on. */
	parked: Task[];
	/** How far its clock is ahead. */
	readonly clockAheadMs: number;
}

interface Task {
	label: string;
	process: Process | null;
	/** On its way already, so that it happens also when the process stands still or dies. */
	onWire: boolean;
	/** Does it, and gives back how the process goes on. */
	work: () => (() => void) | null;
}

interface Timer {
	at: number;
	task: Task;
}

export interface StepOptions {
	onWire?: boolean;
	/** How long it takes until it happens. */
	afterMs?: number;
}

/** Said where the schedule itself shows that something is wrong, such as a wait that never ends. */
export class BrokenWorld extends Error {}

const MOST_STEPS = 30_000;

/** Small, fast and the same everywhere (mulberry32). */
function randomFrom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/**
 * Waits until the code under test has done all that it can do without a further step: Node calls this once no promise
 * has anything left to do. `setImmediate` would say the same, at the price of a turn of the event loop for each step.
 */
async function quiet(): Promise<void> {
	await new Promise((resolve) => process.nextTick(resolve));
}

const playing: { world: World | null } = { world: null };

/** The world whose schedule is being played. */
export function currentWorld(): World {
	if (playing.world === null) {
		throw new BrokenWorld('Something went on after the end of its world');
	}
	return playing.world;
}

export class World {
	/** Epoch milliseconds. */
	now: number;
	readonly processes: Process[] = [];
	readonly random: () => number;
	steps = 0;

	private running: Process | null = null;
	private timers: Timer[] = [];
	private readonly log: Array<readonly [number, string, string]> = [];
	private mishaps: Mishap[];
	private readonly delays: readonly Delay[];
	private readonly faults: readonly StatementFault[];
	private readonly stepMs: number;

	constructor(
		private readonly scheduler: fc.Scheduler,
		given: {
			startsAt: number;
			seed: number;
			/** How long a step takes. */
			stepMs: number;
			mishaps: readonly Mishap[];
			delays: readonly Delay[];
			faults: readonly StatementFault[];
			clocksAheadMs: readonly number[];
		},
		/** Told when a process died. */
		private readonly onDeath: (dead: Process) => void,
	) {
		this.now = given.startsAt;
		this.random = randomFrom(given.seed);
		this.stepMs = given.stepMs;
		this.mishaps = [...given.mishaps];
		this.delays = given.delays;
		this.faults = given.faults;
		for (const ahead of given.clocksAheadMs) this.startProcess(ahead);
		playing.world = this;
	}

	/** A process that nobody ran before. */
	startProcess(clockAheadMs = 0): Process {
		const copy = this.processes.length;
		const process: Process = {
			name: `P${copy}`,
			copy,
			state: 'running',
			diedAt: null,
			steps: 0,
			statements: 0,
			heldUpMs: 0,
			faults: 0,
			parked: [],
			clockAheadMs,
		};
		this.processes.push(process);
		return process;
	}

	/** The clock of the process whose code runs. */
	clock(): number {
		return Math.floor(this.now + (this.running?.clockAheadMs ?? 0));
	}

	whoRuns(): Process {
		if (this.running === null) throw new BrokenWorld('No process is running');
		return this.running;
	}

	/** One step of a process: what it does happens at once, and the process then goes on. */
	async step<T>(
		process: Process,
		label: string,
		work: () => T,
		{ onWire = false, afterMs = 0 }: StepOptions = {},
	): Promise<T> {
		return await new Promise((resolve, reject) => {
			const task: Task = {
				label,
				process,
				onWire,
				work: () => {
					try {
						const value = work();
						// Nobody hears what came of it where the process has died meanwhile.
						if (value instanceof Promise) value.catch(() => undefined);
						return () => resolve(value);
					} catch (thrown) {
						return () => reject(thrown);
					}
				},
			};
			this.offerAfter(task, afterMs);
		});
	}

	/**
	 * A statement of a process on the table; some take long, some end badly. It is on its way as soon as it is made: a
	 * process that stands still no longer holds it back.
	 */
	async statement<T>(process: Process, label: string, work: () => Promise<T>): Promise<T> {
		const count = process.statements++;
		const isThis = (one: { process: number; atStatement: number }): boolean =>
			one.process === process.copy && one.atStatement === count;
		const afterMs = this.delays.find(isThis)?.ms ?? 0;
		process.heldUpMs += afterMs;
		const fault = this.faults.find(isThis);
		const options = { onWire: true, afterMs };
		if (fault === undefined) return await this.step(process, label, work, options);
		process.faults++;
		const what = fault.takesEffect ? 'the answer is lost' : 'in vain';
		const failing = async (): Promise<T> => {
			if (fault.takesEffect) await work();
			throw new Error('SQLITE_BUSY: database is locked');
		};
		return await this.step(process, `${label}, ${what}`, failing, options);
	}

	/** Something that happens outside of all processes. */
	later(label: string, afterMs: number, work: () => void): void {
		const task: Task = {
			label,
			process: null,
			onWire: false,
			work: () => {
				work();
				return null;
			},
		};
		this.offerAfter(task, afterMs);
	}

	/** For the code under test: n8n's own `sleep`. */
	async sleep(ms: number): Promise<void> {
		await this.step(this.whoRuns(), 'wakes up', () => undefined, { afterMs: Math.max(ms, 0) });
	}

	/** For the code under test, in place of `AbortSignal.timeout`. */
	timeoutSignal(ms: number): AbortSignal {
		const listeners = new Set<() => void>();
		const task: Task = {
			label: 'deadline',
			process: this.whoRuns(),
			onWire: false,
			work: () => () => {
				for (const listener of listeners) listener();
			},
		};
		const timer: Timer = { at: this.now + ms, task };
		this.timers.push(timer);
		const signal = {
			addEventListener: (_: 'abort', listener: () => void) => listeners.add(listener),
			removeEventListener: (_: 'abort', listener: () => void) => {
				listeners.delete(listener);
				if (listeners.size === 0) this.timers = this.timers.filter((one) => one !== timer);
			},
		};
		return signal as unknown as AbortSignal;
	}

	/** Plays on until nothing is left to happen. */
	async play(): Promise<void> {
		await quiet();
		for (;;) {
			this.offerDue();
			if (this.scheduler.count() > 0) {
				if (this.steps++ > MOST_STEPS) throw new BrokenWorld(`It never ends\n${this.history()}`);
				this.now += this.stepMs;
				await this.scheduler.waitOne();
				await quiet();
				continue;
			}
			if (this.timers.length === 0) break;
			this.now = Math.max(this.now, Math.min(...this.timers.map(({ at }) => at)));
		}
		playing.world = null;
	}

	note(who: string, what: string): void {
		this.log.push([this.now, who, what]);
	}

	/** What happened, one line a step. */
	history(): string {
		const [first] = this.log;
		const since = first?.[0] ?? 0;
		return this.log
			.map(([at, who, what]) => `${String(Math.round(at - since)).padStart(8)} ms  ${who}  ${what}`)
			.join('\n');
	}

	private offerAfter(task: Task, afterMs: number): void {
		if (afterMs > 0) this.timers.push({ at: this.now + afterMs, task });
		else this.offer(task);
	}

	private offerDue(): void {
		if (!this.timers.some(({ at }) => at <= this.now)) return;
		const due = this.timers.filter(({ at }) => at <= this.now);
		this.timers = this.timers.filter(({ at }) => at > this.now);
		for (const { task } of due) this.offer(task);
	}

	private offer(task: Task): void {
		const label = `${task.process?.name ?? 'world'}: ${task.label}`;
		void this.scheduler.schedule(Promise.resolve(), label).then(() => this.take(task));
	}

	private mishapAt(process: Process, after: boolean): Mishap | undefined {
		const found = this.mishaps.find(
			(one) => one.process === process.copy && one.atStep === process.steps && one.after === after,
		);
		if (found !== undefined) this.mishaps = this.mishaps.filter((one) => one !== found);
		return found;
	}

	private befall(process: Process, mishap: Mishap | undefined): void {
		if (mishap === undefined || process.state !== 'running') return;
		if (mishap.standsStillMs === null) {
			process.state = 'dead';
			process.diedAt = this.now;
			this.note(process.name, 'dies');
			this.onDeath(process);
			return;
		}
		process.state = 'still';
		process.heldUpMs += mishap.standsStillMs;
		this.note(process.name, `stands still for ${mishap.standsStillMs} ms`);
		this.later(`${process.name} goes on`, mishap.standsStillMs, () => {
			process.state = 'running';
			const parked = process.parked;
			process.parked = [];
			for (const task of parked) this.offer(task);
		});
	}

	private take(task: Task): void {
		const { process } = task;
		if (process === null) {
			this.note('world', task.label);
			this.running = null;
			task.work();
			return;
		}
		if (process.state === 'running') {
			process.steps++;
			this.befall(process, this.mishapAt(process, false));
		}
		if (process.state !== 'running') {
			if (!task.onWire) {
				if (process.state === 'still') process.parked.push(task);
				return;
			}
			// What a process sent before it died arrives, or does not.
			if (process.state === 'dead' && this.random() < 0.5) return;
		}
		this.note(process.name, task.label);
		this.running = process;
		const goOn = task.work();
		this.befall(process, this.mishapAt(process, true));
		if (goOn === null || process.state === 'dead') return;
		if (process.state === 'still') {
			process.parked.push({ ...task, label: 'goes on', onWire: false, work: () => goOn });
			return;
		}
		goOn();
	}
}
