// Once per Jest run: builds where dist is older than the sources, packs, and lays the package out the way n8n
// does, beside an n8n-workflow it can require.
import { mkdirSync, mkdtempSync, realpathSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt, root } from '../../../scripts/setup.mjs';
import { packInto } from './packInto.mjs';

async function pack(folder) {
	await ensureBuilt({ log: () => {} });
	const modules = path.join(folder, 'node_modules');
	mkdirSync(modules);
	symlinkSync(
		path.join(root, 'node_modules/n8n-workflow'),
		path.join(modules, 'n8n-workflow'),
		'junction',
	);
	const [packed] = await packInto(folder, [root]);
	return { ...packed, folder };
}

export default async function () {
	const folder = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'package-test-')));
	// Thrown here, a failure would end the whole Jest run, unit tests included; so it is told once, here, and each
	// package test only says that there is nothing to test.
	const result = await pack(folder).catch((error) => {
		console.error(error.message);
		return { folder, failure: 'no package to test: it could not be built or packed, see above' };
	});
	process.env.PACKED_PACKAGE = JSON.stringify(result);
}
