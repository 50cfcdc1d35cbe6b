// The packages with one service each, as users meet them in the editor: installed, used and removed by hand.
import assert from 'node:assert/strict';
import path from 'node:path';
import { itemsOf, newOwner, signIn } from '../../scripts/n8n/owner.mjs';
import { sandboxCredentials, startSandbox } from '../../scripts/n8n/sandbox.mjs';
import { seedWorkflows } from '../../scripts/n8n/seed.mjs';
import { startN8n } from '../../scripts/n8n/server.mjs';
import { ensureCompiled } from '../../scripts/packages/compile.mjs';
import { installPackage, removePackage } from './communityNodes.mjs';
import { closeCredential, makeCredential } from './credentialForm.mjs';
import { listAndResend } from './examples.mjs';
import { openEditor, orSkip, test } from './fixtures.mjs';
import { startRegistry } from './registry.mjs';
import { sandboxControl } from './sandboxControl.mjs';
import { SERVICES } from './services.mjs';
import { standIn } from './standIn.mjs';

const ALL_IN_ONE = 'n8n-nodes-invitations';

const owner = newOwner();
let trees;
let sandbox;
let control;
let session;
let editor;

const picture = (name) => editor.screenshot(test.info().outputPath(`${name}.png`));
const treeOf = ({ provider }) =>
	trees.find(({ service }) => service.toLowerCase() === provider.toLowerCase());

// Each test goes on from where the one before has left off.
test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ folder, cleanup }) => {
	trees = await ensureCompiled();
	const registry = cleanup(await startRegistry({ folder: path.join(folder, 'registry') }));
	for (const tree of trees) await registry.publish(tree.folder);
	const outside = cleanup(await standIn({ registry: registry.url, folder }).catch(orSkip));
	sandbox = cleanup(await startSandbox({ log: path.join(folder, 'sandbox.log') }));
	control = sandboxControl(sandbox.url);
	const userFolder = path.join(folder, 'user');
	const n8n = cleanup(await startN8n({ userFolder, packageDir: null, env: outside.env }));
	session = await signIn({ url: n8n.url, owner });
	editor = await openEditor({ url: n8n.url, owner, cleanup });
});

const nodesOf = async (name) =>
	(await session.nodeTypes()).filter((type) => type.name.startsWith(`${name}.`));

for (const service of SERVICES) {
	const { app, form, credential, provider } = service;

	test.describe(`the package for ${app} alone`, () => {
		test('installs through the screen, without the other services', async () => {
			const { name, service: folder } = treeOf(service);
			await installPackage(editor, name);
			await picture(`${provider}-installed`);
			const types = await nodesOf(name);
			assert.ok(types.length > 1);
			assert.deepEqual(
				types.filter((type) => !type.name.toLowerCase().includes(folder.toLowerCase())),
				[],
			);
			assert.deepEqual(await nodesOf(ALL_IN_ONE), []);
		});

		test('its credential is made in the form, and its test is green', async () => {
			const { data } = sandboxCredentials(sandbox.url).find(({ type }) => type === credential);
			assert.deepEqual(await makeCredential(editor, { app, form, data }), { ok: true });
			await picture(`${provider}-credential`);
			await closeCredential(editor);
		});

		test('its example runs in the editor: Get Many, then Resend', async () => {
			const example = listAndResend(treeOf(service).folder, provider);
			const [{ id }] = await seedWorkflows(session, await session.listCredentials(), [example]);
			await editor.openWorkflow(id);
			const before = (await control.outbox()).length;
			const toast = await editor.execute();
			assert.equal(toast.ok, true, toast.text);
			const [execution] = await session.listExecutions({ workflowId: id });
			const verdicts = itemsOf(await session.getExecution(execution.id), 'Resend');
			const sent = verdicts.filter(({ outcome }) => outcome === 'sent');
			assert.ok(sent.length > 0);
			assert.equal((await control.outbox()).length - before, sent.length);
			await picture(`${provider}-canvas`);
			await editor.openNode('Resend');
			await picture(`${provider}-resend`);
			await editor.closeNode();
		});

		test('is removed through the screen', async () => {
			const { name } = treeOf(service);
			await removePackage(editor, name);
			await picture(`${provider}-removed`);
			assert.deepEqual(await nodesOf(name), []);
		});
	});
}
