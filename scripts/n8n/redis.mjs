// A Redis of our own: loopback, a free port, its data in a folder that outlives a restart.
import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { freePort } from './child.mjs';
import { ensureProgram } from './debian.mjs';
import { startProgram } from './program.mjs';

const LOOPBACK = '127.0.0.1';
const READY_WITHIN_MS = 30_000;

/** Redis refuses commands while it still reads its file, so an open port alone says nothing. */
function pings(port) {
	return new Promise((resolve, reject) => {
		const socket = connect({ host: LOOPBACK, port });
		socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')));
		socket.once('error', reject);
		socket.once('connect', () => socket.write('PING\r\n'));
		socket.once('data', (reply) => {
			socket.end();
			resolve(reply.toString().startsWith('+PONG'));
		});
	});
}

/**
 * Running when this resolves. `start` starts it again, on the same port and with the same data.
 * @throws Unavailable
 */
export async function startRedis({ folder, log = path.join(folder, 'redis.log') }) {
	const file = await ensureProgram('redis-server');
	const data = path.join(folder, 'redis');
	mkdirSync(data, { recursive: true });
	const port = await freePort();
	const options = { bind: LOOPBACK, port, dir: data, appendonly: 'yes' };
	const args = Object.entries(options).flatMap(([key, value]) => [`--${key}`, String(value)]);
	let child;
	const start = async () => {
		child = startProgram({ name: 'redis', file, args, log });
		await child.until(() => pings(port), { timeoutMs: READY_WITHIN_MS });
	};
	await start();
	return {
		host: LOOPBACK,
		port,
		start,
		stop: () => child.stop(),
		/** No farewell, and nothing written that was not written yet. */
		kill: () => child.kill(),
	};
}
