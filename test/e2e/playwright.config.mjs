import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

const names = readdirSync(path.dirname(fileURLToPath(import.meta.url)))
	.filter((file) => file.endsWith('.e2e.mjs'))
	.map((file) => path.basename(file, '.e2e.mjs'));

/** What takes longest begins first, so that two workers end at about the same time. */
const LONGEST = ['standstill', 'crash', 'queue', 'secrets', 'editor'];
const others = names.filter((name) => !LONGEST.includes(name)).sort();

export default defineConfig({
	projects: [...LONGEST, ...others].map((name) => ({
		name,
		testMatch: `**/${name}.e2e.mjs`,
		outputDir: `output/${name}`,
	})),
	// Each file starts an n8n of its own, and what takes long is mostly waiting.
	workers: 2,
	// For what comes before and after the tests, too; see fixtures.mjs for the tests.
	timeout: 20 * 60_000,
	// Slow they are.
	reportSlowTests: null,
	use: { trace: 'retain-on-failure', screenshot: 'only-on-failure' },
	reporter: [['list'], ['../../scripts/totals.mjs']],
});
