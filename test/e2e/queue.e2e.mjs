// Queue mode: a main, two workers, Redis and PostgreSQL. Many executions at once, and each part taken
// away while mails go out. The sandbox's outbox is the witness: nobody is mailed twice, and nothing is
// called sent that did not go out.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { ensureN8n } from '../../scripts/n8n/install.mjs';
import { newOwner, signIn } from '../../scripts/n8n/owner.mjs';
import { sandboxCredentials, startSandbox } from '../../scripts/n8n/sandbox.mjs';
import { seedCredentials } from '../../scripts/n8n/seed.mjs';
import { createCalls, PROVIDERS, verdictsOf } from './calls.mjs';
import { startCluster } from './cluster.mjs';
import { suite } from './harness.mjs';
import { eventually, sandboxControl } from './sandboxControl.mjs';

/** For the first test, in executions of fifty; the named ones, not all of them open, are among them. */
const FIRST = { karmaCheck: 200, worthAi: 150, numium: 150 };
const SLICE = 50;
/** For all the others together. */
const MORE = 230;

const ROUNDS = 10;
const SLOW_ROUNDS = 3;

const countBy = (values) =>
	values.reduce((counts, value) => ({ ...counts, [value]: (counts[value] ?? 0) + 1 }), {});
const told = (counts) =>
	Object.entries(counts)
		.sort()
		.map(([name, count]) => `${name} ${count}`)
		.join(', ') || 'none';
const repeated = (keys) => keys.filter((key, index) => keys.indexOf(key) !== index);
const figures = (text) => console.log(`       ${text}`);
const wordOf = ({ outcome, reason }) => (outcome === reason ? outcome : `${outcome} (${reason})`);

await suite(import.meta.url, async ({ test, folder, cleanup }) => {
	rmSync(folder, { recursive: true, force: true });
	await ensureN8n();
	const sizes = { cases: 'karmaCheck', users: 'worthAi', invitations: 'numium' };
	const sandbox = cleanup(
		await startSandbox({
			log: path.join(folder, 'sandbox.log'),
			args: [
				'--pending',
				...Object.entries(sizes).flatMap(([flag, provider]) => [
					`--${flag}`,
					String(FIRST[provider] + MORE),
				]),
			],
		}),
		(it) => it.stop(),
	);
	const control = sandboxControl(sandbox.url);
	const cluster = cleanup(await startCluster({ folder }), (it) => it.stop());
	const session = await signIn({ url: cluster.main.url, owner: newOwner() });
	const credentials = await seedCredentials(session, sandboxCredentials(sandbox.url));
	const calls = createCalls({ cluster, session, credentials });

	const state = await control.state();
	const pool = {
		karmaCheck: state.karmaCheck.map(({ id }) => id),
		worthAi: state.worthAi.map(({ id }) => id),
		numium: state.numium.filter(({ tenantId }) => tenantId === '1024').map(({ id }) => id),
	};
	/** Nobody serves two tests. */
	const take = (provider, count) => pool[provider].splice(0, count);

	const mailsTo = async (provider, targets) => {
		const among = new Set(targets);
		const keys = (await control.outbox())
			.filter((mail) => mail.provider === provider && among.has(mail.key))
			.map(({ key }) => key);
		return keys;
	};

	/** The promise, for targets that were served by these executions, however those ended. */
	const checkPromise = async (provider, targets, executions) => {
		const mailed = await mailsTo(provider, targets);
		assert.deepEqual(repeated(mailed), [], 'somebody was mailed twice');
		const claimed = executions
			.flatMap(verdictsOf)
			.filter(({ outcome }) => outcome === 'sent')
			.map(({ key }) => key);
		assert.deepEqual(repeated(claimed), [], 'somebody was called sent twice');
		const went = new Set(mailed);
		assert.deepEqual(
			claimed.filter((key) => !went.has(key)),
			[],
			'somebody was called sent whose mail is not there',
		);
		return { mailed, claimed };
	};

	/** After a rerun of all: who got no mail is told so, who got one is not told the contrary. */
	const checkRerun = async (provider, targets, executions) => {
		const { mailed } = await checkPromise(provider, targets, executions);
		const verdicts = verdictsOf(executions.at(-1));
		assert.deepEqual(
			verdicts.map(({ key }) => key),
			targets,
			'everyone has one verdict',
		);
		const went = new Set(mailed);
		const wrong = verdicts.filter(({ key, outcome, reason }) => {
			if (['unknown', 'deferred'].includes(outcome)) return false;
			return went.has(key) ? outcome !== 'sent' && reason !== 'alreadySent' : true;
		});
		assert.deepEqual(wrong, []);
		return { mailed, verdicts };
	};

	const workersOf = (executions) =>
		countBy(executions.map(({ id }) => cluster.workerOf(id)?.name ?? 'nobody'));

	await test('500 invitations in ten executions: everyone open is mailed once', async () => {
		const pieces = [];
		for (const provider of PROVIDERS) {
			const targets = take(provider, FIRST[provider]);
			for (let from = 0; from < targets.length; from += SLICE) {
				const name = `${provider} from ${from}`;
				const workflow = await calls.publish(provider, name);
				pieces.push([workflow, targets.slice(from, from + SLICE)]);
			}
		}
		const started = Date.now();
		const executions = await calls.run(...pieces);
		const took = Date.now() - started;
		assert.deepEqual(countBy(executions.map(({ status }) => status)), { success: pieces.length });
		for (const provider of PROVIDERS) {
			const targets = pieces.flatMap(([workflow, some]) =>
				workflow.provider === provider ? some : [],
			);
			const own = executions.filter(({ workflowId }) =>
				pieces.some(([{ id, provider: one }]) => id === workflowId && one === provider),
			);
			const verdicts = own.flatMap(verdictsOf);
			assert.deepEqual(verdicts.map(({ key }) => key).sort(), [...targets].sort());
			const { mailed, claimed } = await checkPromise(provider, targets, own);
			assert.deepEqual([...claimed].sort(), [...mailed].sort());
			figures(`${provider}: ${told(countBy(verdicts.map(wordOf)))}; mails: ${mailed.length}`);
		}
		const shares = workersOf(executions);
		assert.deepEqual(Object.keys(shares).sort(), ['worker-1', 'worker-2']);
		figures(`${told(shares)}; ${(took / 1000).toFixed(1)} s`);
	});

	const published = Object.fromEntries(
		await Promise.all(
			PROVIDERS.map(async (provider) => [provider, await calls.publish(provider, provider)]),
		),
	);

	await test('ten executions of one workflow at once, each with people of its own', async () => {
		for (const provider of PROVIDERS) {
			const targets = take(provider, 40);
			const slices = Array.from({ length: 10 }, (_, index) =>
				targets.slice(index * 4, index * 4 + 4),
			);
			const together = await calls.run(...slices.map((some) => [published[provider], some]));
			const first = together.flatMap(verdictsOf).map(wordOf);
			const executions = [...together];
			let rest;
			let reruns = 0;
			do {
				executions.push(...(await calls.run([published[provider], targets])));
				reruns += 1;
				const { verdicts } = await checkRerun(provider, targets, executions);
				rest = countBy(verdicts.map(wordOf));
			} while (reruns < 2);
			const mailed = await mailsTo(provider, targets);
			figures(
				`${provider}: at once: ${told(countBy(first))}; the second run after: ${told(rest)}; mails: ${mailed.length} of 40; ${told(workersOf(together))}`,
			);
		}
	});

	/** When a worker was killed, and what it was at. */
	const killed = [];
	for (const provider of PROVIDERS) {
		await test(`a worker is killed in the middle of a send at ${provider}`, async () => {
			await cluster.revive();
			const targets = take(provider, 8);
			await control.inject({
				provider,
				operationId: 'resendInvitation',
				after: 2,
				fault: { kind: 'hang', effect: 'before' },
			});
			const [id] = await calls.start([published[provider], targets]);
			// Three are out: two confirmed, one whose answer never comes.
			await eventually(async () => (await mailsTo(provider, targets)).length === 3);
			const inDoubt = (await mailsTo(provider, targets)).at(-1);
			const victim = cluster.workerOf(id);
			await victim.kill();
			killed.push({ id, at: Date.now() });
			await control.clearFaults();

			const [rerun] = await calls.run([published[provider], targets]);
			const { mailed, verdicts } = await checkRerun(provider, targets, [rerun]);
			const by = cluster.workerOf(rerun.id);
			assert.notEqual(by, victim);
			const doubted = verdicts.find(({ key }) => key === inDoubt);
			assert.notEqual(doubted.outcome, 'sent');
			assert.equal(mailed.length, targets.length, 'everyone else was served');
			figures(
				`in doubt: ${wordOf(doubted)}; the rerun, on ${by.name}: ${told(countBy(verdicts.map(wordOf)))}; mails: ${mailed.length}`,
			);
		});
	}
	await cluster.revive();

	/** One execution for each provider, so far that mails go out and more are to come. */
	const underWay = async (count) => {
		const targets = Object.fromEntries(
			PROVIDERS.map((provider) => [provider, take(provider, count)]),
		);
		const ids = await calls.start(
			...PROVIDERS.map((provider) => [published[provider], targets[provider]]),
		);
		for (const provider of PROVIDERS) {
			await eventually(async () => (await mailsTo(provider, targets[provider])).length >= 3, {
				everyMs: 20,
			});
		}
		return { ids, targets };
	};

	/** Whoever did not survive is started again, as by a service manager; then all are served once more. */
	const rerunAll = async ({ ids, targets }) => {
		const over = (id) => cluster.workers.some((worker) => worker.ended(id) || !worker.running);
		for (const id of ids) await eventually(() => over(id));
		const revived = await cluster.revive();
		// n8n may not have been able to save how they ended, and then has them as running.
		const disturbed = await calls.look(ids);
		figures(
			`ended by it: ${revived.join(', ') || 'nobody'}; executions: ${told(countBy(disturbed.map(({ status }) => status)))}; their verdicts: ${told(countBy(disturbed.flatMap(verdictsOf).map(wordOf)))}`,
		);
		for (const provider of PROVIDERS) {
			const before = disturbed.filter(({ workflowId }) => workflowId === published[provider].id);
			const went = (await checkPromise(provider, targets[provider], before)).mailed.length;
			const [rerun] = await calls.run([published[provider], targets[provider]]);
			const executions = [...before, rerun];
			const { mailed, verdicts } = await checkRerun(provider, targets[provider], executions);
			figures(
				`${provider}: ${went} mailed; the rerun: ${told(countBy(verdicts.map(wordOf)))}; mails: ${mailed.length} of ${targets[provider].length}`,
			);
		}
	};

	await test('Redis is killed while mails go out, and comes back when they have', async () => {
		const all = await underWay(30);
		await cluster.redis.kill();
		for (const provider of PROVIDERS) {
			const targets = all.targets[provider];
			await eventually(async () => (await mailsTo(provider, targets)).length === targets.length);
		}
		await cluster.redis.start();
		await rerunAll(all);
	});

	await test('PostgreSQL is stopped while mails go out, and comes back', async () => {
		const all = await underWay(30);
		await cluster.postgres.stop();
		await cluster.postgres.start();
		await rerunAll(all);
	});

	/** The same list to the same workflow twice at the same moment, again and again. */
	const race = async (rounds) => {
		const totals = { pairs: 0, apart: 0, double: 0, left: 0, mails: 0 };
		const served = Object.fromEntries(PROVIDERS.map((provider) => [provider, []]));
		for (let round = 0; round < rounds; round++) {
			const targets = Object.fromEntries(
				PROVIDERS.map((provider) => [provider, take(provider, 6)]),
			);
			const both = await calls.run(
				...PROVIDERS.flatMap((provider) => {
					const call = [published[provider], targets[provider]];
					return [call, call];
				}),
			);
			for (const provider of PROVIDERS) {
				const own = both.filter(({ workflowId }) => workflowId === published[provider].id);
				const mailed = await mailsTo(provider, targets[provider]);
				totals.pairs += 1;
				totals.apart += Object.keys(workersOf(own)).length - 1;
				totals.mails += mailed.length;
				totals.double += repeated(mailed).length;
				totals.left += targets[provider].length - new Set(mailed).size;
				served[provider].push(...targets[provider]);
			}
		}
		return { totals, served };
	};

	const raceTest = async (rounds) => {
		const { totals, served } = await race(rounds);
		const { pairs, apart, mails, double, left } = totals;
		figures(
			`${pairs} pairs, ${apart} of them on two workers; mails: ${mails}; twice: ${double}; left to a later run: ${left}`,
		);
		assert.equal(double, 0);
		assert.ok(apart > 0);
		for (const provider of PROVIDERS) {
			const [later] = await calls.run([published[provider], served[provider]]);
			const { mailed, verdicts } = await checkRerun(provider, served[provider], [later]);
			figures(
				`${provider}: a later run: ${told(countBy(verdicts.map(wordOf)))}; mails: ${mailed.length} of ${served[provider].length}`,
			);
		}
	};

	await test('the same list twice at the same moment: nobody is mailed twice', async () => {
		await raceTest(ROUNDS);
	});

	await test('the same with a database that takes a tenth of a second to write', async () => {
		// Between n8n's reading of the record and its writing, where it counts.
		await cluster.postgres.query(
			`create function slow() returns trigger language plpgsql as
				$$ begin perform pg_sleep(0.1); return new; end $$;
			create trigger slow before update on processed_data for each row execute function slow();`,
		);
		try {
			await raceTest(SLOW_ROUNDS);
		} finally {
			await cluster.postgres.query('drop trigger slow on processed_data; drop function slow;');
		}
	});

	await test('an execution whose worker was killed is not run again by n8n', async () => {
		for (const { id, at } of killed) {
			const [{ status, stoppedAt }] = await calls.ended([id]);
			assert.ok(['error', 'crashed'].includes(status), status);
			const after = Math.round((new Date(stoppedAt).getTime() - at) / 1000);
			figures(`execution ${id}: ${status} ${after} s after the kill`);
		}
	});
});
