// npm run bench [-- --rounds N]: this package side by side with n8n's HTTP Request node, in the real n8n.
// Ends with code 1 when a promise is not kept.
import { cpSync, mkdtempSync, rmSync, readFileSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import axios from 'axios';
import { tokens } from '../sandbox/accounts.ts';
import { boot } from '../scripts/n8n/boot.mjs';
import { placePackage } from '../scripts/n8n/server.mjs';
import { e2eModules, n8nNode, root } from '../scripts/n8n/paths.mjs';
import { chart } from './chart.ts';
import { goals, met } from './figures.ts';
import { goalsTable, report } from './report.ts';
import { createRuns } from './runs.mjs';
import * as subjects from './subjects.mjs';

const LATENCY_MS = 20;
const CASES = 10_000;
const INVITATIONS = 1_000;
const here = path.join(root, 'bench');

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);

const SANDBOX_ARGS = [
	['--latency', LATENCY_MS],
	// Past the thirteen named ones, which are of all kinds.
	['--cases', CASES + 13],
	['--invitations', INVITATIONS + 20],
].flatMap(([name, value]) => [name, String(value)]);

const bearer = {
	type: 'httpBearerAuth',
	name: 'Bearer (sandbox)',
	data: { token: tokens.karmaCheck },
};

async function start(folder, env = {}) {
	const all = await boot({
		folder,
		workflows: [],
		log: (line) => console.log(line),
		sandboxArgs: [...SANDBOX_ARGS, '--pending', '--unchecked'],
		env: { N8N_CUSTOM_EXTENSIONS: path.join(here, 'nodes'), ...env },
	});
	const { id } = await all.session.createCredential(bearer);
	const prepare = createRuns({
		session: all.session,
		credentials: [...all.credentials, { ...bearer, id }],
		folder,
	});
	const nodeTypes = await all.session.nodeTypes();
	const versions = nodeTypes
		.filter(({ name }) => name === 'n8n-nodes-base.httpRequest')
		.flatMap(({ version }) => version);
	return {
		...all,
		prepare,
		httpVersion: Math.max(...versions),
		base: `${all.sandbox.url}/karmacheck`,
		control: axios.create({ baseURL: `${all.sandbox.url}/_sandbox` }),
	};
}

/** Open invitations as Get Many puts them out, as far as the runs need them. */
async function openInvitations(control) {
	const { data } = await control.get('/state');
	const cases = data.karmaCheck.slice(13).map(({ id, invitation }) => ({
		subject: { caseId: id },
		email: invitation.email,
	}));
	const invitations = data.numium
		.filter(({ tenantId }) => tenantId === '1024')
		.slice(0, INVITATIONS)
		.map(({ id }) => ({ subject: { invitationId: id } }));
	// Get Many leaves out whom nobody was invited for, as KarmaCheck's list leaves out what is archived.
	const listed = data.karmaCheck.filter(({ invitation, archived }) => invitation && !archived);
	return { cases, invitations, listed: listed.length };
}

/**
 * Takes turns: in each round every subject once, so that a busy moment of the machine meets all alike. The round
 * before the first warms the code up.
 * @param {Record<string, (round: number) => Promise<import('./figures').Sample>>} byName
 */
async function takeTurns(title, expected, byName) {
	const runs = Object.fromEntries(Object.keys(byName).map((name) => [name, []]));
	for (let round = 0; round <= rounds; round += 1) {
		for (const [name, run] of Object.entries(byName)) {
			const sample = await run(round);
			if (sample.items !== expected) {
				throw new Error(`${title}, ${name}: ${sample.items} of ${expected} items came out`);
			}
			if (round > 0) runs[name].push(sample);
			const figures = `${Math.round(sample.wallMs)} ms, CPU ${Math.round(sample.cpuMs)} ms`;
			const memory = `${Math.round(sample.peakBytes / 1e6)} MB`;
			console.log(`  ${title}, ${name}, round ${round}: ${figures}, ${memory}`);
		}
	}
	return runs;
}

/** As often as there are rounds, each in a process of its own. */
function loadTimes(folder) {
	placePackage(folder, root);
	const placed = path.join(folder, '.n8n', 'nodes', 'node_modules', 'n8n-nodes-invitations');
	// Outside of the checkout, so that n8n-workflow is found where this points: beside n8n.
	const script = path.join(folder, 'loadTime.cjs');
	cpSync(path.join(here, 'loadTime.cjs'), script);
	return Array.from({ length: rounds }, () => {
		const { status, stdout, stderr } = spawnSync(n8nNode(), [script, placed], {
			env: { NODE_PATH: e2eModules },
			encoding: 'utf8',
		});
		if (status !== 0) throw new Error(stderr);
		return Number(stdout);
	});
}

async function measure(folder) {
	const all = await start(folder);
	try {
		const { prepare, base, control, httpVersion } = all;
		const { cases, invitations, listed } = await openInvitations(control);
		const first = (count) => cases.slice(0, count);
		/** Fresh ones each time: who was mailed today is not mailed again. */
		let used = 0;
		const fresh = (count) => cases.slice(used, (used += count));

		const get = {
			node: await prepare('Get', subjects.karmaCheckGet, { field: 'status', value: 'pending' }),
			httpRequest: await prepare('HTTP Get', subjects.httpRequestGet(base, httpVersion)),
			bareLoop: await prepare('Bare Get', subjects.bareGet(base, tokens.karmaCheck)),
		};
		const get1000 = await takeTurns('Get 1,000', 1_000, {
			node: () => get.node(first(1_000)),
			httpRequest: () => get.httpRequest(first(1_000)),
			bareLoop: () => get.bareLoop(first(1_000)),
		});

		const numium = await prepare('Numium Get', subjects.numiumGet, {
			field: 'status',
			value: 'pending',
		});
		const numiumRequests = [];
		const numium1000 = await takeTurns('Numium Get 1,000', INVITATIONS, {
			node: async () => {
				await control.post('/clear');
				const sample = await numium(invitations);
				numiumRequests.push((await control.get('/requests')).data.length);
				return sample;
			},
		});

		const sent = { field: 'outcome', value: 'sent' };
		const resend = {
			node: await prepare('Resend', subjects.karmaCheckResend, sent),
			again: await prepare('Resend again', subjects.karmaCheckResend, {
				field: 'reason',
				value: 'alreadySent',
			}),
			httpRequest: await prepare('HTTP Resend', subjects.httpRequestResend(base, httpVersion)),
			bareLoop: await prepare('Bare Resend', subjects.bareResend(base, tokens.karmaCheck)),
		};
		let mailed = [];
		const resend200 = await takeTurns('Resend 200', 200, {
			node: () => resend.node((mailed = fresh(200))),
			again: () => resend.again(mailed),
			httpRequest: () => resend.httpRequest(fresh(200)),
			bareLoop: () => resend.bareLoop(fresh(200)),
		});

		const getMany = await prepare('Get Many', subjects.karmaCheckGetMany);
		const getMany10000 = await takeTurns('Get Many 10,000', listed, {
			node: () => getMany([{}]),
		});

		const get10000 = await takeTurns('Get 10,000', CASES, {
			node: () => get.node(first(CASES)),
			httpRequest: () => get.httpRequest(first(CASES)),
		});
		return { get1000, numium1000, numiumRequests, resend200, getMany10000, get10000 };
	} finally {
		await all.stop();
	}
}

/** Not n8n's look whether the workflow may use it, which reads no data. */
const CREDENTIAL_READ = /SELECT[^\n]*"CredentialsEntity_data"[^\n]*FROM "credentials_entity"/g;

/** n8n writes every query of its database into its log; counted are those that read a credential. */
async function countCredentialReads(folder) {
	const all = await start(folder, { DB_LOGGING_ENABLED: 'true', DB_LOGGING_OPTIONS: 'query' });
	try {
		const { prepare, base, control, httpVersion, n8n } = all;
		const { cases } = await openInvitations(control);
		const reads = () => readFileSync(n8n.log, 'utf8').match(CREDENTIAL_READ)?.length ?? 0;
		const during = async (run, items) => {
			const before = reads();
			await run(items);
			return reads() - before;
		};
		const countFor = async (run) => ({
			forOne: await during(run, cases.slice(0, 1)),
			forThousand: await during(run, cases.slice(0, 1_000)),
		});
		const node = await prepare('Get, logged', subjects.karmaCheckGet);
		const http = await prepare('HTTP Get, logged', subjects.httpRequestGet(base, httpVersion));
		// The first run signs in, which none of the others has to.
		await node(cases.slice(0, 1));
		const counts = { node: await countFor(node), httpRequest: await countFor(http) };
		if (counts.node.forOne === 0) throw new Error("n8n's log shows no read of a credential");
		return counts;
	} finally {
		await all.stop();
	}
}

function write(figures) {
	const { version } = JSON.parse(readFileSync(path.join(e2eModules, 'n8n/package.json'), 'utf8'));
	const { stdout: node } = spawnSync(n8nNode(), ['--version'], { encoding: 'utf8' });
	const circumstances = {
		date: new Date().toISOString().slice(0, 10),
		n8n: version,
		node: node.trim().slice(1),
		cores: os.availableParallelism(),
		rounds,
		latencyMs: LATENCY_MS,
	};
	writeFileSync(path.join(here, 'RESULTS.md'), report(figures, circumstances));
	for (const theme of ['light', 'dark']) {
		writeFileSync(path.join(root, 'docs', 'images', `bench-${theme}.svg`), chart(figures, theme));
	}
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'n8n-bench-'));
try {
	const measured = await measure(folder);
	const credentialReads = await countCredentialReads(folder);
	const figures = { ...measured, credentialReads, loadMs: loadTimes(path.join(folder, 'load')) };
	write(figures);
	console.log(`\n${goalsTable(figures)}\n\nThe rest is in bench/RESULTS.md.`);
	const missed = goals(figures).filter((goal) => !met(goal));
	if (missed.length > 0) {
		console.log(`Not reached: ${missed.map(({ what }) => what).join('; ')}`);
		process.exitCode = 1;
	}
} finally {
	rmSync(folder, { recursive: true, force: true });
}
