import { appendFileSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
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
		cpSync(path.join(root, 'package.json'), path.join(folder, 'package.json'));
		mkdirSync(path.join(folder, 'nodes'));
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
		const node = String(manifest().n8n.nodes[0]);
		for (const file of ['package.json', node])
			cpSync(path.join(packed().unpacked, file), path.join(folder, file));
		appendFileSync(path.join(folder, node), '\nexports.home = process.env.HOME;\n');
		const { passed, details } = await scan(folder, 'tarball');
		expect(passed).toBe(false);
		expect(details).toContain('no-restricted-globals');
	});
});
