// Queue mode: a main, two workers, Redis and PostgreSQL. Many executions at once, and each part taken
// away while emails go out. The sandbox's outbox is the witness: nobody is emailed twice, and nothing is
// called sent that did not go out.
import assert from 'node:assert/strict';
import { verdictsOf } from './calls.mjs';
import { test } from './fixtures.mjs';
import { ofWorkflow, startQueueScene } from './queueScene.mjs';
import { eventually } from './eventually.mjs';
import { PROVIDERS } from './services.mjs';
import { countBy, figures, repeated, told, wordOf } from './witness.mjs';

/** For the first test, in executions of fifty; the named ones, not all of them open, are among them. */
const FIRST = Math.ceil(500 / PROVIDERS.length);
const SLICE = 50;
/** For all the others together. */
const MORE = 1_200;

/** Executions of one workflow at once, and how many people each has to itself. */
const AT_ONCE = 10;
const THEIR_OWN = 12;
/** The same list for two executions at once: 900 people in 75 pairs of executions. */
const ROUNDS = 25;
const PAIRED = 12;
const SLOW_ROUNDS = 3;
/** The lists of two workflows, how often they are begun, and how far the one is when the other begins. */
const TWO_WORKFLOWS = 20;
const TIMES = 5;
const AHEAD = 3;

let control, cluster, calls, witness, take, takeOpen, workersOf, isApart, published;

// One test tells at the end what became of the executions of another, and a whole cluster takes long to start.
test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ folder, cleanup }) => {
	const scene = await startQueueScene({ folder, cleanup, people: FIRST + MORE });
	({ control, cluster, calls, witness, take, takeOpen, workersOf, isApart, published } = scene);
});

test('500 invitations in executions of fifty: everyone open is emailed once', async () => {
	const pieces = [];
	for (const provider of PROVIDERS) {
		const targets = take(provider, FIRST);
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
		const { mailed, claimed } = await witness.promiseKept(provider, targets, own);
		assert.deepEqual([...claimed].sort(), [...mailed].sort());
		figures(`${provider}: ${told(countBy(verdicts.map(wordOf)))}; emails: ${mailed.length}`);
	}
	const shares = workersOf(executions);
	assert.deepEqual(Object.keys(shares).sort(), ['worker-1', 'worker-2']);
	figures(`${told(shares)}; ${(took / 1000).toFixed(1)} s`);
});

for (const provider of PROVIDERS) {
	test(`ten executions of one workflow at once at ${provider}, each with people of its own: all are emailed`, async () => {
		await control.clear();
		const targets = takeOpen(provider, AT_ONCE * THEIR_OWN);
		const slices = Array.from({ length: AT_ONCE }, (_, index) =>
			targets.slice(index * THEIR_OWN, (index + 1) * THEIR_OWN),
		);
		const started = Date.now();
		const together = await calls.run(...slices.map((some) => [published[provider], some]));
		const took = `${((Date.now() - started) / 1000).toFixed(1)} s`;
		const mailed = await witness.mailsTo(provider, targets);
		const words = countBy(together.flatMap(verdictsOf).map(wordOf));
		figures(
			`${told(words)}; emails: ${mailed.length} of ${targets.length}; ${told(workersOf(together))}; ${took}`,
		);
		await witness.allServed(provider, targets, together);
	});
}

/** When a worker was killed, and what it was at. */
const killed = [];
for (const provider of PROVIDERS) {
	test(`a worker is killed in the middle of a send at ${provider}`, async () => {
		await cluster.revive();
		const targets = takeOpen(provider, 8);
		await control.inject({
			provider,
			operationId: 'resendInvitation',
			after: 2,
			fault: { kind: 'hang', effect: 'before' },
		});
		const [id] = await calls.start([published[provider], targets]);
		// Three are out: two confirmed, one whose answer never comes.
		await eventually(async () => (await witness.mailsTo(provider, targets)).length === 3);
		const inDoubt = (await witness.mailsTo(provider, targets)).at(-1);
		const victim = cluster.workerOf(id);
		await victim.kill();
		killed.push({ id, at: Date.now() });
		await control.clearFaults();

		const [rerun] = await calls.run([published[provider], targets]);
		const by = cluster.workerOf(rerun.id);
		const doubted = verdictsOf(rerun).find(({ key }) => key === inDoubt);
		const words = countBy(verdictsOf(rerun).map(wordOf));
		figures(`in doubt: ${wordOf(doubted)}; the rerun, on ${by.name}: ${told(words)}`);
		assert.notEqual(by, victim);
		// The one whose answer never came is settled by a look, where that tells, or stays unknown. There
		// is nobody to leave it to, so it is not deferred.
		assert.ok(['skipped', 'unknown'].includes(doubted.outcome), doubted.outcome);
		const { mailed } = await witness.rerunTells(provider, targets, [rerun]);
		// The one after it was leased by then, and that it was never begun is not to be seen.
		assert.ok(mailed.length >= targets.length - 1, 'more than two are in doubt');
	});
}

/** One execution for each provider, so far that emails go out and more are to come. */
const underWay = async (count) => {
	await cluster.revive();
	await control.clear();
	const targets = Object.fromEntries(
		PROVIDERS.map((provider) => [provider, takeOpen(provider, count)]),
	);
	const ids = await calls.start(
		...PROVIDERS.map((provider) => [published[provider], targets[provider]]),
	);
	for (const provider of PROVIDERS) {
		await eventually(async () => (await witness.mailsTo(provider, targets[provider])).length >= 3, {
			everyMs: 20,
		});
	}
	return { ids, targets };
};

/** Whoever did not survive is started again, as by a service manager; then all are served once more. */
const rerunAll = async ({ ids, targets }) => {
	const over = (id) => cluster.workers.some((worker) => worker.ended(id) || !worker.running);
	// A lock that could not be given back, for the database was away, is found out after half a minute.
	for (const id of ids) await eventually(() => over(id), { withinMs: 150_000 });
	const revived = await cluster.revive();
	// n8n may not have been able to save how they ended, and then has them as running.
	const disturbed = await calls.look(ids);
	figures(
		`ended by it: ${revived.join(', ') || 'nobody'}; executions: ${told(countBy(disturbed.map(({ status }) => status)))}; their verdicts: ${told(countBy(disturbed.flatMap(verdictsOf).map(wordOf)))}`,
	);
	const reruns = [];
	for (const provider of PROVIDERS) {
		const before = ofWorkflow(disturbed, published[provider]);
		const went = (await witness.promiseKept(provider, targets[provider], before)).mailed.length;
		const [rerun] = await calls.run([published[provider], targets[provider]]);
		reruns.push({ provider, executions: [...before, rerun] });
		const mailed = await witness.mailsTo(provider, targets[provider]);
		figures(
			`${provider}: ${went} emailed; the rerun: ${told(countBy(verdictsOf(rerun).map(wordOf)))}; emails: ${mailed.length} of ${targets[provider].length}`,
		);
	}
	for (const { provider, executions } of reruns) {
		await witness.rerunTells(provider, targets[provider], executions);
	}
};

test('Redis is killed while emails go out, and comes back after some more', async () => {
	const all = await underWay(30);
	const more = Object.fromEntries(
		await Promise.all(
			PROVIDERS.map(async (provider) => {
				const { length } = await witness.mailsTo(provider, all.targets[provider]);
				return [provider, Math.min(length + 5, all.targets[provider].length)];
			}),
		),
	);
	await cluster.redis.kill();
	try {
		// Not until all have gone out: without Redis for ten seconds, n8n ends itself.
		for (const provider of PROVIDERS) {
			const mailed = () => witness.mailsTo(provider, all.targets[provider]);
			await eventually(async () => (await mailed()).length >= more[provider], { everyMs: 20 });
		}
	} finally {
		await cluster.redis.start();
	}
	await rerunAll(all);
});

test('PostgreSQL is stopped while emails go out, and comes back', async () => {
	const all = await underWay(30);
	await cluster.postgres.stop();
	await cluster.postgres.start();
	await rerunAll(all);
});

/** The same list to the same workflow twice at the same moment, again and again. */
const race = async (rounds) => {
	const totals = { pairs: 0, apart: 0, mails: 0, twice: 0, left: 0, words: [] };
	const served = Object.fromEntries(PROVIDERS.map((provider) => [provider, []]));
	const executions = Object.fromEntries(PROVIDERS.map((provider) => [provider, []]));
	for (let round = 0; round < rounds; round++) {
		const targets = Object.fromEntries(
			PROVIDERS.map((provider) => [provider, takeOpen(provider, PAIRED)]),
		);
		const both = await calls.run(
			...PROVIDERS.flatMap((provider) => {
				const call = [published[provider], targets[provider]];
				return [call, call];
			}),
		);
		for (const provider of PROVIDERS) {
			const own = ofWorkflow(both, published[provider]);
			const mailed = await witness.mailsTo(provider, targets[provider]);
			totals.pairs += 1;
			totals.apart += isApart(own) ? 1 : 0;
			totals.mails += mailed.length;
			totals.twice += repeated(mailed).length;
			totals.left += targets[provider].length - new Set(mailed).size;
			totals.words.push(...own.flatMap(verdictsOf).map(wordOf));
			served[provider].push(...targets[provider]);
			executions[provider].push(...own);
		}
	}
	return { totals, served, executions };
};

const raceTest = async (rounds) => {
	await cluster.revive();
	await control.clear();
	const { totals, served, executions } = await race(rounds);
	const { pairs, apart, mails, twice, left, words } = totals;
	figures(
		`${pairs} pairs, ${apart} of them on two workers; emails: ${mails}; twice: ${twice}; left to a later run: ${left}; ${told(countBy(words))}`,
	);
	assert.ok(apart > 0);
	assert.equal(twice, 0, 'somebody was emailed twice');
	const laters = {};
	for (const provider of PROVIDERS) {
		const [later] = await calls.run([published[provider], served[provider]]);
		figures(`${provider}: a later run: ${told(countBy(verdictsOf(later).map(wordOf)))}`);
		laters[provider] = later;
	}
	for (const provider of PROVIDERS) {
		const [list, before] = [served[provider], executions[provider]];
		await witness.rerunTells(provider, list, [...before, laters[provider]]);
		await witness.allServed(provider, list, before);
	}
};

test('the same list twice at the same moment: nobody is emailed twice, and nobody left over', async () => {
	await raceTest(ROUNDS);
});

test('the same with a database that takes a tenth of a second to write', async () => {
	// Between n8n's reading of the record and its writing, where it counts.
	await cluster.postgres.query(
		`create function slow() returns trigger language plpgsql as
			$$ begin perform pg_sleep(0.1); return coalesce(new, old); end $$;
		create trigger slow before insert or update or delete on processed_data
			for each row execute function slow();`,
	);
	try {
		await raceTest(SLOW_ROUNDS);
	} finally {
		await cluster.postgres.query('drop trigger slow on processed_data; drop function slow;');
	}
});

test('two workflows at KarmaCheck with one list, on two workers: what is called sent was sent', async () => {
	await control.clear();
	await control.setLatency(20);
	const workflows = [];
	for (const name of ['one', 'the other']) {
		workflows.push(await calls.publish('karmaCheck', `One list, ${name}`));
	}
	const [one, other] = workflows;
	const ways = {
		'begun together': async (list) => await calls.run([one, list], [other, list]),
		[`the other begun after email ${AHEAD}`]: async (list) => {
			const later = async () => {
				const begun = async () => (await witness.mailsTo('karmaCheck', list)).length >= AHEAD;
				await eventually(begun, { everyMs: 10 });
				return await calls.run([other, list]);
			};
			return (await Promise.all([calls.run([one, list]), later()])).flat();
		},
	};
	for (const [way, begin] of Object.entries(ways)) {
		const targets = [];
		const executions = [];
		let apart = 0;
		for (let time = 0; time < TIMES; time++) {
			const list = takeOpen('karmaCheck', TWO_WORKFLOWS);
			const both = await begin(list);
			apart += isApart(both) ? 1 : 0;
			targets.push(...list);
			executions.push(...both);
		}
		const twice = repeated(await witness.mailsTo('karmaCheck', targets)).length;
		figures(
			`${way}: emailed twice: ${twice} of ${targets.length}; ${told(countBy(executions.flatMap(verdictsOf).map(wordOf)))}; ${apart} of ${TIMES} on two workers`,
		);
		// Each keeps a record of its own, so some may be emailed twice; how many is printed, not promised.
		const { mailed, claimed } = await witness.nothingFalse('karmaCheck', targets, executions);
		assert.deepEqual([...claimed].sort(), [...mailed].sort());
	}
	await control.setLatency(0);
});

test('an execution whose worker was killed is not run again by n8n', async () => {
	for (const { id, at } of killed) {
		const [{ status, stoppedAt }] = await calls.ended([id]);
		assert.ok(['error', 'crashed'].includes(status), status);
		const after = Math.round((new Date(stoppedAt).getTime() - at) / 1000);
		figures(`execution ${id}: ${status} ${after} s after the kill`);
	}
});
