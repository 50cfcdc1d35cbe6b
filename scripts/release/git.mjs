// Git as far as a release needs it: trees and commits beside the work tree, and refs all at once.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';

const NONE = '0'.repeat(40);

export function openRepository(cwd) {
	const git = async (args, options) => {
		const { stdout } = await execa('git', args, { cwd, ...options });
		return stdout;
	};
	const find = async (ref) => {
		const { stdout } = await execa('git', ['rev-parse', '--verify', '--quiet', ref], {
			cwd,
			reject: false,
		});
		return stdout || null;
	};
	const isAncestor = async (ref, other) => {
		const args = ['merge-base', '--is-ancestor', ref, other];
		return (await execa('git', args, { cwd, reject: false })).exitCode === 0;
	};

	return {
		readBranch: () => git(['branch', '--show-current']),
		readChanges: () => git(['status', '--porcelain']),
		listTags: async () => (await git(['tag', '--list'])).split('\n'),

		/** Where a branch is: at the remote, if another machine has been there since, or only there, and otherwise here. */
		async findTip(branch) {
			const [here, remote] = [`refs/heads/${branch}`, `refs/remotes/origin/${branch}`];
			const tip = await find(here);
			const isBehind = tip !== null && (await isAncestor(here, remote));
			return tip === null || isBehind ? find(remote) : tip;
		},

		/** The tree of the index, with these files as they are now. */
		async writeStaged(files) {
			await git(['add', '--', ...files]);
			return git(['write-tree']);
		},

		/** The tree of a folder, whatever is ignored or converted elsewhere. */
		async writeFolder(folder, exclude) {
			const temporary = mkdtempSync(path.join(os.tmpdir(), 'index-'));
			const env = {
				GIT_DIR: await git(['rev-parse', '--absolute-git-dir']),
				GIT_WORK_TREE: folder,
				GIT_INDEX_FILE: path.join(temporary, 'index'),
			};
			const outside = exclude.map((name) => `:(exclude)${name}`);
			const settings = ['-c', 'core.autocrlf=false'];
			try {
				await git([...settings, 'add', '--all', '--force', '--', '.', ...outside], {
					cwd: folder,
					env,
				});
				return await git(['write-tree'], { cwd: folder, env });
			} finally {
				rmSync(temporary, { recursive: true, force: true });
			}
		},

		commitTree(tree, message, parent) {
			const parents = parent === null ? [] : ['-p', parent];
			return git(['commit-tree', tree, ...parents, '-m', message]);
		},

		/** All of them or none; a tag that is there already refuses. */
		async updateRefs(made) {
			const lines = [];
			for (const { branch, tag, commit } of made) {
				const before = (await find(`refs/heads/${branch}`)) ?? NONE;
				lines.push(`update refs/heads/${branch} ${commit} ${before}`);
				lines.push(`create refs/tags/${tag} ${commit}`);
			}
			await git(['update-ref', '--stdin'], { input: `${lines.join('\n')}\n` });
		},

		restore: (files) => git(['restore', '--source=HEAD', '--staged', '--worktree', '--', ...files]),
	};
}
