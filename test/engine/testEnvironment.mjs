import { AsyncLocalStorage } from 'node:async_hooks';
import { TestEnvironment } from 'jest-environment-node';

/** Those that something was kept in since the test file began. */
const used = new Set();

for (const method of ['run', 'enterWith']) {
	const original = AsyncLocalStorage.prototype[method];
	AsyncLocalStorage.prototype[method] = function (...args) {
		used.add(this);
		return original.apply(this, args);
	};
}

/**
 * Jest's own, and it ends what n8n's modules leave behind. Node passes the content of every AsyncLocalStorage on to every
 * promise until it is told to stop, and each test file has its own n8n: after thirty files in one worker, the rest would
 * take nearly twice as long.
 */
export default class extends TestEnvironment {
	async teardown() {
		for (const storage of used) storage.disable();
		used.clear();
		await super.teardown();
	}
}
