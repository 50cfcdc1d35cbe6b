// npm run explore [-- how many]: plays that many schedules of several processes at the record of sends, 100,000 unless told.
// A broken law is shown with its seed and path; EXPLORE_SEED and EXPLORE_PATH in the environment play it again.
import path from 'node:path';
import { ensureInstalled, root, run } from './setup.mjs';

const MANY = '100000';

try {
	await ensureInstalled();
	const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
	const { code } = await run(process.execPath, [jest, '--selectProjects=exploration'], {
		env: { ...process.env, EXPLORE_RUNS: process.argv[2] ?? MANY },
	});
	process.exitCode = code;
} catch (error) {
	console.error(error.message);
	process.exitCode = 1;
}
