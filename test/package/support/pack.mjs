// Once per Jest run: builds where dist is older than the sources, packs, and lays the package out the way n8n
// does, beside an n8n-workflow it can require.
import { existsSync, mkdirSync, mkdtempSync, realpathSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt, npm, root, run } from '../../../scripts/setup.mjs';

async function succeed(what, promise) {
	const { code, output, stdout } = await promise;
	if (code !== 0) throw new Error(`${what} ended with code ${code}\n${output}`);
	return stdout;
}

async function pack(folder) {
	await ensureBuilt({ log: () => {} });

	const pack = ['pack', '--ignore-scripts', '--json', '--loglevel=error'];
	const report = await succeed(
		'npm pack',
		npm([...pack, '--pack-destination', folder], { quiet: true }),
	);
	// A list up to npm 11, an object keyed by name after that.
	const [{ name, filename, size, files }] = Object.values(JSON.parse(report));

	const modules = path.join(folder, 'node_modules');
	const unpacked = path.join(modules, name);
	mkdirSync(unpacked, { recursive: true });
	symlinkSync(
		path.join(root, 'node_modules/n8n-workflow'),
		path.join(modules, 'n8n-workflow'),
		'junction',
	);
	const tarball = path.join(folder, filename);
	if (!existsSync(tarball)) throw new Error(`npm pack wrote no ${filename}`);
	await succeed(
		'tar',
		run('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1'], { quiet: true }),
	);
	return { folder, unpacked, size, files: files.map((file) => file.path) };
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
