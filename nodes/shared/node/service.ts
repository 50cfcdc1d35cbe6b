import { NodeConnectionTypes, type INodeTypeDescription } from 'n8n-workflow';
import type { CredentialPlan, Session } from '../http/session';
import type { Subject } from '../invitation/invitation';
import type { Capabilities, InvitationProvider } from '../invitation/provider';
import type { ParameterReader } from './parameters';

/** One service, for all that its nodes have in common with those of the others. */
export interface Service<Target = unknown, Ids extends Subject = Subject> {
	/** In the names of its nodes. */
	name: string;
	/** As people write it. */
	displayName: string;
	capabilities: Capabilities;
	credential: CredentialPlan;
	createProvider(parameters: ParameterReader, session: Session): InvitationProvider<Target, Ids>;
}

/** Where this package is described: a page for each service, with a section for each node and credential. */
const DOCS = 'https://github.com/n8n-nodes-invitations/n8n-nodes-invitations/blob/main/docs';

/** What a description is made of. */
type Naming = Pick<Service, 'name' | 'displayName' | 'credential'>;

type Described<Own extends keyof INodeTypeDescription> = Omit<INodeTypeDescription, Own>;

function describeNode({ displayName, name, credential }: Naming, suffix: '' | 'Trigger') {
	const title = `${displayName} ${suffix}`.trim();
	const page = displayName.toLowerCase().replaceAll(' ', '-');
	return {
		displayName: title,
		name: `${name}${suffix}`,
		version: [1],
		defaultVersion: 1,
		defaults: { name: title },
		documentationUrl: `${DOCS}/${page}.md#${page}-${suffix === '' ? 'node' : 'trigger'}`,
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: credential.type, required: true }],
	};
}

/** What is alike in the action nodes; n8n's linter wants to see the rest in the node's own class. */
export function describeAction(
	service: Naming,
): Described<'icon' | 'subtitle' | 'description' | 'properties' | 'usableAsTool'> {
	return {
		...describeNode(service, ''),
		group: ['output'],
		inputs: [NodeConnectionTypes.Main],
	};
}

/** What is alike in the polling triggers. */
export function describeTrigger(
	service: Naming,
): Described<'icon' | 'subtitle' | 'description' | 'properties'> {
	const { displayName } = service;
	return {
		...describeNode(service, 'Trigger'),
		group: ['trigger'],
		polling: true,
		inputs: [],
		eventTriggerDescription: `Waiting for a new or changed invitation at ${displayName}`,
		activationMessage: `From now on, ${displayName} is checked at the times you set. What happened before you first published the workflow does not start it.`,
	};
}
