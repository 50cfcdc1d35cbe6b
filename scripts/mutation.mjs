// npm run mutation [-- Stryker's options]: breaks the deciding code on purpose and sees whether a test notices.
// Stryker needs Node 22; where the present one is older, the Node that came with the e2e tests' n8n takes over.
import path from 'node:path';
import { ensureInstalled, root, run } from './setup.mjs';
import { n8nNode } from './n8n/paths.mjs';

const NEEDED_MAJOR = 22;

function nodeForStryker() {
	if (Number.parseInt(process.versions.node, 10) >= NEEDED_MAJOR) return process.execPath;
	try {
		return n8nNode();
	} catch {
		throw new Error(
			`Stryker needs Node ${NEEDED_MAJOR} or newer (here: ${process.version}). ` +
				'Run this with such a Node, or run npm run e2e once, which brings one along.',
		);
	}
}

try {
	await ensureInstalled();
	const stryker = path.join(root, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js');
	const { code } = await run(nodeForStryker(), [stryker, 'run', ...process.argv.slice(2)]);
	process.exitCode = code;
} catch (error) {
	console.error(error.message);
	process.exitCode = 1;
}
