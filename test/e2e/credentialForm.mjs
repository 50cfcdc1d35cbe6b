// A credential, made in the editor by mouse and keyboard.
import { id } from './browser.mjs';

const modal = ({ page }) => page.locator(id('editCredential-modal'));

/** From the list of credentials to the empty form of the type found by searching. */
export async function newCredential(editor, { search, type }) {
	const { page } = editor;
	await page.goto(`${editor.url}/home/credentials`);
	await page.click(id('add-resource-credential'));
	await page.waitForSelector(id('selectCredential-modal'));
	// The search has the focus already.
	await page.keyboard.type(search);
	await page
		.locator(id('new-credential-type-select-option'))
		.filter({ has: page.getByText(type, { exact: true }), visible: true })
		.click();
	await page.click(id('new-credential-type-button'));
	await modal(editor).waitFor();
	await editor.settle();
}

export async function closeCredential(editor) {
	await modal(editor).locator('.el-dialog__headerbtn').click();
	await modal(editor).waitFor({ state: 'detached' });
}

/** Types into text fields, as a person would who replaces what is there. */
export async function typeCredential(editor, fields) {
	for (const [name, text] of Object.entries(fields)) {
		const input = modal(editor).locator(`${id(`parameter-input-${name}`)} input`);
		await input.click();
		await editor.page.keyboard.press('ControlOrMeta+a');
		await editor.page.keyboard.type(text);
	}
	// n8n takes over what was typed a moment later; saved at once, the last letters would be missing.
	await editor.settle();
}

/** Picks from a field with a fixed choice. */
async function chooseInCredential(editor, name, option) {
	await modal(editor)
		.locator(id(`parameter-input-${name}`))
		.click();
	await editor.page.getByRole('option', { name: option }).click();
}

/** Saves; for a type without a test that is all. */
export async function saveUntested(editor) {
	const saved = editor.page.waitForResponse(
		(response) =>
			/\/rest\/credentials(\/[^/]+)?$/.test(new URL(response.url()).pathname) &&
			/POST|PATCH/.test(response.request().method()) &&
			!response.url().endsWith('/test'),
	);
	await modal(editor)
		.locator(`${id('credential-save-button')} button`)
		.click();
	await saved;
}

/** Saves, and waits for the test that n8n runs then. `message` is what the red banner says behind "More details". */
export async function saveCredential(editor) {
	const form = modal(editor);
	// The banner of the test before may still be there, so the reply tells what to wait for.
	const [reply] = await Promise.all([
		editor.page.waitForResponse((response) => response.url().endsWith('/rest/credentials/test')),
		saveUntested(editor),
	]);
	const { status, message } = (await reply.json()).data;
	if (status === 'OK') {
		await form
			.locator(id('credentials-config-container-test-success'))
			.getByText('Connection tested successfully')
			.waitFor();
		return { ok: true };
	}
	const banner = form
		.locator('.el-tag--danger')
		.filter({ hasText: 'Couldn’t connect with these settings', visible: true });
	await banner.waitFor();
	const more = banner.getByText('More details');
	if (await more.isVisible()) await more.click();
	const details = banner.getByText(message, { exact: true });
	await details.waitFor();
	return { ok: false, message: (await details.innerText()).trim() };
}

/** From nothing to the saved form; `data` as in `sandboxCredentials`. The form stays open. */
export async function makeCredential(editor, { app, form, data }) {
	const { environment, authentication, ...typed } = data;
	await newCredential(editor, { search: app, type: form });
	if (environment === 'custom') await chooseInCredential(editor, 'environment', 'Custom');
	// The first choice of the form is the way in that renews itself.
	if (authentication === 'token') await chooseInCredential(editor, 'authentication', 'Token');
	await typeCredential(editor, typed);
	return await saveCredential(editor);
}
