// node scripts/run.mjs FILE [args]: set-up and build where needed, then runs a TypeScript file with tsx.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureBuilt, ensureInstalled } from './setup.mjs';

const [file, ...args] = process.argv.slice(2);

// Set-up speaks on stderr here: what the script prints may be read by another program.
const log = console.error;

if (file === undefined) {
	log('usage: node scripts/run.mjs FILE [args]');
	process.exit(2);
}
try {
	await ensureInstalled({ log });
	await ensureBuilt({ log });
} catch (error) {
	log(error.message);
	process.exit(1);
}
// In this very process, so that a signal reaches the script itself.
await import('tsx');
process.argv = [process.execPath, path.resolve(file), ...args];
await import(pathToFileURL(file));
