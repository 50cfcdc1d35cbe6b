import type fc from 'fast-check';
import { tableInMemory } from '../engine/harness/deduplication';
import type { Code } from './processes';
import { start, type Stage } from './runs';
import type { Scenario } from './scenario';
import { Service } from './service';
import { Stranger } from './stranger';
import { World, type Process } from './world';

/** Plays one schedule: the scenario says what there is, the scheduler in which order it happens. */

let schedules = 0;

/** What is left when nothing more happens. */
export interface Ending {
	scenario: Scenario;
	stage: Stage;
	stranger: Stranger | null;
}

export async function play(
	scenario: Scenario,
	scheduler: fc.Scheduler,
	copies: readonly Code[],
): Promise<Ending> {
	let stage: Stage | null = null;
	/** What a process had not ended when it died runs again in a new one. */
	const rerun = (dead: Process): void => {
		if (stage === null) return;
		const cut = stage.begun.filter(({ process, isOver }) => process === dead && !isOver);
		const next = stage.world.startProcess();
		for (const { plan } of cut) start(stage, plan, next, scenario.rerunAfterMs);
	};
	const world = new World(scheduler, scenario, rerun);
	stage = {
		world,
		service: new Service(world, scenario),
		table: tableInMemory(async (statement) => statement()),
		copies,
		name: `s${schedules++}`,
		runs: [],
		begun: [],
		marks: new Set(),
		onStatement: () => undefined,
	};
	const stranger = scenario.stranger && new Stranger(stage, scenario.stranger);
	await stranger?.begin();
	for (const plan of scenario.executions) {
		const process = world.processes[plan.process];
		if (process !== undefined) start(stage, plan, process, plan.startsAfterMs);
	}
	stranger?.start();
	await world.play();
	return { scenario, stage, stranger };
}
