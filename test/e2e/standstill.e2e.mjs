// Queue mode, and a worker that stands still, as on a machine that swaps or is moved, while two executions have the
// same list. What it has asked PostgreSQL for goes on meanwhile. The sandbox's outbox is the witness.
import { setTimeout as sleep } from 'node:timers/promises';
import { verdictsOf } from './calls.mjs';
import { test } from './fixtures.mjs';
import { startQueueScene } from './queueScene.mjs';
import { eventually } from './eventually.mjs';
import { SERVICES } from './services.mjs';
import { countBy, figures, repeated, told, wordOf } from './witness.mjs';

/** How many are on each list, and how long a request takes at the service. */
const LIST = 20;
const LATENCY_MS = 100;
/** How often for five seconds. Where sends do not show, nothing but the record keeps anybody from being emailed twice. */
const shortOnes = ({ showsSends }) => (showsSends ? 1 : 2);
const { provider: silent } = SERVICES.find(({ showsSends }) => !showsSends);
const { provider: stamping } = SERVICES.find(({ stampsSends }) => stampsSends);
/** For a minute, and while doing what. */
const LONG = [
	[silent, 'reading the record'],
	[silent, 'writing the record'],
	[stamping, 'sending, whatever it is at'],
];

let control, cluster, calls, witness, takeOpen, isApart, published;

test.beforeAll(async ({ folder, cleanup }) => {
	const scene = await startQueueScene({ folder, cleanup, people: 400 });
	({ control, cluster, calls, witness, takeOpen, isApart, published } = scene);
	await control.setLatency(LATENCY_MS);
});

/** Whose statements on n8n's table of processed values PostgreSQL keeps waiting, the longest first. */
const waiting = async (statements) => {
	const names = await cluster.postgres.query(
		`select application_name from pg_stat_activity where wait_event_type = 'Lock'
			and query ~* '^(${statements}) .*processed_data' order by query_start`,
	);
	return names.split('\n').flatMap((one) => cluster.workers.filter(({ name }) => name === one));
};

/** Stops a worker whose statement is on its way; PostgreSQL then carries it out, and it learns that late. */
const stopDuring = async (statements, mode) => {
	const hold = await cluster.postgres.hold(`lock table processed_data in ${mode} mode`);
	try {
		const worker = await eventually(async () => (await waiting(statements))[0], { everyMs: 20 });
		worker.freeze();
		return worker;
	} finally {
		await hold.release();
	}
};

/** When a worker is stopped, while two executions have the same list. */
const MOMENTS = {
	// It has read, in a way: the rows lie in its socket, and are old when it looks at them.
	'reading the record': () => stopDuring('select', 'access exclusive'),
	// Reads go on, and the write is done behind its back. Taking the lock of the record is a write as well.
	'writing the record': () => stopDuring('insert|update|delete', 'exclusive'),
	'sending, whatever it is at': async () => {
		const [worker] = cluster.workers;
		worker.freeze();
		return worker;
	},
};

/** Two executions with the same list, and one of the two workers stands still in the middle of it. */
const raceWithStop = async (provider, stop, ms) => {
	const list = takeOpen(provider, LIST);
	const call = [published[provider], list];
	const ids = await calls.start(call, call);
	await eventually(() => ids.every((id) => cluster.workerOf(id)));
	if (!isApart(ids.map((id) => ({ id })))) {
		// Both went to the same worker: nothing to see, so once more with others.
		await calls.ended(ids);
		return await raceWithStop(provider, stop, ms);
	}
	const mailed = () => witness.mailsTo(provider, list);
	await eventually(async () => (await mailed()).length > 0, { everyMs: 10 });
	const worker = await stop();
	const before = (await mailed()).length;
	// What the test does to n8n, and not what it waits for.
	await sleep(ms);
	const meanwhile = (await mailed()).length - before;
	worker.thaw();
	// n8n may have given up the stopped one's execution; it goes on all the same, and ends there.
	for (const id of ids) await eventually(() => cluster.workerOf(id).ended(id));
	const executions = await calls.ended(ids);
	const all = await mailed();
	figures(
		`${worker.name} stopped after ${before} emails, ${meanwhile} meanwhile, in all ${all.length} for ${LIST}, twice: ${repeated(all).length}; ${told(countBy(executions.flatMap(verdictsOf).map(wordOf)))}; ${told(countBy(executions.map(({ status }) => status)))}`,
	);
	return { list, executions };
};

for (const service of SERVICES) {
	const { provider } = service;
	for (const [when, stop] of Object.entries(MOMENTS)) {
		test(`a worker stands still for five seconds at ${provider} while ${when}: nobody is emailed twice, and nobody left over`, async () => {
			await control.clear();
			const rounds = [];
			for (let round = 0; round < shortOnes(service); round++) {
				rounds.push(await raceWithStop(provider, stop, 5_000));
			}
			for (const { list, executions } of rounds) {
				await witness.allServed(provider, list, executions);
				const [later] = await calls.run([published[provider], list]);
				await witness.rerunTells(provider, list, [...executions, later]);
			}
		});
	}
}

for (const [provider, when] of LONG) {
	test(`a worker stands still for a minute at ${provider} while ${when}: nobody is emailed twice`, async () => {
		await control.clear();
		const { list, executions } = await raceWithStop(provider, MOMENTS[when], 60_000);
		const [later] = await calls.run([published[provider], list]);
		const words = told(countBy(verdictsOf(later).map(wordOf)));
		const mails = (await witness.mailsTo(provider, list)).length;
		figures(`a later run: ${words}; emails: ${mails}`);
		await witness.promiseKept(provider, list, [...executions, later]);
	});
}
