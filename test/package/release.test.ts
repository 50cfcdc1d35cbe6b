import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { root } from './support/packed';

const SCRIPT = path.join(root, 'scripts/release.mjs');
const NAMES = ['n8n-nodes-acme', 'n8n-nodes-other'];
const STARTED = '# Changelog\n\nAll of it.\n\n## [Unreleased]\n\n';
const CHANGELOG = `${STARTED}### Added\n\n- **Acme**: a node,\n  and a second line.\n`;

/** Writes trees as `npm run build:packages` does, with what a build leaves behind and is no part of them. */
const BUILD = `
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { version } = require('./package.json');
for (const name of ${JSON.stringify(NAMES)}) {
	const folder = 'build/packages/' + name;
	for (const inner of ['nodes', 'dist', 'node_modules']) mkdirSync(folder + '/' + inner, { recursive: true });
	writeFileSync(folder + '/package.json', JSON.stringify({ name, version: process.env.WRONG_VERSION ?? version }));
	writeFileSync(folder + '/CHANGELOG.md', readFileSync('CHANGELOG.md'));
	writeFileSync(folder + '/nodes/Acme.node.ts', '// ' + version);
	writeFileSync(folder + '/dist/Acme.node.js', '');
	writeFileSync(folder + '/node_modules/left.js', '');
}
`;

const MANIFEST = {
	name: 'n8n-nodes-all',
	version: '0.1.0',
	scripts: { test: 'node test.cjs', 'build:packages': 'node build.cjs' },
};

let template: string;
let repository: string;

/** Of no user of this machine, whose settings could sign commits or name another first branch. */
const env = {
	...process.env,
	GIT_CONFIG_GLOBAL: os.devNull,
	GIT_CONFIG_NOSYSTEM: '1',
	GIT_AUTHOR_NAME: 'A Tester',
	GIT_AUTHOR_EMAIL: 'tester@example.com',
	GIT_COMMITTER_NAME: 'A Tester',
	GIT_COMMITTER_EMAIL: 'tester@example.com',
};

const git = (...args: string[]) =>
	execFileSync('git', args, { cwd: repository, env, encoding: 'utf8', stdio: 'pipe' }).trim();
const write = (file: string, text: string) => writeFileSync(path.join(repository, file), text);
const read = (file: string) => readFileSync(path.join(repository, file), 'utf8');
const commitAll = (message: string) => {
	git('add', '--all');
	git('commit', '--quiet', '--message', message);
};

function release(args: string[], more: NodeJS.ProcessEnv = {}) {
	const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], {
		cwd: repository,
		env: { ...env, ...more },
		encoding: 'utf8',
	});
	return { status, output: `${stdout}${stderr}` };
}

/** All that a release could change: refs, files and what is staged. */
const look = () => [
	git('for-each-ref'),
	git('symbolic-ref', 'HEAD'),
	git('status', '--porcelain'),
	read('package.json'),
	read('CHANGELOG.md'),
];

beforeAll(() => {
	template = mkdtempSync(path.join(os.tmpdir(), 'release-'));
	repository = path.join(template, 'repository');
	execFileSync('git', ['init', '--quiet', '--initial-branch=main', repository], { env });
	for (const name of NAMES) {
		cpSync(path.join(root, 'LICENSE'), path.join(repository, 'packages', name, 'README.md'));
	}
	write('package.json', `${JSON.stringify(MANIFEST, null, 2)}\n`);
	const { name, version } = MANIFEST;
	const lock = { name, version, lockfileVersion: 3, packages: { '': { name, version } } };
	write('package-lock.json', `${JSON.stringify(lock, null, 2)}\n`);
	write('CHANGELOG.md', CHANGELOG);
	write('test.cjs', 'process.exit(process.env.RED ? 1 : 0);\n');
	write('build.cjs', BUILD);
	write('.gitignore', 'build/\nnode_modules/\n');
	commitAll('Begin');
});

afterAll(() => rmSync(template, { recursive: true, force: true }));

let number = 0;
beforeEach(() => {
	number += 1;
	const copy = path.join(template, `copy-${number}`);
	cpSync(path.join(template, 'repository'), copy, { recursive: true });
	repository = copy;
});

describe('a dry run', () => {
	test('shows every commit, branch and tag, and makes none', () => {
		const before = look();
		const { status, output } = release(['0.2.0', '--dry-run']);
		expect({ status, after: look() }).toEqual({ status: 0, after: before });
		expect(output.split('\n').filter((line) => /^\s+(commit|tag)/.test(line))).toEqual([
			'  commit  "Release 0.2.0" on main: package.json, package-lock.json, CHANGELOG.md',
			'  tag     v0.2.0',
			'  commit  "n8n-nodes-acme 0.2.0" on pkg/n8n-nodes-acme (new branch): build/packages/n8n-nodes-acme',
			'  tag     n8n-nodes-acme@0.2.0',
			'  commit  "n8n-nodes-other 0.2.0" on pkg/n8n-nodes-other (new branch): build/packages/n8n-nodes-other',
			'  tag     n8n-nodes-other@0.2.0',
		]);
		expect(output).toContain('Nothing was made');
	});

	test('says what the release then makes', () => {
		const { output } = release(['0.2.0', '--dry-run']);
		expect(release(['0.2.0']).status).toBe(0);
		const made = git('for-each-ref', '--format=%(refname:lstrip=2) %(contents:subject)').split(
			'\n',
		);
		expect(made).toHaveLength(6);
		for (const line of made) {
			const [name = '', ...subject] = line.split(' ');
			expect(output).toContain(name);
			expect(output).toContain(`"${subject.join(' ')}"`);
		}
	});
});

describe('a release', () => {
	test('commits the version with its part of the changelog, and leaves a clean tree', () => {
		expect(release(['minor'])).toMatchObject({ status: 0 });
		expect(git('status', '--porcelain')).toBe('');
		expect(git('rev-parse', 'v0.2.0')).toBe(git('rev-parse', 'main'));
		expect(git('show', '--format=', '--name-only', 'main').split('\n').sort()).toEqual([
			'CHANGELOG.md',
			'package-lock.json',
			'package.json',
		]);
		expect(JSON.parse(read('package.json'))).toEqual({ ...MANIFEST, version: '0.2.0' });
		expect(JSON.parse(read('package-lock.json'))).toMatchObject({
			version: '0.2.0',
			packages: { '': { version: '0.2.0' } },
		});
		const today = new Date().toISOString().slice(0, 10);
		expect(read('CHANGELOG.md')).toBe(
			`${STARTED}## [0.2.0] - ${today}\n\n### Added\n\n- **Acme**: a node,\n  and a second line.\n\n` +
				'[Unreleased]: https://github.com/n8n-nodes-invitations/n8n-nodes-invitations/compare/v0.2.0...HEAD\n' +
				'[0.2.0]: https://github.com/n8n-nodes-invitations/n8n-nodes-invitations/releases/tag/v0.2.0\n',
		);
	});

	test('commits each tree as the root of its branch, without what a build leaves behind', () => {
		release(['0.2.0']);
		for (const name of NAMES) {
			expect(git('ls-tree', '-r', '--name-only', `${name}@0.2.0`).split('\n')).toEqual([
				'CHANGELOG.md',
				'nodes/Acme.node.ts',
				'package.json',
			]);
			expect(JSON.parse(git('show', `${name}@0.2.0:package.json`))).toEqual({
				name,
				version: '0.2.0',
			});
			expect(git('rev-parse', `pkg/${name}`)).toBe(git('rev-parse', `${name}@0.2.0`));
			expect(git('log', '--format=%B', `pkg/${name}`)).toContain(git('rev-parse', 'main'));
		}
		expect(git('diff', '--name-only', 'main', 'pkg/n8n-nodes-acme')).toContain('build.cjs');
	});

	test('puts the next one on top, also where only the remote has the branch', () => {
		release(['0.2.0']);
		git('update-ref', 'refs/remotes/origin/pkg/n8n-nodes-other', 'pkg/n8n-nodes-other');
		git('update-ref', '-d', 'refs/heads/pkg/n8n-nodes-other');
		write('CHANGELOG.md', read('CHANGELOG.md').replace(STARTED, `${STARTED}- More.\n\n`));
		commitAll('Add more');
		expect(release(['0.2.1'])).toMatchObject({ status: 0 });
		for (const name of NAMES)
			expect(git('rev-parse', `pkg/${name}~1`)).toBe(git('rev-parse', `${name}@0.2.0`));
		expect(read('CHANGELOG.md')).toContain('/compare/v0.2.0...v0.2.1');
	});

	test('goes on from the remote where another machine has released since', () => {
		const remoteBranch = 'refs/remotes/origin/pkg/n8n-nodes-acme';
		release(['0.2.0']);
		const tree = git('rev-parse', 'pkg/n8n-nodes-acme^{tree}');
		const later = git('commit-tree', tree, '-p', 'pkg/n8n-nodes-acme', '-m', 'Elsewhere');
		git('update-ref', remoteBranch, later);
		write('CHANGELOG.md', read('CHANGELOG.md').replace(STARTED, `${STARTED}- More.\n\n`));
		commitAll('Add more');
		expect(release(['0.2.1'])).toMatchObject({ status: 0 });
		expect(git('rev-parse', 'pkg/n8n-nodes-acme~1')).toBe(later);
		expect(git('rev-parse', 'pkg/n8n-nodes-other~1')).toBe(
			git('rev-parse', 'n8n-nodes-other@0.2.0'),
		);
	});

	test('may be the first one of the version that package.json says already', () => {
		expect(release(['0.1.0'])).toMatchObject({ status: 0 });
		expect(git('rev-parse', 'v0.1.0')).toBe(git('rev-parse', 'main'));
	});

	test('says how to push, and pushes nothing by itself', () => {
		const remote = path.join(template, 'remote.git');
		execFileSync('git', ['init', '--quiet', '--bare', remote], { env });
		git('remote', 'add', 'origin', remote);
		const { output } = release(['0.2.0']);
		expect(git('ls-remote', 'origin')).toBe('');
		const commands = [...output.matchAll(/^\s+git (push .+)$/gm)].map(([, args = '']) => args);
		for (const args of commands) {
			// GitHub starts no workflow where more than three tags come in one push.
			expect(args.match(/\S*[@v]\d\S*/g)).toHaveLength(1);
			git(...args.split(' '));
		}
		const local = git(
			'for-each-ref',
			'--format=%(objectname)\t%(refname)',
			'refs/heads',
			'refs/tags',
		);
		expect(git('ls-remote', '--heads', '--tags', 'origin')).toBe(local);
	});
});

describe('refuses, and changes nothing', () => {
	const refuse = (args: string[], words: string, more?: NodeJS.ProcessEnv) => {
		const before = look();
		const { status, output } = release(args, more);
		expect({ status, after: look() }).toEqual({ status: 1, after: before });
		expect(output).toContain(words);
	};

	test('a tree with changes that are not committed', () => {
		appendFileSync(path.join(repository, 'test.cjs'), '// changed\n');
		refuse(['0.2.0'], 'test.cjs');
		refuse(['0.2.0', '--dry-run'], 'not committed');
	});

	test.each(['0.0.9', '0.1.0-beta.1'])('%s, which is below what package.json says', (version) => {
		refuse([version], 'is not newer');
	});

	// npm publishes one under a tag of its own only, and the workflows name none.
	test.each(['0.2.0-beta.1', 'prerelease'])('%s, which npm would not publish', (version) => {
		refuse([version], 'prerelease');
	});

	test('what was released before', () => {
		git('tag', 'v0.3.0');
		refuse(['0.3.0'], '0.3.0 is not newer than 0.3.0');
		refuse(['0.2.0'], '0.2.0 is not newer than 0.3.0');
	});

	test.each(['next', 'v', ''])('"%s", which is no version', (version) => {
		refuse([version], 'usage: npm run release');
	});

	test('a changelog that says nothing of it', () => {
		write('CHANGELOG.md', STARTED);
		commitAll('Forget the changelog');
		refuse(['0.2.0'], 'CHANGELOG.md');
	});

	test('another branch', () => {
		git('switch', '--quiet', '--create', 'work');
		refuse(['0.2.0'], 'main');
	});

	test('checks that are not green, in a dry run as well', () => {
		refuse(['0.2.0'], 'npm test', { RED: '1' });
		refuse(['0.2.0', '--dry-run'], 'npm test', { RED: '1' });
	});

	test('trees of another version', () => {
		refuse(['0.2.0'], 'n8n-nodes-acme@9.9.9', { WRONG_VERSION: '9.9.9' });
	});

	test('a tag that is there already, with none of the others made', () => {
		git('tag', 'n8n-nodes-other@0.2.0');
		refuse(['0.2.0'], 'n8n-nodes-other@0.2.0');
	});
});
