import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { npm, run } from '../../../scripts/setup.mjs';

export async function succeed(what, promise) {
	const { code, output, stdout } = await promise;
	if (code !== 0) throw new Error(`${what} ended with code ${code}\n${output}`);
	return stdout;
}

/** Unpacks a tarball in `node_modules` of its folder, as npm does. */
async function unpack(folder, packageDir, { name, filename, size, files }) {
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

/** Packs packages into a folder and unpacks them there. All at once: npm takes longer to start than to pack. */
export async function packInto(folder, packageDirs) {
	const pack = ['pack', '--ignore-scripts', '--json', '--loglevel=error'];
	const report = await succeed(
		'npm pack',
		npm([...pack, '--pack-destination', folder, ...packageDirs], { quiet: true }),
	);
	// A list up to npm 11, an object keyed by name after that.
	const packed = Object.values(JSON.parse(report));
	return await Promise.all(packageDirs.map((dir, index) => unpack(folder, dir, packed[index])));
}
