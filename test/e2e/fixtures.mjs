// The frame of a test file, which is a project of its own in playwright.config.mjs and so has a process to itself.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { test as base } from '@playwright/test';
import { Unavailable } from '../../scripts/n8n/debian.mjs';
import { openBrowser } from './browser.mjs';

/** For all tests of a file together. */
const FILE_LIMIT_MS = 20 * 60_000;
const fileEnds = Date.now() + FILE_LIMIT_MS;

export const test = base.extend({
	/** For state and logs. A test that failed keeps its own: what comes after it begins anew, in another one. */
	folder: [
		async ({}, use, { project, workerIndex }) => {
			const folder = path.join(project.outputDir, `run-${workerIndex}`);
			mkdirSync(folder, { recursive: true });
			await use(folder);
		},
		{ scope: 'worker' },
	],

	/** Stops something, or ends it another way, when the file is through, last begun first. */
	cleanup: [
		async ({}, use) => {
			const ends = [];
			await use((thing, end = (it) => it.stop()) => {
				ends.push(() => end(thing));
				return thing;
			});
			const errors = [];
			for (const end of ends.reverse()) {
				await Promise.resolve()
					.then(end)
					.catch((error) => errors.push(error.stack));
			}
			if (errors.length > 0) throw new Error(errors.join('\n'));
		},
		{ scope: 'worker' },
	],

	limit: [
		async ({}, use, testInfo) => {
			testInfo.setTimeout(Math.max(1, fileEnds - Date.now()));
			await use();
		},
		{ auto: true },
	],
});

/** For what needs a program that cannot be had on every machine: `await startRedis(…).catch(orSkip)`. */
export function orSkip(error) {
	test.skip(error instanceof Unavailable, error.message);
	throw error;
}

/**
 * The editor, with its owner signed in, in a browser that reaches n8n and nothing else: n8n looks installed packages up in the
 * public registry. Without a browser the tests are skipped.
 */
export async function openEditor({ url, owner, cleanup }) {
	const editor = cleanup(await openBrowser({ url }).catch(orSkip), (it) => it.close());
	await editor.stayAtHome();
	await editor.signIn(owner);
	return editor;
}
