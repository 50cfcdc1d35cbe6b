// npm run release -- VERSION|major|minor|patch [--dry-run]: one version for all packages. Makes the version's commit, a
// commit for each standalone package on its branch, and the tags; pushing them is left to whoever runs it.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { releaseChangelog } from './release/changelog.mjs';
import { openRepository } from './release/git.mjs';
import * as plans from './release/plan.mjs';
import { npm } from './setup.mjs';

const URL = 'https://github.com/n8n-nodes-invitations/n8n-nodes-invitations';
const USAGE = 'usage: npm run release -- VERSION|major|minor|patch [--dry-run]';
/** What installing and building leave in a tree. */
const LEFT_BEHIND = ['node_modules', 'dist'];

const cwd = process.cwd();
const repository = openRepository(cwd);
const read = (file) => readFileSync(path.join(cwd, file), 'utf8');
const readVersion = (folder) => JSON.parse(read(path.join(folder, 'package.json')));

async function runNpm(args) {
	const { code } = await npm(args, { cwd });
	if (code !== 0) throw new Error(`npm ${args.join(' ')} ended with code ${code}.`);
}

function listPackages() {
	return readdirSync(path.join(cwd, 'packages')).filter((name) => name.startsWith('n8n-nodes-'));
}

async function makePlan(version) {
	const parents = {};
	for (const name of listPackages()) parents[name] = await repository.findTip(`pkg/${name}`);
	return plans.planRelease(version, parents);
}

async function writeVersion(version) {
	const flags = ['--no-git-tag-version', '--allow-same-version', '--ignore-scripts'];
	await runNpm(['version', version, ...flags]);
	const text = releaseChangelog(read('CHANGELOG.md'), { version, date: new Date(), url: URL });
	writeFileSync(path.join(cwd, 'CHANGELOG.md'), text);
}

/** Commits a generated tree, and names the commit that it was generated from. */
async function commitPackage({ name, message, content, parent }, { version, source }) {
	const found = readVersion(content);
	if (found.name !== name || found.version !== version)
		throw new Error(`${content} holds ${found.name}@${found.version}, not ${name}@${version}.`);
	const tree = await repository.writeFolder(path.join(cwd, content), LEFT_BEHIND);
	return repository.commitTree(tree, `${message}\n\nBuilt from ${source}`, parent);
}

async function make([first, ...rest], version) {
	try {
		await writeVersion(version);
		await runNpm(['run', 'build:packages']);
		const tree = await repository.writeStaged(plans.VERSION_FILES);
		const source = await repository.commitTree(tree, first.message, 'HEAD');
		const made = [{ ...first, commit: source }];
		for (const step of rest)
			made.push({ ...step, commit: await commitPackage(step, { version, source }) });
		await repository.updateRefs(made);
	} catch (error) {
		await repository.restore(plans.VERSION_FILES);
		throw error;
	}
}

async function release(wanted, dryRun) {
	const { version: current } = readVersion('.');
	const version = plans.resolveVersion(wanted, current);
	if (version === null) throw new Error(USAGE);
	const state = {
		branch: await repository.readBranch(),
		changes: await repository.readChanges(),
		tags: await repository.listTags(),
		changelog: read('CHANGELOG.md'),
		current,
	};
	const refusals = plans.findRefusals(state, version);
	if (refusals.length > 0) throw new Error(refusals.join('\n'));
	await runNpm(['test']);
	const plan = await makePlan(version);
	if (!dryRun) await make(plan, version);
	console.log(`${dryRun ? 'A release would make' : 'Made'}:\n${plans.describePlan(plan)}\n`);
	console.log(
		`${dryRun ? 'Nothing was made. Afterwards' : 'Nothing was pushed. When all is well'}:`,
	);
	console.log(plans.describePush(plan));
}

try {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: { 'dry-run': { type: 'boolean', default: false } },
	});
	await release(positionals[0], values['dry-run']);
} catch (error) {
	console.error(`Not released. ${error.message}`);
	process.exitCode = 1;
}
