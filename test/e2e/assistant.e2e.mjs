// The example with the AI assistant, imported as it is and used as a person does, in the editor's own chat.
import assert from 'node:assert/strict';
import { boot } from '../../scripts/n8n/boot.mjs';
import { id } from './browser.mjs';
import { importWorkflow } from './canvasBuilder.mjs';
import { openEditor, test } from './fixtures.mjs';
import { eventually } from './eventually.mjs';
import { sandboxControl } from './sandboxControl.mjs';
import { startScriptedModel } from './scriptedModel.mjs';

const FARID = { name: 'Farid Novak', email: 'farid.novak@example.com' };

const lookUp = { tool: 'List_Invitations', input: { Email_Contains: 'farid' } };
const resend = {
	tool: 'Resend_Invitation',
	input: { toolParameters: { Email: FARID.email }, hitlParameters: { Name: FARID.name } },
};

let control;
let editor;
let model;

const picture = (name) => editor.snap(test.info().outputPath(`${name}.png`));
const messages = (text) => editor.page.locator('.chat-message').filter({ hasText: text });
const question = () => messages(`Send a new invitation to ${FARID.name} (${FARID.email})?`).last();
const choice = (label) => question().getByRole('button', { name: label, exact: true });
const emailed = async () => (await control.outbox()).map(({ email }) => email);

/** The words of an answer can be read before the chat takes the next ones, so Enter is pressed until it does. */
async function say(text) {
	const said = messages(text);
	const before = await said.count();
	const input = editor.page.locator(id('chat-input'));
	await input.fill(text);
	await eventually(async () => {
		await input.press('Enter');
		return (await said.count()) > before;
	});
}

/** Until the person is asked in turn. */
async function askToResend() {
	const before = await messages('Send a new invitation').count();
	await say(`Please resend the invitation of ${FARID.name}.`);
	await eventually(async () => (await messages('Send a new invitation').count()) > before);
	for (const label of ['Approve', 'Decline']) await choice(label).waitFor();
}

/** What the model was told last of the tool it had called. */
const lastTold = () => JSON.stringify(model.asked.at(-1).messages.at(-1));

// Each test goes on from where the one before has left off.
test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ folder, cleanup }) => {
	const all = cleanup(await boot({ folder, workflows: [] }));
	control = sandboxControl(all.sandbox.url);
	model = cleanup(
		await startScriptedModel([
			lookUp,
			resend,
			{ text: 'Then I leave it.' },
			resend,
			{ text: 'It was sent to him.' },
			resend,
			{ text: 'It was sent today already.' },
		]),
	);
	await all.session.createCredential({
		name: 'Model',
		type: 'openAiApi',
		data: { apiKey: 'scripted', url: model.url },
	});
	editor = await openEditor({ url: all.n8n.url, owner: all.owner, cleanup });
	await importWorkflow(editor, 'assistant-with-approval.json');
	await picture('imported');
	await editor.page.click(id('workflow-chat-button'));
});

test('it looks people up by itself, and asks in the chat before it emails one', async () => {
	await askToResend();
	await picture('asked');
	assert.match(JSON.stringify(model.asked[1].messages.at(-1)), /farid\.novak@example\.com/);
	assert.deepEqual(await emailed(), []);
});

test('after Decline nobody is emailed, and the chat goes on', async () => {
	await choice('Decline').click();
	await messages('Then I leave it.').waitFor();
	await picture('declined');
	assert.match(lastTold(), /rejected the tool call/);
	assert.deepEqual(await emailed(), []);
});

test('after Approve one email is sent, to the address in the question', async () => {
	await askToResend();
	await choice('Approve').click();
	await messages('It was sent to him.').waitFor();
	await picture('approved');
	assert.deepEqual(await emailed(), [FARID.email]);
	assert.match(lastTold(), /\\"outcome\\":\\"sent\\"/);
});

test('approved once more the same day, the node does not send again', async () => {
	await askToResend();
	await choice('Approve').click();
	await messages('It was sent today already.').waitFor();
	assert.deepEqual(await emailed(), [FARID.email]);
	assert.match(lastTold(), /\\"reason\\":\\"alreadySent\\"/);
});
