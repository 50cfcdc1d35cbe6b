// npm run mutation [-- groups]: breaks the deciding code on purpose and sees whether a test notices.
// Stryker needs Node 22; where the present one is older, the Node that came with the e2e tests' n8n takes over.
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { ensureInstalled, root, run, seconds } from './setup.mjs';
import { n8nNode } from './n8n/paths.mjs';

const NEEDED_MAJOR = 22;
const GOAL_PERCENT = 92;
const NOTICED = ['Killed', 'Timeout'];
/** What counts; the others did not compile or were taken out by hand. */
const JUDGED = [...NOTICED, 'Survived', 'NoCoverage'];

function nodeForStryker() {
	if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) return process.execPath;
	try {
		return n8nNode();
	} catch {
		throw new Error(
			`Stryker needs Node ${NEEDED_MAJOR} or newer (here: ${process.version}). ` +
				'Run this with such a Node, or run npm run e2e once, which brings one along.',
		);
	}
}

/** How many mutants of each file ended in which way. */
async function countMutants(group) {
	const report = path.join(root, 'reports', 'mutation', `${group}.json`);
	const { files } = JSON.parse(await readFile(report, 'utf8'));
	return Object.entries(files).map(([file, { mutants }]) => {
		const judged = mutants.filter(({ status }) => JUDGED.includes(status));
		const noticed = judged.filter(({ status }) => NOTICED.includes(status));
		return { file, judged: judged.length, noticed: noticed.length };
	});
}

const percent = ({ noticed, judged }) => (judged === 0 ? 100 : (100 * noticed) / judged);
const sum = (rows, key) => rows.reduce((total, row) => total + row[key], 0);

async function mutate(groups) {
	const stryker = path.join(root, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
	const rows = [];
	for (const group of groups) {
		const started = Date.now();
		const env = { ...process.env, MUTATION_GROUP: group };
		await rm(path.join(root, 'reports', 'mutation', `${group}.json`), { force: true });
		const { code } = await run(nodeForStryker(), [stryker, 'run'], { env });
		if (code !== 0) throw new Error(`Stryker ended with ${code} at ${group}`);
		const counted = await countMutants(group);
		rows.push(...counted);
		console.log(`${group}: ${sum(counted, 'judged')} mutants in ${seconds(started)}`);
	}
	const total = { judged: sum(rows, 'judged'), noticed: sum(rows, 'noticed') };
	for (const row of [...rows, { file: 'All', ...total }])
		console.log(`${percent(row).toFixed(2)} %  ${row.noticed} of ${row.judged}  ${row.file}`);
	return percent(total);
}

try {
	await ensureInstalled();
	const { MUTATED } = await import('../stryker.config.mjs');
	const chosen = process.argv.slice(2);
	const unknown = chosen.filter((name) => !(name in MUTATED));
	if (unknown.length > 0)
		throw new Error(
			`No group ${unknown.join(', ')}. There are: ${Object.keys(MUTATED).join(', ')}`,
		);
	const score = await mutate(chosen.length > 0 ? chosen : Object.keys(MUTATED));
	if (score < GOAL_PERCENT) throw new Error(`The goal of ${GOAL_PERCENT} % is not reached.`);
} catch (error) {
	console.error(error.message);
	process.exitCode = 1;
}
