// Installs the pinned n8n beside the project (test/e2e), once per lock and platform.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inTurn } from '../lock.mjs';
import { isMain, npm, run, seconds } from '../setup.mjs';
import { e2eFolder, e2eModules, n8nNode, n8nNodeHeaders } from './paths.mjs';

const lockFile = path.join(e2eFolder, 'package-lock.json');
const stampFile = path.join(e2eModules, '.install-stamp');
const sqlite = path.join(e2eModules, 'sqlite3');

const PROGRESS_EVERY_MS = 10_000;
/** A firewall that swallows packets must not hold the ready-made binary's download for ever. */
const DOWNLOAD_LIMIT_MS = 60_000;

function wantedStamp() {
	const lock = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
	return `${lock} ${process.platform} ${process.arch}\n`;
}

/** How many of the top-level packages are there; npm makes all folders first, so a folder alone says nothing. */
function countPackages() {
	const { packages } = JSON.parse(readFileSync(lockFile, 'utf8'));
	const wanted = Object.entries(packages)
		.filter(([key, entry]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(key) && !entry.optional)
		.map(([key]) => path.join(e2eFolder, key, 'package.json'));
	return () => `${wanted.filter((file) => existsSync(file)).length} of ${wanted.length} packages`;
}

async function withProgress(log, what, detail, work) {
	const started = Date.now();
	const timer = setInterval(() => {
		const more = detail ? `, ${detail()}` : '';
		log(`n8n: ${what}, ${Math.round((Date.now() - started) / 1000)} s${more}`);
	}, PROGRESS_EVERY_MS);
	try {
		return await work();
	} finally {
		clearInterval(timer);
	}
}

function npmCi(signal) {
	const args = ['ci', '--ignore-scripts', '--include=dev', '--include=optional', '--no-audit'];
	const flags = [...args, '--no-fund', '--loglevel=error'];
	return npm(flags, { cwd: e2eFolder, quiet: true, signal });
}

/** Runs a package's script with n8n's Node, and with that Node first for whatever it starts in turn. */
function inSqlite(script, args, timeoutMs) {
	const PATH = [path.dirname(n8nNode()), process.env.PATH].join(path.delimiter);
	return run(n8nNode(), [path.join(e2eModules, script), ...args], {
		cwd: sqlite,
		env: { ...process.env, PATH },
		quiet: true,
		timeoutMs,
	});
}

async function sqliteWorks() {
	const probe =
		"new (require('sqlite3').Database)(':memory:').get('select 1', (e) => process.exit(e ? 1 : 0))";
	return (await run(n8nNode(), ['-e', probe], { cwd: e2eFolder, quiet: true })).code === 0;
}

/**
 * The only native module that is needed and not delivered ready-made. What `npm rebuild sqlite3` does, step by
 * step: npm's own way depends on its settings for install scripts, and would fetch Node's headers from the net.
 */
async function ensureSqlite(log) {
	if (await sqliteWorks()) return;
	await inSqlite('prebuild-install/bin.js', ['-r', 'napi'], DOWNLOAD_LIMIT_MS);
	if (await sqliteWorks()) return;
	const headers = n8nNodeHeaders();
	const args = ['rebuild', '--jobs=max', ...(headers ? [`--nodedir=${headers}`] : [])];
	const { output } = await withProgress(log, 'compiling sqlite3', undefined, () =>
		inSqlite('node-gyp/bin/node-gyp.js', args),
	);
	if (await sqliteWorks()) return;
	throw new Error(
		`${output.split('\n').slice(-30).join('\n')}\n` +
			'sqlite3, the database of this n8n, could neither be downloaded from GitHub nor compiled here. ' +
			'To compile it takes python3, make and a C++ compiler (Debian: apt-get install python3 make g++).',
	);
}

const upToDate = (stamp) => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;

async function install(stamp, { log, signal }) {
	const started = Date.now();
	log('n8n: installing, about 2.5 GB and four minutes, once only …');
	rmSync(stampFile, { force: true });
	const { code, output } = await withProgress(log, 'installing', countPackages(), () =>
		npmCi(signal),
	);
	signal?.throwIfAborted();
	if (code !== 0) {
		throw new Error(
			`${output.trim()}\nn8n could not be installed: npm ci in test/e2e ended with code ${code}. ` +
				'It needs the npm registry and about 3 GB of disk; start again to go on.',
		);
	}
	await ensureSqlite(log);
	signal?.throwIfAborted();
	writeFileSync(stampFile, stamp);
	log(`n8n: installed in ${seconds(started)}`);
}

/** Does nothing when the installed n8n is the one the lock names. */
export async function ensureN8n({ log = console.log, signal } = {}) {
	const stamp = wantedStamp();
	if (upToDate(stamp)) return;
	// Two installs into one folder would tear each other's files apart.
	await inTurn(e2eFolder, { log, waitingFor: 'it installs n8n', signal }, async () => {
		if (!upToDate(stamp)) await install(stamp, { log, signal });
	});
}

if (isMain(import.meta.url)) {
	try {
		await ensureN8n();
	} catch (error) {
		console.error(error.message);
		process.exitCode = 1;
	}
}
