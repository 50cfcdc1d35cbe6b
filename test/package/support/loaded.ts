import 'reflect-metadata';
import { PackageDirectoryLoader } from 'n8n-core';
import type { ICredentialType, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { packed } from './packed';

export interface LoadedNode {
	/** Path of the compiled file inside the package. */
	file: string;
	type: INodeType;
	description: INodeTypeDescription;
}

export interface LoadedPackage {
	nodes: Record<string, LoadedNode>;
	credentials: Record<string, ICredentialType>;
}

/** An unpacked tarball through the loader n8n itself uses. */
export async function loadPackage(unpacked = packed().unpacked): Promise<LoadedPackage> {
	const loader = new PackageDirectoryLoader(unpacked);
	await loader.loadAll();
	const nodes: LoadedPackage['nodes'] = {};
	for (const [name, { type, sourcePath }] of Object.entries(loader.nodeTypes)) {
		if ('nodeVersions' in type) throw new Error(`${name}: versioned nodes are not expected here`);
		nodes[name] = { file: sourcePath, type, description: type.description };
	}
	const credentials = Object.fromEntries(
		Object.entries(loader.credentialTypes).map(([name, { type }]) => [name, type]),
	);
	return { nodes, credentials };
}

/** Trigger of any kind: polling, webhook or long-running. */
export const isTrigger = ({ description }: LoadedNode): boolean =>
	description.group.includes('trigger');
