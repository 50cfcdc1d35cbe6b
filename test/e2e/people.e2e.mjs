// Three people, each from an empty canvas, by mouse and keyboard. The third, who has an agent, is in assistant.e2e.mjs.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { boot } from '../../scripts/n8n/boot.mjs';
import { id } from './browser.mjs';
import {
	addManualTrigger,
	buildListAndResend,
	chooseAction,
	chooseOnError,
	emptyCanvas,
	flip,
	mockOutput,
	openPanelAfter,
	searchNodes,
	switchOption,
	targetByEmail,
} from './canvasBuilder.mjs';
import { openEditor, test } from './fixtures.mjs';
import { sandboxControl } from './sandboxControl.mjs';

// Playwright reads TypeScript, but on Node 20 an import would find no names in it.
const { SHIPPED } = createRequire(import.meta.url)('../services/index.ts');

/** Known to all services: the sandbox takes its people from one list. */
const ADA = 'ada.mbeki@example.com';

let control;
let editor;

const picture = (name) => editor.snap(test.info().outputPath(`${name}.png`));
const emailed = async (provider) =>
	(await control.outbox()).filter((email) => email.provider === provider);
const withOutcome = (rows, outcome) => rows.filter((row) => row.outcome === outcome);

test.beforeAll(async ({ folder, cleanup }) => {
	const all = cleanup(await boot({ folder, workflows: [] }));
	control = sandboxControl(all.sandbox.url);
	editor = await openEditor({ url: all.n8n.url, owner: all.owner, cleanup });
});

/** Runs the workflow, and looks at what came out of a node: its rows, and the line above them. */
async function runAndLook(node, what = 'output') {
	await editor.toCanvas();
	const toast = await editor.execute();
	assert.equal(toast.title, 'Workflow executed successfully', toast.text);
	await editor.openNode(node);
	const rows = await editor.outputTable();
	await picture(what);
	return { rows, said: await editor.page.locator(id('output-panel')).innerText() };
}

/** Runs the workflow, whose last node returns one summary. */
async function messageOf(node, what) {
	const { rows } = await runAndLook(node, what);
	assert.equal(rows.length, 1);
	return rows[0];
}

for (const { name: app, provider, target } of SHIPPED.filter((one) => one.findsByEmail)) {
	test(`${app}: somebody with a list of addresses has an outcome beside each`, async () => {
		const before = (await emailed(provider)).length;
		const list = [ADA, 'nobody@example.com', ADA.toUpperCase(), ''];
		await emptyCanvas(editor);
		const trigger = await addManualTrigger(editor);
		await mockOutput(
			editor,
			trigger,
			list.map((email, row) => ({ row: row + 1, email })),
		);
		await openPanelAfter(editor, trigger);
		await searchNodes(editor, app);
		const resend = await chooseAction(editor, { app, action: /^Resend invitation/ });
		await targetByEmail(editor, target, '{{ $json.email }}');
		await chooseOnError(editor, 'Continue');
		await picture('set-up');
		await editor.closeNode();

		const { rows } = await runAndLook(resend);
		assert.deepEqual(
			rows.map(({ email, outcome }) => [email, outcome]),
			[
				[ADA, 'sent'],
				['nobody@example.com', 'failed'],
				[ADA, 'skipped'],
				['null', 'failed'],
			],
		);
		assert.match(rows[1].message, /nobody@example\.com/);
		assert.match(rows[2].reason, /^duplicateInRun$/);
		assert.match(rows[3].message, /is empty/);
		assert.equal((await emailed(provider)).length, before + 1);
	});
}

for (const { name: app, provider } of SHIPPED) {
	test(`${app}: somebody in HR looks first, then sends, and has a message for the team`, async () => {
		const { resend } = await buildListAndResend(editor, { app });
		const before = (await emailed(provider)).length;
		await editor.openNode(resend);
		await flip(editor, 'dryRun');
		await chooseOnError(editor, 'Continue');
		await editor.closeNode();

		const preview = await runAndLook(resend, 'preview');
		const due = withOutcome(preview.rows, 'wouldSend');
		assert.ok(due.length > 0);
		assert.ok(due.every(({ email }) => email.includes('@')));
		assert.match(preview.said, new RegExp(`${due.length} would be sent \\(dry run\\)`));

		await switchOption(editor, { title: 'Return One Summary', name: 'returnSummary' });
		const ahead = await messageOf(resend, 'message-of-the-preview');
		assert.match(ahead.subject, new RegExp(`^${app} reminders: ${due.length} would be sent`));
		assert.equal(ahead.wouldSend, String(due.length));
		assert.equal((await emailed(provider)).length, before);

		await flip(editor, 'dryRun');
		const first = await messageOf(resend, 'message');
		const sent = (await emailed(provider)).slice(before).map(({ email }) => email);
		assert.ok(sent.length > 0);
		assert.match(first.subject, new RegExp(`^${app} reminders: ${sent.length} sent`));
		assert.deepEqual([first.sent, first.unknown], [String(sent.length), '0']);
		// Whoever has begun looks due until the send is answered, and is skipped then.
		const begun = Number(first.skipped) - Number(ahead.skipped);
		assert.equal(sent.length + begun + Number(first.failed), due.length);
		for (const email of sent) assert.match(first.text, new RegExp(`Sent: .*${email}`));

		// By another click nobody is emailed again, and the message says so.
		const again = await messageOf(resend, 'message-of-another-click');
		assert.equal(again.sent, '0');
		for (const email of sent)
			assert.match(again.text, new RegExp(`Skipped \\(already sent\\): .*${email}`));
		assert.equal((await emailed(provider)).length, before + sent.length);
	});
}
