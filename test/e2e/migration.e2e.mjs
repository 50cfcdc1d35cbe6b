// From the package with all services to one with a single service: what docs/migration.md says, and both at once.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { plainEnv } from '../../scripts/n8n/child.mjs';
import { failureOf, itemsOf, newOwner, signIn } from '../../scripts/n8n/owner.mjs';
import { n8nNode, n8nScript } from '../../scripts/n8n/paths.mjs';
import { sandboxCredentials, startSandbox } from '../../scripts/n8n/sandbox.mjs';
import { seedWorkflows } from '../../scripts/n8n/seed.mjs';
import { n8nEnv, placePackage, startN8n } from '../../scripts/n8n/server.mjs';
import { ensureCompiled } from '../../scripts/packages/compile.mjs';
import { root, run } from '../../scripts/setup.mjs';
import { listAndResend } from './examples.mjs';
import { orSkip, test } from './fixtures.mjs';
import { startRegistry } from './registry.mjs';
import { sandboxControl } from './sandboxControl.mjs';
import { standIn } from './standIn.mjs';

/** Nothing at Worth AI tells when an email went out, so a second one is held back by the node's own record alone. */
const SERVICE = 'worthAi';
const OLD = 'n8n-nodes-invitations';

const owner = newOwner();
let userFolder;
let standalone;
let outside;
let control;
let n8n;
let session;
let credential;
/** The workflow that is moved. */
let id;

async function start() {
	n8n = await startN8n({ userFolder, packageDir: null, env: outside.env });
	session = await signIn({ url: n8n.url, owner });
}

// Each test goes on from where the one before has left off.
test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ folder, cleanup }) => {
	userFolder = path.join(folder, 'user');
	standalone = (await ensureCompiled()).find(
		({ service }) => service.toLowerCase() === SERVICE.toLowerCase(),
	);
	const registry = cleanup(await startRegistry({ folder: path.join(folder, 'registry') }));
	for (const packageDir of [root, standalone.folder]) await registry.publish(packageDir);
	outside = cleanup(await standIn({ registry: registry.url, folder }).catch(orSkip));
	const sandbox = cleanup(await startSandbox({ log: path.join(folder, 'sandbox.log') }));
	control = sandboxControl(sandbox.url);
	credential = sandboxCredentials(sandbox.url).find(({ type }) => type === `${SERVICE}Api`);
	cleanup(undefined, () => n8n?.stop());
	await start();
});

const install = (name) => session.call('POST', '/community-packages', { name });
const has = async (name) =>
	(await session.nodeTypes()).some((type) => type.name === `${name}.${SERVICE}`);

async function seed(packageDir, suffix = '') {
	const example = listAndResend(packageDir, SERVICE);
	const workflow = { ...example, name: example.name + suffix };
	const [seeded] = await seedWorkflows(session, await session.listCredentials(), [workflow]);
	return seeded.id;
}

/** The verdicts, and how many emails went out meanwhile. */
async function resend(workflowId) {
	const before = (await control.outbox()).length;
	const execution = await session.run(workflowId);
	assert.equal(failureOf(execution), undefined);
	const mails = (await control.outbox()).length - before;
	return { verdicts: itemsOf(execution, 'Resend'), mails };
}

/** n8n's own program beside the running n8n, as an administrator calls it. */
async function callN8n(...args) {
	const { code, output } = await run(n8nNode(), [n8nScript, ...args], {
		cwd: userFolder,
		quiet: true,
		env: { ...plainEnv(), ...n8nEnv({ userFolder, port: 0, brokerPort: 0, env: outside.env }) },
	});
	assert.equal(code, 0, output);
	return output;
}

test('everybody is emailed under the package with all services', async () => {
	await install(OLD);
	await session.createCredential(credential);
	id = await seed(root);
	const { verdicts, mails } = await resend(id);
	assert.ok(mails > 0);
	assert.equal(verdicts.filter(({ outcome }) => outcome === 'sent').length, mails);
});

test('n8n installs no second package whose nodes have the same titles, and keeps the first', async () => {
	await assert.rejects(install(standalone.name), /installed_nodes/);
	assert.deepEqual([await has(OLD), await has(standalone.name)], [true, false]);
	assert.equal((await resend(id)).mails, 0);
});

test('exported, renamed and imported, the workflow keeps its ids', async ({ folder }) => {
	const before = await session.getWorkflow(id);
	const exported = path.join(folder, 'exported');
	const moved = path.join(folder, 'moved');
	mkdirSync(exported);
	await callN8n('export:workflow', '--all', '--separate', `--output=${exported}/`);
	const script = path.join(root, 'scripts', 'migrate-workflows.mjs');
	const file = path.join(exported, `${id}.json`);
	const args = [script, '--to', standalone.name, '--out', moved, file];
	const { code, output } = await run(process.execPath, args, { quiet: true });
	assert.equal(code, 0, output);
	await session.call('DELETE', `/community-packages?name=${OLD}`);
	await install(standalone.name);
	const said = await callN8n('import:workflow', '--separate', `--input=${moved}/`);
	assert.match(said, /Successfully imported 1 workflow/);

	const after = await session.getWorkflow(id);
	const renamed = before.nodes.map((node) => ({
		...node,
		type: node.type.replace(`${OLD}.`, `${standalone.name}.`),
	}));
	assert.deepEqual(after.nodes, renamed);
	assert.notDeepEqual(after.nodes, before.nodes);
});

test('whoever was emailed today is not emailed again, and who is new is', async () => {
	assert.deepEqual([await has(OLD), await has(standalone.name)], [false, true]);
	const { verdicts, mails } = await resend(id);
	assert.equal(mails, 0);
	assert.ok(verdicts.length > 0);
	assert.deepEqual([...new Set(verdicts.map(({ reason }) => reason))], ['alreadySent']);
	await control.add({ route: '/users', body: { email: 'new@example.com' } });
	assert.equal((await resend(id)).mails, 1);
});

test('where both are in the folder of n8n, one saved credential serves both', async () => {
	await n8n.stop();
	placePackage(userFolder, root);
	await start();
	assert.deepEqual([await has(OLD), await has(standalone.name)], [true, true]);
	const saved = await session.listCredentials();
	assert.equal(saved.length, 1);
	const tested = await session.testCredential({ ...saved[0], data: credential.data });
	assert.equal(tested.status, 'OK');
	// The one has emailed them all. For a node with ids of its own they are new: that is what the move has to keep.
	assert.equal((await resend(id)).mails, 0);
	assert.ok((await resend(await seed(root, ', once more'))).mails > 0);
});
