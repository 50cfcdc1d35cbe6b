// npm run test:oldest: the engine tests against the oldest n8n core that the nodes support (test/oldest).
// node scripts/oldest.mjs [what Jest takes] …   The last line is always `N passed, N failed, N skipped`.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { ensureBuilt, ensureInstalled, root } from './setup.mjs';
import { check, runTests } from './totals.mjs';

const folder = path.join(root, 'test', 'oldest');
const LIMIT_MS = 25 * 60_000;
/** Of the random histories; all other tests run in full. They are about the nodes' own logic, which is the same. */
const HISTORIES_SHARE = '0.2';

await check(async (add) => {
	const { dependencies } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
	console.log(`oldest: n8n-core ${dependencies['n8n-core']}`);
	await ensureInstalled();
	await ensureBuilt();
	await ensureInstalled({ name: 'test/oldest' });
	const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
	const config = path.join(folder, 'jest.config.mjs');
	const hook = `--require ${JSON.stringify(path.join(folder, 'resolve.cjs'))}`;
	const NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} ${hook}`;
	const counts = await runTests([jest, `--config=${config}`, ...process.argv.slice(2)], {
		timeoutMs: LIMIT_MS,
		env: { ...process.env, HISTORIES_SHARE, NODE_OPTIONS },
	});
	add(counts);
});
