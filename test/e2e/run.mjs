// npm run e2e: set-up, then every *.e2e.mjs here in a process of its own.
// node test/e2e/run.mjs [part of a file name] …   The last line is always `N passed, N failed, N skipped`.
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureN8n } from '../../scripts/n8n/install.mjs';
import { ensureBuilt, ensureInstalled, seconds } from '../../scripts/setup.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const output = path.join(here, 'output');
/** One after the other: each starts an n8n, and timing is what crash tests are about. */
const FILE_LIMIT_MS = 20 * 60_000;

const totals = { passed: 0, failed: 0, skipped: 0 };

function filesFor(wanted) {
	return readdirSync(here)
		.filter((file) => file.endsWith('.e2e.mjs'))
		.filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
		.sort();
}

/** A file reports its results over the channel to this process; see harness.mjs. */
function runFile(file) {
	return new Promise((resolve) => {
		const started = Date.now();
		console.log(`\n${file}`);
		const child = spawn(process.execPath, [path.join(here, file)], {
			stdio: ['ignore', 1, 1, 'ipc'],
		});
		let results;
		child.on('message', (message) => {
			results = message;
		});
		const timer = setTimeout(() => {
			console.log(`  stopped after ${FILE_LIMIT_MS / 60_000} minutes`);
			child.kill('SIGKILL');
		}, FILE_LIMIT_MS);
		child.on('exit', (code, signal) => {
			clearTimeout(timer);
			// A file that ended without its results, or with a bad code in spite of good ones, did fail.
			const { passed, failed, skipped } = results ?? { passed: 0, failed: 0, skipped: 0 };
			const untold = failed === 0 && (results === undefined || code !== 0);
			if (untold) console.log(`  FAIL the file ended with ${signal ?? `code ${code}`}`);
			totals.passed += passed;
			totals.failed += failed + (untold ? 1 : 0);
			totals.skipped += skipped;
			console.log(`  ${seconds(started)}`);
			resolve();
		});
	});
}

try {
	rmSync(output, { recursive: true, force: true });
	mkdirSync(output, { recursive: true });
	await ensureInstalled();
	await ensureBuilt();
	await ensureN8n();
	const files = filesFor(process.argv.slice(2));
	if (files.length === 0) throw new Error('No such test');
	for (const file of files) await runFile(file);
} catch (error) {
	console.log(error.message);
	totals.failed += 1;
}

if (totals.failed > 0) console.log(`\nLogs and pictures: ${path.relative(process.cwd(), output)}`);
process.exitCode = totals.failed > 0 ? 1 : 0;
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
