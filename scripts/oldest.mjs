// npm run test:oldest: the engine tests against the oldest n8n core that the nodes support (test/oldest).
// node scripts/oldest.mjs [what Jest takes] …   The last line is always `N passed, N failed, N skipped`.
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ensureBuilt, ensureInstalled, npm, root, run, seconds } from './setup.mjs';

const folder = path.join(root, 'test', 'oldest');
const stampFile = path.join(folder, 'node_modules', '.install-stamp');
const LIMIT_MS = 15 * 60_000;
/** Of the random histories; all other tests run in full. They are about the nodes' own logic, which is the same. */
const HISTORIES_SHARE = '0.2';

const totals = { passed: 0, failed: 0, skipped: 0 };

async function ensureOldest() {
	const lock = readFileSync(path.join(folder, 'package-lock.json'));
	const stamp = createHash('sha256').update(lock).digest('hex');
	if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
	const started = Date.now();
	const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
	const { code, output } = await npm(args, { cwd: folder, quiet: true });
	if (code !== 0) throw new Error(`${output}\nnpm ci in test/oldest ended with code ${code}`);
	writeFileSync(stampFile, stamp);
	console.log(`oldest: installed in ${seconds(started)}`);
}

async function engineTests(args) {
	const reports = mkdtempSync(path.join(os.tmpdir(), 'jest-oldest-'));
	const report = path.join(reports, 'report.json');
	try {
		const config = path.join(folder, 'jest.config.mjs');
		const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
		const hook = `--require ${JSON.stringify(path.join(folder, 'resolve.cjs'))}`;
		const { code } = await run(
			process.execPath,
			[jest, `--config=${config}`, '--json', `--outputFile=${report}`, ...args],
			{
				timeoutMs: LIMIT_MS,
				env: {
					...process.env,
					HISTORIES_SHARE,
					NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} ${hook}`,
				},
			},
		);
		if (!existsSync(report)) throw new Error(`Jest ended with code ${code} and told nothing`);
		const result = JSON.parse(readFileSync(report, 'utf8'));
		const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
		totals.passed += result.numPassedTests;
		totals.failed += failed || (code === 0 ? 0 : 1);
		totals.skipped += result.numPendingTests + result.numTodoTests;
	} finally {
		rmSync(reports, { recursive: true, force: true });
	}
}

try {
	const { dependencies } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
	console.log(`oldest: n8n-core ${dependencies['n8n-core']}`);
	await ensureInstalled();
	await ensureBuilt();
	await ensureOldest();
	await engineTests(process.argv.slice(2));
} catch (error) {
	console.log(error.message);
	totals.failed += 1;
}

process.exitCode = totals.failed > 0 ? 1 : 0;
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
