import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Passes connections on to a server, and can stop listening from one connection to the next. */
export interface Gate {
	port: number;
	/** After so many more connections nobody listens any more; those that are there go on. */
	closeAfter(connections: number): void;
	reopen(): Promise<void>;
	close(): Promise<void>;
}

async function listening(server: Server, port: number): Promise<number> {
	await new Promise<void>((ready) => server.listen(port, '127.0.0.1', ready));
	return (server.address() as AddressInfo).port;
}

export async function openGate(target: number): Promise<Gate> {
	const open = new Set<Socket>();
	let left = Infinity;
	const build = (): Server =>
		createServer((incoming) => {
			left -= 1;
			// Before anything is passed on, so that whoever waits for the answer finds it closed.
			if (left === 0) server.close();
			const outgoing = connect(target, '127.0.0.1');
			for (const socket of [incoming, outgoing]) {
				open.add(socket);
				socket.once('close', () => open.delete(socket));
				socket.on('error', () => socket.destroy());
			}
			incoming.pipe(outgoing).pipe(incoming);
		});
	let server = build();
	const port = await listening(server, 0);
	return {
		port,
		closeAfter(connections) {
			left = connections;
		},
		async reopen() {
			left = Infinity;
			if (server.listening) return;
			server = build();
			await listening(server, port);
		},
		async close() {
			for (const socket of open) socket.destroy();
			if (server.listening) await new Promise((closed) => server.close(closed));
		},
	};
}
