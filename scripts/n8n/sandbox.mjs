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

/** The sandbox is TypeScript; only tsx can read what it accepts. */
export function sandboxAccounts() {
	const code =
		"const { accounts, tokens } = require('./sandbox/accounts.ts');" +
		'process.stdout.write(JSON.stringify({ accounts, tokens }))';
	const { status, stdout, stderr } = spawnSync(
		process.execPath,
		['--import', loader(), '-e', code],
		{ cwd: root, env: plainEnv(), encoding: 'utf8' },
	);
	if (status !== 0) throw new Error(`sandbox/accounts.ts could not be read: ${stderr}`);
	return JSON.parse(stdout);
}

/** Names of the credentials; the example workflows refer to them by name. */
export const CREDENTIAL_NAMES = {
	karmaCheckApi: 'KarmaCheck (sandbox)',
	worthAiApi: 'Worth AI (sandbox)',
	numiumApi: 'Numium (sandbox)',
};

export function sandboxCredentials(sandboxUrl, { accounts, tokens } = sandboxAccounts()) {
	const { karmaCheck, worthAi, numium } = accounts;
	const data = {
		karmaCheckApi: {
			environment: 'custom',
			baseUrl: `${sandboxUrl}/karmacheck`,
			authentication: 'apiKey',
			apiKey: karmaCheck.apiKey,
			clientAccessToken: karmaCheck.clientAccessToken,
		},
		worthAiApi: {
			environment: 'custom',
			baseUrl: `${sandboxUrl}/worth`,
			authentication: 'password',
			email: worthAi.email,
			password: worthAi.password,
			customerId: worthAi.customerId,
		},
		numiumApi: {
			baseUrl: `${sandboxUrl}/numium`,
			token: tokens.numium,
			tenantId: numium.tenantId,
		},
	};
	return Object.entries(data).map(([type, values]) => ({
		type,
		name: CREDENTIAL_NAMES[type],
		data: values,
	}));
}
