import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

const names = readdirSync(path.dirname(fileURLToPath(import.meta.url)))
	.filter((file) => file.endsWith('.e2e.mjs'))
	.map((file) => path.basename(file, '.e2e.mjs'));

export default defineConfig({
	projects: names.sort().map((name) => ({
		name,
		testMatch: `**/${name}.e2e.mjs`,
		outputDir: `output/${name}`,
	})),
	// Each file starts an n8n, and timing is what crash tests are about.
	workers: 1,
	// For what comes before and after the tests, too; see fixtures.mjs for the tests.
	timeout: 20 * 60_000,
	// Slow they are.
	reportSlowTests: null,
	use: { trace: 'retain-on-failure', screenshot: 'only-on-failure' },
	reporter: [['list'], ['../../scripts/totals.mjs']],
});
