// What of this repository one service needs: found in package.json's n8n section and by following imports.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { toServiceKey } from '../migrate-workflows.mjs';
import { root } from '../setup.mjs';

export const read = (file) => readFileSync(path.join(root, file), 'utf8');
export const readJson = (file) => JSON.parse(read(file));

const { n8n, ...manifest } = readJson('package.json');
export { manifest };

const isJson = (file) => file.endsWith('.json');
const listFiles = (folder) =>
	readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
		.map((file) => file.split(path.sep).join('/'));

/** The service that a compiled node or credential belongs to, as the name of its folder. */
const folders = [...new Set(n8n.nodes.map((file) => file.split('/')[2]))];
const ownerOf = (file) =>
	folders
		.filter((folder) => path.basename(file).startsWith(folder))
		.sort((a, b) => b.length - a.length)[0];

/** A standalone package is a folder in `packages/`, and its service the one of the same name. */
export const standalones = readdirSync(path.join(root, 'packages'))
	.filter((name) => existsSync(path.join(root, 'packages', name, 'package.json')))
	.map((name) => {
		const service = folders.find((folder) => toServiceKey(folder) === toServiceKey(name));
		if (service === undefined) throw new Error(`No node is named as packages/${name} is`);
		const ofService = (file) => ownerOf(file) === service;
		return {
			name,
			service,
			n8n: {
				...n8n,
				strict: true,
				credentials: n8n.credentials.filter(ofService),
				nodes: n8n.nodes.filter(ofService),
			},
		};
	});

const toSource = (compiled) => compiled.replace(/^dist\//, '').replace(/\.js$/, '.ts');

/** The files that these name, in imports or as icons, and what those name in turn. */
function follow(entries) {
	const found = new Set(entries);
	for (const file of found) {
		if (!file.endsWith('.ts')) continue;
		const text = read(file);
		const beside = (name) => path.posix.join(path.posix.dirname(file), name);
		const imports = ts
			.preProcessFile(text)
			.importedFiles.map(({ fileName }) => fileName)
			.filter((name) => name.startsWith('.'))
			.map((name) => `${beside(name)}.ts`);
		const icons = [...text.matchAll(/'file:([^']+\.svg)'/g)].map(([, name]) => beside(name));
		for (const named of [...imports, ...icons]) found.add(named);
	}
	return [...found];
}

/** Codex files and output previews lie beside the nodes, and nothing imports them. */
export function listSources({ service, n8n: { nodes, credentials } }) {
	const entries = [...nodes, ...credentials].map(toSource);
	return [...follow(entries), ...listFiles(`nodes/${service}`).filter(isJson)].sort();
}

/** The examples that can be run with this package alone. */
export function listWorkflows({ n8n: { nodes } }) {
	const own = nodes.map((file) => path.basename(file, '.node.js').toLowerCase());
	const prefix = `${manifest.name}.`;
	return listFiles('workflows').filter((file) => {
		if (!isJson(file)) return false;
		const used = readJson(file)
			.nodes.map(({ type }) => type)
			.filter((type) => type.startsWith(prefix))
			.map((type) => type.slice(prefix.length).replace(/Tool$/, '').toLowerCase());
		return used.length > 0 && used.every((name) => own.includes(name));
	});
}
