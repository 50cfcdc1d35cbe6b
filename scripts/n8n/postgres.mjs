// A PostgreSQL of our own: loopback, a free port, a data folder that lives until `remove`.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
	chownSync,
	existsSync,
	mkdtempSync,
	readdirSync,
	realpathSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { freePort } from './child.mjs';
import { ensureProgram, Unavailable } from './debian.mjs';
import { startProgram } from './program.mjs';

const LOOPBACK = '127.0.0.1';
const READY_WITHIN_MS = 60_000;
const USER = 'n8n';

/** Debian keeps the server's programs out of the path, in a folder for each version; newest first. */
function debianFolders(base = '/usr/lib/postgresql') {
	if (!existsSync(base)) return [];
	return readdirSync(base)
		.sort((one, other) => Number(other) - Number(one))
		.map((version) => path.join(base, version, 'bin'));
}

/** PostgreSQL refuses to run as root; Debian's package brings a user for it. */
async function runAs() {
	if (process.getuid?.() !== 0) return {};
	const ask = async (flag) => Number((await execa('id', [flag, 'postgres'])).stdout);
	try {
		return { uid: await ask('-u'), gid: await ask('-g') };
	} catch {
		throw new Unavailable('PostgreSQL needs a user "postgres" when we are root');
	}
}

/**
 * Running when this resolves. `start` starts it again, on the same port and with the same data.
 * @throws Unavailable
 */
export async function startPostgres({ log }) {
	const found = { debianPackage: 'postgresql', folders: debianFolders };
	// A link to it may stand where its companions have none.
	const bin = path.dirname(realpathSync(await ensureProgram('initdb', found)));
	const program = (name) => path.join(bin, name);
	const identity = await runAs();
	// Not in the project's folder, into which that user may not look.
	const folder = mkdtempSync(path.join(os.tmpdir(), 'n8n-postgres-'));
	const remove = () => rmSync(folder, { recursive: true, force: true });
	const own = { cwd: folder, ...identity };
	const password = randomBytes(12).toString('hex');
	const port = await freePort();
	const data = path.join(folder, 'data');
	let child;
	const start = async () => {
		const settings = [`listen_addresses=${LOOPBACK}`, 'unix_socket_directories='];
		child = startProgram({
			name: 'postgres',
			file: program('postgres'),
			args: ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
			// "Fast": clients are sent away; with SIGTERM it would wait until they go by themselves.
			stopSignal: 'SIGINT',
			log,
			...own,
		});
		const ready = () => execa(program('pg_isready'), ['-h', LOOPBACK, '-p', String(port)], own);
		await child.until(ready, { timeoutMs: READY_WITHIN_MS });
	};
	try {
		const secret = path.join(folder, 'password');
		writeFileSync(secret, password, { mode: 0o600 });
		if (identity.uid !== undefined) {
			for (const it of [folder, secret]) chownSync(it, identity.uid, identity.gid);
		}
		const options = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'];
		const args = ['-D', data, '-U', USER, `--pwfile=${secret}`, ...options];
		await execa(program('initdb'), args, own);
		await start();
	} catch (error) {
		await child?.stop();
		remove();
		throw error;
	}
	const session = (...args) => [
		program('psql'),
		['-h', LOOPBACK, '-p', String(port), '-U', USER, '-d', 'postgres', '-qXAt', ...args],
		{ ...own, env: { PGPASSWORD: password } },
	];
	return {
		host: LOOPBACK,
		port,
		user: USER,
		password,
		database: 'postgres',
		start,
		stop: () => child.stop(),
		/** One statement; gives what psql prints, without frills. */
		query: async (sql) => (await execa(...session('-c', sql))).stdout,
		/** One statement whose locks are kept until `release`. */
		async hold(sql) {
			const [file, args, options] = session('-v', 'ON_ERROR_STOP=1');
			const child = execa(file, args, { ...options, reject: false });
			child.stdin.write(`begin;\n${sql};\nselect 'held';\n`);
			const ended = await Promise.race([once(child.stdout, 'data').then(() => undefined), child]);
			if (ended) throw new Error(`"${sql}" ended: ${ended.message ?? ended.exitCode}`);
			return {
				async release() {
					child.stdin.end('commit;\n');
					await child;
				},
			};
		},
		remove,
	};
}
