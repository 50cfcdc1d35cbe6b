// The project's sandbox (sandbox/) as a child process, and its sign-in values as n8n credentials.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { spawnSync } from 'node:child_process';
import { root } from '../setup.mjs';
import { freePort, plainEnv, startChild } from './child.mjs';

const READY_WITHIN_MS = 60_000;

const tsx = () => createRequire(path.join(root, 'package.json')).resolve('tsx');
const loader = () => pathToFileURL(tsx()).href;

/** @param {string[]} [options.args] further arguments of sandbox/cli.ts, such as `--cases 200` */
export async function startSandbox({ log, port: givenPort, args = [], signal }) {
	const port = givenPort ?? (await freePort());
	const url = `http://127.0.0.1:${port}`;
	const child = startChild({
		name: 'sandbox',
		args: [
			'--import',
			loader(),
			path.join(root, 'sandbox', 'cli.ts'),
			'--port',
			String(port),
			...args,
		],
		cwd: root,
		log,
	});
	const outboxUrl = `${url}/_sandbox/outbox`;
	try {
		const ready = async () => (await fetch(outboxUrl, { signal: AbortSignal.timeout(2_000) })).ok;
		await child.until(ready, { timeoutMs: READY_WITHIN_MS, signal });
	} catch (error) {
		await child.stop({ graceMs: 0 });
		throw error;
	}
	return {
		url,
		port,
		pid: child.pid,
		log,
		outboxUrl,
		exited: child.exited,
		stop: (options) => child.stop({ graceMs: 5_000, ...options }),
		/** Every mail sent since the sandbox started. */
		async outbox() {
			return await (await fetch(outboxUrl)).json();
		},
	};
}

/** What a TypeScript file of the project exports, as far as it is data; only tsx can read it. */
export function readExport(file, name) {
	const code = `process.stdout.write(JSON.stringify(require(${JSON.stringify(file)}).${name}))`;
	const { status, stdout, stderr } = spawnSync(
		process.execPath,
		['--import', loader(), '-e', code],
		{ cwd: root, env: plainEnv(), encoding: 'utf8' },
	);
	if (status !== 0) throw new Error(`${file} could not be read: ${stderr}`);
	return JSON.parse(stdout);
}

let services;

/** The sandbox's services, by name. */
export const sandboxServices = () => (services ??= readExport('./sandbox/index.ts', 'SERVICES'));

/** A credential for each service; the example workflows refer to them by name. */
export const sandboxCredentials = (sandboxUrl) =>
	Object.values(sandboxServices()).map(({ title, root: at, credential: { type, data } }) => ({
		type,
		name: `${title} (sandbox)`,
		data: { ...data, baseUrl: `${sandboxUrl}${at}` },
	}));
