// Each example, imported as it is by the editor's menu, and run there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { boot } from '../../scripts/n8n/boot.mjs';
import { exampleWorkflows } from '../../scripts/n8n/seed.mjs';
import { id } from './browser.mjs';
import { importWorkflow } from './canvasBuilder.mjs';
import { openEditor, test } from './fixtures.mjs';
import { sandboxControl } from './sandboxControl.mjs';

const ADA = { name: 'Ada Mbeki', email: 'ada.mbeki@example.com' };

let control;
let editor;

const picture = (name) => editor.snap(test.info().outputPath(`${name}.png`));
const emailed = async () => (await control.outbox()).map(({ email }) => email);

test.beforeAll(async ({ folder, cleanup }) => {
	const all = cleanup(await boot({ folder, workflows: [] }));
	control = sandboxControl(all.sandbox.url);
	editor = await openEditor({ url: all.n8n.url, owner: all.owner, cleanup });
});

async function table(node) {
	await editor.openNode(node);
	const rows = await editor.outputTable();
	await picture(node);
	await editor.closeNode();
	return rows;
}

/** Runs the workflow with the button, which opens the form in a window of its own. */
async function openForm() {
	const opened = editor.context.waitForEvent('page');
	await editor.page.click(`button${id('execute-workflow-button')}`);
	const form = await opened;
	await form.waitForLoadState('networkidle');
	return form;
}

const byHand = ({ nodes }) => nodes.some(({ type }) => type === 'n8n-nodes-base.manualTrigger');
/** The last node of an example that is run by hand, and what one of its rows must hold. */
const ENDS = {
	'all-open-in-one-table.json': ['Table', { service: 'KarmaCheck' }],
	'karmacheck-open-and-resend.json': ['Resend', { outcome: 'wouldSend' }],
	'morning-chase.json': [
		'Send It to HR',
		{ subject: 'KarmaCheck reminders: 3 would be sent (dry run)' },
	],
	'numium-open-and-resend.json': ['Resend', { outcome: 'wouldSend' }],
	'worth-ai-go-on-by-outcome.json': ['Row for the Log', { who: 'Ada Mbeki' }],
	'worth-ai-open-and-resend.json': ['Resend', { outcome: 'wouldSend' }],
};

for (const { file } of exampleWorkflows().filter(byHand)) {
	test(`${file} runs as it comes, and emails nobody`, async () => {
		const [node, wanted] = ENDS[file];
		await importWorkflow(editor, file);
		const toast = await editor.execute();
		await editor.screenshot(test.info().outputPath('canvas.png'));
		assert.equal(toast.title, 'Workflow executed successfully', toast.text);
		const held = Object.entries(wanted);
		assert.ok((await table(node)).some((row) => held.every(([key, value]) => row[key] === value)));
		assert.deepEqual(await emailed(), []);
	});
}

test('completed-next-step.json fetches somebody to try it with', async () => {
	await importWorkflow(editor, 'completed-next-step.json');
	const toast = await editor.execute();
	await editor.screenshot(test.info().outputPath('canvas.png'));
	assert.equal(toast.title, 'Workflow executed successfully', toast.text);
	const [{ task }] = await table('Next Onboarding Step');
	assert.match(task, /^Order equipment for \w+ \w+$/);
});

test('resend-from-a-form.json answers to whom it was sent', async () => {
	await importWorkflow(editor, 'resend-from-a-form.json');
	for (const title of [`Sent to ${ADA.name} (${ADA.email})`, 'No email was sent']) {
		const form = await openForm();
		await form.fill('input[type="email"]', ADA.email);
		await form.click('#submit-btn');
		await form.getByText(title, { exact: true }).waitFor();
		await form.screenshot({ path: test.info().outputPath(`${title}.png`) });
		await form.close();
	}
	await editor.screenshot(test.info().outputPath('canvas.png'));
	assert.deepEqual(await emailed(), [ADA.email]);
});

test('resend-from-a-sheet.json gives the sheet back with the outcomes', async () => {
	await control.clear();
	await importWorkflow(editor, 'resend-from-a-sheet.json');
	// As Excel saves 'CSV UTF-8': with a byte order mark. A column that is blank in every row comes back, too.
	const sheet = [
		'\uFEFFEmail,Team,Notes',
		'bruno.keller@example.com,Sales,',
		'nobody@example.com,Sales,',
		'Bruno.Keller@example.com,IT,',
		',IT,',
	].join('\n');
	const form = await openForm();
	await form.setInputFiles('input[type="file"]', {
		name: 'people.csv',
		mimeType: 'text/csv',
		buffer: Buffer.from(sheet),
	});
	await form.selectOption('select', 'Send');
	await form.screenshot({ path: test.info().outputPath('form.png') });
	const downloading = form.waitForEvent('download');
	await form.click('#submit-btn');
	const file = test.info().outputPath('outcomes.csv');
	await (await downloading).saveAs(file);
	await form.getByText('1 of 4 sent', { exact: true }).waitFor();
	await form.screenshot({ path: test.info().outputPath('answer.png') });
	await form.close();
	await editor.screenshot(test.info().outputPath('canvas.png'));
	const [heads, ...rows] = readFileSync(file, 'utf8').replace('\uFEFF', '').trim().split('\n');
	assert.equal(heads, 'Email,Team,Notes,Outcome,Why,What to do');
	assert.deepEqual(
		rows.map((row) => row.split(',').slice(0, 4)),
		[
			['bruno.keller@example.com', 'Sales', '', 'sent'],
			['nobody@example.com', 'Sales', '', 'failed'],
			['Bruno.Keller@example.com', 'IT', '', 'skipped'],
			['', 'IT', '', 'failed'],
		],
	);
	assert.deepEqual(await emailed(), ['bruno.keller@example.com']);
});
