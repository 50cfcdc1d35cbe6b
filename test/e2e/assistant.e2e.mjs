// The example with the AI assistant: it looks up freely, and resends only after a person approved.
import assert from 'node:assert/strict';
import { boot } from '../../scripts/n8n/boot.mjs';
import { failureOf } from '../../scripts/n8n/owner.mjs';
import { exampleWorkflows, seedWorkflows } from '../../scripts/n8n/seed.mjs';
import { test } from './fixtures.mjs';
import { eventually, sandboxControl } from './sandboxControl.mjs';
import { startScriptedModel } from './scriptedModel.mjs';

/** The example as it is, but with the scripted model, and a chat that can be reached from here. */
function reachable(workflow) {
	const nodes = workflow.nodes.map((node) => {
		if (node.name === 'Chat') return { ...node, parameters: { ...node.parameters, public: true } };
		if (node.name !== 'Model') return node;
		return {
			...node,
			parameters: { ...node.parameters, responsesApiEnabled: false },
			credentials: { openAiApi: { id: '', name: 'Model' } },
		};
	});
	return { ...workflow, nodes };
}

let all;
let control;
let expired;
let model;
let id;
let webhookId;
let waiting;

// The second test goes on from where the first has left off.
test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ folder, cleanup }) => {
	all = cleanup(await boot({ folder, workflows: [] }));
	control = sandboxControl(all.sandbox.url);
	const { karmaCheck: cases } = await control.state();
	expired = cases.find(({ status }) => status === 'expired');
	assert.ok(expired, 'the sandbox has an expired invitation');
	model = cleanup(
		await startScriptedModel([
			{ tool: 'List_Invitations', input: { Email_Contains: '' } },
			{ tool: 'Resend_Invitation', input: { toolParameters: { Case_ID: expired.id } } },
			{ text: 'It was sent.' },
		]),
	);
	const credential = {
		name: 'Model',
		type: 'openAiApi',
		data: { apiKey: 'scripted', url: model.url },
	};
	const { id: credentialId } = await all.session.createCredential(credential);
	const [seeded] = await seedWorkflows(
		all.session,
		[...all.credentials, { ...credential, id: credentialId }],
		exampleWorkflows()
			.filter(({ file }) => file === 'assistant-with-approval.json')
			.map(reachable),
	);
	id = seeded.id;
	await all.session.activate(id);
	const { nodes } = await all.session.getWorkflow(id);
	webhookId = nodes.find(({ name }) => name === 'Chat').webhookId;
});

test('it looks invitations up by itself, and waits before it resends', async () => {
	const body = JSON.stringify({
		action: 'sendMessage',
		sessionId: 'one',
		chatInput: 'Please resend the invitation that has expired.',
	});
	await eventually(async () => {
		const response = await fetch(`${all.n8n.url}/webhook/${webhookId}/chat`, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body,
		});
		return response.ok;
	});
	waiting = await eventually(async () => {
		const [found] = await all.session.listExecutions({ workflowId: id });
		const execution = found && (await all.session.getExecution(found.id));
		return execution?.status === 'waiting' ? execution : undefined;
	});
	const { runData } = waiting.data.resultData;
	assert.equal(runData['List Invitations'].length, 1);
	assert.equal(runData['Resend Invitation'], undefined);
	assert.deepEqual(await control.outbox(), []);
});

test('after the approval it resends once, and tells the verdict to the model', async () => {
	const link = /http[^"\\]*approved=true[^"\\]*/.exec(JSON.stringify(waiting.data))?.[0];
	assert.ok(link, 'the chat shows a link to approve');
	// n8n ignores calls by programs here: previews of a link must not approve.
	const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x64) Chrome/140.0 Safari/537.36' };
	assert.equal((await fetch(link, { headers })).status, 200);
	const execution = await all.session.waitFor(waiting.id);
	assert.equal(failureOf(execution), undefined);
	const outbox = await control.outbox();
	assert.deepEqual(
		outbox.map(({ key }) => key),
		[expired.id],
	);
	assert.match(JSON.stringify(model.asked.at(-1)), /\\"outcome\\":\\"sent\\"/);
});
