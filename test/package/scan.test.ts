import { appendFileSync, cpSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { manifest, packed, root } from './support/packed';
import { clean, scan } from './support/scan';

const temporary = () => mkdtempSync(path.join(packed().folder, 'planted-'));

describe('the source tree', () => {
	test('passes', async () => {
		expect(await scan(root, 'source')).toEqual(clean);
	});

	test('would not pass with a look at the environment or a console line, however commented', async () => {
		const folder = temporary();
		for (const part of ['package.json', 'nodes', 'credentials', 'icons'])
			cpSync(path.join(root, part), path.join(folder, part), { recursive: true });
		writeFileSync(
			path.join(folder, 'nodes/planted.ts'),
			'/* eslint-disable */\nexport const home = () => process.env.HOME;\nconsole.log(home);\n',
		);
		const { passed, details } = await scan(folder, 'source');
		expect(passed).toBe(false);
		expect(details).toContain('nodes/planted.ts');
		expect(details).toContain('no-restricted-globals');
		expect(details).toContain('no-console');
	});
});

describe('the tarball', () => {
	test('passes', async () => {
		expect(await scan(packed().unpacked, 'tarball')).toEqual(clean);
	});

	test('would not pass with a compiled file that reads the environment', async () => {
		const folder = temporary();
		cpSync(packed().unpacked, folder, { recursive: true });
		const [node] = manifest().n8n.nodes;
		appendFileSync(path.join(folder, String(node)), '\nexports.home = process.env.HOME;\n');
		const { passed, details } = await scan(folder, 'tarball');
		expect(passed).toBe(false);
		expect(details).toContain('no-restricted-globals');
	});
});
