import type { ICredentialsHelper, IWorkflowExecuteAdditionalData } from 'n8n-workflow';

import { ExternalSecretsProxy } from './runtime';

function unsupported(what: string): () => never {
	return () => {
		throw new Error(`${what} is not part of this harness`);
	};
}

const base = 'http://n8n.invalid/';

export function additionalDataFor(
	credentialsHelper: ICredentialsHelper,
	ids: { workflowId?: string; executionId?: string } = {},
): IWorkflowExecuteAdditionalData {
	return {
		...ids,
		credentialsHelper,
		currentNodeExecutionIndex: 0,
		variables: {},
		externalSecretsProxy: new ExternalSecretsProxy(),
		restApiUrl: `${base}rest`,
		instanceBaseUrl: base,
		formBaseUrl: `${base}form`,
		formTestBaseUrl: `${base}form-test`,
		formWaitingBaseUrl: `${base}form-waiting`,
		webhookBaseUrl: `${base}webhook`,
		webhookTestBaseUrl: `${base}webhook-test`,
		webhookWaitingBaseUrl: `${base}webhook-waiting`,
		mcpBaseUrl: `${base}mcp`,
		mcpTestBaseUrl: `${base}mcp-test`,
		setExecutionStatus: () => {},
		logAiEvent: () => {},
		executeWorkflow: unsupported('A sub-workflow'),
		getRunExecutionData: async () => undefined,
		getRuntimeCredential: async () => undefined,
		startRunnerTask: unsupported('A task runner'),
	};
}
