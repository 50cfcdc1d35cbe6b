// Everything in one go: install, sandbox, n8n, owner, credentials, example workflows.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort } from './child.mjs';
import { ensureN8n } from './install.mjs';
import { newOwner, signIn } from './owner.mjs';
import { root } from './paths.mjs';
import { sandboxCredentials, startSandbox } from './sandbox.mjs';
import { exampleWorkflows, seedCredentials, seedWorkflows } from './seed.mjs';
import { startN8n } from './server.mjs';

/** The throw-away sign-in of one user folder; it opens an n8n that listens on loopback only. */
function ownerOf(folder) {
	const file = path.join(folder, 'owner.json');
	if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
	const owner = newOwner();
	mkdirSync(folder, { recursive: true });
	writeFileSync(file, `${JSON.stringify(owner, null, 2)}\n`);
	chmodSync(file, 0o600);
	return owner;
}

/**
 * @param {object} options
 * @param {string} options.folder      state and logs; used again it goes on where it was
 * @param {{ n8n?: number, sandbox?: number }} [options.ports] wanted ones; others are taken where they are in use
 * @param {AbortSignal} [options.signal] stops a start that is still going on
 */
export async function boot({
	folder,
	log = () => {},
	ports = {},
	packageDir = root,
	workflows = exampleWorkflows(),
	sandboxArgs = [],
	env = {},
	signal,
}) {
	const running = [];
	/** Last started, first stopped: n8n must not see its sandbox go. */
	const stop = async () => {
		for (const server of running.splice(0).reverse()) await server.stop();
	};
	const started = async (promise) => {
		const server = await promise;
		running.push(server);
		signal?.throwIfAborted();
		return server;
	};
	try {
		await ensureN8n({ log, signal });
		signal?.throwIfAborted();
		const sandbox = await started(
			startSandbox({
				log: path.join(folder, 'sandbox.log'),
				port: await freePort({ port: ports.sandbox }),
				args: sandboxArgs,
				signal,
			}),
		);
		log(`sandbox: ${sandbox.url}`);
		log('n8n: starting (the first time it makes its database, half a minute) …');
		const n8n = await started(
			startN8n({
				userFolder: path.join(folder, 'user'),
				log: path.join(folder, 'n8n.log'),
				port: await freePort({ port: ports.n8n }),
				packageDir,
				env,
				signal,
			}),
		);
		const owner = ownerOf(folder);
		const session = await signIn({ url: n8n.url, owner });
		const credentials = await seedCredentials(session, sandboxCredentials(sandbox.url));
		const seeded = await seedWorkflows(session, credentials, workflows);
		signal?.throwIfAborted();
		return { n8n, sandbox, owner, session, credentials, workflows: seeded, stop };
	} catch (error) {
		await stop();
		throw error;
	}
}
