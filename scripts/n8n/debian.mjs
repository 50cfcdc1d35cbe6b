// Programs that npm does not bring. On a Debian where we are root they are installed, elsewhere asked for.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { run } from '../setup.mjs';

const FOLDERS = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/bin', '/usr/sbin'];

function find(program, folders = []) {
	return [...FOLDERS, ...folders]
		.map((folder) => path.join(folder, program))
		.find((file) => {
			try {
				accessSync(file, constants.X_OK);
				return true;
			} catch {
				return false;
			}
		});
}

/** Tells a test runner that this part cannot be run here, and what to do about it. */
export class Unavailable extends Error {}

/**
 * The path of a program, installed by apt where it is missing and may be.
 * @param {() => string[]} [options.folders] where else it may lie; asked again after an installation
 * @throws Unavailable
 */
export async function ensureProgram(
	program,
	{ debianPackage = program, folders = () => [], log = console.log } = {},
) {
	const present = find(program, folders());
	if (present) return present;
	const command = `apt-get install -y --no-install-recommends ${debianPackage}`;
	if (process.getuid?.() === 0 && find('apt-get')) {
		log(`${debianPackage}: installing with apt-get …`);
		const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
		const quietly = { quiet: true, env, timeoutMs: 10 * 60_000 };
		await run('apt-get', ['update'], quietly);
		await run('apt-get', command.split(' ').slice(1), quietly);
		const installed = find(program, folders());
		if (installed) return installed;
	}
	throw new Unavailable(`${program} is not installed (Debian: ${command})`);
}
