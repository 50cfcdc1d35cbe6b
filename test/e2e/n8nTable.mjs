// n8n's own deduplication helper on n8n's own repository and database, in a process of its own with n8n's Node.
// This file is both that process and what starts it.
import { closeSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { plainEnv, tail } from '../../scripts/n8n/child.mjs';
import { e2eModules, n8nNode } from '../../scripts/n8n/paths.mjs';
import { n8nEnv } from '../../scripts/n8n/server.mjs';
import { isMain } from '../../scripts/setup.mjs';
import { beforeStatement, play } from './tableSteps.mjs';

/**
 * @param {string[]} options.workflows those that are in n8n's database; no other can have entries
 * @param {object} [options.env]       which database, SQLite by default
 */
export async function startN8nTable({ folder, workflows, env = {} }) {
	mkdirSync(folder, { recursive: true });
	const log = path.join(folder, 'table.log');
	const output = openSync(log, 'a');
	const child = execa(n8nNode(), [fileURLToPath(import.meta.url), ...workflows], {
		cwd: folder,
		env: { ...plainEnv(), ...n8nEnv({ userFolder: folder, port: 0, brokerPort: 0, env }) },
		extendEnv: false,
		stdio: ['ignore', output, output],
		ipc: true,
		serialization: 'json',
		reject: false,
	});
	closeSync(output);
	const answer = async () => {
		const message = await child.getOneMessage().catch(() => {
			throw new Error(`n8n's table ended. Its log, ${log}:\n${tail(log)}`);
		});
		if (message.failure !== undefined) throw new Error(message.failure);
		return message;
	};
	await answer();
	return {
		/** What `play` of tableSteps.mjs gives, from an empty table. */
		async play(history) {
			const traced = answer();
			await child.sendMessage(history);
			return (await traced).trace;
		},
		async stop() {
			if (child.connected) child.disconnect();
			await child;
		},
	};
}

/** The same statements as n8n's, held back one by one. */
function holdStatements(repository) {
	const names = { findOne: 'find', insert: 'insert', update: 'update', delete: 'delete' };
	for (const [method, name] of Object.entries(names)) {
		const real = repository[method].bind(repository);
		repository[method] = async (...args) => {
			await beforeStatement(name);
			return await real(...args);
		};
	}
}

async function serve(workflows) {
	// n8n looks for its own packages from where it really lies.
	const require = createRequire(
		path.join(realpathSync(path.join(e2eModules, 'n8n')), 'package.json'),
	);
	require('reflect-metadata');
	const { Container } = require('@n8n/di');
	const { DbConnection, ProcessedDataRepository, WorkflowRepository } = require('@n8n/db');
	const { DeduplicationHelper } = require('./dist/deduplication/deduplication-helper.js');
	const connection = Container.get(DbConnection);
	await connection.init();
	await connection.migrate();
	for (const id of workflows) {
		const empty = { active: false, nodes: [], connections: {} };
		await Container.get(WorkflowRepository).insert({ id, name: id, versionId: id, ...empty });
	}
	const repository = Container.get(ProcessedDataRepository);
	holdStatements(repository);
	const rows = async () =>
		Object.fromEntries(
			(await repository.find())
				.map(({ workflowId, context, value }) => [`${workflowId}/${context}`, value])
				.sort(([one], [other]) => (one < other ? -1 : 1)),
		);
	process.on('message', async (history) => {
		try {
			await repository.clear();
			const trace = await play(history, { deduplicator: new DeduplicationHelper(), rows });
			process.send({ trace });
		} catch (error) {
			process.send({ failure: `${error?.stack ?? error}` });
		}
	});
	process.send({ ready: true });
}

if (isMain(import.meta.url)) {
	// Also when whoever started this is gone.
	process.on('disconnect', () => process.exit());
	await serve(process.argv.slice(2));
}
