// What `npm start` gives is usable: nodes are there, credentials connect, the example workflows run green,
// through REST and by hand in the editor.
import assert from 'node:assert/strict';
import { boot } from '../../scripts/n8n/boot.mjs';
import { failureOf } from '../../scripts/n8n/owner.mjs';
import { exampleWorkflows } from '../../scripts/n8n/seed.mjs';
import { openBrowser } from './browser.mjs';
import { suite } from './harness.mjs';

const OWN = 'n8n-nodes-invitations.';
const has = ({ nodes }, type) => nodes.some((node) => node.type === type);

await suite(import.meta.url, async ({ test, folder, cleanup, onFailure }) => {
	const workflows = exampleWorkflows();
	const all = cleanup(await boot({ folder, workflows }), (it) => it.stop());
	const { session, credentials } = all;
	const idOf = ({ file }) => all.workflows.find((seeded) => seeded.file === file).id;
	/** Those with a button to run them; the others wait for a form, a poll or a call. */
	const runnable = workflows.filter((it) => has(it, 'n8n-nodes-base.manualTrigger'));

	await test('n8n knows every node that the example workflows use', async () => {
		const known = new Set((await session.nodeTypes()).map(({ name }) => name));
		const used = workflows.flatMap(({ nodes }) => nodes.map(({ type }) => type));
		assert.ok(used.some((type) => type.startsWith(OWN)));
		assert.deepEqual(
			used.filter((type) => !known.has(type)),
			[],
		);
	});

	for (const credential of credentials) {
		await test(`the test of "${credential.name}" connects`, async () => {
			assert.deepEqual(await session.testCredential(credential), {
				status: 'OK',
				message: 'Connection successful!',
			});
		});
	}

	for (const workflow of runnable) {
		await test(`"${workflow.name}" runs`, async () => {
			const execution = await session.run(idOf(workflow));
			assert.equal(failureOf(execution), undefined);
			assert.equal(execution.status, 'success');
		});
	}

	await test('no example mails anybody before it is told to', async () => {
		assert.deepEqual(await all.sandbox.outbox(), []);
	});

	let editor;
	onFailure((file) => editor?.snap(`${file}.png`));

	await test('the owner signs in to the editor', async () => {
		editor = cleanup(await openBrowser({ url: all.n8n.url }), (it) => it.close());
		await editor.signIn(all.owner);
	});

	// Without a browser the rest has nothing to say.
	if (!editor) return;

	for (const workflow of runnable) {
		await test(`"${workflow.name}" runs by a click on its button`, async () => {
			await editor.openWorkflow(idOf(workflow));
			const toast = await editor.execute();
			assert.equal(toast.title, 'Workflow executed successfully');
			const own = workflow.nodes.findLast(({ type }) => type.startsWith(OWN));
			assert.equal(await editor.nodeStatus(own.name), 'success');
			await editor.openNode(own.name);
			assert.notEqual((await editor.outputTable()).length, 0);
			await editor.closeNode();
		});
	}

	await test('the editor asked nobody but n8n', async () => {
		assert.deepEqual([...editor.foreignHosts], []);
	});
});
