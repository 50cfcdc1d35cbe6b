import type { IDataObject } from 'n8n-workflow';
import { Webhook } from 'svix';
import { seeded } from '../../sandbox';
import { createEngine, type Engine, type WebhookResult } from './harness';
import { credentialsFor, setStage } from './support';

const TYPE = 'n8n-nodes-invitations.karmaCheckWebhookTrigger';
// Made up for this test.
const SECRET = `whsec_${Buffer.from('only-for-tests-0123456789').toString('base64')}`;
const OTHER = `whsec_${Buffer.from('another-secret-9876543210').toString('base64')}`;

const envelope = {
	messageId: '3d054561-e6ea-c877-3201-57256af6f1ef',
	event: 'case.statuschange',
	apiTrackingCode: 'order-17',
	apiTrackingUser: null,
	username: 'hook-user',
	password: 'hook-password',
	eventObject: {
		id: seeded.karmaCheck.pending,
		caseStatus: 'Pending',
		secondaryStatus: 'Authorization in Progress',
		nested: [{ username: 'hook-user', password: 'hook-password', kept: true }],
	},
};

let engine: Engine;
beforeAll(() => {
	engine = createEngine();
});

interface Delivery {
	id?: string;
	secret?: string;
	ageSeconds?: number;
	body?: string;
	headers?: Record<string, string>;
	prefix?: string;
}

/** A delivery as Svix makes it. */
function delivery({
	id = 'msg_1',
	secret = SECRET,
	ageSeconds = 0,
	body = JSON.stringify(envelope),
	prefix = 'webhook',
	headers = {},
}: Delivery = {}) {
	const at = new Date(Date.now() - ageSeconds * 1000);
	return {
		body,
		headers: {
			[`${prefix}-id`]: id,
			[`${prefix}-timestamp`]: String(Math.floor(at.getTime() / 1000)),
			[`${prefix}-signature`]: new Webhook(secret).sign(id, at, body),
			...headers,
		},
	};
}

async function receive(
	request: ReturnType<typeof delivery>,
	{
		kept,
		parameters = {},
		secret = SECRET,
		mode,
	}: {
		kept?: IDataObject;
		parameters?: IDataObject;
		secret?: string;
		mode?: 'webhook' | 'manual';
	} = {},
): Promise<WebhookResult> {
	return await engine.runWebhook(
		{ type: TYPE, parameters: parameters as never },
		{
			request,
			credentials: { karmaCheckWebhookApi: { signingSecret: secret } },
			nodeStaticData: kept ?? {},
			...(mode === undefined ? {} : { mode }),
		},
	);
}

const emitted = ({ returned }: WebhookResult) =>
	(returned.workflowData?.[0] ?? []).map(({ json }) => json);

function expectRefusal(result: WebhookResult, status: number) {
	expect(result.returned).toEqual({ noWebhookResponse: true });
	expect(result.response).toMatchObject({ status, ended: true });
	expect(emitted(result)).toEqual([]);
	expect(result.nodeStaticData).toEqual({});
}

test.each(['webhook', 'svix'])(
	'emits a signed event (%s headers), without its secrets',
	async (prefix) => {
		const result = await receive(delivery({ prefix }));
		expect(emitted(result)).toEqual([
			{
				event: 'case.statuschange',
				messageId: envelope.messageId,
				caseId: seeded.karmaCheck.pending,
				apiTrackingCode: 'order-17',
				apiTrackingUser: null,
				eventObject: {
					id: seeded.karmaCheck.pending,
					caseStatus: 'Pending',
					secondaryStatus: 'Authorization in Progress',
					nested: [{ kept: true }],
				},
			},
		]);
		expect(JSON.stringify(result)).not.toMatch(/hook-user|hook-password|whsec/);
		// n8n answers, once the workflow was started.
		expect(result.response.ended).toBe(false);
	},
);

test('goes straight into the KarmaCheck node', async () => {
	const stage = await setStage();
	const [json] = emitted(await receive(delivery()));
	const run = await stage.engine.run({
		node: { type: 'n8n-nodes-invitations.karmaCheck', parameters: {} },
		input: [json as IDataObject],
		credentials: credentialsFor(stage.sandbox),
	});
	await stage.sandbox.close();
	expect(run.error).toBeUndefined();
	expect(run.output[0]?.[0]?.json.caseId).toBe(seeded.karmaCheck.pending);
});

test('both secrets work while one is replaced', async () => {
	const request = delivery({ secret: OTHER });
	const also = delivery();
	request.headers['webhook-signature'] += ` ${String(also.headers['webhook-signature'])}`;
	request.headers['webhook-timestamp'] = String(also.headers['webhook-timestamp']);
	expect(emitted(await receive(request))).toHaveLength(1);
});

describe('401', () => {
	test('for another secret, and says where to look', async () => {
		const result = await receive(delivery({ secret: OTHER }));
		expectRefusal(result, 401);
		expect(result.response.body).toEqual({
			message: expect.stringContaining('signing secret in the node'),
		});
	});

	test('for a body that was changed on the way', async () => {
		const request = delivery();
		expectRefusal(
			await receive({ ...request, body: request.body.replace('Pending', 'Complete') }),
			401,
		);
		// Not even by a space: what counts is the bytes.
		expectRefusal(await receive({ ...request, body: ` ${request.body}` }), 401);
	});

	test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
		'without %s',
		async (name) => {
			expectRefusal(await receive(delivery({ headers: { [name]: '' } })), 401);
		},
	);

	test('without any header', async () => {
		expectRefusal(await receive({ body: JSON.stringify(envelope), headers: {} }), 401);
	});

	test.each([310, -310])('signed %i seconds ago', async (ageSeconds) => {
		expectRefusal(await receive(delivery({ ageSeconds })), 401);
	});

	test.each(['', 'whsec_', 'whsec_???'])(
		'for everything, while the secret is %j',
		async (secret) => {
			expectRefusal(await receive(delivery(), { secret }), 401);
		},
	);
});

test.each([290, -290])('signed %i seconds ago is in time', async (ageSeconds) => {
	expect(emitted(await receive(delivery({ ageSeconds })))).toHaveLength(1);
});

test.each(['not json', '[1, 2]', '"case.statuschange"', ''])(
	'400 for a signed %j',
	async (body) => {
		expectRefusal(await receive(delivery({ body })), 400);
	},
);

test('a message that comes again is acknowledged and emits nothing', async () => {
	const first = await receive(delivery());
	const again = await receive(delivery({ ageSeconds: -5 }), { kept: first.nodeStaticData });
	expect(again.returned).toEqual({ noWebhookResponse: true });
	expect(again.response).toMatchObject({ status: 200, ended: true });
	expect(again.nodeStaticData).toEqual(first.nodeStaticData);
	const next = await receive(delivery({ id: 'msg_2' }), { kept: again.nodeStaticData });
	expect(emitted(next)).toHaveLength(1);
});

test('a refused message is not remembered, so that its repetition counts', async () => {
	const refused = await receive(delivery({ secret: OTHER }));
	expect(emitted(await receive(delivery(), { kept: refused.nodeStaticData }))).toHaveLength(1);
});

test('while trying out, the same message may come again', async () => {
	const first = await receive(delivery(), { mode: 'manual' });
	const again = await receive(delivery(), { mode: 'manual', kept: first.nodeStaticData });
	expect([emitted(first).length, emitted(again).length]).toEqual([1, 1]);
});

test('only the chosen events start the workflow', async () => {
	const body = JSON.stringify({
		...envelope,
		event: 'casedata.statuschange',
		eventObject: { id: 'data', caseId: 'the-case' },
	});
	const ignored = await receive(delivery({ body }));
	expect(ignored.response).toMatchObject({ status: 200, ended: true });
	expect(emitted(ignored)).toEqual([]);
	const parameters = { events: ['case.statuschange', 'casedata.statuschange'] };
	const [item] = emitted(await receive(delivery({ body }), { parameters }));
	expect(item?.caseId).toBe('the-case');
	const unheardOf = JSON.stringify({ ...envelope, event: 'invitation.sent' });
	expect(emitted(await receive(delivery({ body: unheardOf }), { parameters }))).toEqual([]);
});

test('an expression may choose a single event', async () => {
	const parameters = { events: "={{ 'case.statuschange' }}" };
	expect(emitted(await receive(delivery(), { parameters }))).toHaveLength(1);
});

// With 200 Svix would count it as delivered, and it would be lost; of anything else it makes up to eight tries.
test.each([
	['={{ ["case.statuschange", "case.status"] }}', "'Events' has an unknown value in the node."],
	[
		"={{ 'case.statuschange,casedata.statuschange' }}",
		"'Events' has an unknown value in the node.",
	],
	["={{ 'Case Status Change' }}", "'Events' has an unknown value in the node."],
	['={{ undefined }}', "'Events' is empty in the node."],
	["={{ '' }}", "'Events' is empty in the node."],
	['={{ [] }}', "'Events' is empty in the node."],
])('500 while the chosen events are %s, so that the event comes again', async (events, message) => {
	const parameters = { events };
	const refused = await receive(delivery(), { parameters });
	expectRefusal(refused, 500);
	expect(refused.response.body).toEqual({ message });
	expect(emitted(await receive(delivery(), { kept: refused.nodeStaticData }))).toHaveLength(1);
	// Who has no secret learns nothing of the node.
	expectRefusal(await receive(delivery({ secret: OTHER }), { parameters }), 401);
});

test.each([
	[SECRET, 'OK'],
	[SECRET.slice('whsec_'.length), 'OK'],
	['whsec_', 'Error'],
	['not a secret!', 'Error'],
])('testing the credential %j: %s', async (signingSecret, status) => {
	const result = await engine.testCredential('karmaCheckWebhookApi', { signingSecret });
	expect(result).toEqual({ status, message: expect.stringMatching(/^[A-Z].*\.$/) });
});
