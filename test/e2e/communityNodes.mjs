// Settings → Community nodes in the editor, by mouse and keyboard.
import { id } from './browser.mjs';

/** npm takes its time, and the machine may be busy. */
const NPM_MS = 120_000;

const card = ({ page }, name) =>
	page.locator(id('community-package-card')).filter({ has: page.getByText(name, { exact: true }) });

async function openCommunityNodes({ page, url }) {
	await page.goto(`${url}/settings/community-nodes`);
	// Either of them opens the form; which one is there depends on whether something is installed.
	await page.getByRole('button', { name: /^Install( a community node)?$/ }).waitFor();
}

export async function installPackage(editor, name) {
	const { page } = editor;
	await openCommunityNodes(editor);
	await page.getByRole('button', { name: /^Install( a community node)?$/ }).click();
	await page
		.locator(id('package-name-input'))
		.locator('input')
		.or(page.locator(`input${id('package-name-input')}`))
		.first()
		.fill(name);
	await page.click(id('user-agreement-checkbox'));
	await page.click(id('install-community-package-button'));
	await card(editor, name).waitFor({ timeout: NPM_MS });
	await editor.settle();
}

export async function removePackage(editor, name) {
	const { page } = editor;
	await openCommunityNodes(editor);
	await card(editor, name).locator(id('action-toggle')).click();
	await page.getByText('Uninstall package', { exact: true }).click();
	await page.getByRole('button', { name: 'Confirm uninstall' }).click();
	await card(editor, name).waitFor({ state: 'detached', timeout: NPM_MS });
}
