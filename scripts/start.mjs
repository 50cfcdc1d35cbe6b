// npm start: set-up, build, then a real n8n with these nodes, the sandbox, credentials and the example workflows.
// `npm start -- --fresh` forgets what was there before, `npm start -- --inspect` lets a debugger in. Ctrl-C stops everything.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureInstalled, root } from './setup.mjs';

const folder = path.join(root, '.n8n-local');
const runningFile = path.join(folder, 'running.json');

/** n8n's usual port and the sandbox's; others are taken where somebody has these. */
const PORTS = { n8n: 5678, sandbox: 4010 };

/** Two n8n on one SQLite database would harm it. */
async function refuseSecondStart() {
	if (!existsSync(runningFile)) return;
	const { url } = JSON.parse(readFileSync(runningFile, 'utf8'));
	const alive = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(3_000) }).then(
		(response) => response.ok,
		() => false,
	);
	if (alive) throw new Error(`It runs already: ${url} (stop it first, or use it)`);
}

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

async function main() {
	const { values } = parseArgs({
		options: {
			fresh: { type: 'boolean', default: false },
			inspect: { type: 'boolean', default: false },
		},
	});
	await refuseSecondStart();
	if (values.fresh) rmSync(folder, { recursive: true, force: true });
	await ensureInstalled();
	await ensureBuilt();
	// Not before the packages that it takes are there.
	const { boot } = await import('./n8n/boot.mjs');
	const all = await boot({
		folder,
		log: console.log,
		ports: PORTS,
		env: values.inspect ? { NODE_OPTIONS: '--inspect' } : {},
		signal: stopping.signal,
	});
	try {
		mkdirSync(folder, { recursive: true });
		writeFileSync(runningFile, JSON.stringify({ url: all.n8n.url }));
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
		rmSync(runningFile, { force: true });
	}
	console.log('Stopped.');
}

main().catch((error) => {
	// A start that was interrupted ended as it was told to.
	if (stopping.signal.aborted) return;
	console.error(error.message);
	process.exitCode = 1;
});
