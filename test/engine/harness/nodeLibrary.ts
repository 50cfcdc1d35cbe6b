import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import {
	NodeHelpers,
	type ICredentialTestFunction,
	type ICredentialType,
	type INodeType,
	type INodeTypes,
	type IVersionedNodeType,
} from 'n8n-workflow';

import { OTHER_PACKAGES } from '../../services/otherPackages';
import { freshModules } from './freshModules';
import { helperNodeTypes } from './helperNodes';
import {
	DirectoryLoader,
	PackageDirectoryLoader,
	RoutingNode,
	type ExecuteContext,
} from './runtime';
import { injectDomainRestrictionFields } from './sinceThen';
import type { EngineOptions } from './types';

interface Manifest {
	name: string;
	n8n: { nodes: string[]; credentials: string[] };
}

/** Every node and credential type an engine knows: of the built package, of services for tests only, the harness' own and the test's. */
export class NodeLibrary {
	private readonly nodes = new Map<string, INodeType | IVersionedNodeType>();

	private readonly credentials = new Map<string, ICredentialType>();

	private loading: Promise<void> | undefined;

	constructor(private readonly options: EngineOptions & { packageDir: string }) {}

	async load(): Promise<void> {
		this.loading ??= this.loadAll();
		await this.loading;
	}

	/** What the modules of the package hold goes with the process; its types are loaded anew. */
	restart(): void {
		this.loading = undefined;
		this.nodes.clear();
		this.credentials.clear();
	}

	private async loadAll(): Promise<void> {
		if (this.options.loadPackage !== false) await this.loadPackages();
		for (const [name, type] of Object.entries({
			...helperNodeTypes,
			...this.options.nodeTypes,
		})) {
			// A second engine meets the same object again, and a second application would double the options.
			if (!type.description.properties.some((property) => property.name === 'requestOptions')) {
				DirectoryLoader.applyDeclarativeNodeOptionParameters(type);
			}
			this.nodes.set(name, type);
		}
		for (const type of this.options.credentialTypes ?? []) this.addCredential(type);
	}

	private async loadPackages(): Promise<void> {
		const { packageDir } = this.options;
		const requireAnew = freshModules(packageDir);
		// They stand on what the package shares; a stand-in for it shares nothing.
		const isOurs = existsSync(join(packageDir, 'dist/nodes/shared'));
		for (const folder of [packageDir, ...(isOurs ? OTHER_PACKAGES : [])])
			await this.loadPackage(folder, requireAnew);
	}

	private async loadPackage(
		packageDir: string,
		requireAnew: (file: string) => unknown,
	): Promise<void> {
		const manifest = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as Manifest;
		const missing = [...manifest.n8n.nodes, ...manifest.n8n.credentials].find(
			(file) => !existsSync(join(packageDir, file)),
		);
		if (missing !== undefined) {
			throw new Error(`${missing} is not there: run npm run build first (in ${packageDir})`);
		}
		const loader = new PackageDirectoryLoader(packageDir);
		// n8n's own takes them from the cache, and with them what another engine's executions left in them.
		Object.assign(loader, {
			loadClass(sourcePath: string) {
				const file = join(packageDir, sourcePath);
				const [className = ''] = basename(file).split('.');
				const { [className]: Class } = requireAnew(file) as Record<string, new () => unknown>;
				if (Class === undefined) throw new Error(`There is no class '${className}' in ${file}`);
				return new Class();
			},
		});
		await loader.loadAll();
		for (const [name, { type }] of Object.entries(loader.nodeTypes)) {
			this.nodes.set(`${loader.packageName}.${name}`, type);
		}
		for (const { type } of Object.values(loader.credentialTypes)) {
			type.supportedNodes = type.supportedNodes?.map((name) => `${loader.packageName}.${name}`);
			this.addCredential(type);
		}
	}

	/** n8n gives every credential that signs requests the fields for allowed domains. */
	private addCredential(type: ICredentialType): void {
		type.properties = injectDomainRestrictionFields(type);
		this.credentials.set(type.name, type);
	}

	getByName(name: string): INodeType | IVersionedNodeType {
		const type = this.nodes.get(name);
		if (type === undefined) {
			throw new Error(`No node type '${name}'. Known: ${[...this.nodes.keys()].join(', ')}`);
		}
		return type;
	}

	getByNameAndVersion(name: string, version?: number): INodeType {
		return NodeHelpers.getVersionedNodeType(this.getByName(name), version);
	}

	getCredentialType(name: string): ICredentialType {
		const type = this.credentials.get(name);
		if (type === undefined) {
			throw new Error(
				`No credential type '${name}'. Known: ${[...this.credentials.keys()].join(', ')}`,
			);
		}
		return type;
	}

	hasCredentialType(name: string): boolean {
		return this.credentials.has(name);
	}

	/** The test a node offers for a credential through `testedBy`. */
	credentialTestFunction(credentialType: string): ICredentialTestFunction | undefined {
		for (const name of this.nodes.keys()) {
			const { description, methods } = this.getByNameAndVersion(name);
			const testedBy = description.credentials?.find(
				(entry) => entry.name === credentialType,
			)?.testedBy;
			if (typeof testedBy === 'string') return methods?.credentialTest?.[testedBy];
		}
		return undefined;
	}

	/** The view of one execution, which counts how often a node's `execute` is entered. */
	forExecution(entered: (nodeName: string) => void): INodeTypes {
		const counted = new Map<INodeType, INodeType>();
		return {
			getKnownTypes: () => ({}),
			getByName: (name) => this.getByName(name),
			getByNameAndVersion: (name, version) => {
				const type = this.getByNameAndVersion(name, version);
				const known = counted.get(type) ?? countEntries(type, entered);
				counted.set(type, known);
				return known;
			},
		};
	}
}

function countEntries(type: INodeType, entered: (nodeName: string) => void): INodeType {
	const isDeclarative = type.description.requestDefaults !== undefined;
	const { execute } = type;
	if (execute === undefined && !isDeclarative) return type;
	const counting: INodeType = Object.create(type) as INodeType;
	counting.execute = async function () {
		entered(this.getNode().name);
		if (execute) return await execute.call(this);
		// The engine passes its own context, of which nodes see only this interface.
		const context = this as unknown as ExecuteContext;
		return (await new RoutingNode(context, type).runNode()) ?? null;
	};
	return counting;
}
