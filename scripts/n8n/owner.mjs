// The owner's session with a running n8n, through the same REST calls as the editor makes.
import { createRequire } from 'node:module';
import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { e2eFolder } from './paths.mjs';

const POLL_MS = 250;
const ENDED = ['success', 'error', 'crashed', 'canceled'];

/** Fresh values for a throw-away instance; n8n wants eight characters with a digit and a capital. */
export function newOwner() {
	return {
		email: 'owner@example.com',
		firstName: 'Olivia',
		lastName: 'Owner',
		password: `Local-${randomBytes(6).toString('hex')}-1`,
	};
}

/** Run data is stored and sent as `flatted` text, which n8n's own dependency reads. */
function readRunData(data) {
	if (typeof data !== 'string') return data;
	return createRequire(path.join(e2eFolder, 'package.json'))('flatted').parse(data);
}

class RestError extends Error {
	constructor(method, route, status, body) {
		super(`n8n answered ${status} to ${method} ${route}: ${body.slice(0, 500)}`);
		this.status = status;
		this.body = body;
	}
}

/**
 * Sets the owner up on a new instance, signs in on a known one.
 * @returns {Promise<N8nSession>}
 */
export async function signIn({ url, owner }) {
	const session = new N8nSession(url);
	const settings = await session.call('GET', '/settings');
	if (settings.userManagement.showSetupOnFirstLoad) {
		await session.call('POST', '/owner/setup', owner);
	} else {
		await session.call('POST', '/login', {
			emailOrLdapLoginId: owner.email,
			password: owner.password,
		});
	}
	return session;
}

export class N8nSession {
	#cookie = '';
	/** n8n ties a sign-in to the browser that made it. */
	#browserId = randomUUID();

	constructor(url) {
		this.url = url;
	}

	/** One call below `/rest`; gives what is in the reply's `data`. */
	async call(method, route, body) {
		const response = await fetch(`${this.url}/rest${route}`, {
			method,
			headers: {
				'browser-id': this.#browserId,
				...(this.#cookie ? { cookie: this.#cookie } : {}),
				...(body === undefined ? {} : { 'content-type': 'application/json' }),
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const cookies = response.headers.getSetCookie().map((line) => line.split(';', 1)[0]);
		if (cookies.length > 0) this.#cookie = cookies.join('; ');
		const text = await response.text();
		if (!response.ok) throw new RestError(method, route, response.status, text);
		return text === '' ? undefined : JSON.parse(text).data;
	}

	/** Every node type the editor knows, by full name. */
	async nodeTypes() {
		const response = await fetch(`${this.url}/types/nodes.json`, {
			headers: { cookie: this.#cookie, 'browser-id': this.#browserId },
		});
		if (!response.ok) throw new RestError('GET', '/types/nodes.json', response.status, '');
		return await response.json();
	}

	listCredentials() {
		return this.call('GET', '/credentials');
	}

	createCredential({ name, type, data }) {
		return this.call('POST', '/credentials', { name, type, data });
	}

	updateCredential(id, { name, type, data }) {
		return this.call('PATCH', `/credentials/${id}`, { name, type, data });
	}

	/** What the editor's "Test" does: `{ status: 'OK' | 'Error', message }`. */
	testCredential({ id, name, type, data }) {
		return this.call('POST', '/credentials/test', { credentials: { id, name, type, data } });
	}

	async listWorkflows() {
		return await this.call('GET', '/workflows?take=250');
	}

	importWorkflow({ name, nodes, connections, settings = {}, pinData = {}, meta = null }) {
		return this.call('POST', '/workflows', { name, nodes, connections, settings, pinData, meta });
	}

	getWorkflow(id) {
		return this.call('GET', `/workflows/${id}`);
	}

	/** Publishes the version as it is stored: its triggers become live. */
	async activate(id) {
		const { versionId } = await this.getWorkflow(id);
		return await this.call('POST', `/workflows/${id}/activate`, { versionId });
	}

	/** Starts a manual execution from a trigger (default: the first) and gives its id. */
	async startRun(id, { trigger } = {}) {
		const workflow = await this.getWorkflow(id);
		const start = trigger ?? triggerOf(workflow)?.name;
		if (start === undefined) throw new Error(`Workflow "${workflow.name}" has no trigger`);
		const reply = await this.call('POST', `/workflows/${id}/run`, {
			triggerToStartFrom: { name: start },
		});
		if (!reply.executionId) throw new Error(`"${start}" waits for a call from outside`);
		return reply.executionId;
	}

	/** Runs a workflow and waits for the end: the execution as `getExecution` gives it. */
	async run(id, options) {
		return await this.waitFor(await this.startRun(id, options), options);
	}

	/** `filter`: what the editor sends, such as `{ workflowId }` or `{ status: ['error'] }`. */
	async listExecutions(filter = {}) {
		const found = new Map();
		let cursor;
		do {
			const query = new URLSearchParams({ filter: JSON.stringify(filter), limit: '100' });
			if (cursor) query.set('cursor', cursor);
			const { results, nextCursor } = await this.call('GET', `/executions?${query}`);
			// One that ends between two pages may be on both.
			for (const execution of results) found.set(execution.id, execution);
			cursor = nextCursor;
		} while (cursor);
		return [...found.values()];
	}

	/** With the run data read: `execution.data.resultData.runData[node][run].data.main[output][item].json`. */
	async getExecution(id) {
		const execution = await this.call('GET', `/executions/${id}`);
		return { ...execution, data: readRunData(execution.data) };
	}

	async waitFor(executionId, { timeoutMs = 60_000 } = {}) {
		const deadline = Date.now() + timeoutMs;
		for (;;) {
			// 503: n8n stores so much at the moment that its database does not answer in time.
			const execution = await this.getExecution(executionId).catch((error) => {
				if (error.status === 503) return { status: 'not to be had' };
				throw error;
			});
			if (ENDED.includes(execution.status)) return execution;
			if (Date.now() > deadline) {
				throw new Error(
					`Execution ${executionId} still "${execution.status}" after ${timeoutMs} ms`,
				);
			}
			await sleep(POLL_MS);
		}
	}
}

/** The manual trigger if there is one: the others may wait for something from outside. */
function triggerOf({ nodes }) {
	const lastPart = (node) => node.type.split('.').pop();
	const triggers = nodes.filter(
		(node) => !node.disabled && /(trigger|^webhook|^start)$/i.test(lastPart(node)),
	);
	return triggers.find((node) => lastPart(node) === 'manualTrigger') ?? triggers[0];
}

/** The items a node gave out, last run first output unless said otherwise. */
export function itemsOf(execution, node, { run = -1, output = 0 } = {}) {
	const runs = execution.data?.resultData?.runData?.[node] ?? [];
	return (runs.at(run)?.data?.main?.[output] ?? []).map((item) => item.json);
}

/** Why an execution failed, in one line: node and message. */
export function failureOf(execution) {
	const { error, lastNodeExecuted } = execution.data?.resultData ?? {};
	if (!error) return undefined;
	return [lastNodeExecuted, error.message, error.description].filter(Boolean).join(': ');
}
