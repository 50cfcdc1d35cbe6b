// As users do, in the editor, by mouse and keyboard: make credentials, build a workflow, look at it, send.
import assert from 'node:assert/strict';
import path from 'node:path';
import { newOwner, signIn } from '../../scripts/n8n/owner.mjs';
import { sandboxCredentials, startSandbox } from '../../scripts/n8n/sandbox.mjs';
import { startN8n } from '../../scripts/n8n/server.mjs';
import {
	buildListAndResend,
	chooseOnError,
	emptyCanvas,
	addManualTrigger,
	flip,
	isOn,
	nodeCredential,
	nodeIcon,
	openPanelAfter,
	searchNodes,
	stoppedText,
	targetExpression,
} from './canvasBuilder.mjs';
import {
	closeCredential,
	makeCredential,
	newCredential,
	saveCredential,
	saveUntested,
	typeCredential,
} from './credentialForm.mjs';
import { openEditor, test } from './fixtures.mjs';
import { sandboxControl } from './sandboxControl.mjs';
import { SERVICES } from './services.mjs';

/** What somebody types, where `{}` stands for what was there. */
const typed = (fields, data) =>
	Object.fromEntries(
		Object.entries(fields).map(([name, value]) => [name, value.replace('{}', data[name])]),
	);

const outcomes = (rows, outcome) => rows.filter((row) => row.outcome === outcome);

const owner = newOwner();
let editor;
let credentials;
let outbox;
let inject;
const picture = (name) => editor.snap(test.info().outputPath(`${name}.png`));
const mailsOf = async (provider) =>
	(await outbox()).filter((mail) => mail.provider === provider).map(({ key }) => key);

// Each test goes on from where the one before has left off.
test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ folder, cleanup }) => {
	const sandbox = cleanup(await startSandbox({ log: path.join(folder, 'sandbox.log') }));
	credentials = sandboxCredentials(sandbox.url);
	({ inject, outbox } = sandboxControl(sandbox.url));
	const userFolder = path.join(folder, 'user');
	const n8n = cleanup(await startN8n({ userFolder }));
	await signIn({ url: n8n.url, owner });
	editor = await openEditor({ url: n8n.url, owner, cleanup });
});

for (const { app, form, credential, formMistakes } of SERVICES) {
	test.describe(`${app}: a credential`, () => {
		const data = () => credentials.find(({ type }) => type === credential).data;

		test('is made in the form, and its test is green', async () => {
			assert.deepEqual(await makeCredential(editor, { app, form, data: data() }), { ok: true });
			await picture(`${credential}-green`);
		});

		for (const { what, fields, says } of formMistakes) {
			test(`with ${what} is red, in our words`, async () => {
				const right = Object.keys(fields).map((name) => [name, data()[name]]);
				await typeCredential(editor, typed(fields, data()));
				try {
					const { ok, message } = await saveCredential(editor);
					await picture(`${credential}-${what}`);
					assert.equal(ok, false);
					assert.ok(message.startsWith(says), message);
				} finally {
					// The rest is done with this credential.
					await typeCredential(editor, Object.fromEntries(right));
					assert.deepEqual(await saveCredential(editor), { ok: true });
				}
			});
		}

		test.afterAll(() => closeCredential(editor));
	});
}

test('KarmaCheck Webhook API: saved, for there is nothing to test', async () => {
	await newCredential(editor, { search: 'KarmaCheck', type: 'KarmaCheck Webhook API' });
	await typeCredential(editor, { signingSecret: `whsec_${'c2VjcmV0'.repeat(3)}` });
	await saveUntested(editor);
	await picture('karmaCheckWebhookApi');
	await closeCredential(editor);
});

test('the node panel finds all by what they are for, and says so', async () => {
	await emptyCanvas(editor);
	await openPanelAfter(editor, await addManualTrigger(editor));
	const found = await searchNodes(editor, 'Resend');
	for (const { app } of SERVICES) {
		const entry = found.find(({ title }) => title === app);
		assert.match(
			entry?.description ?? '',
			/^Read(?: and|,) resend (?:and cancel )?invitations /,
			app,
		);
	}
});

for (const service of SERVICES) {
	const { app, provider, target, stops } = service;
	let names;
	const run = async () => {
		const toast = await editor.execute();
		assert.equal(toast.title, 'Workflow executed successfully', toast.text);
		await editor.openNode(names.resend);
		return await editor.outputTable();
	};

	test(`${app}: built on an empty canvas, nothing needs to be filled in`, async () => {
		const { many, resend } = await buildListAndResend(editor, service);
		for (const name of [many, resend]) {
			await editor.openNode(name);
			assert.equal(await nodeCredential(editor), `${app} account`);
			if (name === resend) assert.equal(await targetExpression(editor), `{{ $json.${target} }}`);
			await editor.closeNode();
			assert.equal(await editor.nodeStatus(name), undefined);
		}
		names = { many, resend };
	});

	let due;
	test(`${app}: a dry run tells who is due and sends nothing`, async () => {
		await editor.toCanvas();
		await editor.openNode(names.resend);
		assert.equal(await isOn(editor, 'dryRun'), false);
		await flip(editor, 'dryRun');
		await editor.closeNode();
		const rows = await run();
		await picture(`${provider}-dry-run`);
		due = outcomes(rows, 'wouldSend').length;
		assert.ok(due > 0);
		assert.deepEqual(outcomes(rows, 'sent'), []);
		assert.deepEqual(await mailsOf(provider), []);
	});

	if (stops) {
		test(`${app}: as it comes, the node stops at the one that is refused, and says what to do`, async () => {
			await editor.toCanvas();
			await editor.openNode(names.resend);
			await flip(editor, 'dryRun');
			await editor.closeNode();
			const fault = { kind: 'status', status: stops.status };
			await inject({ provider, operationId: 'resendInvitation', after: 1, fault });
			const toast = await editor.execute();
			assert.equal(toast.ok, false);
			assert.ok(toast.text.includes(stops.message), toast.text);
			assert.equal(await editor.nodeStatus(names.resend), 'error');
			await editor.openNode(names.resend);
			const text = (await stoppedText(editor)).join(' ');
			await picture(`${provider}-stopped`);
			assert.match(text, /already sent are not sent again/);
			assert.match(text, /set 'On Error' to 'Continue' under Settings/);
			assert.ok(text.includes(stops.advice), text);
			// So that the next test finds the switch as the one before left it.
			await flip(editor, 'dryRun');
		});
	}

	test(`${app}: then each is emailed once, as the table says`, async () => {
		const before = await mailsOf(provider);
		await editor.toCanvas();
		await editor.openNode(names.resend);
		await flip(editor, 'dryRun');
		await chooseOnError(editor, 'Continue');
		await editor.closeNode();
		const rows = await run();
		await picture(`${provider}-sent`);
		const mails = await mailsOf(provider);
		const sent = outcomes(rows, 'sent').length;
		assert.ok(sent > 0);
		assert.equal(mails.length, before.length + sent);
		assert.equal(new Set(mails).size, mails.length, 'somebody was emailed twice');
		// Listed as open like the others; that they have begun shows only in the answer.
		const begun = rows.filter(({ reason }) => reason === 'started').length;
		assert.equal(mails.length + begun, due);
	});

	test(`${app}: once more, and nobody is emailed again`, async () => {
		const before = await mailsOf(provider);
		await editor.toCanvas();
		const rows = await run();
		assert.deepEqual(outcomes(rows, 'sent'), []);
		assert.equal(
			rows.filter(({ reason }) => reason === 'alreadySent').length >= before.length,
			true,
		);
		assert.deepEqual(await mailsOf(provider), before);
	});

	test(`${app}: in the dark it wears its dark icon`, async () => {
		await editor.toCanvas();
		assert.doesNotMatch(await nodeIcon(editor, names.resend), /\.dark\.svg/);
		await picture(`${provider}-light`);
		await editor.setTheme('dark');
		await editor.page.waitForSelector(`[data-node-name="${names.resend}"] img[src$=".dark.svg"]`);
		await editor.settle();
		await picture(`${provider}-dark`);
		await editor.openNode(names.resend);
		await picture(`${provider}-dark-node`);
		await editor.closeNode();
		await editor.setTheme('light');
	});
}
