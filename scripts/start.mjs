// npm start: set-up, build, then a real n8n with these nodes, the sandbox, credentials and the example workflows.
// `npm start -- --fresh` forgets what was there before, `npm start -- --inspect` lets a debugger in. Ctrl-C stops everything.
import { rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled, root } from './setup.mjs';

const folder = path.join(root, '.n8n-local');

/** n8n's usual port and the sandbox's; others are taken where somebody has these. */
const PORTS = { n8n: 5678, sandbox: 4010 };

function announce({ n8n, sandbox, owner, workflows }) {
	const width = Math.max(0, ...workflows.map(({ name }) => name.length));
	const lines = [
		'',
		`Editor    ${n8n.url}`,
		`Sign in   ${owner.email}  ·  ${owner.password}`,
		`Outbox    ${sandbox.outboxUrl}   every email the sandbox was asked to send`,
		'',
		workflows.length > 0 ? 'Example workflows:' : 'No example workflows found in workflows/.',
		...workflows.map(({ id, name }) => `  ${name.padEnd(width)} ${n8n.url}/workflow/${id}`),
		'',
		`Logs: ${path.relative(process.cwd(), n8n.log)}, ${path.relative(process.cwd(), sandbox.log)}`,
		'Ctrl-C stops everything; the next start goes on from here, `npm start -- --fresh` begins anew.',
	];
	console.log(lines.join('\n'));
}

const stopping = new AbortController();
const stopped = new Promise((resolve) => {
	stopping.signal.addEventListener('abort', resolve, { once: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
	process.on(signal, () => {
		// The second one means at once; the servers notice that this process is gone and end by themselves.
		if (stopping.signal.aborted) process.exit(130);
		console.log('\nStopping …');
		stopping.abort(new Error('stopped'));
	});
}

async function bootAndWait(inspect) {
	const { boot } = await import('./n8n/boot.mjs');
	const all = await boot({
		folder,
		log: console.log,
		ports: PORTS,
		env: inspect ? { NODE_OPTIONS: '--inspect' } : {},
		signal: stopping.signal,
	});
	try {
		announce(all);
		const ended = (server, name) => server.exited.then(() => ({ name, log: server.log }));
		const first = await Promise.race([
			stopped,
			ended(all.n8n, 'n8n'),
			ended(all.sandbox, 'The sandbox'),
		]);
		if (first?.name && !stopping.signal.aborted) {
			throw new Error(`${first.name} ended by itself; its log: ${first.log}`);
		}
	} finally {
		await all.stop();
	}
}

async function main() {
	const { values } = parseArgs({
		options: {
			fresh: { type: 'boolean', default: false },
			inspect: { type: 'boolean', default: false },
		},
	});
	await ensureInstalled();
	// Neither this nor `boot` is loaded before the packages that they take are there.
	const { tryLock } = await import('./lock.mjs');
	// Two n8n on one SQLite database would harm it.
	const endLock = await tryLock(folder);
	if (endLock === null) {
		throw new Error(
			'It runs already, or is about to; the terminal it was started in says at which address. Use it, or stop it ' +
				'there first. If it was killed, start again in half a minute.',
		);
	}
	try {
		if (values.fresh) rmSync(folder, { recursive: true, force: true });
		await ensureBuilt();
		await bootAndWait(values.inspect);
	} finally {
		await endLock();
	}
	console.log('Stopped.');
}

main().catch((error) => {
	// A start that was interrupted ended as it was told to.
	if (stopping.signal.aborted) return;
	console.error(error.message);
	process.exitCode = 1;
});
