import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
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
	test('passes', () => {
		expect(scan(root, 'source')).toEqual(clean);
	});

	test('would not pass with a look at the environment or a console line, however commented', () => {
		const folder = temporary();
		cpSync(path.join(root, 'package.json'), path.join(folder, 'package.json'));
		mkdirSync(path.join(folder, 'nodes'));
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
});

describe('the tarball', () => {
	test('passes', () => {
		expect(scan(packed().unpacked, 'tarball')).toEqual(clean);
	});

	test('would not pass with a compiled file that reads the environment', () => {
		const folder = temporary();
		const node = String(manifest().n8n.nodes[0]);
		for (const file of ['package.json', node])
			cpSync(path.join(packed().unpacked, file), path.join(folder, file));
		appendFileSync(path.join(folder, node), '\nexports.home = process.env.HOME;\n');
		const { passed, details } = scan(folder, 'tarball');
		expect(passed).toBe(false);
		expect(details).toContain('no-restricted-globals');
	});
});
