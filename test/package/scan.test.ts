import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { manifest, packed, root } from './support/packed';

// Jest sets NODE_ENV=test, which makes n8n's own lint plugin take every file for one of its fixtures.
const env = { ...process.env, NODE_ENV: undefined };

interface Verdict {
	passed: boolean;
	message: string;
	details: string;
}

const scan = (folder: string, leg: 'source' | 'tarball'): Verdict =>
	JSON.parse(
		execFileSync(process.execPath, [path.join(__dirname, 'support/scan.mjs'), folder, leg], {
			encoding: 'utf8',
			cwd: root,
			env,
		}),
	) as Verdict;

const clean = { passed: true, message: '', details: '' };
const temporary = () => mkdtempSync(path.join(packed().folder, 'planted-'));

describe('the source tree', () => {
	const copyOfSource = () => {
		const folder = temporary();
		for (const part of ['package.json', 'nodes', 'credentials', 'icons'])
			cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
		return folder;
	};

	test('passes', () => {
		expect(scan(root, 'source')).toEqual(clean);
	});

	test('would not pass with a look at the environment or a console line, however commented', () => {
		const folder = copyOfSource();
		writeFileSync(
			path.join(folder, 'nodes/planted.ts'),
			'/* eslint-disable */\nexport const home = () => process.env.HOME;\nconsole.log(home);\n',
		);
		const { passed, details } = scan(folder, 'source');
		expect(passed).toBe(false);
		expect(details).toContain('nodes/planted.ts');
		expect(details).toContain('no-restricted-globals');
		expect(details).toContain('no-console');
	});

	test('would not pass with a runtime dependency', () => {
		const folder = copyOfSource();
		const changed = { ...manifest(), dependencies: { axios: '^1' } };
		writeFileSync(path.join(folder, 'package.json'), JSON.stringify(changed));
		const { passed, details } = scan(folder, 'source');
		expect(passed).toBe(false);
		expect(details).toContain('no-runtime-dependencies');
	});
});

describe('the tarball', () => {
	test('passes', () => {
		expect(scan(packed().unpacked, 'tarball')).toEqual(clean);
	});

	test('would not pass with a compiled file that reads the environment', () => {
		const folder = temporary();
		cpSync(packed().unpacked, folder, { recursive: true });
		const [node] = manifest().n8n.nodes;
		appendFileSync(path.join(folder, String(node)), '\nexports.home = process.env.HOME;\n');
		const { passed, details } = scan(folder, 'tarball');
		expect(passed).toBe(false);
		expect(details).toContain('no-restricted-globals');
	});
});

describe('the own lint configuration', () => {
	const lint = (file: string, code: string) =>
		spawnSync(
			process.execPath,
			['node_modules/eslint/bin/eslint.js', '--stdin', '--stdin-filename', file],
			{ cwd: root, env, input: code, encoding: 'utf8' },
		);

	test('finds what the scanner finds, and heeds no comment against it', () => {
		const { status, stdout } = lint(
			'nodes/shared/planted.ts',
			"/* eslint-disable */\nimport fs from 'node:fs';\nconsole.log(process.env, fs as any);\n",
		);
		expect(status).toBe(1);
		for (const rule of [
			'no-restricted-globals',
			'no-restricted-imports',
			'no-console',
			'no-explicit-any',
		])
			expect(stdout).toContain(rule);
	});

	test('lets tests and tools use Node', () => {
		const code = "import fs from 'node:fs';\n\nconsole.log(process.env, fs.constants);\n";
		expect(lint('test/unit/planted.ts', code)).toMatchObject({ status: 0, stdout: '' });
	});
});
