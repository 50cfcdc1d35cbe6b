// Makes the pictures in docs/images: every example workflow is run in the editor, in a real n8n.
// node scripts/n8n/screenshots.mjs [part of a workflow's file name] …
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openBrowser } from '../../test/e2e/browser.mjs';
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
	await shoot(editor, `${name}-node`);
	await editor.widenOutput();
	await shoot(editor, `${name}-output`);
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
		all = await boot({ folder, log: console.log, workflows, ports: { n8n: 5678, sandbox: 4010 } });
		editor = await openBrowser({ url: all.n8n.url });
		await editor.signIn(all.owner);
		const known = new Set((await all.session.nodeTypes()).map(({ name }) => name));
		for (const workflow of workflows) {
			const missing = workflow.nodes.filter(({ type }) => !known.has(type));
			if (missing.length > 0) {
				// n8n would draw a question mark, which is no picture to show.
				throw new Error(`${workflow.file} uses ${missing[0].type}, which this build does not have`);
			}
			const { id } = all.workflows.find(({ file }) => file === workflow.file);
			await shootWorkflow(editor, workflow, id);
		}
		// One in the dark, to see that the icons hold there too.
		await editor.setTheme('dark');
		const [{ id }] = all.workflows;
		await editor.openWorkflow(id);
		await shoot(editor, 'editor-dark');
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
