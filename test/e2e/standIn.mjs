// Lets n8n install from a registry on loopback while it believes that it uses its default one, and keeps it off the net.
//
// n8n has a setting for another registry, but it takes a licence. So the setting stays at its default, and what is
// swapped is the way out: `npm` on n8n's PATH is a small script that calls npm with the other registry, and what n8n
// asks for itself ends at a proxy that refuses. n8n takes that for a lost connection and asks npm instead.
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { n8nNode } from '../../scripts/n8n/paths.mjs';
import { Unavailable } from '../../scripts/n8n/debian.mjs';

const LOOPBACK = '127.0.0.1';

function programOnPath(name) {
	const found = process.env.PATH.split(path.delimiter)
		.map((folder) => path.join(folder, name))
		.find((file) => existsSync(file));
	if (found === undefined) throw new Unavailable(`${name} is not on the PATH`);
	return found;
}

/** Everything but the registry is as n8n calls it; the settings and the cache of whoever runs this stay out. */
const script = ({ npm, registry, folder }) => `#!/bin/sh
for word do
	shift
	case "$word" in
		--registry=*) ;;
		*) set -- "$@" "$word" ;;
	esac
done
exec '${npm}' "$@" '--registry=${registry}' '--userconfig=${folder}/npmrc' '--cache=${folder}/npm-cache'
`;

function placeNpm({ registry, folder }) {
	// n8n starts npm's own script there, past the PATH.
	if (process.platform === 'win32') throw new Unavailable('npm cannot be swapped on Windows');
	const bin = path.join(folder, 'bin');
	mkdirSync(bin, { recursive: true });
	writeFileSync(path.join(folder, 'npmrc'), 'update-notifier=false\naudit=false\nfund=false\n');
	const file = path.join(bin, 'npm');
	writeFileSync(file, script({ npm: programOnPath('npm'), registry, folder }));
	chmodSync(file, 0o755);
	return bin;
}

/** Says no to everybody. */
async function startRefusingProxy() {
	const server = createServer((request, response) => response.writeHead(403).end());
	server.on('connect', (request, socket) => {
		socket.on('error', () => {});
		socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
	});
	await new Promise((resolve) => server.listen(0, LOOPBACK, resolve));
	return {
		url: `http://${LOOPBACK}:${server.address().port}`,
		stop: () => new Promise((resolve) => server.close(resolve)),
	};
}

/** `env` is for n8n. */
export async function standIn({ registry, folder }) {
	const bin = placeNpm({ registry, folder });
	const proxy = await startRefusingProxy();
	return {
		env: {
			PATH: [bin, path.dirname(n8nNode()), process.env.PATH].join(path.delimiter),
			HTTP_PROXY: proxy.url,
			HTTPS_PROXY: proxy.url,
			NO_PROXY: `${LOOPBACK},localhost`,
		},
		stop: proxy.stop,
	};
}
