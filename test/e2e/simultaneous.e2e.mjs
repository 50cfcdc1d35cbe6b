// One n8n on SQLite, and many executions at the same moment, each begun by a call to a published workflow.
// The sandbox's outbox is the witness.
import path from 'node:path';
import { newOwner, signIn } from '../../scripts/n8n/owner.mjs';
import { sandboxCredentials, startSandbox } from '../../scripts/n8n/sandbox.mjs';
import { seedCredentials } from '../../scripts/n8n/seed.mjs';
import { startN8n } from '../../scripts/n8n/server.mjs';
import { createCalls, verdictsOf } from './calls.mjs';
import { test } from './fixtures.mjs';
import { sandboxControl } from './sandboxControl.mjs';
import { PROVIDERS, sandboxSizes, SERVICES } from './services.mjs';
import { countBy, createWitness, figures, peopleOf, repeated, told, wordOf } from './witness.mjs';

/** Executions with one person each, in two rounds, of which the second finds a record that is there already. */
const eachTheirOwn = ({ stampsSends }) => (stampsSends ? 100 : 30);
/** Executions with all the same person. */
const ALL_THE_SAME = 50;
/** Lists for two workflows, and how often they are begun together. */
const LIST = 20;
const ROUNDS = 3;
/**
 * How long a request takes at the service: with a wait all executions have begun before the first of them sends,
 * without one the later ones begin while the earlier ones send.
 */
const LATENCIES_MS = [20, 0];

let control;
let calls;
let witness;
let people;

test.beforeAll(async ({ folder, cleanup }) => {
	const sandbox = cleanup(
		await startSandbox({
			log: path.join(folder, 'sandbox.log'),
			args: ['--pending', ...sandboxSizes(300)],
		}),
	);
	control = sandboxControl(sandbox.url);
	const userFolder = path.join(folder, 'user');
	const n8n = cleanup(await startN8n({ userFolder }));
	const session = await signIn({ url: n8n.url, owner: newOwner() });
	const credentials = await seedCredentials(session, sandboxCredentials(sandbox.url));
	calls = createCalls({ cluster: { main: n8n }, session, credentials });
	witness = createWitness(control);
	people = peopleOf(await control.state());
});

const timed = async (work) => {
	const started = Date.now();
	const executions = await work();
	return { executions, took: `${((Date.now() - started) / 1000).toFixed(1)} s` };
};
const wordsOf = (executions) => countBy(executions.flatMap(verdictsOf).map(wordOf));

for (const service of SERVICES) {
	const { provider } = service;
	const count = eachTheirOwn(service);
	let workflow;
	for (const latency of LATENCIES_MS) {
		test(`${count} executions at once at ${provider} (${latency} ms), each with a person of its own: all are emailed`, async () => {
			workflow ??= await calls.publish(provider, `${provider}, their own`);
			await control.setLatency(latency);
			const targets = people.takeOpen(provider, count);
			const { executions, took } = await timed(() =>
				calls.run(...targets.map((target) => [workflow, [target]])),
			);
			const mailed = await witness.mailsTo(provider, targets);
			figures(`${told(wordsOf(executions))}; emails: ${mailed.length} of ${count}; ${took}`);
			await witness.allServed(provider, targets, executions);
		});
	}
}
for (const provider of PROVIDERS) {
	test(`${ALL_THE_SAME} executions at once at ${provider} with the same person: one sends, the others say so`, async () => {
		await control.setLatency(LATENCIES_MS[0]);
		const workflow = await calls.publish(provider, `${provider}, the same`);
		const targets = people.takeOpen(provider, 1);
		const { executions, took } = await timed(() =>
			calls.run(...Array.from({ length: ALL_THE_SAME }, () => [workflow, targets])),
		);
		const mailed = await witness.mailsTo(provider, targets);
		figures(`${told(wordsOf(executions))}; emails: ${mailed.length}; ${took}`);
		await witness.allServed(provider, targets, executions);
	});
}

test('two workflows at KarmaCheck with one list, begun together: nobody is emailed twice', async () => {
	await control.setLatency(LATENCIES_MS[0]);
	const workflows = [];
	for (const name of ['one', 'the other']) {
		workflows.push(await calls.publish('karmaCheck', `One list, ${name}`));
	}
	const targets = [];
	const executions = [];
	for (let round = 1; round <= ROUNDS; round++) {
		const list = people.takeOpen('karmaCheck', LIST);
		const both = await calls.run(...workflows.map((workflow) => [workflow, list]));
		const twice = repeated(await witness.mailsTo('karmaCheck', list));
		figures(`round ${round}: emailed twice: ${twice.length} of ${LIST}; ${told(wordsOf(both))}`);
		targets.push(...list);
		executions.push(...both);
	}
	await witness.allServed('karmaCheck', targets, executions);
});
