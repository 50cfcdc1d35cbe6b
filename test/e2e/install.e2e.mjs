// As users do: the package comes from a registry through n8n's own community packages, is used, updated and removed.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { failureOf, itemsOf, newOwner, signIn } from '../../scripts/n8n/owner.mjs';
import { sandboxCredentials, startSandbox } from '../../scripts/n8n/sandbox.mjs';
import { exampleWorkflows, seedCredentials, seedWorkflows } from '../../scripts/n8n/seed.mjs';
import { startN8n } from '../../scripts/n8n/server.mjs';
import { root } from '../../scripts/setup.mjs';
import { live } from './examples.mjs';
import { orSkip, test } from './fixtures.mjs';
import { startRegistry } from './registry.mjs';
import { sandboxControl } from './sandboxControl.mjs';
import { standIn } from './standIn.mjs';

const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const { name: PACKAGE, version: FIRST } = manifest;
const SECOND = FIRST.replace(/\d+$/, (patch) => Number(patch) + 1);
const NODES = manifest.n8n.nodes.map((file) => path.basename(file, '.node.js')).sort();
/** Nothing at Worth AI tells when an email went out, so a second one is held back by the node's own record alone. */
const WITNESS = 'worth-ai-open-and-resend.json';
const FILES = ['karmacheck-open-and-resend.json', 'numium-open-and-resend.json', WITNESS];

/** The package folder as it would be published with another version. */
function copyWithVersion(target, version) {
	rmSync(target, { recursive: true, force: true });
	for (const entry of [...manifest.files, 'README.md', 'LICENSE']) {
		cpSync(path.join(root, entry), path.join(target, entry), { recursive: true });
	}
	writeFileSync(
		path.join(target, 'package.json'),
		JSON.stringify({ ...manifest, version }, null, 2),
	);
	return target;
}

const count = (verdicts, outcome) =>
	verdicts.filter((verdict) => verdict.outcome === outcome).length;

const owner = newOwner();
let place;
let registry;
let outside;
let sandbox;
let control;
let n8n;
let session;

async function start() {
	n8n = await startN8n({
		userFolder: path.join(place, 'user'),
		packageDir: null,
		env: outside.env,
	});
	session = await signIn({ url: n8n.url, owner });
}

async function restart() {
	await n8n.stop();
	await start();
}

// Each test goes on from where the one before has left off.
test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ folder, cleanup }) => {
	place = folder;
	registry = cleanup(await startRegistry({ folder: path.join(folder, 'registry') }));
	outside = cleanup(await standIn({ registry: registry.url, folder }).catch(orSkip));
	sandbox = cleanup(await startSandbox({ log: path.join(folder, 'sandbox.log') }));
	control = sandboxControl(sandbox.url);
	cleanup(undefined, () => n8n?.stop());
	await start();
});

const ownNodes = async () =>
	(await session.nodeTypes())
		.map(({ name }) => name.split('.'))
		.filter(([from]) => from === PACKAGE)
		.map(([, name]) => name)
		.filter((name) => !name.endsWith('Tool'))
		.sort();
const nodeNames = NODES.map((name) => name[0].toLowerCase() + name.slice(1)).sort();
const installed = async () =>
	(await session.call('GET', '/community-packages')).find((it) => it.packageName === PACKAGE);

let workflows;
/** Runs an example: its verdicts, and how many emails went out meanwhile. */
const resend = async (file) => {
	const before = (await control.outbox()).length;
	const execution = await session.run(workflows.find((it) => it.file === file).id);
	assert.equal(failureOf(execution), undefined);
	const mails = (await control.outbox()).length - before;
	return { verdicts: itemsOf(execution, 'Resend'), mails };
};
let people = 0;
/** One more to be invited: exactly this one is emailed, everyone else was today. */
const mailsOnlyTheNewOne = async () => {
	people += 1;
	await control.add({ route: '/users', body: { email: `new.${people}@example.com` } });
	const { verdicts, mails } = await resend(WITNESS);
	assert.equal(mails, 1);
	assert.equal(count(verdicts, 'sent'), 1);
	const rest = verdicts.filter(({ outcome }) => outcome !== 'sent');
	assert.ok(rest.length > 0);
	for (const { outcome, reason } of rest) {
		assert.deepEqual({ outcome, reason }, { outcome: 'skipped', reason: 'alreadySent' });
	}
};

test('n8n without the package knows none of its nodes', async () => {
	assert.deepEqual(await ownNodes(), []);
});

test('it installs from a registry, through n8n', async () => {
	await registry.publish(root);
	const reply = await session.call('POST', '/community-packages', { name: PACKAGE });
	assert.equal(reply.installedVersion, FIRST);
	assert.deepEqual(await ownNodes(), nodeNames);
	assert.equal((await installed()).failedLoading, false);
});

test('its credentials connect and its nodes send', async () => {
	const credentials = await seedCredentials(session, sandboxCredentials(sandbox.url));
	for (const credential of credentials) {
		assert.equal((await session.testCredential(credential)).status, 'OK', credential.name);
	}
	const examples = exampleWorkflows().filter(({ file }) => FILES.includes(file));
	workflows = await seedWorkflows(session, credentials, examples.map(live));
	for (const file of FILES) {
		const { verdicts, mails } = await resend(file);
		assert.ok(mails > 0);
		assert.equal(count(verdicts, 'sent'), mails, file);
	}
});

test('after a restart the nodes are there and nobody is emailed again', async () => {
	await restart();
	assert.deepEqual(await ownNodes(), nodeNames);
	for (const file of FILES) assert.equal((await resend(file)).mails, 0, file);
	await mailsOnlyTheNewOne();
});

test('n8n offers the next version and updates to it', async ({ folder }) => {
	await registry.publish(copyWithVersion(path.join(folder, 'next'), SECOND));
	assert.equal((await installed()).updateAvailable, SECOND);
	const reply = await session.call('PATCH', '/community-packages', { name: PACKAGE });
	assert.equal(reply.installedVersion, SECOND);
	assert.deepEqual(await ownNodes(), nodeNames);
});

test('workflows and the record of sends survive the update', mailsOnlyTheNewOne);

test('and the restart after it', async () => {
	await restart();
	const { installedVersion, updateAvailable } = await installed();
	assert.deepEqual(
		{ installedVersion, updateAvailable },
		{ installedVersion: SECOND, updateAvailable: undefined },
	);
	await mailsOnlyTheNewOne();
});

/** n8n says which node it lacks, sends nothing and lives on. */
const saysWhatIsMissing = async () => {
	const before = (await control.outbox()).length;
	const { id } = workflows.find(({ file }) => file === WITNESS);
	const told = await session.run(id).then(failureOf, (error) => error.message);
	assert.match(told, /Unrecognized node type: n8n-nodes-invitations\.worthAi/);
	assert.equal((await control.outbox()).length, before);
	assert.equal((await session.getWorkflow(id)).nodes.length > 0, true);
	assert.equal((await fetch(`${n8n.url}/healthz`)).ok, true);
};

test('removed, its nodes are gone and a workflow with them says so', async () => {
	await session.call('DELETE', `/community-packages?name=${PACKAGE}`);
	assert.deepEqual(await ownNodes(), []);
	assert.equal(await installed(), undefined);
	await saysWhatIsMissing();
});

test('also after a restart', async () => {
	await restart();
	assert.deepEqual(await ownNodes(), []);
	await saysWhatIsMissing();
});

test('installed again, it still knows who was emailed', async () => {
	const reply = await session.call('POST', '/community-packages', { name: PACKAGE });
	assert.equal(reply.installedVersion, SECOND);
	await mailsOnlyTheNewOne();
});
