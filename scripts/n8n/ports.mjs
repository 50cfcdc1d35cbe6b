import { createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** Holds a port for a moment; `undefined` if somebody has it. */
function tryPort(port) {
	return new Promise((resolve) => {
		const server = createServer();
		server.once('error', () => resolve(undefined));
		server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
			const { port: got } = server.address();
			server.close(() => resolve(got));
		});
	});
}

/** `wanted` if it is free, else any free port. */
export async function freePort(wanted = 0) {
	const port = (await tryPort(wanted)) ?? (await tryPort(0));
	if (port === undefined) throw new Error(`No free port on ${LOOPBACK}`);
	return port;
}
