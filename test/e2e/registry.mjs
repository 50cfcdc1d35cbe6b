// A package registry on loopback (Verdaccio), with nothing behind it: what was not published here is not there.
import { mkdirSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { freePort, startChild } from '../../scripts/n8n/child.mjs';
import { e2eModules } from '../../scripts/n8n/paths.mjs';
import { npm } from '../../scripts/setup.mjs';

const LOOPBACK = '127.0.0.1';
const READY_WITHIN_MS = 60_000;

/** JSON is YAML as well. No uplinks: a name that is not here is answered with 404, not asked for elsewhere. */
const settings = (folder) => ({
	storage: path.join(folder, 'storage'),
	auth: { htpasswd: { file: path.join(folder, 'htpasswd') } },
	uplinks: {},
	packages: { '**': { access: '$all', publish: '$authenticated' } },
	web: { enable: false },
	log: { type: 'stdout', format: 'json', level: 'http' },
});

/** npm publishes only with a token. */
async function newPublisher(url) {
	const name = 'publisher';
	const response = await fetch(`${url}/-/user/org.couchdb.user:${name}`, {
		method: 'PUT',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ name, password: randomBytes(12).toString('hex') }),
	});
	if (!response.ok) throw new Error(`The registry answered ${response.status} to a new user`);
	return (await response.json()).token;
}

/** @param {string} folder takes its storage, settings and log */
export async function startRegistry({ folder }) {
	mkdirSync(folder, { recursive: true });
	const port = await freePort();
	const url = `http://${LOOPBACK}:${port}`;
	const config = path.join(folder, 'config.yaml');
	writeFileSync(config, JSON.stringify(settings(folder), null, 2));
	const child = startChild({
		name: 'registry',
		args: [
			path.join(e2eModules, 'verdaccio', 'bin', 'verdaccio'),
			'--config',
			config,
			'--listen',
			`${LOOPBACK}:${port}`,
		],
		cwd: folder,
		log: path.join(folder, 'registry.log'),
	});
	try {
		const ready = async () =>
			(await fetch(`${url}/-/ping`, { signal: AbortSignal.timeout(2_000) })).ok;
		await child.until(ready, { timeoutMs: READY_WITHIN_MS });
		const npmrc = path.join(folder, 'publisher.npmrc');
		writeFileSync(npmrc, `//${LOOPBACK}:${port}/:_authToken=${await newPublisher(url)}\n`, {
			mode: 0o600,
		});
		return {
			url,
			pid: child.pid,
			stop: () => child.stop({ graceMs: 5_000 }),
			/** Packs and publishes a package folder, as its maintainer does. */
			async publish(packageDir) {
				const { code, output } = await npm(
					[
						'publish',
						`--registry=${url}`,
						`--userconfig=${npmrc}`,
						`--cache=${path.join(folder, 'publisher-cache')}`,
						'--ignore-scripts',
						'--loglevel=error',
					],
					{ cwd: packageDir, quiet: true },
				);
				if (code !== 0) throw new Error(`npm publish ended with code ${code}\n${output}`);
			},
		};
	} catch (error) {
		await child.stop({ graceMs: 0 });
		throw error;
	}
}
