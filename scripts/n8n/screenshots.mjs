// Makes the pictures in docs/images, in a real n8n: credentials and a workflow made by hand, and every example run.
// node scripts/n8n/screenshots.mjs [part of a workflow's file name, "by-hand" or "changes"] …
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openBrowser } from '../../test/e2e/browser.mjs';
import {
	buildChain,
	buildListAndResend,
	flip,
	offeredActions,
} from '../../test/e2e/canvasBuilder.mjs';
import {
	closeCredential,
	makeCredential,
	saveCredential,
	typeCredential,
} from '../../test/e2e/credentialForm.mjs';
import { pickWorkflow, searchList } from '../../test/e2e/picker.mjs';
import { SERVICES } from '../../test/e2e/services.mjs';
import { ensureBuilt, ensureInstalled, root } from '../setup.mjs';
import { boot } from './boot.mjs';
import { exampleWorkflows } from './seed.mjs';

const images = path.join(root, 'docs', 'images');
/** A README should load quickly. */
const LIMIT_BYTES = 200_000;

const ownNode = ({ type, disabled }) => type.startsWith('n8n-nodes-invitations.') && !disabled;

/** Workflows that wait for something from outside have no button to run them to the end; their canvas is shown. */
const runnable = ({ nodes }) => nodes.some(({ type }) => type === 'n8n-nodes-base.manualTrigger');

/** The node a reader wants to see: the last of ours, which is the one that sends where anything is sent. */
function mainNode({ nodes }) {
	return (
		nodes.find((node) => ownNode(node) && node.parameters.operation === 'resend') ??
		nodes.findLast(ownNode)
	);
}

async function shoot(editor, name) {
	const file = path.join(images, `${name}.png`);
	await editor.screenshot(file);
	const { size } = statSync(file);
	console.log(`${path.relative(root, file)}  ${Math.round(size / 1000)} kB`);
	if (size > LIMIT_BYTES) throw new Error(`${file} is larger than ${LIMIT_BYTES / 1000} kB`);
}

async function shootWorkflow(editor, workflow, id) {
	const name = path.basename(workflow.file, '.json');
	await editor.openWorkflow(id);
	if (!runnable(workflow)) return shoot(editor, `${name}-canvas`);
	const { ok, text } = await editor.execute();
	if (!ok) throw new Error(`${workflow.name}: ${text}`);
	await shoot(editor, `${name}-canvas`);
	const node = mainNode(workflow);
	await editor.openNode(node.name);
	await editor.outputTable();
	await editor.widenOutput();
	await shoot(editor, `${name}-output`);
	await editor.closeNode();
}

const fileName = ({ app }) => app.toLowerCase().replace(' ', '-');

/** The credentials as their owner makes them: green, and one that is refused. */
async function shootCredentials(editor, credentials) {
	for (const service of SERVICES) {
		const name = fileName(service);
		const { data } = credentials.find(({ type }) => type === service.credential);
		const { ok, message } = await makeCredential(editor, { ...service, data });
		if (!ok) throw new Error(`${service.form}: ${message}`);
		await shoot(editor, `${name}-credential`);
		if (service.credential === 'karmaCheckApi') {
			await typeCredential(editor, { apiKey: 'not-the-key' });
			await saveCredential(editor);
			await shoot(editor, `${name}-credential-refused`);
			await typeCredential(editor, { apiKey: data.apiKey });
			await saveCredential(editor);
		}
		await closeCredential(editor);
	}
}

/** From an empty canvas to the table of verdicts, by day and by night. */
async function shootByHand(editor) {
	const [service] = SERVICES;
	await offeredActions(editor, service);
	await shoot(editor, 'by-hand-actions');

	const [, get] = await buildChain(editor, service, ['Get many invitations', 'Get invitation']);
	await editor.fitCanvas();
	await editor.execute();
	await editor.openNode(get);
	await editor.outputTable();
	await shoot(editor, 'by-hand-get');
	await editor.closeNode();

	const { many, resend } = await buildListAndResend(editor, service);
	await editor.openNode(resend);
	await flip(editor, 'dryRun');
	await editor.closeNode();
	await editor.fitCanvas();
	const { ok, text } = await editor.execute();
	if (!ok) throw new Error(text);
	for (const theme of ['light', 'dark']) {
		const suffix = theme === 'dark' ? '-dark' : '';
		await editor.setTheme(theme);
		await shoot(editor, `by-hand-canvas${suffix}`);
		for (const [name, file] of [
			[many, 'get-many'],
			[resend, 'resend'],
		]) {
			await editor.openNode(name);
			await editor.outputTable();
			await shoot(editor, `by-hand-${file}${suffix}`);
			await editor.closeNode();
		}
	}
	await editor.setTheme('light');
}

/** A search in the list to pick from. */
async function shootPick(editor, id) {
	await editor.openWorkflow(id);
	await editor.openNode('Pick');
	await searchList(editor, SERVICES[0].fromList);
	// As it is: what else a picture is prepared with would close the list.
	await editor.snap(path.join(images, `${fileName(SERVICES[0])}-pick-a-case.png`));
	await editor.closeNode();
}

/** Those that only one service has: more time, and an end. */
const CHANGES = SERVICES.flatMap((service) =>
	service.changes.map((change) => ({ service, change })),
);

const titleOf = (change) => `${change.charAt(0).toUpperCase()}${change.slice(1)}`;

/** A few that are open are listed, and each is changed. */
function changeWorkflow({ service, change }) {
	const base = pickWorkflow(service);
	const [start, pick] = base.nodes;
	const list = {
		...pick,
		id: randomUUID(),
		name: 'Open Invitations',
		parameters: { operation: 'getAll', limit: 3, filters: { status: ['pending'] } },
	};
	const name = titleOf(change);
	const last = { ...pick, name, position: [440, 0], parameters: { operation: change } };
	const to = (node) => ({ main: [[{ node, type: 'main', index: 0 }]] });
	return {
		...base,
		file: change,
		name: `${name} at ${service.app}`,
		nodes: [start, list, last],
		connections: { Start: to(list.name), [list.name]: to(name) },
	};
}

/** They change the sandbox, so they come last. */
async function shootChange(editor, { service, change }, id) {
	const node = titleOf(change);
	await editor.openWorkflow(id);
	const { ok, text } = await editor.execute();
	if (!ok) throw new Error(text);
	await editor.openNode(node);
	await editor.outputTable();
	await editor.widenOutput();
	await shoot(editor, `${fileName(service)}-${change}`);
	await editor.closeNode();
}

async function main(wanted) {
	await ensureInstalled();
	await ensureBuilt();
	const workflows = exampleWorkflows().filter(
		({ file }) => wanted.length === 0 || wanted.some((part) => file.includes(part)),
	);
	const folder = mkdtempSync(path.join(os.tmpdir(), 'n8n-screenshots-'));
	let all;
	let editor;
	try {
		// The usual port, for it is what readers will see on their own screen.
		all = await boot({
			folder,
			log: console.log,
			workflows: [...workflows, pickWorkflow(SERVICES[0]), ...CHANGES.map(changeWorkflow)],
			ports: { n8n: 5678, sandbox: 4010 },
		});
		const seeded = (wanted) => all.workflows.find(({ file }) => file === wanted);
		editor = await openBrowser({ url: all.n8n.url });
		await editor.stayAtHome();
		await editor.signIn(all.owner);
		if (wanted.length === 0 || wanted.includes('by-hand')) {
			await shootCredentials(editor, all.credentials);
			await shootByHand(editor);
			await shootPick(editor, seeded(SERVICES[0].provider).id);
		}
		const known = new Set((await all.session.nodeTypes()).map(({ name }) => name));
		for (const workflow of workflows) {
			const missing = workflow.nodes.filter(({ type }) => !known.has(type));
			if (missing.length > 0) {
				// n8n would draw a question mark, which is no picture to show.
				throw new Error(`${workflow.file} uses ${missing[0].type}, which this build does not have`);
			}
			await shootWorkflow(editor, workflow, seeded(workflow.file).id);
		}
		if (wanted.length === 0 || wanted.includes('changes')) {
			for (const one of CHANGES) await shootChange(editor, one, seeded(one.change).id);
		}
	} finally {
		await editor?.close();
		await all?.stop();
		rmSync(folder, { recursive: true, force: true });
	}
}

main(process.argv.slice(2)).catch((error) => {
	console.error(error);
	process.exitCode = 1;
});
