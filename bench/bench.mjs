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
import { findPeople, sandboxArgs } from './people.mjs';
import { goalsTable, report } from './report.ts';
import { createResends, peopleFor } from './resends.mjs';
import { createRuns } from './runs.mjs';
import * as subjects from './subjects.mjs';

const LATENCY_MS = 20;
const CASES = 10_000;
const INVITATIONS = 1_000;
const SENDS_LOGGED = 200;
const here = path.join(root, 'bench');

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const rounds = Number(values.rounds);
/** Of what takes long: fewer, so that all together takes about twelve minutes. */
const longRounds = Math.ceil(rounds / 2);
const people = peopleFor(rounds, longRounds);
if (!Number.isInteger(rounds) || rounds < 1 || people.cases > CASES) {
	throw new Error(`--rounds takes a whole number from 1, as far as ${CASES} people suffice`);
}

const SANDBOX_ARGS = [
	...['--latency', String(LATENCY_MS), '--pending', '--unchecked'],
	...sandboxArgs({ cases: CASES, users: people.users, invitations: INVITATIONS }),
];

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
		sandboxArgs: SANDBOX_ARGS,
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
		base: all.sandbox.url,
		control: axios.create({ baseURL: `${all.sandbox.url}/_sandbox` }),
	};
}

/**
 * Takes turns: in each round every subject once, so that a busy moment of the machine meets all alike. Round 0 warms
 * the code up and does not count.
 * @param {Record<string, (round: number) => Promise<import('./figures').Sample>>} byName
 */
async function takeTurns(title, byName, { from = 0, to = rounds } = {}) {
	const runs = Object.fromEntries(Object.keys(byName).map((name) => [name, []]));
	for (let round = from; round <= to; round += 1) {
		for (const [name, run] of Object.entries(byName)) {
			const sample = await run(round);
			if (round > 0) runs[name].push(sample);
			const figures = `${Math.round(sample.wallMs)} ms, CPU ${Math.round(sample.cpuMs)} ms`;
			const memory = `${Math.round(sample.peakBytes / 1e6)} MB`;
			console.log(`  ${title}, ${name}, round ${round}: ${figures}, ${memory}`);
		}
	}
	return runs;
}

const NOTION = /[\\/](?:Notion(?:Trigger)?\.node|NotionApi\.credentials)\.js$/;

/** For jobs that take long, and whose code has run before with fewer items. */
const WARM = { from: 1, to: longRounds };

/** All files of a package that n8n loads. */
function filesOf(folder) {
	const { n8n } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
	return [...n8n.nodes, ...n8n.credentials].map((file) => path.join(folder, file));
}

/** As often as there are rounds, each in a process of its own, in turns. */
function loadTimes(folder) {
	placePackage(folder, root);
	const subjectFiles = {
		node: filesOf(path.join(folder, '.n8n', 'nodes', 'node_modules', 'n8n-nodes-invitations')),
		// Of n8n's own nodes for one service those that load as little beside them as ours do.
		notion: filesOf(path.join(e2eModules, 'n8n-nodes-base')).filter((file) => NOTION.test(file)),
	};
	// Outside of the checkout, so that n8n-workflow is found where this points: beside n8n.
	const script = path.join(folder, 'loadTime.cjs');
	cpSync(path.join(here, 'loadTime.cjs'), script);
	const times = { node: [], notion: [] };
	// The first time, the files come from the disk.
	for (let round = 0; round <= rounds; round += 1) {
		for (const [subject, files] of Object.entries(subjectFiles)) {
			const { status, stdout, stderr } = spawnSync(n8nNode(), [script, ...files], {
				env: { NODE_PATH: e2eModules },
				encoding: 'utf8',
			});
			if (status !== 0) throw new Error(stderr);
			if (round > 0) times[subject].push(Number(stdout));
		}
	}
	return times;
}

async function measureNumiumGet({ prepare, control }, { invitations }) {
	const numium = await prepare('Numium Get', subjects.numiumGet, 'status');
	const numiumRequests = [];
	const numium1000 = await takeTurns('Numium Get 1,000', {
		node: async () => {
			await control.post('/clear');
			const sample = await numium.run(invitations.slice(0, INVITATIONS), 'pending');
			numiumRequests.push((await control.get('/requests')).data.length);
			return sample;
		},
	});
	return { numium1000, numiumRequests };
}

async function measureResends(all, { fresh }, folder) {
	const { atService, manyAtATime, thousand, thousandHeld } = createResends({
		...all,
		fresh,
		folder,
	});
	const fewer = { to: longRounds };
	const resend200 = {
		karmaCheck: await takeTurns('Resend 200 at KarmaCheck', {
			...(await atService('karmaCheck')),
			...(await manyAtATime()),
		}),
		worthAi: await takeTurns('Resend 200 at Worth AI', await atService('worthAi'), fewer),
		numium: await takeTurns('Resend 200 at Numium', await atService('numium'), fewer),
	};
	const resend1000 = await takeTurns('Resend 1,000', await thousand(), WARM);
	const held1000 = await takeTurns('Resend 1,000, held', await thousandHeld(), { from: 1, to: 1 });
	return { resend200, resend1000, held1000 };
}

async function measure(folder) {
	const all = await start(folder);
	try {
		const { prepare, base, httpVersion } = all;
		const found = await findPeople(all.control);
		const get = {
			node: await prepare('Get', subjects.karmaCheckGet, 'status'),
			httpRequest: await prepare('HTTP Get', subjects.httpRequestGet(base, httpVersion)),
			bareLoop: await prepare('Bare Get', subjects.bareGet(base, tokens.karmaCheck)),
		};
		const gets = (count) => {
			const items = found.cases.slice(0, count);
			return {
				node: () => get.node.run(items, 'pending'),
				httpRequest: () => get.httpRequest.run(items),
				bareLoop: () => get.bareLoop.run(items),
			};
		};
		const get1000 = await takeTurns('Get 1,000', gets(1_000));
		const numium = await measureNumiumGet(all, found);
		const resends = await measureResends(all, found, folder);

		const getMany = await prepare('Get Many', subjects.karmaCheckGetMany);
		const getMany10000 = await takeTurns('Get Many 10,000', {
			node: () => getMany.run([{}], '', found.listed),
		});

		// Last, for what V8 lets lie about in a heap that was once so large would show in the others' memory.
		const { node, httpRequest } = gets(CASES);
		const get10000 = await takeTurns('Get 10,000', { node, httpRequest }, WARM);
		return { get1000, ...numium, ...resends, getMany10000, get10000 };
	} finally {
		await all.stop();
	}
}

/** Not n8n's look whether the workflow may use it, which reads no data. */
const CREDENTIAL_READ = /SELECT[^\n]*"CredentialsEntity_data"[^\n]*FROM "credentials_entity"/g;

async function countCredentialReads({ prepare, base, httpVersion }, { cases }, count) {
	const during = async ({ run }, items) =>
		(await count([CREDENTIAL_READ], () => run(cases.slice(0, items))))[0];
	const countFor = async (prepared) => ({
		forOne: await during(prepared, 1),
		forThousand: await during(prepared, 1_000),
	});
	const node = await prepare('Get, logged', subjects.karmaCheckGet);
	const http = await prepare('HTTP Get, logged', subjects.httpRequestGet(base, httpVersion));
	// The first run signs in, which none of the others has to.
	await node.run(cases.slice(0, 1));
	const counts = { node: await countFor(node), httpRequest: await countFor(http) };
	if (counts.node.forOne === 0) throw new Error("n8n's log shows no read of a credential");
	return counts;
}

/** The table in which n8n keeps the record of sends. */
const RECORD_READ = /^query: SELECT[^\n]*FROM "processed_data"/gm;
const RECORD_WRITE = /^query: (?:INSERT INTO|UPDATE|DELETE FROM) "processed_data"/gm;

async function countRecordQueries({ prepare }, { fresh }, count) {
	const resend = await prepare('Resend, logged', subjects.resend('karmaCheck'), 'reason');
	const items = await fresh.karmaCheck(SENDS_LOGGED);
	const [reads, writes] = await count([RECORD_READ, RECORD_WRITE], () => resend.run(items, 'sent'));
	if (writes === 0) throw new Error("n8n's log shows no write of the record of sends");
	return { sends: SENDS_LOGGED, reads, writes };
}

/** n8n writes every query of its database into its log; counted are those of some kinds while something runs. */
async function countQueries(folder) {
	const all = await start(folder, { DB_LOGGING_ENABLED: 'true', DB_LOGGING_OPTIONS: 'query' });
	try {
		const found = await findPeople(all.control);
		const soFar = (kinds) => {
			const log = readFileSync(all.n8n.log, 'utf8');
			return kinds.map((kind) => log.match(kind)?.length ?? 0);
		};
		const count = async (kinds, run) => {
			const before = soFar(kinds);
			await run();
			return soFar(kinds).map((times, index) => times - before[index]);
		};
		return {
			credentialReads: await countCredentialReads(all, found, count),
			recordQueries: await countRecordQueries(all, found, count),
		};
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
		longRounds,
		latencyMs: LATENCY_MS,
	};
	writeFileSync(path.join(here, 'RESULTS.md'), report(figures, circumstances));
	for (const theme of ['light', 'dark']) {
		writeFileSync(path.join(root, 'docs', 'images', `bench-${theme}.svg`), chart(figures, theme));
	}
}

const folder = mkdtempSync(path.join(os.tmpdir(), 'n8n-bench-'));
try {
	const figures = {
		...(await measure(folder)),
		...(await countQueries(folder)),
		loadMs: loadTimes(path.join(folder, 'load')),
	};
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
