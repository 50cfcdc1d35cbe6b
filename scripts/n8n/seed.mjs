// Credentials for the sandbox and the example workflows, put into a running n8n.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup.mjs';

export const workflowsFolder = path.join(root, 'workflows');

/** The files in `workflows/`, in the order of their names. */
export function exampleWorkflows(folder = workflowsFolder) {
	if (!existsSync(folder)) return [];
	return readdirSync(folder)
		.filter((file) => file.endsWith('.json'))
		.sort()
		.map((file) => ({ file, ...JSON.parse(readFileSync(path.join(folder, file), 'utf8')) }));
}

/** Creates what is missing and brings the rest up to date: the sandbox may have another port this time. */
export async function seedCredentials(session, credentials) {
	const present = await session.listCredentials();
	const seeded = [];
	for (const credential of credentials) {
		const same = present.find(
			({ name, type }) => name === credential.name && type === credential.type,
		);
		const { id } = same
			? await session.updateCredential(same.id, credential)
			: await session.createCredential(credential);
		seeded.push({ ...credential, id });
	}
	return seeded;
}

/**
 * A workflow file carries no ids of credentials, for each n8n has its own. A node says
 * `"credentials": { "karmaCheckApi": { "id": "", "name": "…" } }`; the one of that name is put in, or,
 * where the name is another one, the only one of that type.
 */
export function wireCredentials(workflow, credentials) {
	const find = (type, name) =>
		credentials.find((credential) => credential.type === type && credential.name === name) ??
		credentials.find((credential) => credential.type === type);
	const nodes = workflow.nodes.map((node) => {
		const wired = Object.entries(node.credentials ?? {}).map(([type, reference]) => {
			const credential = find(type, reference.name);
			return [type, credential ? { id: credential.id, name: credential.name } : reference];
		});
		return node.credentials ? { ...node, credentials: Object.fromEntries(wired) } : node;
	});
	return { ...workflow, nodes };
}

/** Leaves alone what is there already: the user may have changed it. Gives `{ id, name, file }` of each. */
export async function seedWorkflows(session, credentials, workflows = exampleWorkflows()) {
	const present = await session.listWorkflows();
	const seeded = [];
	for (const workflow of workflows) {
		const { id } =
			present.find(({ name, isArchived }) => name === workflow.name && !isArchived) ??
			(await session.importWorkflow(wireCredentials(workflow, credentials)));
		seeded.push({ id, name: workflow.name, file: workflow.file });
	}
	return seeded;
}
