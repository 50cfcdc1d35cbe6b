// npm run e2e [-- part of a file name, and whatever else Playwright takes]: set-up, then the *.e2e.mjs here.
// The last line is always `N passed, N failed, N skipped`.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt, ensureInstalled } from '../../scripts/setup.mjs';
import { check, runTests } from '../../scripts/totals.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

await check(async (add) => {
	await ensureInstalled();
	await ensureBuilt();
	// Not before the packages that it takes are there.
	const { ensureN8n } = await import('../../scripts/n8n/install.mjs');
	await ensureN8n();
	const playwright = path.join(here, 'node_modules', '@playwright', 'test', 'cli.js');
	const config = path.join(here, 'playwright.config.mjs');
	const counts = await runTests([playwright, 'test', '--config', config, ...process.argv.slice(2)]);
	if (counts.failed > 0) console.log('Logs, pictures and traces: test/e2e/output');
	add(counts);
});
