export { createEngine, type Engine } from './engine';
export { branch, chain, code, connect, emit, loopOver, merge, set, source, split } from './graph';
export {
	absentDeduplication,
	brokenDeduplication,
	Deduplicator,
	tableInFile,
	tableInMemory,
	type ProcessedData,
} from './deduplication';
export type { PollOptions, PollResult, WebhookOptions, WebhookResult } from './triggers';
export type { WebhookRequest, WebhookResponse } from './webhookHttp';
export type { CodeFunction } from './helperNodes';
export type {
	CredentialData,
	CredentialsByType,
	EngineOptions,
	Graph,
	NodeSpec,
	Run,
	RunOptions,
	StartedRun,
} from './types';
