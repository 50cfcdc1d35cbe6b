// A workflow, built on an empty canvas by mouse and keyboard.
import path from 'node:path';
import { workflowsFolder } from '../../scripts/n8n/seed.mjs';
import { id, nodeSelector } from './browser.mjs';

export async function emptyCanvas(editor) {
	await editor.page.goto(`${editor.url}/workflow/new`);
	await editor.page.waitForSelector(id('canvas-plus-button'));
	await editor.settle();
}

const entry = (page, title) =>
	page
		.locator(id('item-iterator-item'))
		.filter({ has: page.getByText(title, { exact: true }) })
		.first();

/** What the node panel offers for a search: `{ title, description }` of each. */
export async function searchNodes({ page }, search) {
	const bar = page.locator(id('node-creator-search-bar'));
	await bar.click();
	await page.keyboard.type(search);
	const found = page.locator(id('item-iterator-item'));
	await found
		.filter({ hasText: new RegExp(search, 'i') })
		.first()
		.waitFor();
	return await found.evaluateAll((items) =>
		items.map((item) => {
			const text = (name) => item.querySelector(`[data-test-id="${name}"]`)?.innerText.trim();
			return {
				title: text('node-creator-item-name'),
				description: text('node-creator-item-description'),
			};
		}),
	);
}

/** "Add first step" → Manual Trigger. */
export async function addManualTrigger(editor) {
	const { page } = editor;
	await page.click(id('canvas-plus-button'));
	await searchNodes(editor, 'Manual');
	await entry(page, 'Manual Trigger').click();
	await page.waitForSelector(id('canvas-node'));
	return await page.locator(id('canvas-node')).getAttribute('data-node-name');
}

/** The + behind a node opens the node panel. */
export async function openPanelAfter({ page }, name) {
	await page.locator(`${nodeSelector(name)} ${id('canvas-handle-plus')}`).click();
	await page.waitForSelector(id('node-creator-search-bar'));
}

/** Opens, on an empty canvas, the panel with all that a service can do. */
export async function offeredActions(editor, { app }) {
	await emptyCanvas(editor);
	await openPanelAfter(editor, await addManualTrigger(editor));
	await searchNodes(editor, app);
	await entry(editor.page, app).click();
	await entry(editor.page, 'Resend invitation by email').waitFor();
}

/** With the node panel open: the app's entry, then its action. The new node's panel opens; gives the node's name. */
export async function chooseAction(editor, { app, action }) {
	const { page } = editor;
	await entry(page, app).click();
	await entry(page, action).click();
	await page.waitForSelector(id('ndv'));
	await editor.settle();
	return (await page.locator(id('node-title-container')).first().innerText()).trim();
}

export async function nodeCredential({ page }) {
	return await page
		.locator(`${id('node-credentials-select')} input`)
		.first()
		.inputValue();
}

/** In the open node: flips a switch. */
export async function flip({ page }, parameter) {
	await page.locator(`${id(`parameter-input-${parameter}`)} .el-switch`).click();
}

/** In the open node: adds an option that is a switch, and turns it on. */
export async function switchOption(editor, { title, name }) {
	const { page } = editor;
	await page.locator(id('collection-parameter-add')).click();
	await page
		.getByRole('option')
		.filter({ has: page.getByText(title, { exact: true }) })
		.click();
	await flip(editor, name);
}

/** In the open node: whether a switch is on. */
export async function isOn({ page }, parameter) {
	return await page.locator(`${id(`parameter-input-${parameter}`)} input`).isChecked();
}

/** In the open node: the expression in its resource locator. */
export async function targetExpression({ page }) {
	const field = page.locator(`${id('node-parameters')} .cm-content`).first();
	return (await field.innerText()).trim();
}

/** In the open node: under Settings, what happens with an item that was refused. */
export async function chooseOnError({ page }, choice) {
	const tab = (name) => page.locator(id('ndv')).getByText(name, { exact: true }).first();
	await tab('Settings').click();
	await page.locator(id('parameter-input-onError')).click();
	await page
		.getByRole('option')
		.filter({ has: page.getByText(choice, { exact: true }) })
		.click();
	await tab('Parameters').click();
}

/** In the open node: what stands in its output after it stopped, as lines. */
export async function stoppedText({ page }) {
	const panel = page.locator(id('output-panel'));
	await panel.locator(id('node-error-message')).first().waitFor();
	return (await panel.innerText()).split('\n').filter((line) => line.trim() !== '');
}

/** The picture on the canvas. */
export async function nodeIcon({ page }, name) {
	return await page
		.locator(`${nodeSelector(name)} img`)
		.first()
		.getAttribute('src');
}

/** Manual Trigger → the actions, one after the other, everything as it comes. Gives the names of their nodes. */
export async function buildChain(editor, { app }, actions) {
	await emptyCanvas(editor);
	const names = [await addManualTrigger(editor)];
	for (const action of actions) {
		await openPanelAfter(editor, names.at(-1));
		await searchNodes(editor, app);
		names.push(await chooseAction(editor, { app, action }));
		await editor.closeNode();
	}
	return names.slice(1);
}

export async function buildListAndResend(editor, service) {
	const [many, resend] = await buildChain(editor, service, [
		'Get many invitations',
		'Resend invitation by email',
	]);
	return { many, resend };
}

/** A workflow file into an empty canvas, by the menu. */
export async function importWorkflow(editor, file) {
	const { page } = editor;
	await emptyCanvas(editor);
	await page.click(id('workflow-menu'));
	await page.locator(id('workflow-menu-item-import')).hover();
	const chooser = page.waitForEvent('filechooser');
	await page.click(id('workflow-menu-item-import-from-file'));
	await (await chooser).setFiles(path.join(workflowsFolder, file));
	await page.waitForSelector(id('canvas-node'));
	await editor.dismissToasts();
	await editor.fitCanvas();
}

/** What a node shall give without being run, pasted into its output as people paste a list. */
export async function mockOutput(editor, name, items) {
	const { page } = editor;
	await editor.openNode(name);
	await page.click(id('ndv-edit-pinned-data'));
	await page.locator(`${id('output-panel')} .cm-content`).click();
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.insertText(JSON.stringify(items));
	await page.locator(id('output-panel')).getByRole('button', { name: 'Save' }).click();
	await editor.closeNode();
}

/** In the open node: who is meant, by an address that an expression finds. */
export async function targetByEmail({ page }, parameter, expression) {
	const field = page.locator(id(`parameter-input-${parameter}`));
	await field.locator(id('rlc-mode-selector')).click();
	await page.click(id('mode-email'));
	await field.locator('.cm-content').click();
	await page.keyboard.press('ControlOrMeta+a');
	await page.keyboard.insertText(expression);
}
