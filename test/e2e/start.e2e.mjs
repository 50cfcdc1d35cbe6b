// What `npm start` gives is usable: nodes are there, credentials connect, the example workflows run green,
// through REST and by hand in the editor.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { tryLock } from '../../scripts/lock.mjs';
import { boot } from '../../scripts/n8n/boot.mjs';
import { failureOf } from '../../scripts/n8n/owner.mjs';
import { sandboxCredentials } from '../../scripts/n8n/sandbox.mjs';
import { exampleWorkflows } from '../../scripts/n8n/seed.mjs';
import { root, run } from '../../scripts/setup.mjs';
import { openBrowser } from './browser.mjs';
import { orSkip, test } from './fixtures.mjs';

const OWN = 'n8n-nodes-invitations.';
const has = ({ nodes }, type) => nodes.some((node) => node.type === type);

const workflows = exampleWorkflows();
/** Those with a button to run them; the others wait for a form, a poll or a call. */
const runnable = workflows.filter((it) => has(it, 'n8n-nodes-base.manualTrigger'));
let all;
const idOf = ({ file }) => all.workflows.find((seeded) => seeded.file === file).id;

test.beforeAll(async ({ folder, cleanup }) => {
	all = cleanup(await boot({ folder, workflows }));
});

test('n8n knows every node that the example workflows use', async () => {
	const known = new Set((await all.session.nodeTypes()).map(({ name }) => name));
	const used = workflows.flatMap(({ nodes }) => nodes.map(({ type }) => type));
	assert.ok(used.some((type) => type.startsWith(OWN)));
	assert.deepEqual(
		used.filter((type) => !known.has(type)),
		[],
	);
});

test('it refuses a second start, from the first moment of the first', async ({ cleanup }) => {
	const folder = path.join(root, '.n8n-local');
	const wasThere = existsSync(folder);
	// Null where somebody uses it on this machine: it is refused all the same.
	cleanup(await tryLock(folder), (endLock) => endLock?.());
	const script = path.join(root, 'scripts', 'start.mjs');
	const { code, output } = await run(process.execPath, [script], {
		quiet: true,
		timeoutMs: 60_000,
	});
	assert.match(output, /^It runs already/m);
	assert.equal(code, 1);
	assert.equal(existsSync(folder), wasThere);
});

for (const { name } of sandboxCredentials('')) {
	test(`the test of "${name}" connects`, async () => {
		const credential = all.credentials.find((it) => it.name === name);
		assert.deepEqual(await all.session.testCredential(credential), {
			status: 'OK',
			message: 'Connection successful!',
		});
	});
}

for (const workflow of runnable) {
	test(`"${workflow.name}" runs`, async () => {
		const execution = await all.session.run(idOf(workflow));
		assert.equal(failureOf(execution), undefined);
		assert.equal(execution.status, 'success');
	});
}

test('no example mails anybody before it is told to', async () => {
	assert.deepEqual(await all.sandbox.outbox(), []);
});

test.describe.serial('in the editor', () => {
	let editor;

	test.beforeAll(async ({ cleanup }) => {
		editor = cleanup(await openBrowser({ url: all.n8n.url }).catch(orSkip), (it) => it.close());
	});

	test('the owner signs in', async () => {
		await editor.signIn(all.owner);
	});

	for (const workflow of runnable) {
		test(`"${workflow.name}" runs by a click on its button`, async () => {
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

	test('it asked nobody but n8n', async () => {
		assert.deepEqual([...editor.foreignHosts], []);
	});
});
