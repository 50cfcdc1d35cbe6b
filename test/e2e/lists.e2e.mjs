// The lists of the resource locators, by mouse and keyboard: they open, search narrows, a pick is kept.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { boot } from '../../scripts/n8n/boot.mjs';
import { root } from '../../scripts/setup.mjs';
import { openBrowser } from './browser.mjs';
import { orSkip, test } from './fixtures.mjs';

const CASES = [
	{
		type: 'karmaCheck',
		credential: 'karmaCheckApi',
		parameter: 'caseId',
		search: 'ada',
		label: /Ada Mbeki · .+ · pending/,
	},
	{
		type: 'worthAi',
		credential: 'worthAiApi',
		parameter: 'userId',
		search: 'bruno',
		label: /Bruno Keller · bruno\.keller@example\.com · pending/,
	},
	{
		type: 'numium',
		credential: 'numiumApi',
		parameter: 'invitationId',
		search: '9007199254740993',
		label: /pending · #9007199254740993/,
	},
];

function workflowOf({ type, credential, parameter }) {
	return {
		file: type,
		name: `List of ${type}`,
		nodes: [
			{
				id: randomUUID(),
				name: 'Start',
				type: 'n8n-nodes-base.manualTrigger',
				typeVersion: 1,
				position: [0, 0],
				parameters: {},
			},
			{
				id: randomUUID(),
				name: 'Pick',
				type: `n8n-nodes-invitations.${type}`,
				typeVersion: 1,
				position: [220, 0],
				parameters: { [parameter]: { __rl: true, mode: 'list', value: '' } },
				credentials: { [credential]: { id: '', name: '' } },
			},
		],
		connections: { Start: { main: [[{ node: 'Pick', type: 'main', index: 0 }]] } },
		settings: { executionOrder: 'v1' },
	};
}

let all;
let editor;

test.beforeAll(async ({ folder, cleanup }) => {
	all = cleanup(await boot({ folder, workflows: CASES.map(workflowOf) }));
	editor = cleanup(await openBrowser({ url: all.n8n.url }).catch(orSkip), (it) => it.close());
	await editor.signIn(all.owner);
});

for (const { type, parameter, search, label } of CASES) {
	test(`${type}: the list opens, search narrows it, the pick is kept`, async () => {
		const { id } = all.workflows.find(({ file }) => file === type);
		await editor.openWorkflow(id);
		await editor.openNode('Pick');
		const { page } = editor;
		await page.locator('[data-test-id="rlc-input"]').first().click();
		const rows = page.locator('[data-test-id="rlc-item"]');
		await rows.first().waitFor();
		const before = await rows.count();
		assert.ok(before > 1);
		await page.locator('[data-test-id="rlc-search"]').fill(search);
		const match = rows.filter({ hasText: label });
		await match.waitFor();
		await page.waitForFunction(
			() => globalThis.document.querySelectorAll('[data-test-id="rlc-item"]').length === 1,
		);
		if (type === 'karmaCheck') {
			await editor.snap(path.join(root, 'docs', 'images', 'karmacheck-pick-a-case.png'));
		}
		await match.click();
		await editor.closeNode();
		await editor.openNode('Pick');
		const shown = await page.locator('[data-test-id="rlc-input"]').first().inputValue();
		assert.match(shown, label);
		await editor.closeNode();
		assert.ok(parameter);
	});
}
