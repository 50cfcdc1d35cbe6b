// Starts the pinned n8n in a private user folder: SQLite, loopback only, no calls home.
import { cpSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { freePort, startChild } from './child.mjs';
import { n8nNode, n8nScript, root } from './paths.mjs';

const LOOPBACK = '127.0.0.1';
/** First start migrates an empty database, on a slow machine that takes a while. */
const READY_WITHIN_MS = 180_000;
/** n8n waits up to thirty seconds for running executions; the default of this function is shorter on purpose. */
const STOP_GRACE_MS = 15_000;

/** What would call home, or stand in the way of a first look at the editor. */
const QUIET = {
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
	N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
	N8N_DYNAMIC_BANNERS_ENABLED: 'false',
	N8N_HIRING_BANNER_ENABLED: 'false',
	N8N_TEMPLATES_ENABLED: 'false',
	N8N_PERSONALIZATION_ENABLED: 'false',
	N8N_LICENSE_AUTO_RENEW_ENABLED: 'false',
	N8N_VERIFIED_PACKAGES_ENABLED: 'false',
	N8N_AI_GATEWAY_ENABLED: 'false',
	// These ask n8n's servers for something, or add panels that have nothing to do with workflows.
	N8N_DISABLED_MODULES: 'mcp-registry,instance-ai,agents,chat-hub',
	EXTERNAL_FRONTEND_HOOKS_URLS: '',
};

export function n8nEnv({ userFolder, port, brokerPort, env = {} }) {
	const url = `http://${LOOPBACK}:${port}`;
	return {
		PATH: [path.dirname(n8nNode()), process.env.PATH].join(path.delimiter),
		NODE_ENV: 'production',
		N8N_USER_FOLDER: userFolder,
		N8N_HOST: LOOPBACK,
		N8N_LISTEN_ADDRESS: LOOPBACK,
		N8N_PORT: String(port),
		// A worker tells by this port, if by any, that it is ready.
		N8N_WORKER_SERVER_ADDRESS: LOOPBACK,
		QUEUE_HEALTH_CHECK_PORT: String(port),
		N8N_EDITOR_BASE_URL: url,
		N8N_WEBHOOK_URL: url,
		N8N_RUNNERS_BROKER_PORT: String(brokerPort),
		// The loopback instance speaks plain http, over which a browser drops a secure cookie.
		N8N_SECURE_COOKIE: 'false',
		// n8n 3 will load packages from outside its own catalogue only when told so.
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
		DB_TYPE: 'sqlite',
		GENERIC_TIMEZONE: Intl.DateTimeFormat().resolvedOptions().timeZone,
		...QUIET,
		...env,
	};
}

/**
 * Puts the built package where n8n looks for installed community packages: package.json and what its `files` name,
 * as npm would. A copy, for code behind a link would find the project's own n8n-workflow instead of n8n's, and
 * errors thrown there are of no class that n8n knows.
 */
export function placePackage(userFolder, packageDir) {
	const { name, files } = JSON.parse(readFileSync(path.join(packageDir, 'package.json'), 'utf8'));
	const target = path.join(userFolder, '.n8n', 'nodes', 'node_modules', name);
	rmSync(target, { recursive: true, force: true });
	mkdirSync(target, { recursive: true });
	for (const entry of ['package.json', ...files]) {
		cpSync(path.join(packageDir, entry), path.join(target, entry), { recursive: true });
	}
	return name;
}

async function answers(url) {
	const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
	await response.arrayBuffer();
	return response.ok;
}

/**
 * @param {object} options
 * @param {string} options.userFolder    n8n keeps everything in `<userFolder>/.n8n`
 * @param {number} [options.port]        any free one by default
 * @param {string|null} [options.packageDir] a built package to load; null for none
 * @param {Record<string, string>} [options.env] further settings of n8n, they win
 * @param {string[]} [options.command]   `start`, or for instance `worker`
 */
export async function startN8n({
	userFolder,
	port: givenPort,
	packageDir = root,
	env = {},
	command = ['start'],
	log = path.join(userFolder, 'n8n.log'),
	signal,
}) {
	mkdirSync(userFolder, { recursive: true });
	if (packageDir) placePackage(userFolder, packageDir);
	const port = givenPort ?? (await freePort());
	const brokerPort = await freePort();
	const url = `http://${LOOPBACK}:${port}`;
	const child = startChild({
		name: `n8n ${command.join(' ')}`,
		node: n8nNode(),
		args: [n8nScript, ...command],
		// n8n reads a .env file of its working directory.
		cwd: userFolder,
		env: n8nEnv({ userFolder, port, brokerPort, env }),
		log,
	});
	const patience = { timeoutMs: READY_WITHIN_MS, signal };
	try {
		await child.until(() => answers(`${url}/healthz/readiness`), patience);
		// Readiness speaks of the database only; sign-in answers as soon as the editor's own routes are there.
		if (command[0] === 'start') {
			await child.until(() => answers(`${url}/rest/settings`), patience);
		}
	} catch (error) {
		await child.stop({ graceMs: 5_000 });
		throw error;
	}
	return {
		url,
		port,
		pid: child.pid,
		log,
		exited: child.exited,
		get ended() {
			return child.ended;
		},
		kill: () => child.kill(),
		stop: ({ graceMs = STOP_GRACE_MS } = {}) => child.stop({ graceMs }),
	};
}
