import { appendFileSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { manifest, packed, root } from './support/packed';
import { clean, scan, type Verdict } from './support/scan';

const temporary = () => mkdtempSync(path.join(packed().folder, 'planted-'));

describe('the source tree', () => {
	let own: Verdict | undefined;
	let planted: Verdict | undefined;
	beforeAll(async () => {
		const folder = temporary();
		cpSync(path.join(root, 'package.json'), path.join(folder, 'package.json'));
		mkdirSync(path.join(folder, 'nodes'));
		writeFileSync(
			path.join(folder, 'nodes/planted.ts'),
			'/* eslint-disable */\nexport const home = () => process.env.HOME;\nconsole.log(home);\n',
		);
		[own, planted] = await scan('source', root, folder);
	});

	test('passes', () => {
		expect(own).toEqual(clean);
	});

	test('would not pass with a look at the environment or a console line, however commented', () => {
		expect(planted?.passed).toBe(false);
		expect(planted?.details).toContain('nodes/planted.ts');
		expect(planted?.details).toContain('no-restricted-globals');
		expect(planted?.details).toContain('no-console');
	});
});

describe('the tarball', () => {
	let own: Verdict | undefined;
	let planted: Verdict | undefined;
	beforeAll(async () => {
		const folder = temporary();
		const node = String(manifest().n8n.nodes[0]);
		for (const file of ['package.json', node])
			cpSync(path.join(packed().unpacked, file), path.join(folder, file));
		appendFileSync(path.join(folder, node), '\nexports.home = process.env.HOME;\n');
		[own, planted] = await scan('tarball', packed().unpacked, folder);
	});

	test('passes', () => {
		expect(own).toEqual(clean);
	});

	test('would not pass with a compiled file that reads the environment', () => {
		expect(planted?.passed).toBe(false);
		expect(planted?.details).toContain('no-restricted-globals');
	});
});
