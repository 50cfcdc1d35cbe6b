import type { IDataObject } from 'n8n-workflow';
import { createEngine, type Engine, type Run } from '../test/engine/harness';
import { startSandboxOf } from '../sandbox';
import { credentialsFor } from '../test/engine/support';
import { PLAYED, type TestSandbox } from '../test/services';
import { exampleFiles, exampleWorkflow, readWorkflow, resendNodeIn } from './exampleWorkflow';
import { differences, refusalsOf, rowsOf, type Row } from './rows';

/**
 * Runs the example workflows through n8n's engine against the sandbox, twice on the same day, and
 * compares every row with what the sandbox did.
 */

const CANDIDATES = 400;

const serviceIn = (scene: Parameters<typeof resendNodeIn>[0]) => resendNodeIn(scene).type;

/** One example for each service, the richest where there are several. */
const FILES = ['morning-chase', ...exampleFiles('-open-and-resend')];
const SCENES = FILES.map((file) => ({ file, ...readWorkflow(file) })).filter(
	(scene, index, all) => all.findIndex((one) => serviceIn(one) === serviceIn(scene)) === index,
);

type Scene = (typeof SCENES)[number];

function say(text = ''): void {
	process.stdout.write(`${text}\n`);
}

function printTable(rows: Row[]): void {
	const columns: Array<[string, (row: Row) => string]> = [
		['who', ({ who }) => who],
		['outcome', ({ outcome }) => outcome],
		['reason', ({ reason }) => reason],
		['may be sent from', ({ nextEligibleAt }) => nextEligibleAt],
	];
	const widths = columns.map(([title, read]) =>
		Math.max(title.length, ...rows.map((row) => read(row).length)),
	);
	const line = (cells: string[]): string =>
		cells
			.map((cell, index) => cell.padEnd(widths[index] ?? 0))
			.join('  ')
			.trimEnd();
	say(line(columns.map(([title]) => title)));
	for (const row of rows) say(line(columns.map(([, read]) => read(row))));
}

function countsOf(rows: Row[]): string {
	const counts = new Map<string, number>();
	for (const { outcome, reason } of rows) {
		const key = outcome === reason ? outcome : `${outcome} (${reason})`;
		counts.set(key, (counts.get(key) ?? 0) + 1);
	}
	return [...counts].map(([key, count]) => `${count} ${key}`).join(', ') || 'none';
}

async function runScene(engine: Engine, sandbox: TestSandbox, scene: Scene): Promise<Run> {
	const { name, parameters } = resendNodeIn(scene);
	const options = { ...(parameters.options as IDataObject), returnSummary: false };
	const graph = exampleWorkflow(scene.file, {
		parameters: { [name]: { dryRun: false, options } },
	});
	return await engine.run({
		...graph,
		workflowId: scene.file,
		credentials: credentialsFor(sandbox),
	});
}

async function main(): Promise<number> {
	const sandbox = await startSandboxOf(PLAYED, { seed: { karmaCheckCases: CANDIDATES } });
	const engine = createEngine();
	const wrong: string[] = [];
	try {
		for (const scene of SCENES) {
			for (const [index, pass] of ['first run', 'second run, same day'].entries()) {
				const mailsBefore = sandbox.control.outbox().length;
				const run = await runScene(engine, sandbox, scene);
				if (run.error !== undefined) wrong.push(`${scene.name}: ${run.error.message}`);
				const verdicts = run.itemsOf(resendNodeIn(scene).name);
				const rows = rowsOf(verdicts);
				const mails = sandbox.control.outbox().slice(mailsBefore);
				say(`\n${scene.name}: ${pass}`);
				printTable(rows);
				for (const text of refusalsOf(verdicts)) say(`Failed: ${text}`);
				say(`${rows.length} invitations: ${countsOf(rows)}`);
				say(
					`Outbox: ${mails.length} emails in this run, ${sandbox.control.outbox().length} in all`,
				);
				wrong.push(...differences(rows, mails, sandbox.control.state));
				// Items that could not be served have no rows, so that there is nothing in them to differ.
				if (index === 0 && mails.length === 0) wrong.push(`${scene.name}: nobody was emailed`);
			}
		}
	} finally {
		await sandbox.close();
	}
	say();
	for (const text of wrong) say(`Differs: ${text}`);
	say(wrong.length === 0 ? 'Every row agrees with the sandbox.' : `Differences: ${wrong.length}.`);
	return wrong.length === 0 ? 0 : 1;
}

void main().then((code) => {
	process.exitCode = code;
});
