// n8n in queue mode: one main, several workers, Redis and PostgreSQL, all our own and on loopback.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { startPostgres } from '../../scripts/n8n/postgres.mjs';
import { startRedis } from '../../scripts/n8n/redis.mjs';
import { startN8n } from '../../scripts/n8n/server.mjs';

/** What makes n8n use this database. */
export function postgresEnv(postgres) {
	return {
		DB_TYPE: 'postgresdb',
		DB_POSTGRESDB_HOST: postgres.host,
		DB_POSTGRESDB_PORT: String(postgres.port),
		DB_POSTGRESDB_DATABASE: postgres.database,
		DB_POSTGRESDB_USER: postgres.user,
		DB_POSTGRESDB_PASSWORD: postgres.password,
	};
}

function queueEnv({ redis, postgres, encryptionKey }) {
	return {
		EXECUTIONS_MODE: 'queue',
		QUEUE_BULL_REDIS_HOST: redis.host,
		QUEUE_BULL_REDIS_PORT: String(redis.port),
		...postgresEnv(postgres),
		N8N_ENCRYPTION_KEY: encryptionKey,
	};
}

const logged = (log, text) => existsSync(log) && readFileSync(log, 'utf8').includes(text);

/** An n8n that can be started again: same folder, same port, same log. */
function member({ name, folder, env, command }) {
	const log = path.join(folder, `${name}.log`);
	let n8n;
	return {
		name,
		log,
		get url() {
			return n8n.url;
		},
		get running() {
			return n8n?.ended === undefined;
		},
		async start() {
			n8n = await startN8n({
				userFolder: path.join(folder, name),
				port: n8n?.port,
				command,
				// By this name PostgreSQL knows whose a statement is.
				env: { ...env, PGAPPNAME: name },
				log,
			});
		},
		kill: () => n8n.kill(),
		/** Stands still, as on a machine that swaps or is moved; what it has asked for goes on elsewhere. */
		freeze: () => process.kill(n8n.pid, 'SIGSTOP'),
		thaw: () => process.kill(n8n.pid, 'SIGCONT'),
		stop: () => n8n?.stop({ graceMs: 5_000 }),
		/** Whether it took this execution out of the queue. */
		took: (executionId) => logged(log, `Worker started execution ${executionId} (job `),
		/** Whether it came to this execution's end, saved or not. */
		ended: (executionId) => logged(log, `Worker finished execution ${executionId} (job `),
	};
}

/**
 * Everything started; `stop` ends it, last started first.
 * @throws Unavailable where Redis or PostgreSQL can be neither found nor installed
 */
export async function startCluster({ folder, workers: count = 2, concurrency = 5 }) {
	const ends = [];
	const stop = async () => {
		for (const end of ends.splice(0).reverse()) await end();
	};
	try {
		const redis = await startRedis({ folder });
		ends.push(redis.stop);
		const postgres = await startPostgres({ log: path.join(folder, 'postgres.log') });
		ends.push(postgres.remove, postgres.stop);
		// All read the same credentials, so all need the same key.
		const env = queueEnv({ redis, postgres, encryptionKey: randomBytes(24).toString('hex') });
		const main = member({ name: 'main', folder, env, command: ['start'] });
		const workers = Array.from({ length: count }, (_, index) =>
			member({
				name: `worker-${index + 1}`,
				folder,
				env: { ...env, QUEUE_HEALTH_CHECK_ACTIVE: 'true' },
				command: ['worker', `--concurrency=${concurrency}`],
			}),
		);
		for (const it of [main, ...workers]) {
			ends.push(it.stop);
			await it.start();
		}
		return {
			redis,
			postgres,
			main,
			workers,
			/** The worker that works on an execution, or did. */
			workerOf: (executionId) => workers.find((worker) => worker.took(executionId)),
			/** What a service manager does: starts again who has ended. Gives their names. */
			async revive() {
				const gone = [main, ...workers].filter((it) => !it.running);
				for (const it of gone) await it.start();
				return gone.map(({ name }) => name);
			},
			stop,
		};
	} catch (error) {
		await stop();
		throw error;
	}
}
