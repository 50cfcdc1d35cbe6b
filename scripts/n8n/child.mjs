// A server as a child process: output to a file, tied to the life of this process, ended by its pid.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

// From test/e2e another version would be found, which one of n8n's own packages has brought there.
export { default as freePort } from 'get-port';

const tether = path.join(path.dirname(fileURLToPath(import.meta.url)), 'tether.cjs');

/** Settings of the user's own n8n, proxies or Node options must not reach the servers, so only these pass. */
const INHERITED = [
	'PATH',
	'HOME',
	'USER',
	'LANG',
	'LC_ALL',
	'TZ',
	'TMPDIR',
	'TEMP',
	'TMP',
	'SystemRoot',
	'COMSPEC',
	'PATHEXT',
	'APPDATA',
	'LOCALAPPDATA',
	'USERPROFILE',
	'NODE_EXTRA_CA_CERTS',
];

export function plainEnv() {
	return Object.fromEntries(
		INHERITED.flatMap((name) =>
			process.env[name] === undefined ? [] : [[name, process.env[name]]],
		),
	);
}

/** The last lines of a log, for a message that has to say why something did not start. */
export function tail(file, lines = 25) {
	if (!existsSync(file)) return '';
	return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

/**
 * @param {object} options
 * @param {string} options.node   the Node to run with
 * @param {string[]} options.args what follows `node`
 * @param {string} options.log    file that takes stdout and stderr
 */
export function startChild({ name, node = process.execPath, args, cwd, env, log }) {
	mkdirSync(path.dirname(log), { recursive: true });
	const output = openSync(log, 'a');
	const child = spawn(node, ['--require', tether, ...args], {
		cwd,
		env: { ...plainEnv(), ...env },
		stdio: ['ignore', output, output, 'ipc'],
		// Its own group: a Ctrl-C in the terminal reaches this script only, which then ends its children in order.
		detached: process.platform !== 'win32',
	});
	closeSync(output);
	let ended;
	const exited = new Promise((resolve) => {
		const done = (code, signal) => {
			ended ??= { code, signal };
			resolve(ended);
		};
		child.once('exit', done);
		child.once('error', (error) => done(error.message, null));
	});

	/** The group, so that what the server itself started (n8n's task runner) goes as well. */
	const killGroup = (signal) => {
		try {
			process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
		} catch {
			// Nobody left in the group.
		}
	};

	return {
		name,
		pid: child.pid,
		log,
		exited,
		get ended() {
			return ended;
		},
		/** For crash tests: no farewell for anybody in the group. */
		async kill() {
			killGroup('SIGKILL');
			await exited;
		},
		async stop({ graceMs = 15_000 } = {}) {
			if (child.pid === undefined) return;
			if (!ended) {
				child.kill('SIGTERM');
				// Unreferenced: when the child ended in time, the rest of the grace must hold up nobody.
				await Promise.race([exited, sleep(graceMs, undefined, { ref: false })]);
			}
			killGroup('SIGKILL');
			await exited;
		},
		/** Waits until `check` gives something, and says what the log says when the child ends first. */
		async until(check, { timeoutMs, everyMs = 250, signal }) {
			const deadline = Date.now() + timeoutMs;
			for (;;) {
				signal?.throwIfAborted();
				if (ended) {
					throw new Error(
						`${name} ended (${ended.signal ?? ended.code}) before it was ready. Its log, ${log}:\n${tail(log)}`,
					);
				}
				const value = await check().catch(() => undefined);
				if (value) return value;
				if (Date.now() > deadline) {
					throw new Error(
						`${name} was not ready within ${timeoutMs / 1000} s. Its log, ${log}:\n${tail(log)}`,
					);
				}
				await sleep(everyMs);
			}
		},
	};
}
