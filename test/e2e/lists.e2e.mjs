// The lists of the resource locators, by mouse and keyboard: they open, search narrows, a pick is kept.
import assert from 'node:assert/strict';
import { boot } from '../../scripts/n8n/boot.mjs';
import { openEditor, test } from './fixtures.mjs';
import { pickWorkflow, searchList } from './picker.mjs';
import { SERVICES } from './services.mjs';

let all;
let editor;

test.beforeAll(async ({ folder, cleanup }) => {
	all = cleanup(await boot({ folder, workflows: SERVICES.map(pickWorkflow) }));
	editor = await openEditor({ url: all.n8n.url, owner: all.owner, cleanup });
});

for (const { provider, name, fromList } of SERVICES) {
	test(`${name}: the list opens, search narrows it, the pick is kept`, async () => {
		const { id } = all.workflows.find(({ file }) => file === provider);
		await editor.openWorkflow(id);
		await editor.openNode('Pick');
		const { match, before } = await searchList(editor, fromList);
		assert.ok(before > 1);
		await match.click();
		await editor.closeNode();
		await editor.openNode('Pick');
		const shown = await editor.page.locator('[data-test-id="rlc-input"]').first().inputValue();
		assert.match(shown, new RegExp(fromList.label));
		await editor.closeNode();
	});
}
