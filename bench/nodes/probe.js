// What happens between BenchStart and BenchEnd, seen from inside n8n's process.
const { appendFileSync } = require('node:fs');
const v8 = require('node:v8');
const vm = require('node:vm');

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc');

/** Often enough to see the peak, seldom enough to cost nothing that shows. */
const SAMPLE_EVERY_MS = 5;
/** Where garbage is collected before each sample, which takes about a tenth of a second. */
const COLLECT_EVERY_MS = 250;

/** Bytes that JavaScript holds, buffers included; resident memory would also count what V8 keeps in reserve. */
function usedBytes() {
	const { used_heap_size: heap, external_memory: external } = v8.getHeapStatistics();
	return heap + external;
}

let measuring;

/** @param {boolean} collects whether garbage is to be left out, at the price of time and CPU */
exports.start = (collects) => {
	collectGarbage();
	const before = usedBytes();
	const state = { before, peak: before };
	const look = () => {
		if (collects) collectGarbage();
		state.peak = Math.max(state.peak, usedBytes());
	};
	state.timer = setInterval(look, collects ? COLLECT_EVERY_MS : SAMPLE_EVERY_MS);
	state.collects = collects;
	state.cpu = process.cpuUsage();
	state.startedAt = performance.now();
	measuring = state;
};

/**
 * Appends one line of JSON: times in milliseconds, memory in bytes above what there was at the start, and what
 * `count` finds, which is asked once the clock stands still.
 */
exports.end = (file, count) => {
	const wallMs = performance.now() - measuring.startedAt;
	const { user, system } = process.cpuUsage(measuring.cpu);
	clearInterval(measuring.timer);
	if (measuring.collects) collectGarbage();
	const peakBytes = Math.max(measuring.peak, usedBytes()) - measuring.before;
	const cpuMs = (user + system) / 1000;
	const figures = { counts: count(), wallMs, cpuMs, peakBytes };
	appendFileSync(file, `${JSON.stringify(figures)}\n`);
};
