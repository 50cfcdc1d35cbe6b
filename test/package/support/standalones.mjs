// node standalones.mjs <folder>: the standalone packages, compiled, packed, unpacked beside n8n-workflow in that folder,
// and as others get the commit that each is published from. Gives the list as JSON.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { ensureCompiled } from '../../../scripts/packages/compile.mjs';
import { run } from '../../../scripts/setup.mjs';
import { packInto, succeed } from './packInto.mjs';

const [target] = process.argv.slice(2);

/** Git in a repository beside the tree, whoever runs this and whatever is set for Git around it. */
function gitIn({ name, folder }) {
	const repository = path.join(target, 'commits', `${name}.git`);
	const own = Object.entries(process.env).filter(([key]) => !key.startsWith('GIT_'));
	const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com'];
	const where = [`--git-dir=${repository}`, `--work-tree=${folder}`];
	return (...args) =>
		succeed(
			`git ${args[0]}`,
			run('git', [...who, '-c', 'commit.gpgsign=false', ...where, ...args], {
				quiet: true,
				env: Object.fromEntries(own),
			}),
		);
}

/** The tree as the commit's archive holds it. */
async function commit(tree) {
	const git = gitIn(tree);
	const archive = path.join(target, 'commits', `${tree.name}.tar`);
	const committed = path.join(target, 'commits', tree.name);
	mkdirSync(committed, { recursive: true });
	await git('init', '--quiet');
	await git('add', '--all');
	await git('commit', '--quiet', '--message', `${tree.name}, as it is published`);
	await git('archive', `--output=${archive}`, 'HEAD');
	await succeed('tar', run('tar', ['-xf', archive, '-C', committed], { quiet: true }));
	return committed;
}

const trees = await ensureCompiled({ log: console.error });
const folders = trees.map(({ folder }) => folder);
const [packed, committed] = await Promise.all([
	packInto(target, folders),
	Promise.all(trees.map(commit)),
]);
const laid = trees.map((tree, index) => ({
	...tree,
	...packed[index],
	committed: committed[index],
}));
console.log(JSON.stringify(laid));
