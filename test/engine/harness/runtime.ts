// The order matters: n8n-core's decorators need reflect-metadata, and the environment must be set before either.
import './environment';
import 'reflect-metadata';

export {
	CredentialTestContext,
	DataDeduplicationService,
	ExecuteContext,
	ExecutionLifecycleHooks,
	ExternalSecretsProxy,
	LoadOptionsContext,
	PackageDirectoryLoader,
	PollContext,
	RoutingNode,
	DirectoryLoader,
	WebhookContext,
	WorkflowExecute,
	getAdditionalKeys,
} from 'n8n-core';
