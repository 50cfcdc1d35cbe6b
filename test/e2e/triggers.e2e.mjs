// A published workflow with each trigger, in the real n8n: it fires once for a change in the sandbox,
// and not again after a restart of n8n.
import assert from 'node:assert/strict';
import { createHmac, randomUUID } from 'node:crypto';
import path from 'node:path';
import { itemsOf, newOwner, signIn } from '../../scripts/n8n/owner.mjs';
import { sandboxCredentials, startSandbox } from '../../scripts/n8n/sandbox.mjs';
import { seedCredentials, seedWorkflows } from '../../scripts/n8n/seed.mjs';
import { startN8n } from '../../scripts/n8n/server.mjs';
import { test } from './fixtures.mjs';
import { eventually } from './eventually.mjs';
import { sandboxControl } from './sandboxControl.mjs';
import { SERVICES } from './services.mjs';

/** The most often that n8n polls. */
const EVERY_MINUTE = { item: [{ mode: 'everyMinute' }] };
/** Long enough for a poll to come round on a busy machine. */
const PATIENCE = { withinMs: 180_000, everyMs: 1_000 };
const SIGNING_KEY = Buffer.from('a key that only this test knows');

const POLLED = SERVICES.map((service) => ({ ...service, type: `${service.provider}Trigger` }));

function workflowOf({ type, credential, parameters }) {
	return {
		file: type,
		name: `Trigger ${type}`,
		nodes: [
			{
				id: randomUUID(),
				name: 'Trigger',
				type: `n8n-nodes-invitations.${type}`,
				typeVersion: 1,
				position: [0, 0],
				parameters,
				webhookId: randomUUID(),
				credentials: { [credential]: { id: '', name: '' } },
			},
		],
		connections: {},
		settings: { executionOrder: 'v1' },
	};
}

function signed(body, { id = randomUUID(), key = SIGNING_KEY } = {}) {
	const timestamp = String(Math.floor(Date.now() / 1000));
	const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
	return {
		'content-type': 'application/json',
		'webhook-id': id,
		'webhook-timestamp': timestamp,
		'webhook-signature': `v1,${signature}`,
	};
}

const owner = newOwner();
let userFolder;
let control;
let n8n;
let session;
let workflows;

async function start() {
	n8n = await startN8n({ userFolder });
	session = await signIn({ url: n8n.url, owner });
}

// Each test goes on from where the one before has left off.
test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ folder, cleanup }) => {
	userFolder = path.join(folder, 'user');
	const sandbox = cleanup(await startSandbox({ log: path.join(folder, 'sandbox.log') }));
	control = sandboxControl(sandbox.url);
	cleanup(undefined, () => n8n?.stop());
	await start();
	const credentials = await seedCredentials(session, [
		...sandboxCredentials(sandbox.url),
		{
			type: 'karmaCheckWebhookApi',
			name: 'KarmaCheck webhook',
			data: { signingSecret: `whsec_${SIGNING_KEY.toString('base64')}` },
		},
	]);
	workflows = await seedWorkflows(session, credentials, [
		...POLLED.map((it) =>
			workflowOf({ ...it, parameters: { events: ['new'], pollTimes: EVERY_MINUTE } }),
		),
		workflowOf({
			type: 'karmaCheckWebhookTrigger',
			credential: 'karmaCheckWebhookApi',
			parameters: {},
		}),
	]);
});

const idOf = (type) => workflows.find(({ file }) => file === type).id;
const runsOf = async (type) => await session.listExecutions({ workflowId: idOf(type) });
/** How often a trigger asked the sandbox for its list. */
const polls = async ({ provider, listCall }) =>
	(await control.requests()).filter(
		(request) => request.provider === provider && request.operationId === listCall,
	).length;

/**
 * Waits for two more polls of each service. A request for the list is seen before its poll is over; that n8n polls
 * once more says that whatever the poll before it started is to be seen.
 */
const pollAgain = async () => {
	const seen = await Promise.all(POLLED.map(polls));
	for (const [index, service] of POLLED.entries()) {
		await eventually(async () => (await polls(service)) >= seen[index] + 2, PATIENCE);
	}
};

test('the first polls take stock and start nothing', async () => {
	for (const { type } of POLLED) await session.activate(idOf(type));
	for (const service of POLLED) {
		await eventually(async () => (await polls(service)) >= 1, PATIENCE);
		assert.deepEqual(await runsOf(service.type), []);
	}
});

test.describe('a new invitation at each service', () => {
	test.beforeAll(async () => {
		for (const { added } of POLLED) await control.add(added);
	});

	for (const { type } of POLLED) {
		test(`${type} fires for it`, async () => {
			const [run] = await eventually(async () => {
				const runs = await runsOf(type);
				return runs.length > 0 ? runs : undefined;
			}, PATIENCE);
			const items = itemsOf(await session.waitFor(run.id), 'Trigger');
			assert.equal(items.length, 1);
			assert.equal(items[0].event, 'new');
		});
	}

	test('none fires a second time for it', async () => {
		await pollAgain();
		for (const { type } of POLLED) assert.equal((await runsOf(type)).length, 1, type);
	});
});

const webhookUrl = async () => {
	const { nodes } = await session.getWorkflow(idOf('karmaCheckWebhookTrigger'));
	return `${n8n.url}/webhook/${nodes[0].webhookId}/webhook`;
};
const body = JSON.stringify({
	messageId: 'm-1',
	event: 'case.statuschange',
	username: 'not-to-be-seen',
	password: 'not-to-be-seen',
	eventObject: { id: 'case-1', caseStatus: 'Pending' },
});

test('karmaCheckWebhookTrigger takes a signed call once, and refuses a forged one', async () => {
	await session.activate(idOf('karmaCheckWebhookTrigger'));
	const address = await webhookUrl();
	const headers = signed(body);
	// n8n publishes in its own time: until then the address is not there.
	const first = await eventually(async () => {
		const response = await fetch(address, { method: 'POST', headers, body });
		return response.status === 404 ? undefined : response;
	});
	assert.equal(first.status, 200);
	await eventually(async () => (await runsOf('karmaCheckWebhookTrigger')).length === 1);
	const again = await fetch(address, { method: 'POST', headers, body });
	assert.equal(again.status, 200);
	const forged = await fetch(address, {
		method: 'POST',
		headers: signed(body, { key: Buffer.from('somebody else') }),
		body,
	});
	assert.equal(forged.status, 401);
	const [run] = await runsOf('karmaCheckWebhookTrigger');
	const execution = await session.waitFor(run.id);
	assert.equal(itemsOf(execution, 'Trigger').length, 1);
	assert.ok(!JSON.stringify(execution).includes('not-to-be-seen'));
	assert.equal((await runsOf('karmaCheckWebhookTrigger')).length, 1);
});

test('karmaCheckWebhookTrigger refuses an unsigned form, which n8n reads before it', async () => {
	const form = new FormData();
	form.append('event', 'case.statuschange');
	const response = await fetch(await webhookUrl(), { method: 'POST', body: form });
	const runs = await runsOf('karmaCheckWebhookTrigger');
	assert.deepEqual([response.status, runs.map(({ status }) => status)], [401, ['success']]);
});

test('after a restart of n8n nothing fires again', async () => {
	await n8n.stop();
	await start();
	await pollAgain();
	for (const { type } of POLLED) assert.equal((await runsOf(type)).length, 1, type);
});

test('what happens while a workflow is not published is told once it is again', async () => {
	for (const service of POLLED) {
		const id = idOf(service.type);
		const seen = (await runsOf(service.type)).length;
		await session.call('POST', `/workflows/${id}/deactivate`, {});
		await control.add(service.added);
		await session.activate(id);
		await eventually(async () => (await runsOf(service.type)).length === seen + 1, PATIENCE);
	}
});
