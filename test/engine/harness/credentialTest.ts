import {
	createEmptyRunExecutionData,
	NodeConnectionTypes,
	NodeHelpers,
	Workflow,
	type ICredentialDataDecryptedObject,
	type ICredentialTestRequest,
	type IDataObject,
	type INode,
	type INodeCredentialTestResult,
	type INodeType,
	type IWorkflowExecuteAdditionalData,
} from 'n8n-workflow';

import { additionalDataFor } from './additionalData';
import type { CredentialStore } from './credentialStore';
import { StoredCredentialsHelper } from './credentialsHelper';
import type { NodeLibrary } from './nodeLibrary';
import { CredentialTestContext, ExecuteContext, RoutingNode } from './runtime';

interface Tested {
	id: string;
	name: string;
	type: string;
	data: ICredentialDataDecryptedObject;
}

/** n8n hands the saved data to the test and still lets a renewed token be written back to the saved credential. */
class TestedCredentialsHelper extends StoredCredentialsHelper {
	constructor(
		library: NodeLibrary,
		store: CredentialStore,
		private readonly tested: Tested,
	) {
		super(library, store);
	}

	override async getDecrypted(): Promise<ICredentialDataDecryptedObject> {
		return this.tested.data;
	}
}

/** The "Test" button of the credential dialog. */
export async function testCredential(
	type: string,
	{ library, store }: { library: NodeLibrary; store: CredentialStore },
): Promise<INodeCredentialTestResult> {
	const tested: Tested = { id: `id of ${type}`, name: type, type, data: {} };
	const helper = new TestedCredentialsHelper(library, store, tested);
	tested.data = helper.withDefaults(type, store.read(type));
	const additionalData = additionalDataFor(helper);
	const test = library.getCredentialType(type).test;
	if (test !== undefined) return await runTestRequest(test, tested, additionalData);
	const testFunction = library.credentialTestFunction(type);
	if (testFunction !== undefined) {
		return await testFunction.call(new CredentialTestContext(additionalData), tested);
	}
	return { status: 'Error', message: 'No testing function found for this credential.' };
}

/** A node that does nothing but send the test request, as n8n builds it from its No Operation node. */
function nodeSending(test: ICredentialTestRequest, credentialType: string): INodeType {
	return {
		description: {
			displayName: 'No Operation, do nothing',
			name: 'noOp',
			group: ['organization'],
			version: 1,
			description: 'No Operation',
			defaults: { name: 'No Operation, do nothing' },
			inputs: [NodeConnectionTypes.Main],
			outputs: [NodeConnectionTypes.Main],
			credentials: [{ name: credentialType, required: true }],
			properties: [
				{
					displayName: 'Temp',
					name: 'temp',
					type: 'string',
					routing: { request: test.request },
					default: '',
				},
			],
		},
	};
}

async function runTestRequest(
	test: ICredentialTestRequest,
	tested: Tested,
	additionalData: IWorkflowExecuteAdditionalData,
): Promise<INodeCredentialTestResult> {
	const nodeType = nodeSending(test, tested.type);
	const node: INode = {
		id: 'temp',
		name: 'Temp-Node',
		type: nodeType.description.name,
		typeVersion: 1,
		position: [0, 0],
		parameters: {},
		credentials: { [tested.type]: { id: tested.id, name: tested.name } },
	};
	const workflow = new Workflow({
		nodes: [node],
		connections: {},
		active: false,
		nodeTypes: {
			getKnownTypes: () => ({}),
			getByName: () => nodeType,
			getByNameAndVersion: (_name, version) => NodeHelpers.getVersionedNodeType(nodeType, version),
		},
	});
	const context = new ExecuteContext(
		workflow,
		node,
		additionalData,
		'internal',
		createEmptyRunExecutionData(),
		0,
		[],
		{ main: [[{ json: {} }]] },
		{ node, data: {}, source: null },
		[],
	);
	try {
		const response = await new RoutingNode(context, nodeType, tested).runNode();
		return verdictOnBody(test, response?.[0]?.[0]?.json);
	} catch (error) {
		return verdictOnError(test, error as TestError);
	}
}

interface TestError extends Error {
	cause?: { code?: string; response?: { status: number; statusText: string } };
}

function verdictOnError(test: ICredentialTestRequest, error: TestError): INodeCredentialTestResult {
	const response = error.cause?.response;
	if (response === undefined) {
		return { status: 'Error', message: error.cause?.code ?? error.message };
	}
	for (const rule of test.rules ?? []) {
		if (rule.type === 'responseCode' && rule.properties.value === response.status) {
			return { status: 'Error', message: rule.properties.message };
		}
	}
	if (response.status >= 199 && response.status <= 299) {
		return { status: 'Error', message: error.message };
	}
	return {
		status: 'Error',
		message: response.statusText || `Received HTTP status code: ${response.status}`,
	};
}

function verdictOnBody(
	test: ICredentialTestRequest,
	body: IDataObject | undefined,
): INodeCredentialTestResult {
	for (const rule of test.rules ?? []) {
		if (rule.type !== 'responseSuccessBody') continue;
		if (valueAt(body, rule.properties.key) === rule.properties.value) {
			return { status: 'Error', message: rule.properties.message };
		}
	}
	return { status: 'OK', message: 'Connection successful!' };
}

/** Like lodash's `get`, which n8n uses: `data.items[0].name`. */
function valueAt(body: unknown, path: string): unknown {
	return path
		.split(/[.[\]]+/)
		.filter((key) => key !== '')
		.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], body);
}
