// A program that is not Node's, as a child process that ends like the others: by the pid of its keeper,
// and also when the script that started it is gone. This file is both the keeper and what starts it.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { isMain } from '../setup.mjs';
import { startChild } from './child.mjs';

/**
 * @param {object} options
 * @param {string} options.file         the program
 * @param {string[]} options.args
 * @param {string} [options.stopSignal] what asks it to end
 * @param {number} [options.uid]        whom it runs as; everybody else's programs run as we do
 * @param {number} [options.gid]
 */
export function startProgram({ name, file, args, stopSignal = 'SIGTERM', uid, gid, cwd, log }) {
	const told = JSON.stringify({ file, args, stopSignal, uid, gid, cwd });
	return startChild({ name, args: [fileURLToPath(import.meta.url), told], log });
}

if (isMain(import.meta.url)) {
	const { file, args, stopSignal, ...options } = JSON.parse(process.argv[2]);
	const child = spawn(file, args, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
	process.on('SIGTERM', () => child.kill(stopSignal));
	child.once('error', (error) => {
		console.error(error.message);
		process.exit(127);
	});
	child.once('exit', (code) => process.exit(code ?? 1));
}
