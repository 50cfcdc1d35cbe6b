// Who takes turns at Resend. This package's node runs each time in a workflow of its own, so that nothing of an
// earlier run is on record, and emails people whom nobody has emailed today. The others only send; they email the same
// people once more, which the sandbox does not mind.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { tokens } from '../sandbox/accounts.ts';
import { n8nNode, root } from '../scripts/n8n/paths.mjs';
import * as subjects from './subjects.mjs';

/** What a node has on record that has been in use for a while. */
const ENTRIES_ON_RECORD = 10_000;
const AT_A_TIME = 10;
const ITEMS = 200;
const MANY_ITEMS = 1_000;
/** Enough to compile what runs for each item, in the round that does not count. */
const ITEMS_TO_WARM_UP = 20;

const itemsIn = (round) => (round === 0 ? ITEMS_TO_WARM_UP : ITEMS);

/** How many people so many rounds take. */
export function peopleFor(rounds, longRounds) {
	const upTo = (last) => last * ITEMS + ITEMS_TO_WARM_UP;
	const long = longRounds * (MANY_ITEMS + ITEMS) + MANY_ITEMS;
	// At KarmaCheck an empty record, a full one, ten at a time, the long ones, and one of these for its memory; at
	// Worth AI the first two.
	return { cases: 3 * upTo(rounds) + long, users: 2 * upTo(longRounds) };
}

/** Works on the record of a node, as record.cjs says. */
function onRecord(folder, { workflowId, nodeId }, command) {
	const database = path.join(folder, 'user', '.n8n', 'database.sqlite');
	const script = path.join(root, 'bench', 'record.cjs');
	const args = [script, database, workflowId, nodeId, command, String(ENTRIES_ON_RECORD)];
	const { status, stdout, stderr } = spawnSync(n8nNode(), args, { encoding: 'utf8' });
	if (status !== 0) throw new Error(`The record of sends: ${stderr}`);
	return stdout;
}

/**
 * @param {object} all
 * @param {ReturnType<import('./runs.mjs').createRuns>} all.prepare
 * @param {string} all.folder where n8n has its database
 * @param {Record<string, (count: number) => Promise<object[]>>} all.fresh people by service
 * @param {string} all.base
 * @param {number} all.httpVersion
 */
export function createResends({ prepare, folder, fresh, base, httpVersion }) {
	let workflows = 0;
	const newNode = async (service, options) => {
		workflows += 1;
		return await prepare(`Resend ${workflows}`, subjects.resend(service, options), 'reason');
	};
	const newHttpRequest = () =>
		prepare('HTTP Resend', subjects.httpRequestResend(base, httpVersion));

	async function withFullRecord(service, people) {
		const node = await newNode(service);
		onRecord(folder, node, 'fill');
		const sample = await node.run(people, 'sent');
		const { all, own } = JSON.parse(onRecord(folder, node, 'count'));
		if (own === 0) throw new Error(`The node has left its record of ${all} entries as it was`);
		console.log(`  ${all} entries on record after it, ${own} of them its own`);
		return sample;
	}

	/** What is measured at every service. */
	async function atService(service) {
		const subject = subjects.bareResend(service, base, tokens[service]);
		const bareLoop = await prepare(`Bare Resend ${service}`, subject);
		let people;
		let node;
		return {
			async node(round) {
				people = await fresh[service](itemsIn(round));
				node = await newNode(service);
				return await node.run(people, 'sent');
			},
			again: () => node.run(people, 'alreadySent'),
			bareLoop: () => bareLoop.run(people),
			fullRecord: async (round) =>
				await withFullRecord(service, await fresh[service](itemsIn(round))),
		};
	}

	/** At KarmaCheck alone: several in flight, as the HTTP Request node has them. */
	async function manyAtATime() {
		const httpRequest = await newHttpRequest();
		let people;
		return {
			async tenAtATime(round) {
				people = await fresh.karmaCheck(itemsIn(round));
				const node = await newNode('karmaCheck', { sendsAtATime: AT_A_TIME });
				return await node.run(people, 'sent');
			},
			httpRequest: () => httpRequest.run(people),
		};
	}

	async function thousand() {
		const httpRequest = await newHttpRequest();
		let people;
		return {
			async node() {
				people = await fresh.karmaCheck(MANY_ITEMS);
				return await (await newNode('karmaCheck')).run(people, 'sent');
			},
			httpRequest: () => httpRequest.run(people),
			async twoHundred() {
				const node = await newNode('karmaCheck');
				return await node.run(await fresh.karmaCheck(ITEMS), 'sent');
			},
		};
	}

	/** What a long Resend holds, garbage left out: how much of that lies about is up to V8. */
	async function thousandHeld() {
		const httpRequest = await newHttpRequest();
		const people = await fresh.karmaCheck(MANY_ITEMS);
		return {
			node: async () => await (await newNode('karmaCheck')).run(people, 'sent', MANY_ITEMS, true),
			httpRequest: () => httpRequest.run(people, '', MANY_ITEMS, true),
		};
	}

	return { atService, manyAtATime, thousand, thousandHeld };
}
