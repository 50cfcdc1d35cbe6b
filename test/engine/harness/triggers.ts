import {
	deepCopy,
	type IDataObject,
	type INode,
	type INodeExecutionData,
	type INodeListSearchResult,
	type INodePropertyOptions,
	type IWebhookDescription,
	type IWebhookResponseData,
	type Workflow,
} from 'n8n-workflow';

import { additionalDataFor } from './additionalData';
import { StoredCredentialsHelper } from './credentialsHelper';
import { workflowFor, type Surroundings } from './execution';
import { LoadOptionsContext, PollContext, WebhookContext } from './runtime';
import type { NodeSpec, WorkflowOptions } from './types';
import {
	recordedResponse,
	requestFrom,
	type WebhookRequest,
	type WebhookResponse,
} from './webhookHttp';

export interface PollOptions extends WorkflowOptions {
	/** What the node kept at its last poll: its own part of the workflow's static data. */
	nodeStaticData?: IDataObject;
}

export interface PollResult {
	/** `null` where the node had nothing to emit, which starts no execution. */
	items: INodeExecutionData[][] | null;
	error: Error | undefined;
	nodeStaticData: IDataObject;
}

export interface WebhookOptions extends PollOptions {
	request: WebhookRequest;
}

export interface WebhookResult {
	/** What the node returned to n8n. */
	returned: IWebhookResponseData;
	/** What the node itself wrote to the caller. */
	response: WebhookResponse;
	nodeStaticData: IDataObject;
}

interface Standing {
	workflow: Workflow;
	node: INode;
}

function standing(spec: NodeSpec, options: PollOptions, surroundings: Surroundings): Standing {
	const workflow = workflowFor({ mode: 'trigger', ...options, nodes: [spec] }, surroundings);
	const node = Object.values(workflow.nodes)[0] as INode;
	if (options.nodeStaticData !== undefined) {
		workflow.overrideStaticData({
			...workflow.staticData,
			[`node:${node.name}`]: deepCopy(options.nodeStaticData),
		});
	}
	return { workflow, node };
}

function additionalData({ library, store }: Surroundings, { id }: Workflow) {
	return additionalDataFor(new StoredCredentialsHelper(library, store), { workflowId: id });
}

function asStored(data: IDataObject): IDataObject {
	return JSON.parse(JSON.stringify(data)) as IDataObject;
}

/**
 * n8n gives a poll the static data that it holds in memory, so what a poll writes stays there also if it throws. (Its
 * durable cursors, which would roll that back, are off unless `N8N_POLLER_DURABLE_CURSORS_ENABLED` says otherwise.)
 */
export async function runPoll(
	spec: NodeSpec,
	options: PollOptions,
	surroundings: Surroundings,
): Promise<PollResult> {
	const { workflow, node } = standing(spec, options, surroundings);
	const type = workflow.nodeTypes.getByNameAndVersion(node.type, node.typeVersion);
	if (type.poll === undefined) throw new Error(`${node.type} is no polling trigger`);
	const mode = options.mode ?? 'trigger';
	const context = new PollContext(
		workflow,
		node,
		additionalData(surroundings, workflow),
		mode,
		mode === 'manual' ? 'manual' : 'activate',
	);
	const kept = () => asStored(workflow.getStaticData('node', node));
	try {
		const items = await type.poll.call(context);
		return { items, error: undefined, nodeStaticData: kept() };
	} catch (error) {
		return { items: null, error: error as Error, nodeStaticData: kept() };
	}
}

export async function runWebhook(
	spec: NodeSpec,
	options: WebhookOptions,
	surroundings: Surroundings,
): Promise<WebhookResult> {
	const { workflow, node } = standing(spec, options, surroundings);
	const type = workflow.nodeTypes.getByNameAndVersion(node.type, node.typeVersion);
	const webhookDescription = type.description.webhooks?.[0];
	if (type.webhook === undefined || webhookDescription === undefined) {
		throw new Error(`${node.type} is no webhook trigger`);
	}
	const { response, recorded } = recordedResponse();
	const data = additionalData(surroundings, workflow);
	data.httpRequest = requestFrom(options.request);
	data.httpResponse = response;
	const context = new WebhookContext(
		workflow,
		node,
		data,
		options.mode ?? 'webhook',
		webhookDataFor(webhookDescription, { workflow, node }, data),
		[],
		null,
	);
	const returned = await type.webhook.call(context);
	return {
		returned,
		response: recorded,
		nodeStaticData: asStored(workflow.getStaticData('node', node)),
	};
}

function webhookDataFor(
	webhookDescription: IWebhookDescription,
	{ workflow, node }: Standing,
	workflowExecuteAdditionalData: ReturnType<typeof additionalDataFor>,
) {
	return {
		httpMethod: 'POST' as const,
		node: node.name,
		path: webhookDescription.path,
		webhookDescription,
		workflowId: workflow.id,
		workflowExecuteAdditionalData,
	};
}

function panel(spec: NodeSpec, surroundings: Surroundings) {
	const { workflow, node } = standing(spec, {}, surroundings);
	const { methods } = workflow.nodeTypes.getByNameAndVersion(node.type, node.typeVersion);
	const data = additionalData(surroundings, workflow);
	data.currentNodeParameters = node.parameters;
	return { node, methods, context: new LoadOptionsContext(workflow, node, data, '') };
}

/** What the editor does to fill a "From List" field. */
export async function listSearch(
	spec: NodeSpec,
	method: string,
	{ filter, paginationToken }: { filter?: string; paginationToken?: string },
	surroundings: Surroundings,
): Promise<INodeListSearchResult> {
	const { node, methods, context } = panel(spec, surroundings);
	const search = methods?.listSearch?.[method];
	if (search === undefined) throw new Error(`${node.type} has no list search '${method}'`);
	return await search.call(context, filter, paginationToken);
}

/** What the editor does to fill a drop-down field. */
export async function loadOptions(
	spec: NodeSpec,
	method: string,
	surroundings: Surroundings,
): Promise<INodePropertyOptions[]> {
	const { node, methods, context } = panel(spec, surroundings);
	const load = methods?.loadOptions?.[method];
	if (load === undefined) throw new Error(`${node.type} loads no options '${method}'`);
	return await load.call(context);
}
