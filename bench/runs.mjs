// One measured run: Manual Trigger → Bench Start → the node in question → Bench End, in the real n8n.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { failureOf } from '../scripts/n8n/owner.mjs';
import { wireCredentials } from '../scripts/n8n/seed.mjs';

const POLL_MS = 50;
/** Seldom: asking n8n costs it time of its own while the clock runs. */
const ASK_EVERY_MS = 5_000;
const RUN_LIMIT_MS = 10 * 60_000;

function node(name, type, parameters, more = {}) {
	return { id: randomUUID(), name, type, typeVersion: 1, position: [0, 0], parameters, ...more };
}

function chain(nodes) {
	const links = nodes.slice(0, -1).map(({ name }, index) => {
		const next = { node: nodes[index + 1].name, type: 'main', index: 0 };
		return [name, { main: [[next]] }];
	});
	return Object.fromEntries(links);
}

async function endedWithout(session, workflowId, executionId) {
	const executions = await session.listExecutions({ workflowId });
	const { status } = executions.find(({ id }) => id === executionId) ?? {};
	return status !== undefined && !['new', 'running', 'success'].includes(status);
}

async function appears(file, isHopeless) {
	const started = Date.now();
	let asked = started;
	while (!existsSync(file)) {
		await sleep(POLL_MS);
		if (Date.now() - started > RUN_LIMIT_MS) throw new Error(`No figures in ${RUN_LIMIT_MS} ms`);
		if (Date.now() - asked < ASK_EVERY_MS) continue;
		asked = Date.now();
		// The execution has failed before its last node; waiting for its end tells why.
		if (await isHopeless()) return;
	}
}

/**
 * @param {object} options
 * @param {import('../scripts/n8n/owner.mjs').N8nSession} options.session
 * @param {{ id: string, name: string, type: string }[]} options.credentials
 * @param {string} options.folder where items go in and figures come out
 */
export function createRuns({ session, credentials, folder }) {
	/**
	 * A workflow of its own, so that its Resend starts with an empty record.
	 * @param {string} name
	 * @param {{ type: string, parameters: object, typeVersion?: number, credentials?: object }} subject
	 * @param {string} [field] by which the items that come out are counted
	 */
	return async function prepare(name, subject, field = '') {
		const [itemsFile, figuresFile] = ['items', 'figures'].map((kind) =>
			path.join(folder, `${name.replace(/\W+/g, '-')}.${kind}.json`),
		);
		const { type, parameters, ...more } = subject;
		const measured = node('Subject', type, parameters, more);
		const nodes = [
			node('Trigger', 'n8n-nodes-base.manualTrigger', {}),
			node('Bench Start', 'CUSTOM.benchStart', { file: itemsFile }),
			measured,
			node('Bench End', 'CUSTOM.benchEnd', { file: figuresFile, field }),
		];
		const workflow = wireCredentials({ name, nodes, connections: chain(nodes) }, credentials);
		const { id } = await session.importWorkflow({
			...workflow,
			settings: { executionOrder: 'v1' },
		});

		/**
		 * @param {object[]} items
		 * @param {string} [value] what the field must say in the items that come out
		 * @param {number} [expected] how many of them there must be
		 * @param {boolean} [collects] whether memory is measured without garbage; then time and CPU say nothing
		 * @returns {Promise<import('./figures').Sample>}
		 */
		async function run(items, value = '', expected = items.length, collects = false) {
			writeFileSync(itemsFile, JSON.stringify({ items, collects }));
			rmSync(figuresFile, { force: true });
			const executionId = await session.startRun(id);
			await appears(figuresFile, () => endedWithout(session, id, executionId));
			// Only then, for what n8n still has to store would fall into the next run.
			const execution = await session.waitFor(executionId, { timeoutMs: RUN_LIMIT_MS });
			if (execution.status !== 'success') throw new Error(`${name}: ${failureOf(execution)}`);
			const { counts, ...sample } = JSON.parse(readFileSync(figuresFile, 'utf8'));
			if (counts[value] !== expected) {
				throw new Error(`${name}: not ${expected} items, but ${JSON.stringify(counts)}`);
			}
			return { items: expected, ...sample };
		}
		return { run, workflowId: id, nodeId: measured.id };
	};
}
