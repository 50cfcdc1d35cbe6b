import { createHash } from 'node:crypto';
import type { ICheckProcessedContextData } from 'n8n-workflow';
import { Deduplicator, type ProcessedData } from '../engine/harness/deduplication';
import { inSteps, workflowId, type Stage } from './runs';
import type { Process } from './world';

/** The use of a workflow's row by n8n's Remove Duplicates node with the scope 'Workflow'. */
export interface StrangerPlan {
	process: number;
	/** How many values it holds from the start; null where it has no row yet. */
	holds: number | null;
	/** Whether it keeps the latest value only, which is another mode of the row. */
	keepsLatest: boolean;
	/** When it records further values, each time after the one before. */
	writesAfterMs: readonly number[];
}

export const STRANGERS_WORKFLOW = 0;

export function hash(text: string): string {
	return createHash('md5').update(text).digest('base64');
}

/** n8n's own node: it knows nothing of locks, and reads and writes as n8n does. */
export class Stranger {
	private readonly key: string;
	private readonly records: Array<{ values: string[]; at: number }> = [];
	/** What others did to its row, in the order in which it happened. */
	private readonly witnessed: Array<{ process: Process; statement: string }> = [];

	constructor(
		private readonly stage: Stage,
		private readonly plan: StrangerPlan,
	) {
		this.key = `${workflowId(stage, STRANGERS_WORKFLOW)}/`;
		stage.onStatement = (process, statement, key) => {
			if (key === this.key) this.witnessed.push({ process, statement });
		};
	}

	/** Its row as it is before anything else happens. */
	async begin(): Promise<void> {
		const { holds, keepsLatest } = this.plan;
		if (holds === null) return;
		if (keepsLatest) {
			await this.stage.table.insert(this.key, { mode: 'latestDate', data: ['2026-06-01'] });
			return;
		}
		const values = Array.from({ length: holds }, (_, index) => `value ${index}`);
		await this.record(values, this.stage.table);
	}

	/** Later on it writes from within a process. In another mode than the row's it would only fail. */
	start(): void {
		const { world } = this.stage;
		const { process, keepsLatest, writesAfterMs } = this.plan;
		const where = world.processes[process];
		if (where === undefined || keepsLatest) return;
		const write = async (): Promise<void> => {
			for (const [index, afterMs] of writesAfterMs.entries()) {
				await world.step(where, 'begins Remove Duplicates', () => undefined, { afterMs });
				await this.record([`later value ${index}`], inSteps(this.stage, 'Remove Duplicates: '));
			}
		};
		void write();
	}

	/** What became of its row, in words; empty where all is well. */
	async complaints(): Promise<string[]> {
		const row = await this.stage.table.find(this.key);
		if (this.plan.keepsLatest) {
			const isThere = this.plan.holds === null || row?.data.length === 1;
			return isThere ? [] : ['the latest value of Remove Duplicates is gone'];
		}
		return this.records
			.filter(({ at }) => this.wasLeftAlone(at))
			.flatMap(({ values }) => values)
			.filter((value) => row?.data.includes(hash(value)) !== true)
			.map((value) => `Remove Duplicates lost ${value}`);
	}

	/**
	 * Whether no process had read the row before, and wrote or deleted it afterwards. n8n has no means against that: what
	 * is recorded in between goes.
	 */
	private wasLeftAlone(at: number): boolean {
		const next = new Map<Process, string>();
		for (const { process, statement } of this.witnessed.slice(at)) {
			if (!next.has(process)) next.set(process, statement);
		}
		return [...next.values()].every((statement) => statement === 'find' || statement === 'insert');
	}

	private async record(values: string[], table: ProcessedData): Promise<void> {
		const id = workflowId(this.stage, STRANGERS_WORKFLOW);
		const place = { workflow: { id } } as ICheckProcessedContextData;
		const options = { mode: 'entries' } as const;
		try {
			const deduplicator = new Deduplicator(table);
			await deduplicator.checkProcessedAndRecord(values, 'workflow', place, options);
		} catch {
			// An insert that is lost makes n8n's own node fail.
			return;
		}
		// An update of a row that was deleted meanwhile, by whoever held the lock, records nothing.
		if ((await this.stage.table.find(this.key)) === undefined) return;
		this.records.push({ values, at: this.witnessed.length });
	}
}
