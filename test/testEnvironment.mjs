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
 * Jest's own, without what slows down every promise. Node passes the content of every AsyncLocalStorage on to every
 * promise until it is told to stop. n8n's modules leave such storages behind, anew for each test file: after thirty files in
 * one worker, the rest would take nearly twice as long. And Jest keeps the running test in one, only to say which of
 * several at once left a rejection unhandled; no tests here run at once, and such a rejection still fails the file.
 */
export default class extends TestEnvironment {
	handleTestEvent({ name, test }) {
		if (name !== 'test_fn_start') return;
		for (const storage of used) if (storage.getStore()?.test === test) storage.disable();
	}

	async teardown() {
		for (const storage of used) storage.disable();
		used.clear();
		await super.teardown();
	}
}
