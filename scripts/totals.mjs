// `N passed, N failed, N skipped`: the last line of every check, whatever happens. The reporter below counts, in Jest
// and in Playwright, and tells the script that started them.
import { run } from './setup.mjs';

/** Ends with the line, and with the exit code 0 only without failures. `work` is given what adds to the counts. */
export async function check(work) {
	const totals = { passed: 0, failed: 0, skipped: 0 };
	const add = (counts) => {
		for (const [outcome, count] of Object.entries(counts)) totals[outcome] += count;
	};
	try {
		await work(add);
	} catch (error) {
		console.log(error.message);
		add({ failed: 1 });
	}
	process.exitCode = totals.failed > 0 ? 1 : 0;
	console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
}

/** Runs Jest or Playwright and gives what was counted. */
export async function runTests(args, options) {
	const stdio = ['ignore', 1, 1, 'ipc'];
	const { code, message } = await run(process.execPath, args, { stdio, ...options });
	// Who did not get to the end told nothing, and is no success; nor is one that ended badly in spite of good counts.
	return { ...message, failed: message?.failed || (code === 0 && message ? 0 : 1) };
}

export default class Counter {
	#suite;
	#outsideOfTests = 0;

	/** Jest's. A file that could not even be loaded has no tests to count; it is one failed test here. */
	onRunComplete(_contexts, results) {
		process.send?.({
			passed: results.numPassedTests,
			failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
			skipped: results.numPendingTests + results.numTodoTests,
		});
	}

	/** Playwright's, and so are the others. */
	onBegin(_config, suite) {
		this.#suite = suite;
	}

	/** Playwright's own list does not say why. */
	onTestEnd(test, { annotations }) {
		const { description } = annotations.find(({ type }) => type === 'skip') ?? {};
		if (description) console.log(`       skipped: ${description}`);
	}

	onError() {
		this.#outsideOfTests += 1;
	}

	onEnd() {
		const outcomes = (this.#suite?.allTests() ?? []).map((test) => test.outcome());
		const count = (wanted) => outcomes.filter((outcome) => outcome === wanted).length;
		process.send?.({
			passed: count('expected'),
			failed: count('unexpected') + this.#outsideOfTests,
			// Those that did not come to their turn, too.
			skipped: count('skipped'),
		});
	}
}
