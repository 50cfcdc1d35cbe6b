// npm test: set-up, build, lint, types, Jest. The last line is always `N passed, N failed, N skipped`.
import path from 'node:path';
import { build, ensureInstalled, root, run, seconds } from './setup.mjs';
import { check, runTests } from './totals.mjs';

// A stage that hangs must not hang a CI machine for ever.
const timeoutMs = 25 * 60_000;

const bin = (file) => path.join(root, 'node_modules', file);
const node = (...args) => run(process.execPath, args, { quiet: true, timeoutMs });

function announce(name, ok, started) {
	console.log(`${ok ? 'ok  ' : 'FAIL'} ${name.padEnd(7)} ${seconds(started)}`);
}

await check(async (add) => {
	/** A stage that counts as one test. Its output is of interest only when there is something to mend. */
	const stage = async (name, start) => {
		const started = Date.now();
		const { code, output } = await start();
		add({ [code === 0 ? 'passed' : 'failed']: 1 });
		announce(name, code === 0, started);
		if (code !== 0 || name === 'lint') process.stdout.write(output);
	};

	const started = Date.now();
	await ensureInstalled();
	// The tools of the standalone packages.
	await ensureInstalled({ name: 'packages' });
	announce('setup', true, started);

	await stage('build', () => build({ quiet: true, timeoutMs }));
	// Neither makes use of a second core.
	await Promise.all([
		stage('lint', () => node(bin('eslint/bin/eslint.js'), '--max-warnings=0', '.')),
		stage('types', () => node(bin('typescript/bin/tsc'), '--noEmit', '-p', 'tsconfig.test.json')),
	]);

	// Also after a failed stage: the unit tests need no build and say more about what is wrong.
	const jestStarted = Date.now();
	const counts = await runTests([bin('jest/bin/jest.js')], { timeoutMs });
	announce('jest', counts.failed === 0, jestStarted);
	add(counts);
});
