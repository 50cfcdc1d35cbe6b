import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { npm, run } from '../../../scripts/setup.mjs';

export async function succeed(what, promise) {
	const { code, output, stdout } = await promise;
	if (code !== 0) throw new Error(`${what} ended with code ${code}\n${output}`);
	return stdout;
}

/** Packs a package's folder and unpacks it in `node_modules` of another one, as npm does. */
export async function packInto(folder, packageDir) {
	const pack = ['pack', '--ignore-scripts', '--json', '--loglevel=error'];
	const report = await succeed(
		'npm pack',
		npm([...pack, '--pack-destination', folder], { cwd: packageDir, quiet: true }),
	);
	// A list up to npm 11, an object keyed by name after that.
	const [{ name, filename, size, files }] = Object.values(JSON.parse(report));
	const tarball = path.join(folder, filename);
	if (!existsSync(tarball)) throw new Error(`npm pack wrote no ${filename}`);
	const unpacked = path.join(folder, 'node_modules', name);
	mkdirSync(unpacked, { recursive: true });
	await succeed(
		'tar',
		run('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1'], { quiet: true }),
	);
	return { folder: packageDir, unpacked, size, files: files.map((file) => file.path) };
}
