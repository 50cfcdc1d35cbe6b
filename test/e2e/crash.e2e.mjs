// n8n is killed between the email and its confirmation, on SQLite, and the workflow is run again: a new
// execution, as after a crash. Nobody is emailed twice within the window, and the rest is served.
import assert from 'node:assert/strict';
import path from 'node:path';
import { itemsOf, newOwner, signIn } from '../../scripts/n8n/owner.mjs';
import { sandboxCredentials, startSandbox } from '../../scripts/n8n/sandbox.mjs';
import { exampleWorkflows, seedCredentials, seedWorkflows } from '../../scripts/n8n/seed.mjs';
import { startN8n } from '../../scripts/n8n/server.mjs';
import { listWorkflow, verdictsOf } from './calls.mjs';
import { test } from './fixtures.mjs';
import { eventually } from './eventually.mjs';
import { sandboxControl } from './sandboxControl.mjs';
import { PROVIDERS, sandboxSizes, SERVICES } from './services.mjs';
import { countBy, createWitness, figures, peopleOf, told, wordOf } from './witness.mjs';

/** The examples with a list and a Resend. The reply never comes for the second that is sent. */
const EXAMPLES = exampleWorkflows().flatMap((workflow) => {
	const uses = ({ nodeType }) => workflow.nodes.some(({ type }) => type === nodeType);
	const [service] = SERVICES.filter(uses);
	const isOne = workflow.file.endsWith('-open-and-resend.json');
	return isOne ? [{ ...service, file: workflow.file, workflow }] : [];
});

/** People in each round of the second part, and how long a request takes there. */
const LIST = 12;
const LATENCY_MS = 50;
/** One that is being sent, and the next one, whose intent may be written meanwhile. */
const MOST_IN_DOUBT = 2;

const sends = (requests) =>
	requests.filter(({ operationId }) => operationId === 'resendInvitation');
/** What the service has seen when n8n is killed. */
const requested = (count) => ({
	when: `request ${count} comes in`,
	come: (requests) => requests.length >= count,
});
const asked = (count) => ({
	when: `send ${count} is asked for`,
	come: (requests) => sends(requests).length >= count,
});
const answered = (count) => ({
	when: `send ${count} is answered`,
	come: (requests) => sends(requests).filter(({ status }) => status !== null).length >= count,
});
const MOMENTS = [
	...[asked(1), answered(1), requested(2), asked(5), answered(6), asked(8), answered(LIST - 1)],
].map((moment, index) => [PROVIDERS[index % PROVIDERS.length], moment]);

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

const wasJudged = ({ outcome = 'failed' }) => outcome !== 'failed';

const owner = newOwner();
let userFolder;
let sandbox;
let control;
let crowd;
let crowdControl;
let n8n;

test.beforeAll(async ({ folder, cleanup }) => {
	userFolder = path.join(folder, 'user');
	sandbox = cleanup(await startSandbox({ log: path.join(folder, 'sandbox.log') }));
	crowd = cleanup(
		await startSandbox({
			log: path.join(folder, 'crowd.log'),
			args: [...['--pending', '--latency', String(LATENCY_MS)], ...sandboxSizes(80)],
		}),
	);
	control = sandboxControl(sandbox.url);
	crowdControl = sandboxControl(crowd.url);
	cleanup(undefined, () => n8n?.stop());
});

const startWith = async ({ url }, workflows) => {
	// Also what a killed one had started itself, which nobody else would end.
	await n8n?.stop();
	n8n = await startN8n({ userFolder });
	const session = await signIn({ url: n8n.url, owner });
	const credentials = await seedCredentials(session, sandboxCredentials(url));
	return { session, workflows: await seedWorkflows(session, credentials, workflows) };
};
const kill = async () => {
	process.kill(n8n.pid, 'SIGKILL');
	await n8n.exited;
};
const start = () => {
	return startWith(
		sandbox,
		EXAMPLES.map(({ workflow }) => live(workflow)),
	);
};

for (const { provider, target, file } of EXAMPLES) {
	const mails = async () => (await control.outbox()).filter((mail) => mail.provider === provider);

	test(`killed in the middle of a send at ${provider}, nobody is emailed twice`, async () => {
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
		await kill();
		await control.clearFaults();

		const after = await start();
		const execution = await after.session.run(id);
		assert.equal(execution.status, 'success');
		const verdicts = itemsOf(execution, 'Resend');
		const keys = (await mails()).map(({ key }) => key);
		assert.deepEqual(
			keys.filter((key, index) => keys.indexOf(key) !== index),
			[],
			'somebody was emailed twice',
		);
		const doubted = verdicts.find((item) => wasJudged(item) && item[target] === inDoubt.key);
		assert.ok(doubted, 'the invitation in doubt has a verdict');
		// No other execution is at it, so there is nobody to leave it to.
		assert.ok(['skipped', 'unknown'].includes(doubted.outcome), doubted.outcome);
		// Everyone else was served: by the run that was killed, or by this one.
		const open = verdicts.filter((item) => wasJudged(item) && item !== doubted);
		const left = open.filter(
			({ outcome, reason }) => outcome !== 'sent' && reason !== 'alreadySent',
		);
		// But for the one after it, which was leased by then: that it was never begun is not to be seen.
		assert.ok(left.length <= 1, 'more than two are in doubt');
		assert.deepEqual(
			left.filter(({ reason }) => reason !== 'interrupted'),
			[],
		);
		const served = open.filter(({ outcome }) => outcome === 'sent').length;
		assert.ok(served > 0);
		console.log(
			`       in doubt: ${doubted.outcome} (${doubted.reason}); then sent: ${served}; emails in all: ${keys.length}`,
		);
		await n8n.stop();
	});
}

test.describe('a list', () => {
	let witness;
	let rounds;
	let running;

	const again = () => startWith(crowd, rounds.map(listWorkflow));

	test.beforeAll(async () => {
		witness = createWitness(crowdControl);
		const people = peopleOf(await crowdControl.state());
		rounds = MOMENTS.map(([provider], index) => ({
			provider,
			name: `Round ${index + 1}`,
			targets: people.takeOpen(provider, LIST),
		}));
		running = await again();
	});

	for (const [index, [provider, { when, come }]] of MOMENTS.entries()) {
		test(`killed at ${provider} when ${when}, nobody is emailed twice, and few are in doubt`, async () => {
			const { name, targets } = rounds[index];
			const idOf = ({ workflows }) => workflows.find((one) => one.name === name).id;
			const before = (await crowdControl.requests()).length;
			await running.session.startRun(idOf(running));
			const seen = async () =>
				(await crowdControl.requests())
					.slice(before)
					.filter((request) => request.provider === provider && request.operationId !== 'signIn');
			await eventually(async () => come(await seen()), { everyMs: 2 });
			await kill();
			const mailedBefore = (await witness.mailsTo(provider, targets)).length;

			running = await again();
			const executions = [];
			// The second time all is settled, and nothing more happens.
			for (const run of ['the rerun', 'once more']) {
				executions.push(await running.session.run(idOf(running), { timeoutMs: 120_000 }));
				const words = countBy(verdictsOf(executions.at(-1)).map(wordOf));
				const mailed = await witness.mailsTo(provider, targets);
				figures(
					`${run}: ${told(words)}; emails: ${mailedBefore}, then ${mailed.length} of ${LIST}`,
				);
			}
			const [rerun, last] = executions;
			const { verdicts } = await witness.rerunTells(provider, targets, [rerun]);
			const inDoubt = verdicts.filter(({ outcome }) => outcome === 'unknown');
			assert.ok(inDoubt.length <= MOST_IN_DOUBT, `${inDoubt.length} in doubt`);
			assert.equal(verdictsOf(last).filter(({ outcome }) => outcome === 'sent').length, 0);
			await witness.rerunTells(provider, targets, executions);
		});
	}
});
