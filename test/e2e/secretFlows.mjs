// Workflows, credentials and faults for secrets.e2e.mjs: every operation, however it goes wrong.
import { randomUUID } from 'node:crypto';
import { SERVICES, serviceOf } from './services.mjs';

/** What is cancelled can be sent no more, so it is another one. */
const TO_CANCEL = '9003';

const ON_ERROR = ['continueRegularOutput', 'continueErrorOutput'];

/** With all the characters that some way of writing text writes otherwise. */
const AWKWARD = '"quoted" \\ back, a&b=c+d/e?<f>%20';

/**
 * Credentials that do not work, each with values nobody shall read; the name is for people. With the unreachable ones
 * no request reaches the service.
 */
export function badCredentials(good, { closedPort }) {
	const { type, data } = good;
	const service = SERVICES.find(({ credential }) => credential === type);
	const make = (what, patch) => ({ type, name: `${type} ${what}`, data: { ...data, ...patch } });
	const wrong = Object.fromEntries(
		service.secretFields.map((field) => [field, `wr0ng ${field} ${AWKWARD}`]),
	);
	const opaque = {
		authentication: 'token',
		[service.pasted.field]: `0paque ${service.provider} ${AWKWARD}`,
	};
	const refused = [make('wrong', wrong), make('opaque', opaque)];
	const unreachable = [
		make('closed', { baseUrl: `http://127.0.0.1:${closedPort}` }),
		make('elsewhere', { baseUrl: `${new URL(data.baseUrl).origin}/nowhere` }),
		make('user', { baseUrl: `http://somebody:in-the-${service.provider}-url@127.0.0.1:1` }),
	];
	return { refused, unreachable };
}

const node = (name, type, parameters, more = {}) => ({
	id: randomUUID(),
	name,
	type,
	typeVersion: 1,
	position: [0, 0],
	parameters,
	...more,
});

const link = (name) => ({ node: name, type: 'main', index: 0 });

/** A button, and items with the ids. */
function beginning(ids) {
	return {
		nodes: [
			node('Start', 'n8n-nodes-base.manualTrigger', {}),
			node(
				'Ids',
				'n8n-nodes-base.set',
				{ mode: 'raw', jsonOutput: JSON.stringify({ id: ids }), options: {} },
				{ typeVersion: 3.4 },
			),
			node('Items', 'n8n-nodes-base.splitOut', { fieldToSplitOut: 'id', options: {} }),
		],
		connections: {
			Start: { main: [[link('Ids')]] },
			Ids: { main: [[link('Items')]] },
		},
	};
}

function workflow(name, ids, nodes) {
	const begun = beginning(ids);
	return {
		file: name,
		name,
		nodes: [...begun.nodes, ...nodes],
		connections: { ...begun.connections, Items: { main: [nodes.map((one) => link(one.name))] } },
		settings: { executionOrder: 'v1', saveExecutionProgress: true },
	};
}

function call(service, operation, credential, more = {}) {
	const own = operation === 'resend' ? { atMostOncePer: 'execution', dryRun: false } : {};
	const value = operation === 'cancel' ? TO_CANCEL : '={{ $json.id }}';
	return node(
		`${operation} ${credential.name}`,
		service.nodeType,
		{
			resource: 'invitation',
			operation,
			[service.target]: { __rl: true, mode: 'id', value },
			...own,
			...more.parameters,
		},
		{
			onError: more.onError ?? 'stopWorkflow',
			credentials: { [service.credential]: { id: '', name: credential.name } },
		},
	);
}

/** Every operation with the good credential, and a read with each bad one. */
export function callsOf({ operations }, good, bad) {
	return [
		...operations.map((operation) => [operation, good]),
		...bad.map((credential) => ['get', credential]),
	];
}

/** One workflow for each call that stops, and one for each way of going on, with all of them. */
export function workflowsOf(service, name, calls, ids) {
	const stopping = calls.map(([operation, credential]) =>
		workflow(`${operation} ${credential.name} stops`, ids, [call(service, operation, credential)]),
	);
	const going = ON_ERROR.map((onError) =>
		workflow(
			`${name} ${onError}`,
			ids,
			calls.map(([operation, credential]) => call(service, operation, credential, { onError })),
		),
	);
	return [...stopping, ...going];
}

export function triggerOf(service, good) {
	return {
		file: `${service.provider} trigger`,
		name: `${service.provider} trigger`,
		nodes: [
			node(
				'Trigger',
				`${service.nodeType}Trigger`,
				{ events: ['new'], pollTimes: { item: [{ mode: 'everyMinute' }] } },
				{ credentials: { [service.credential]: { id: '', name: good.name } } },
			),
		],
		connections: {},
		settings: { executionOrder: 'v1' },
	};
}

/** Shows what the search finds, in a node's name, in what it puts out, and in a failure. */
export function canaryWorkflow(canary, forms) {
	return workflow(
		'Canary',
		['1'],
		[
			node(
				canary,
				'n8n-nodes-base.set',
				{ mode: 'raw', jsonOutput: JSON.stringify(forms), options: {} },
				{ typeVersion: 3.4 },
			),
			node('Fails', 'n8n-nodes-base.stopAndError', { errorMessage: `Failed with ${canary}` }),
		],
	);
}

/** What asking for the link, and for the reply as it came, gives by design. */
export function linkWorkflow(good, ids) {
	return workflow('Link', ids, [
		call(serviceOf('karmaCheck'), 'get', good, { parameters: { options: { includeLink: true } } }),
	]);
}

const always = (fault, more = {}) => ({ times: 'always', ...more, fault });
const echo = (status, as) => always({ kind: 'echo', status, as });

/** What goes wrong, by name: rules for the sandbox, and whether the tokens are taken back before. */
export function rounds({ elsewhere, invitationToken, numiumToken }) {
	const links = `See https://my.karmacheck.com/invite/${invitationToken} and https://x.example/verify/invite?token=${invitationToken}`;
	return [
		['400 that repeats the request', [echo(400, 'json')]],
		['401 that repeats the request', [echo(401, 'text')]],
		['403 that repeats the request', [echo(403, 'json')]],
		['404 that repeats the request', [echo(404, 'text')]],
		['422 that repeats the request', [echo(422, 'json')]],
		['429 that repeats the request', [echo(429, 'text')]],
		['500 that repeats the request in a page', [echo(500, 'html')]],
		['200 that repeats the request as text', [echo(200, 'text')]],
		['200 that repeats the request in a page', [echo(200, 'html')]],
		...['json', 'text', 'html'].map((as) => [
			`sign-in that repeats key and password as ${as}`,
			[always({ kind: 'echo', status: as === 'json' ? 400 : 401, as }, { operationId: 'signIn' })],
			'revoked',
		]),
		[
			'a send that repeats the request',
			[always({ kind: 'echo', status: 400, as: 'text' }, { operationId: 'resendInvitation' })],
		],
		[
			'a wrapper that repeats the token',
			[
				always(
					{ kind: 'isFailure', message: `Unknown ${numiumToken}`, info: [numiumToken] },
					{ provider: 'numium' },
				),
			],
		],
		['links', [always({ kind: 'status', status: 409, body: { message: links } })]],
		['a redirect', [always({ kind: 'redirect', location: elsewhere })]],
		['a cut connection', [always({ kind: 'reset', effect: 'none' })]],
		[
			'a cut connection after the email',
			[always({ kind: 'reset', effect: 'before' }, { operationId: 'resendInvitation' })],
		],
		['a web page', [always({ kind: 'html', status: 500 })]],
		['tokens that were taken back', [], 'revoked'],
		['nothing', []],
	];
}
