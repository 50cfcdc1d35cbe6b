// Makes a fresh clone ready: installs what package-lock.json says, builds dist when sources changed.
// Uses nothing but Node itself, for it runs before anything is installed.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

const PROGRESS_EVERY_MS = 10_000;
const BUILD_INPUTS = [
	'nodes',
	'credentials',
	'icons',
	'package.json',
	'tsconfig.json',
	'gulpfile.js',
];

export const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Runs a command to its end. Everything it says goes to stdout, so that the order of lines stays true. */
export function run(command, args, { quiet = false, timeoutMs, ...options } = {}) {
	return new Promise((resolve) => {
		const child = spawn(command, args, {
			cwd: root,
			stdio: quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 1, 1],
			...(timeoutMs && { timeout: timeoutMs, killSignal: 'SIGKILL' }),
			...options,
		});
		const output = [];
		const stdout = [];
		let message;
		child.stdout?.on('data', (chunk) => stdout.push(chunk) && output.push(chunk));
		child.stderr?.on('data', (chunk) => output.push(chunk));
		child.on('message', (told) => {
			message = told;
		});
		const done = (code, note = '') =>
			resolve({
				code,
				message,
				output: Buffer.concat(output).toString() + note,
				stdout: Buffer.concat(stdout).toString(),
			});
		child.on('error', (error) => done(127, `${command}: ${error.message}\n`));
		child.on('close', (code, signal) => done(code ?? 1, signal ? `ended by ${signal}\n` : ''));
	});
}

/** Some packages bring a binary for one platform only, so a folder carried to another has to be installed anew. */
const platform = `${process.platform} ${process.arch}\n`;

function stampOf(lock) {
	return `${createHash('sha256').update(readFileSync(lock)).digest('hex')} ${platform}`;
}

/** True after an `npm install` by hand as well: npm's own record of what lies in node_modules agrees with the lock. */
function installedMatches(folder, lockFile) {
	const installedLockFile = path.join(folder, 'node_modules', '.package-lock.json');
	if (!existsSync(installedLockFile)) return false;
	const wanted = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
	const installed = JSON.parse(readFileSync(installedLockFile, 'utf8')).packages;
	const sameVersion = ([name, entry]) =>
		name === '' ||
		(installed[name] ? installed[name].version === entry.version : Boolean(entry.optional));
	return (
		Object.keys(installed).every((name) => name in wanted) &&
		Object.entries(wanted).every(sameVersion)
	);
}

/** The npm that started this, if one did; else the one on the path. */
export function npm(args, options) {
	const cli = process.env.npm_execpath ?? '';
	if (/npm-cli\.[cm]?js$/.test(cli)) return run(process.execPath, [cli, ...args], options);
	return run('npm', args, { shell: process.platform === 'win32', ...options });
}

/** Installs what the lock of a folder says, unless it is there; the root's, where none is named. */
export async function ensureInstalled({ name = '', log = console.log } = {}) {
	const folder = path.join(root, name);
	const lockFile = path.join(folder, 'package-lock.json');
	const stampFile = path.join(folder, 'node_modules', '.setup-stamp');
	const stamp = stampOf(lockFile);
	const found = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : null;
	if (found === stamp) return;
	const otherPlatform = found !== null && !found.endsWith(platform);
	if (otherPlatform || !installedMatches(folder, lockFile)) {
		const started = Date.now();
		const what = name === '' ? 'packages' : `the packages of ${name}`;
		log(`setup: installing ${what} (a minute or two) …`);
		const progress = setInterval(
			() => log(`setup: still installing, ${Math.round((Date.now() - started) / 1000)} s`),
			PROGRESS_EVERY_MS,
		);
		// --include=dev: NODE_ENV=production or an npm setting would leave out every tool used here.
		const { code, output } = await npm(
			[
				'ci',
				'--ignore-scripts',
				'--include=dev',
				'--include=optional',
				'--no-audit',
				'--no-fund',
				'--loglevel=error',
			],
			{ cwd: folder, quiet: true },
		);
		clearInterval(progress);
		if (code !== 0) throw new Error(`${output}\nnpm ci for ${what} ended with code ${code}`);
		log(`setup: ${what} installed in ${seconds(started)}`);
	}
	writeFileSync(stampFile, stamp);
}

/** Folders count too: a file that was deleted shows only there. */
function newest(target, matches = () => true) {
	if (!existsSync(target)) return 0;
	const stat = statSync(target);
	const own = matches(target) ? stat.mtimeMs : 0;
	if (!stat.isDirectory()) return own;
	return readdirSync(target).reduce(
		(latest, name) => Math.max(latest, newest(path.join(target, name), matches)),
		own,
	);
}

const isNewer = (inputs, time) => inputs.some((input) => newest(path.join(root, input)) > time);

/** Copied assets keep the time of their source, so only compiled files tell when dist was made. */
function distIsStale() {
	const built = newest(path.join(root, 'dist'), (file) => file.endsWith('.js'));
	return isNewer(BUILD_INPUTS, built);
}

/** Whether a file is older than what the package and these are made from, or not there. */
export const isStale = (file, inputs) =>
	isNewer([...BUILD_INPUTS, ...inputs], newest(path.join(root, file)));

export const build = (options) =>
	run(process.execPath, [path.join(root, 'node_modules/gulp/bin/gulp.js'), 'build'], options);

export async function ensureBuilt({ log = console.log } = {}) {
	if (!distIsStale()) return;
	const started = Date.now();
	const { code, output } = await build({ quiet: true });
	if (code !== 0) throw new Error(`build ended with code ${code}\n${output}`);
	log(`setup: built in ${seconds(started)}`);
}

/** True when the module with this URL is the script that was started. */
export const isMain = (url) =>
	process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(url);

if (isMain(import.meta.url)) {
	try {
		await ensureInstalled();
	} catch (error) {
		console.error(error.message);
		process.exitCode = 1;
	}
}
