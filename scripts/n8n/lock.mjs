// One process at a time: two installs into one folder would tear each other's files apart.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const POLL_MS = 1_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function alive(pid) {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error.code === 'EPERM';
	}
}

/** False when a living process has it; what a dead one left behind is taken over. */
function take(file) {
	mkdirSync(path.dirname(file), { recursive: true });
	try {
		writeFileSync(file, String(process.pid), { flag: 'wx' });
		return true;
	} catch (error) {
		if (error.code !== 'EEXIST') throw error;
	}
	const holder = Number(readFileSync(file, 'utf8'));
	if (holder > 0 && alive(holder)) return false;
	rmSync(file, { force: true });
	return take(file);
}

export async function withLock(file, work, { onWait = () => {}, signal } = {}) {
	if (!take(file)) {
		onWait();
		do {
			await sleep(POLL_MS);
			signal?.throwIfAborted();
		} while (!take(file));
	}
	try {
		return await work();
	} finally {
		rmSync(file, { force: true });
	}
}
