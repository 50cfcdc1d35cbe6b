// Locks between processes; a lock is a folder beside the one that it is about.
import { setTimeout as sleep } from 'node:timers/promises';
import lockfile from 'proper-lockfile';

/** A lock that nobody has touched for so long belongs to a process that died. */
const STALE_MS = 30_000;

/** Gives what ends the lock, or null while another process has it. */
export async function tryLock(folder) {
	try {
		// As the path is written: the folder need not be there yet, and may be deleted meanwhile.
		return await lockfile.lock(folder, { stale: STALE_MS, realpath: false });
	} catch (error) {
		if (error.code === 'ELOCKED') return null;
		throw error;
	}
}

/** Does the work while no other process is at the same folder, and waits for its turn where one is. */
export async function inTurn(folder, { log, waitingFor, signal }, work) {
	let endTurn = await tryLock(folder);
	if (endTurn === null) log(`Waiting for another process: ${waitingFor} …`);
	while (endTurn === null) {
		await sleep(1_000, undefined, { signal });
		endTurn = await tryLock(folder);
	}
	try {
		return await work();
	} finally {
		await endTurn();
	}
}
