// node scripts/run.mjs FILE [args]: set-up and build where needed, then runs a TypeScript file with tsx.
import { spawn } from 'node:child_process';
import os from 'node:os';
import { ensureBuilt, ensureInstalled } from './setup.mjs';

const [file, ...args] = process.argv.slice(2);

// Set-up speaks on stderr here: what the script prints may be read by another program.
const log = console.error;

function start() {
	// The loader inside this one process, not tsx's own launcher: a signal then reaches the script itself.
	const loader = import.meta.resolve('tsx');
	const child = spawn(process.execPath, ['--import', loader, file, ...args], { stdio: 'inherit' });
	const forward = (signal) => child.kill(signal);
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, forward);
	child.on('error', (error) => {
		log(error.message);
		process.exitCode = 1;
	});
	child.on('exit', (code, signal) => {
		// As a shell reports it: 128 + the number of the signal.
		process.exit(code ?? 128 + (os.constants.signals[signal] ?? 0));
	});
}

if (file === undefined) {
	log('usage: node scripts/run.mjs FILE [args]');
	process.exitCode = 2;
} else {
	try {
		await ensureInstalled({ log });
		await ensureBuilt({ log });
		start();
	} catch (error) {
		log(error.message);
		process.exitCode = 1;
	}
}
