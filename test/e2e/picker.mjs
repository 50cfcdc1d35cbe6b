// The From List mode of a target, used as a person does.
import { randomUUID } from 'node:crypto';

/** A workflow, for `boot`, with a node that waits to be told whom it is about. */
export function pickWorkflow({ provider, nodeType, credential, target }) {
	return {
		file: provider,
		name: `List of ${provider}`,
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
				type: nodeType,
				typeVersion: 1,
				position: [220, 0],
				parameters: { [target]: { __rl: true, mode: 'list', value: '' } },
				credentials: { [credential]: { id: '', name: '' } },
			},
		],
		connections: { Start: { main: [[{ node: 'Pick', type: 'main', index: 0 }]] } },
		settings: { executionOrder: 'v1' },
	};
}

/** Opens the list of the open node and searches it until one entry is left. Gives that one, and how many there were. */
export async function searchList({ page }, { search, label }) {
	await page.locator('[data-test-id="rlc-input"]').first().click();
	const rows = page.locator('[data-test-id="rlc-item"]');
	await rows.first().waitFor();
	const before = await rows.count();
	await page.locator('[data-test-id="rlc-search"]').fill(search);
	const match = rows.filter({ hasText: new RegExp(label) });
	await match.waitFor();
	await page.waitForFunction(
		() => globalThis.document.querySelectorAll('[data-test-id="rlc-item"]').length === 1,
	);
	return { match, before };
}
