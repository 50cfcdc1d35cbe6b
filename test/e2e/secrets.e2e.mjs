// Secrets in the real n8n: every operation meets every fault, with debug logs and all executions kept. Then n8n is
// stopped, and no token, key, password or invitation link is in anything it has written down or handed out.
import assert from 'node:assert/strict';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { freePort } from '../../scripts/n8n/child.mjs';
import { newOwner, signIn } from '../../scripts/n8n/owner.mjs';
import { sandboxCredentials, startSandbox } from '../../scripts/n8n/sandbox.mjs';
import { seedCredentials, seedWorkflows } from '../../scripts/n8n/seed.mjs';
import { startN8n } from '../../scripts/n8n/server.mjs';
import { test } from './fixtures.mjs';
import { formsOf, remains, searchFor } from './leaks.mjs';
import { eventually } from './eventually.mjs';
import { sandboxControl } from './sandboxControl.mjs';
import {
	badCredentials,
	callsOf,
	canaryWorkflow,
	linkWorkflow,
	rounds,
	triggerOf,
	workflowsOf,
} from './secretFlows.mjs';
import { byService, SERVICES, serviceOf } from './services.mjs';

/** As talkative as n8n gets, and nothing of it thrown away. */
const TALKATIVE = {
	N8N_LOG_LEVEL: 'debug',
	N8N_LOG_OUTPUT: 'console,file',
	N8N_EVENTBUS_LOGWRITER_LOGBASENAME: 'n8nEventLog',
	EXECUTIONS_DATA_SAVE_ON_SUCCESS: 'all',
	EXECUTIONS_DATA_SAVE_ON_ERROR: 'all',
	EXECUTIONS_DATA_SAVE_ON_PROGRESS: 'true',
	EXECUTIONS_DATA_SAVE_MANUAL_EXECUTIONS: 'true',
};
/** A round of cut connections waits between its tries. */
const PATIENCE = { timeoutMs: 180_000 };
const SIGNING_KEY = randomBytes(24);
const WEBHOOK_PASSWORD = `webhook-password-${randomUUID()}`;
const TOKEN = /eyJ[\w-]+\.[\w-]+\.[\w-]+/g;

const webhook = {
	type: 'karmaCheckWebhookApi',
	name: 'KarmaCheck webhook',
	data: { signingSecret: `whsec_${SIGNING_KEY.toString('base64')}` },
};
const hook = {
	...triggerOf(serviceOf('karmaCheck'), webhook),
	name: 'Webhook',
	file: 'Webhook',
};
hook.nodes = hook.nodes.map((one) => ({
	...one,
	type: 'n8n-nodes-invitations.karmaCheckWebhookTrigger',
	parameters: {},
	webhookId: randomUUID(),
	credentials: { karmaCheckWebhookApi: { id: '', name: webhook.name } },
}));
const SECRET_FIELDS = [
	...new Set(SERVICES.flatMap(({ secretFields, pasted }) => [...secretFields, pasted.field])),
];
const CANARY = `canary-${randomUUID()}`;
const canaryFlow = canaryWorkflow(CANARY, formsOf(CANARY));

const owner = newOwner();
let sandbox, control, userFolder, log, n8n, session;
let ids, good, bad, credentials, runs, unreachableRuns, triggers, seeded;
/** What some of the faults are made of. */
let inFaults;

const start = async () => {
	n8n = await startN8n({ userFolder, log, env: TALKATIVE });
	return await signIn({ url: n8n.url, owner });
};
const ofService = (some, { credential }) => some.filter(({ type }) => type === credential);
const goodOf = (service) => ofService(good, service)[0];
const idOf = (wanted) => seeded.find(({ name }) => name === wanted.name).id;

// The later tests look at what the earlier ones have left behind.
test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ folder, cleanup }) => {
	sandbox = cleanup(
		await startSandbox({ log: path.join(folder, 'sandbox.log'), args: ['--record'] }),
	);
	control = sandboxControl(sandbox.url);
	userFolder = path.join(folder, 'user');
	log = path.join(folder, 'n8n.log');
	cleanup(undefined, () => n8n?.stop());
	session = await start();

	const state = await control.state();
	// Two of each that may be sent: with more this takes longer and finds nothing else.
	ids = byService(({ first, second }) => [first, second]);
	good = sandboxCredentials(sandbox.url);
	const closedPort = await freePort();
	const sorts = good.map((one) => badCredentials(one, { closedPort }));
	const refused = sorts.flatMap((sort) => sort.refused);
	const unreachable = sorts.flatMap((sort) => sort.unreachable);
	bad = [...refused, ...unreachable];
	credentials = await seedCredentials(session, [...good, ...bad, webhook]);
	runs = SERVICES.flatMap((service) => {
		const calls = callsOf(service, goodOf(service), ofService(refused, service));
		return workflowsOf(service, service.provider, calls, ids[service.provider]);
	});
	unreachableRuns = SERVICES.flatMap((service) => {
		const calls = ofService(unreachable, service).map((credential) => ['get', credential]);
		return workflowsOf(service, `${service.provider} unreachable`, calls, ids[service.provider]);
	});
	triggers = SERVICES.map((service) => triggerOf(service, goodOf(service)));
	seeded = await seedWorkflows(session, credentials, [
		...runs,
		...unreachableRuns,
		...triggers,
		hook,
		canaryFlow,
	]);
	inFaults = {
		elsewhere: `${sandbox.url.replace('127.0.0.1', 'localhost')}/karmacheck/elsewhere`,
		invitationToken: state.karmaCheck.find(({ invitation }) => invitation).invitation.token,
		numiumToken: serviceOf('numium').tokens.numium,
	};
});

/** What n8n handed out, beside what it keeps: `[where, bytes]`. */
const handedOut = [];
const note = (where, value) => {
	const text = typeof value === 'string' ? value : JSON.stringify(value);
	handedOut.push([where, Buffer.from(text)]);
	return value;
};
/** As it went over the wire, and as the editor reads it. */
const noteExecution = async (id) => {
	note(`execution ${id} as sent`, await session.call('GET', `/executions/${id}`));
	return note(`execution ${id}`, await session.getExecution(id));
};

/** Everything that nobody shall read, by a name that may be shown. */
const secrets = async () => {
	const now = await control.state();
	const requests = await control.requests();
	const onTheWire = requests.flatMap(({ headers, reply }) =>
		`${headers.authorization} ${reply?.body}`.match(TOKEN),
	);
	const known = [
		...new Set([...onTheWire, ...SERVICES.flatMap(({ tokens }) => Object.values(tokens))]),
	].filter(Boolean);
	const links = now.karmaCheck
		.flatMap(({ invitation, superseded }) => [...superseded, invitation])
		.flatMap((one) => (one ? [one.token] : []));
	const fields = [...good, ...bad].flatMap(({ name, data }) =>
		SECRET_FIELDS.filter((field) => data[field] !== undefined).map((field) => [
			`${field} of ${name}`,
			data[field],
		]),
	);
	const inUrls = SERVICES.map(({ provider }) => [
		`password in the URL for ${provider}`,
		`in-the-${provider}-url`,
	]);
	return {
		tokens: known.length,
		links: links.length,
		all: Object.fromEntries([
			...fields,
			...inUrls,
			['the password in a webhook', WEBHOOK_PASSWORD],
			['the signing secret', SIGNING_KEY.toString('base64')],
			...links.map((token, index) => [`link ${index}`, token]),
			...known.flatMap((token, index) => {
				const [, payload, signature] = token.split('.');
				return [
					[`token ${index}`, token],
					[`the payload of token ${index}`, payload],
					[`the signature of token ${index}`, signature],
					// A quote that ends in the middle of it.
					[`the beginning of token ${index}'s signature`, signature.slice(0, 12)],
				];
			}),
		]),
	};
};

const searched = async (places) => {
	const search = searchFor((await secrets()).all);
	return places.flatMap(([where, bytes]) => search(bytes).map((what) => `${what} in ${where}`));
};

let executions = 0;
let hidden = 0;

const runOne = async (wanted, options) => {
	const id = await session.startRun(idOf(wanted), options).catch((error) => {
		// A trigger's own failure is told at once, as the reply.
		note(`the start of ${wanted.name}`, String(error.body ?? error));
		return undefined;
	});
	if (id === undefined) return;
	await session.waitFor(id, PATIENCE);
	const execution = await noteExecution(id);
	executions += 1;
	hidden += JSON.stringify(execution).split('[hidden]').length - 1;
};

for (const [index, [what, , revoked]] of rounds({}).entries()) {
	test(`every operation and credential meets ${what}`, async () => {
		const [, rules] = rounds(inFaults)[index];
		if (revoked) await control.revokeTokens();
		for (const rule of rules) await control.inject(rule);
		await Promise.all(runs.map((one) => runOne(one)));
		await Promise.all(triggers.map((one) => runOne(one, { trigger: 'Trigger' })));
		for (const credential of credentials) {
			const verdict = await session.testCredential(credential);
			note(`the test of ${credential.name} with ${what}`, verdict);
		}
		await control.clearFaults();
	});
}

test('a credential leads to where nothing answers', async () => {
	await Promise.all(unreachableRuns.map((one) => runOne(one)));
});

test('KarmaCheck calls with a right and with a wrong signature', async () => {
	await session.activate(idOf(hook));
	const { nodes } = await session.getWorkflow(idOf(hook));
	const address = `${n8n.url}/webhook/${nodes[0].webhookId}/webhook`;
	const body = JSON.stringify({
		messageId: 'm-1',
		event: 'case.statuschange',
		username: 'not-to-be-seen',
		password: WEBHOOK_PASSWORD,
		eventObject: { id: 'case-1', caseStatus: 'Pending' },
	});
	const send = async (key) => {
		const id = randomUUID();
		const timestamp = String(Math.floor(Date.now() / 1000));
		const signed = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`);
		const headers = {
			'content-type': 'application/json',
			'webhook-id': id,
			'webhook-timestamp': timestamp,
			'webhook-signature': `v1,${signed.digest('base64')}`,
		};
		const response = await fetch(address, { method: 'POST', headers, body });
		note('the answer to a webhook', await response.text());
		return response.status;
	};
	await eventually(async () => (await send(SIGNING_KEY)) === 200);
	assert.equal(await send(randomBytes(24)), 401);
	const [run] = await eventually(async () => {
		const found = await session.listExecutions({ workflowId: idOf(hook) });
		return found.length > 0 ? found : undefined;
	});
	await session.waitFor(run.id);
	await noteExecution(run.id);
});

test('the faults reached the nodes, which hid what came back', async () => {
	const seen = (await control.requests()).map(({ fault }) => fault);
	for (const kind of ['echo', 'redirect', 'reset', 'isFailure', 'html', 'status']) {
		assert.ok(seen.includes(kind), `${kind} never struck`);
	}
	assert.ok(hidden > 100, `only ${hidden} times`);
	const { tokens: known, links } = await secrets();
	assert.ok(known > 20 && links > 20, `${known} tokens and ${links} links`);
	console.log(
		`       ${executions} executions, ${seen.length} requests, ${known} tokens, ${links} links; "[hidden]" ${hidden} times`,
	);
});

test('no redirect was followed to another origin', async () => {
	const hosts = new Set((await control.requests()).map(({ headers }) => headers.host));
	assert.deepEqual([...hosts], [new URL(sandbox.url).host]);
});

test('a canary is planted', async () => {
	await runOne(canaryFlow);
	for (const workflow of seeded) {
		note(`workflow ${workflow.name}`, await session.getWorkflow(workflow.id));
	}
	for (const { id, name } of credentials) {
		const shown = await session.call('GET', `/credentials/${id}?includeData=true`);
		// The base URL is shown to whoever may edit the credential, with what its user wrote into it.
		delete shown.data?.baseUrl;
		note(`credential ${name} as the editor gets it`, shown);
	}
	await n8n.stop({ graceMs: 60_000 });
});

test('the search finds the canary in each place', () => {
	const search = searchFor({ canary: CANARY });
	const left = remains(userFolder, log);
	const foundIn = (part, places) =>
		places.filter(([where]) => where.includes(part)).flatMap(([, bytes]) => search(bytes));
	const everyForm = Object.keys(formsOf(CANARY)).map((form) => `canary (${form})`);
	for (const place of ['every value in the database', 'execution']) {
		const places = place === 'execution' ? handedOut : left;
		assert.deepEqual(new Set(foundIn(place, places)), new Set(everyForm), place);
	}
	for (const place of ['database.sqlite', 'n8n.log', 'n8nEventLog', 'console']) {
		assert.ok(foundIn(place, left).includes('canary (plain)'), `not in ${place}`);
	}
	assert.ok(foundIn('workflow', handedOut).includes('canary (plain)'), 'not in the workflow');
	const sizes = left.map(([where, bytes]) => `${where} ${Math.ceil(bytes.length / 1024)} kB`);
	console.log(`       searched: ${sizes.join(', ')}; and ${handedOut.length} replies`);
});

test('no secret is in what n8n left behind', async () => {
	assert.deepEqual(await searched(remains(userFolder, log)), []);
});

test('no secret is in what n8n handed out', async () => {
	assert.deepEqual(await searched(handedOut), []);
});

test('the link of an invitation is found where it was asked for', async () => {
	const again = await start();
	const flow = linkWorkflow(goodOf(serviceOf('karmaCheck')), ids.karmaCheck);
	const [{ id }] = await seedWorkflows(again, credentials, [flow]);
	await again.run(id);
	await n8n.stop({ graceMs: 60_000 });
	const found = await searched(remains(userFolder, log));
	assert.ok(found.some((it) => /^link \d+ \(plain\) in every value/.test(it)));
	assert.ok(found.every((it) => it.startsWith('link ')));
});
