// n8n is killed between the mail and its confirmation, on SQLite, and the workflow is run again: a new
// execution, as after a crash. Nobody is mailed twice within the window, and the rest is served.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { ensureN8n } from '../../scripts/n8n/install.mjs';
import { itemsOf, newOwner, signIn } from '../../scripts/n8n/owner.mjs';
import { sandboxCredentials, startSandbox } from '../../scripts/n8n/sandbox.mjs';
import { exampleWorkflows, seedCredentials, seedWorkflows } from '../../scripts/n8n/seed.mjs';
import { startN8n } from '../../scripts/n8n/server.mjs';
import { suite } from './harness.mjs';
import { eventually, sandboxControl } from './sandboxControl.mjs';

/** Which of each provider's invitations the reply never comes for: the second that is sent. */
const PROVIDERS = [
	{ provider: 'karmaCheck', file: 'karmacheck-open-and-resend.json' },
	{ provider: 'worthAi', file: 'worth-ai-open-and-resend.json' },
	{ provider: 'numium', file: 'numium-open-and-resend.json' },
];

/** The example with its dry run switched off, and one item's refusal not ending the others. */
function live(workflow) {
	const nodes = workflow.nodes.map((node) =>
		node.name === 'Resend'
			? {
					...node,
					onError: 'continueRegularOutput',
					parameters: { ...node.parameters, dryRun: false },
				}
			: node,
	);
	return { ...workflow, nodes };
}

const keyOf = ({ invitation }) =>
	invitation.subject.caseId ?? invitation.subject.userId ?? invitation.subject.invitationId;

await suite(import.meta.url, async ({ test, folder, cleanup }) => {
	rmSync(folder, { recursive: true, force: true });
	await ensureN8n();
	const sandbox = cleanup(await startSandbox({ log: path.join(folder, 'sandbox.log') }), (it) =>
		it.stop(),
	);
	const control = sandboxControl(sandbox.url);
	const userFolder = path.join(folder, 'user');
	const owner = newOwner();
	let n8n;
	cleanup(undefined, () => n8n?.stop());
	const start = async () => {
		n8n = await startN8n({ userFolder, log: path.join(folder, 'n8n.log') });
		const session = await signIn({ url: n8n.url, owner });
		const credentials = await seedCredentials(session, sandboxCredentials(sandbox.url));
		const files = PROVIDERS.map(({ file }) => file);
		const workflows = exampleWorkflows()
			.filter(({ file }) => files.includes(file))
			.map(live);
		return { session, workflows: await seedWorkflows(session, credentials, workflows) };
	};

	for (const { provider, file } of PROVIDERS) {
		const mails = async () => (await control.outbox()).filter((mail) => mail.provider === provider);

		await test(`killed in the middle of a send at ${provider}, nobody is mailed twice`, async () => {
			const before = await start();
			const { id } = before.workflows.find((one) => one.file === file);
			await control.inject({
				provider,
				operationId: 'resendInvitation',
				after: 1,
				fault: { kind: 'hang', effect: 'before' },
			});
			await before.session.startRun(id);
			// Two are out: one confirmed, one whose answer never comes.
			const [, inDoubt] = await eventually(async () => {
				const sent = await mails();
				return sent.length === 2 ? sent : undefined;
			});
			process.kill(n8n.pid, 'SIGKILL');
			await n8n.exited;
			await control.clearFaults();

			const after = await start();
			const execution = await after.session.run(id);
			assert.equal(execution.status, 'success');
			const verdicts = itemsOf(execution, 'Resend');
			const keys = (await mails()).map(({ key }) => key);
			assert.deepEqual(
				keys.filter((key, index) => keys.indexOf(key) !== index),
				[],
				'somebody was mailed twice',
			);
			const doubted = verdicts.find((item) => item.invitation && keyOf(item) === inDoubt.key);
			assert.ok(doubted, 'the invitation in doubt has a verdict');
			assert.notEqual(doubted.outcome, 'sent');
			// Everyone else was served: by the run that was killed, or by this one.
			const open = verdicts.filter((item) => item.invitation && item !== doubted);
			const left = open.filter(
				({ outcome, reason }) => outcome !== 'sent' && reason !== 'alreadySent',
			);
			assert.deepEqual(left, []);
			const served = open.filter(({ outcome }) => outcome === 'sent').length;
			assert.ok(served > 0);
			console.log(
				`       in doubt: ${doubted.outcome} (${doubted.reason}); then sent: ${served}; mails in all: ${keys.length}`,
			);
			await n8n.stop();
		});
	}
});
