import {
	NodeConnectionTypes,
	type ICredentialTestFunctions,
	type ICredentialsDecrypted,
	type INodeCredentialTestResult,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';
import { readEvents } from '../shared/trigger/config';
import { checkSignature, parseSigningKey, type SignatureVerdict } from './webhook/signature';
import { buildItem, parseEnvelope } from './webhook/payload';
import { isReplay } from './webhook/replayGuard';

/** Shown in the delivery log of KarmaCheck's dashboard, where one looks when nothing arrives. */
const REFUSALS: Record<Exclude<SignatureVerdict['kind'], 'valid'>, string> = {
	unsigned: 'The message is not signed.',
	stale:
		'The time of the message is more than five minutes off. Check the clock of the machine that runs n8n.',
	mismatch: "The signature does not match. Check the signing secret in the node's credential.",
	unusableSecret: "The node's credential does not contain a signing secret.",
};

/** All that KarmaCheck reports. */
const EVENTS: readonly string[] = ['case.statuschange', 'casedata.statuschange'];

/** KarmaCheck has no API for webhooks. At Svix, which delivers them, each webhook has a secret of its own. */
const SET_UP = [
	'KarmaCheck calls this node after you have set up a webhook by hand:',
	"1. Copy the production URL from 'Webhook URLs'.",
	'2. In your KarmaCheck dashboard, open the company settings, then Webhooks, and add a webhook with this URL.',
	"3. Copy the signing secret of that webhook into this node's credential.",
	'4. Publish this workflow.',
	'To try it out first, add a second webhook with the test URL. It has a signing secret of its own, so choose a second credential for the test, and the first one again before you publish. The test URL answers only while this node listens for a test event. Remove the second webhook when you are done.',
].join('<br />');

/** Answers without starting the workflow. */
function answer(context: IWebhookFunctions, status: number, message: string): IWebhookResponseData {
	context.getResponseObject().status(status).json({ message });
	return { noWebhookResponse: true };
}

/** The bytes as they came; none for a form, which n8n has already read. An exception would start the workflow. */
async function readBody(request: ReturnType<IWebhookFunctions['getRequestObject']>) {
	try {
		await request.readRawBody();
	} catch {
		return Buffer.alloc(0);
	}
	return request.rawBody;
}

async function testSigningSecret(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted,
): Promise<INodeCredentialTestResult> {
	return parseSigningKey(credential.data?.signingSecret) === null
		? {
				status: 'Error',
				message:
					'This does not look like a signing secret. Copy all of it from KarmaCheck, including whsec_.',
			}
		: {
				status: 'OK',
				message:
					'This looks like a signing secret. The first event will show whether it is the right one.',
			};
}

export class KarmaCheckWebhookTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'KarmaCheck Webhook Trigger',
		name: 'karmaCheckWebhookTrigger',
		icon: {
			light: 'file:../../icons/karmacheck.svg',
			dark: 'file:../../icons/karmacheck.dark.svg',
		},
		group: ['trigger'],
		version: [1],
		defaultVersion: 1,
		subtitle: '={{ [$parameter["events"]].flat().join(", ") }}',
		description: 'Starts the workflow when KarmaCheck reports that a case has changed',
		defaults: { name: 'KarmaCheck Webhook Trigger' },
		documentationUrl:
			'https://github.com/n8n-nodes-invitations/n8n-nodes-invitations/blob/main/docs/karmacheck.md#karmacheck-webhook-trigger',
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'karmaCheckWebhookApi', required: true, testedBy: 'testSigningSecret' }],
		webhooks: [
			{
				name: 'default',
				httpMethod: 'POST',
				// KarmaCheck waits for 15 seconds and takes any longer workflow for one that is down.
				responseMode: 'onReceived',
				responseData: 'noData',
				path: 'webhook',
			},
		],
		eventTriggerDescription: 'Waiting for KarmaCheck to call the test URL',
		activationMessage:
			'KarmaCheck can now call the production URL. Make sure that it is set up as a webhook in your KarmaCheck dashboard.',
		triggerPanel: {
			header: 'Listen for events from KarmaCheck',
			executionsHelp: SET_UP,
			activationHint: 'Once the workflow is published, KarmaCheck calls the production URL.',
		},
		properties: [
			{
				displayName:
					"You set up the webhook in your KarmaCheck dashboard: open 'When will this node trigger my flow?' for the steps. KarmaCheck does not report invitations that are resent or expire; use the KarmaCheck Trigger for those.",
				name: 'registrationNotice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Events',
				name: 'events',
				type: 'multiOptions',
				required: true,
				options: [
					{
						name: 'Case Data Status Change',
						value: 'casedata.statuschange',
						action: 'On case data status change',
						description: 'The status of a screening or another part of a case changed',
					},
					{
						name: 'Case Status Change',
						value: 'case.statuschange',
						action: 'On case status change',
						description:
							'The status of a case changed, for example because the candidate has started',
					},
				],
				default: ['case.statuschange'],
				description: 'The events that start the workflow. Others are ignored.',
			},
		],
	};

	methods = {
		credentialTest: { testSigningSecret },
	};

	/**
	 * KarmaCheck has no API for webhooks, so there is nothing to look up, create or delete: each method says that all
	 * is well, and n8n goes on.
	 */
	webhookMethods = {
		default: {
			async checkExists(): Promise<boolean> {
				return true;
			},
			async create(): Promise<boolean> {
				return true;
			},
			async delete(): Promise<boolean> {
				return true;
			},
		},
	};

	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		const rawBody = await readBody(this.getRequestObject());
		const { signingSecret } = await this.getCredentials('karmaCheckWebhookApi');
		const headers = this.getHeaderData();
		const verdict = checkSignature({ headers, rawBody }, signingSecret, Date.now());
		if (verdict.kind !== 'valid') return answer(this, 401, REFUSALS[verdict.kind]);

		const envelope = parseEnvelope(rawBody);
		if (envelope === null) return answer(this, 400, 'The body is not a JSON event.');
		const events = readEvents(this, EVENTS);
		// Svix repeats for about a day what was answered so; 200 would lose the event at once.
		if (!events.ok) return answer(this, 500, `${events.failure.message} in the node.`);
		if (!events.value.includes(String(envelope.event))) {
			return answer(this, 200, 'This event is not selected in the node.');
		}
		// During a test the same message is sent again on purpose, and it keeps its id.
		const isTest = this.getMode() === 'manual';
		if (!isTest && isReplay(this.getWorkflowStaticData('node'), verdict.id)) {
			return answer(this, 200, 'This message was already received.');
		}
		return { workflowData: [[{ json: buildItem(envelope) }]] };
	}
}
