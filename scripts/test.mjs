// npm test: set-up, build, lint, types, Jest. The last line is always `N passed, N failed, N skipped`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build, ensureInstalled, root, run, seconds } from './setup.mjs';

// A stage that hangs must not hang a CI machine for ever.
const STAGE_LIMIT_MS = 15 * 60_000;

const totals = { passed: 0, failed: 0, skipped: 0 };
const bin = (file) => path.join(root, 'node_modules', file);
const node = (args, options) =>
	run(process.execPath, args, { timeoutMs: STAGE_LIMIT_MS, ...options });

function announce(name, ok, started) {
	console.log(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(7)} ${seconds(started)}`);
}

/** A stage that counts as one test. Its output is of interest only when there is something to mend. */
async function stage(name, start) {
	const started = Date.now();
	const { code, output } = await start();
	const ok = code === 0;
	totals[ok ? 'passed' : 'failed'] += 1;
	announce(name, ok, started);
	if (!ok || name === 'lint') process.stdout.write(output);
}

async function jestStage() {
	const started = Date.now();
	const folder = mkdtempSync(path.join(os.tmpdir(), 'jest-totals-'));
	const report = path.join(folder, 'report.json');
	try {
		const { code } = await node([bin('jest/bin/jest.js'), '--json', `--outputFile=${report}`]);
		if (!existsSync(report)) {
			// Jest itself did not get to the end: no count is to be had, but green it is not.
			totals.failed += 1;
			return announce('jest', false, started);
		}
		const result = JSON.parse(readFileSync(report, 'utf8'));
		// A file that could not even be loaded has no tests to count; it is one failed test here.
		const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
		totals.passed += result.numPassedTests;
		totals.failed += failed || (code === 0 ? 0 : 1);
		totals.skipped += result.numPendingTests + result.numTodoTests;
		announce('jest', code === 0, started);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

try {
	const started = Date.now();
	await ensureInstalled();
	announce('setup', true, started);

	await stage('build', () => build({ quiet: true, timeoutMs: STAGE_LIMIT_MS }));
	await stage('lint', () => node([bin('eslint/bin/eslint.js'), '.'], { quiet: true }));
	await stage('types', () =>
		node([bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.test.json'], { quiet: true }),
	);
	// Also after a failed stage: the unit tests need no build and say more about what is wrong.
	await jestStage();
} catch (error) {
	console.log(error.message);
	totals.failed += 1;
}

process.exitCode = totals.failed > 0 ? 1 : 0;
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
