// A test file's frame: tests in order, results told to run.mjs, state and logs in output/<file>.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Unavailable } from '../../scripts/n8n/debian.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

/**
 * ```js
 * await suite(import.meta.url, async ({ test, folder, cleanup, onFailure }) => {
 *   const all = cleanup(await boot({ folder }), (it) => it.stop());
 *   await test('runs', async () => { … });
 * });
 * ```
 * What throws `Unavailable` counts as skipped, inside a test that test, outside of one the file.
 */
export async function suite(url, body) {
	const name = path.basename(fileURLToPath(url), '.e2e.mjs');
	const folder = path.join(here, 'output', name);
	mkdirSync(folder, { recursive: true });

	const results = { passed: 0, failed: 0, skipped: 0 };
	const cleanups = [];
	let failureHook = () => {};

	const count = (outcome, title, detail = '') => {
		results[outcome] += 1;
		const mark = { passed: 'ok  ', failed: 'FAIL', skipped: 'skipped:' }[outcome];
		console.log(`  ${mark} ${title}${detail}`);
	};

	const judge = async (title, work) => {
		const started = Date.now();
		try {
			await work();
			if (title !== undefined) count('passed', title, ` (${Date.now() - started} ms)`);
		} catch (error) {
			if (error instanceof Unavailable) {
				count('skipped', [title, error.message].filter(Boolean).join(': '));
				return;
			}
			count('failed', title ?? name);
			console.log(`${error?.stack ?? error}`.replace(/^/gm, '       '));
			const label = (title ?? name).replace(/[^a-z0-9]+/gi, '-').slice(0, 60);
			await Promise.resolve(failureHook(path.join(folder, label))).catch(() => {});
		}
	};

	await judge(undefined, () =>
		body({
			folder,
			test: judge,
			/** Ends something when the file is through, last begun first. */
			cleanup(thing, end) {
				cleanups.push(() => end(thing));
				return thing;
			},
			/** Called with a file name without extension, for a picture of what went wrong. */
			onFailure(hook) {
				failureHook = hook;
			},
		}),
	);
	for (const end of cleanups.reverse()) {
		await judge(undefined, end);
	}

	process.exitCode = results.failed > 0 ? 1 : 0;
	if (process.send) {
		process.send(results, () => process.disconnect());
	} else {
		console.log(`${results.passed} passed, ${results.failed} failed, ${results.skipped} skipped`);
	}
}
