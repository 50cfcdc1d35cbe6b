import Ajv from 'ajv';
import { resolveOutputSchemaPath } from 'n8n-core';
import {
	NodeHelpers,
	traverseNodeParameters,
	type FromAIArgument,
	type INodeProperties,
	type INodePropertyOptions,
} from 'n8n-workflow';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { SHIPPED } from '../services';
import { isTrigger, loadPackage, type LoadedNode, type LoadedPackage } from './support/loaded';
import { filesBelow, manifest, packed, readJson, root } from './support/packed';

const ACTION_NODES = SHIPPED.map(({ provider }) => provider).sort();
const CREDENTIALS = SHIPPED.map(({ credential }) => credential);
// n8n's own list; a category it does not know hides the node from the panel.
const CATEGORIES = [
	'Analytics',
	'Communication',
	'Data & Storage',
	'Development',
	'Finance & Accounting',
	'Marketing & Content',
	'Miscellaneous',
	'Productivity',
	'Sales',
	'Utility',
];

let loaded: LoadedPackage;

beforeAll(async () => {
	loaded = await loadPackage();
});

const nodes = () => Object.entries(loaded.nodes);

test('finds every node and credential of the manifest', () => {
	const actions = nodes().filter(([, node]) => !isTrigger(node));
	expect(actions.map(([name]) => name).sort()).toEqual(ACTION_NODES);
	expect(Object.keys(loaded.credentials).sort()).toEqual(expect.arrayContaining(CREDENTIALS));
	expect(nodes()).toHaveLength(manifest().n8n.nodes.length);
	expect(Object.keys(loaded.credentials)).toHaveLength(manifest().n8n.credentials.length);
});

test('finds an icon for light and for dark', () => {
	const { name } = manifest();
	const icons = [
		...Object.values(loaded.nodes).map((node) => node.description),
		...Object.values(loaded.credentials),
	];
	for (const { name: owner, iconUrl } of icons) {
		expect({ owner, iconUrl }).toEqual({
			owner,
			iconUrl: { light: expect.any(String), dark: expect.any(String) },
		});
		const { light, dark } = iconUrl as { light: string; dark: string };
		expect(light).not.toBe(dark);
		for (const url of [light, dark]) {
			expect(url).toMatch(new RegExp(`^icons/${name}/dist/icons/`));
			expect(existsSync(path.join(packed().unpacked, url.replace(`icons/${name}/`, '')))).toBe(
				true,
			);
		}
	}
});

test('finds a codex beside every node', () => {
	for (const [, { description }] of nodes()) {
		const { codex, displayName } = description;
		expect({ displayName, categories: codex?.categories }).toEqual({
			displayName,
			categories: expect.any(Array),
		});
		expect(codex?.categories?.length).toBeGreaterThan(0);
		expect(CATEGORIES).toEqual(expect.arrayContaining(codex?.categories ?? []));
		expect(codex?.alias?.length).toBeGreaterThan(0);
		for (const { url } of codex?.resources?.primaryDocumentation ?? [{ url: '' }])
			expect(url).toMatch(/^https:\/\//);
	}
});

test('names in each codex the node it stands beside', () => {
	for (const [name, { file }] of nodes()) {
		const codex = readJson<{ node: string }>(packed().unpacked, file.replace(/\.js$/, '.json'));
		expect(codex.node).toBe(`${manifest().name}.${name}`);
	}
});

test('offers the action nodes to agents, and no trigger', () => {
	for (const [name, node] of nodes())
		expect({ name, usableAsTool: node.description.usableAsTool ?? false }).toEqual({
			name,
			usableAsTool: !isTrigger(node),
		});
});

test('knows every credential a node asks for, and each can be tested', () => {
	const asked = nodes().flatMap(([, { description }]) => description.credentials ?? []);
	expect(asked.length).toBeGreaterThan(0);
	for (const { name } of asked) expect(Object.keys(loaded.credentials)).toContain(name);
	const testedByNode = asked
		.filter(({ testedBy }) => testedBy !== undefined)
		.map(({ name }) => name);
	for (const [name, { test: request, documentationUrl }] of Object.entries(loaded.credentials)) {
		expect({ name, tested: request !== undefined || testedByNode.includes(name) }).toEqual({
			name,
			tested: true,
		});
		expect(documentationUrl).toMatch(/^https:\/\//);
	}
});

describe('output previews', () => {
	const choices = (property: INodeProperties) => property.options as INodePropertyOptions[];

	/** `resource/operation` for everything the node's two selectors can be set to. */
	function operations({ description }: LoadedNode): string[] {
		const selectors = (name: string) =>
			description.properties.filter((property) => property.name === name);
		const resources = selectors('resource').flatMap(choices);
		return resources.flatMap(({ value: resource }) =>
			selectors('operation')
				.filter(
					({ displayOptions }) => displayOptions?.show?.['resource']?.includes(resource) ?? true,
				)
				.flatMap(choices)
				.map(({ value: operation }) => `${String(resource)}/${String(operation)}`),
		);
	}

	const folder = (node: LoadedNode) => path.join(packed().unpacked, path.dirname(node.file));
	const latest = ({ description: { version } }: LoadedNode) => [version].flat().at(-1) ?? 1;

	test.each(ACTION_NODES)('%s has one for each operation', (name) => {
		const node = loaded.nodes[name] as LoadedNode;
		const found = operations(node);
		expect(found).toEqual(expect.arrayContaining(['invitation/get', 'invitation/resend']));
		for (const choice of found) {
			const [resource, operation] = choice.split('/');
			const file = resolveOutputSchemaPath({
				nodeDir: folder(node),
				version: latest(node),
				resource,
				operation,
			});
			expect({ choice, found: file !== undefined && existsSync(file) }).toEqual({
				choice,
				found: true,
			});
			const schema = readJson<{ type?: string; properties?: object }>(String(file));
			expect(schema.type).toBe('object');
			expect(Object.keys(schema.properties ?? {}).length).toBeGreaterThan(0);
			// n8n adds a keyword of its own, `version`, which strict mode would refuse.
			expect(() => new Ajv({ strict: false }).compile(schema)).not.toThrow();
		}
	});

	test.each(ACTION_NODES)('%s has none for an operation that is gone', (name) => {
		const node = loaded.nodes[name] as LoadedNode;
		const previews = filesBelow(path.join(folder(node), '__schema__')).map((file) =>
			file.replace(/^v[\d.]+\//, '').replace(/\.json$/, ''),
		);
		expect(operations(node)).toEqual(expect.arrayContaining(previews));
	});
});

describe('as a tool of an agent', () => {
	function argumentsIn(parameter: unknown): FromAIArgument[] {
		const found: FromAIArgument[] = [];
		traverseNodeParameters(parameter, found);
		return found;
	}

	const defaultsOf = ({ description }: LoadedNode, name: string, operation: string) =>
		NodeHelpers.getNodeParameters(
			description.properties,
			{ resource: 'invitation', operation },
			true,
			false,
			{ typeVersion: 1 },
			{ ...description, name },
		);

	test('the model names the id, where any other node takes it from the item before', () => {
		for (const { provider, target, changes } of SHIPPED) {
			const node = loaded.nodes[provider];
			if (node === undefined) throw new Error(`${provider} is not loaded`);
			for (const operation of ['get', 'resend', ...changes]) {
				const asNode = defaultsOf(node, provider, operation);
				const asTool = defaultsOf(node, `${provider}Tool`, operation);
				expect(asNode?.[target]).toMatchObject({ mode: 'id', value: `={{ $json.${target} }}` });
				const given = JSON.stringify(asTool?.[target]);
				expect(given).toContain('n8n-auto-generated-fromAI-override');
				const [argument, ...more] = argumentsIn(asTool?.[target]);
				expect(more).toEqual([]);
				expect(argument).toMatchObject({ type: 'string' });
				expect(argument?.description).toContain(target);
			}
		}
	});

	test('its description tells which operation emails somebody', () => {
		for (const { provider } of SHIPPED) {
			const description = loaded.nodes[provider]?.description;
			const operation = description?.properties.find(({ name }) => name === 'operation');
			const actions = (operation?.options as INodePropertyOptions[]).map(({ action }) => action);
			expect(actions.filter((action) => action?.includes('email'))).toEqual([
				'Resend invitation by email',
			]);
		}
	});
});

describe('the documentation that opens from n8n', () => {
	const BLOB = `${String(manifest()['homepage']).replace('#readme', '')}/blob/main/`;
	const slug = (title: string): string => title.toLowerCase().replaceAll(' ', '-');
	/** What has a section of its own, and what opens it. */
	const sections = () => [
		...Object.values(loaded.nodes).map((node) => ({
			title: `${node.description.displayName}${isTrigger(node) ? '' : ' node'}`,
			address: node.description.documentationUrl ?? '',
		})),
		...Object.values(loaded.credentials).map(({ displayName, documentationUrl = '' }) => ({
			title: `${displayName} credential`,
			address: documentationUrl,
		})),
	];

	test('is about that very node or credential', () => {
		for (const { title, address } of sections()) {
			expect(address.startsWith(`${BLOB}docs/`)).toBe(true);
			expect(address.split('#')[1]).toBe(slug(title));
		}
	});

	test('is the page of the service in each codex, where n8n adds to the address', () => {
		for (const { description } of Object.values(loaded.nodes)) {
			const { primaryDocumentation, credentialDocumentation } = description.codex?.resources ?? {};
			const [page] = (description.documentationUrl ?? '').split('#');
			expect(primaryDocumentation).toEqual([{ url: page }]);
			const [credential] = description.credentials ?? [];
			expect(credentialDocumentation).toEqual([
				{ url: loaded.credentials[credential?.name ?? '']?.documentationUrl },
			]);
		}
	});

	test('has a heading in this checkout', () => {
		for (const { title, address } of sections()) {
			const file = path.join(root, address.split('#')[0]?.slice(BLOB.length) ?? '');
			expect({ title, headings: readFileSync(file, 'utf8').split('\n') }).toEqual({
				title,
				headings: expect.arrayContaining([`## ${title}`]),
			});
		}
	});
});
