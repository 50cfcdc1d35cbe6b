// The standalone packages, compiled in their trees as n8n's own tool does it. That tool is installed once for all of
// them, from the lock that every tree has a copy of.
import { readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inTurn } from '../lock.mjs';
import { ensureInstalled, isStale, npm, root } from '../setup.mjs';
import { buildPackages, listTrees } from './build.mjs';

const STAMP = 'build/packages/.compiled';
const OWN_INPUTS = [
	'.npmrc',
	'CHANGELOG.md',
	'LICENSE',
	'workflows',
	'scripts/migrate-workflows.mjs',
	'scripts/packages',
];

/** Runs npm in a tree; gives what it wrote to stdout. */
async function npmIn(folder, ...args) {
	const { code, output, stdout } = await npm([...args, '--loglevel=error'], {
		cwd: folder,
		quiet: true,
	});
	if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with code ${code}\n${output}`);
	return stdout;
}

async function compile({ folder }) {
	const modules = path.join(root, 'packages', 'node_modules');
	symlinkSync(modules, path.join(folder, 'node_modules'), 'junction');
	await npmIn(folder, 'run', 'build');
}

/** Compiled unless they are up to date. Gives each package with its folder. */
export async function ensureCompiled({ log = console.log } = {}) {
	const folder = path.join(root, 'packages');
	// Tests that run side by side ask for them at the same time, and what one compiles the other would delete.
	return await inTurn(folder, { log, waitingFor: 'it compiles the packages' }, async () => {
		await ensureInstalled({ name: 'packages', log });
		const parts = readdirSync(folder).filter((name) => name !== 'node_modules');
		const inputs = [...OWN_INPUTS, ...parts.map((name) => `packages/${name}`)];
		if (!isStale(STAMP, inputs)) return listTrees();
		const trees = buildPackages();
		await Promise.all(trees.map(compile));
		writeFileSync(path.join(root, STAMP), '');
		return trees;
	});
}
