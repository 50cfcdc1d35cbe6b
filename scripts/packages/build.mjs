// gulp packages: a complete source tree for each standalone package, in build/packages/<name>.
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { renameNodeTypes } from '../migrate-workflows.mjs';
import { root } from '../setup.mjs';
import { cutChangelog, cutExamples } from './documents.mjs';
import { renderReadme } from './readme.mjs';
import { listSources, listWorkflows, manifest, read, readJson, standalones } from './sources.mjs';

const treesFolder = path.join(root, 'build', 'packages');

/** n8n's linter accepts a strict package with these two lines only. */
const ESLINT_CONFIG = `import { config } from '@n8n/node-cli/eslint';

export default config;
`;

const toJson = (value) => `${JSON.stringify(value, null, 2)}\n`;

function describePackage({ name, n8n }) {
	const { version, license, homepage, bugs, author, repository, engines } = manifest;
	const { description, keywords } = readJson(`packages/${name}/package.json`);
	const { files, scripts, devDependencies, peerDependencies } = readJson('packages/package.json');
	return {
		...{ name, version, description, keywords, license },
		homepage: homepage.replace('#', `/tree/${name}@${version}#`),
		...{ bugs, author, repository, files, engines, scripts, n8n },
		...{ devDependencies, peerDependencies },
	};
}

/** `npm ci` compares it with package.json. */
function lockFor({ name, version, license, engines }) {
	const lock = readJson('packages/package-lock.json');
	const own = { ...lock.packages[''], name, version, license, engines };
	return { ...lock, name, version, packages: { ...lock.packages, '': own } };
}

function compilerFor() {
	const { compilerOptions } = readJson('tsconfig.json');
	// The compiler copies the codex files, for n8n's own build does not.
	return { compilerOptions, include: ['credentials/**/*.ts', 'nodes/**/*.ts', 'nodes/**/*.json'] };
}

/** The files that are made for the tree, by their paths in it. */
function makeFiles(standalone, workflows) {
	const described = describePackage(standalone);
	const services = standalones.map(({ service }) => service);
	const { service } = standalone;
	return {
		'package.json': toJson(described),
		'package-lock.json': toJson(lockFor(described)),
		'tsconfig.json': toJson(compilerFor()),
		'eslint.config.mjs': ESLINT_CONFIG,
		'README.md': renderReadme(described),
		'CHANGELOG.md': cutChangelog(read('CHANGELOG.md'), { service, services }),
		'workflows/README.md': cutExamples(read('workflows/README.md'), workflows),
		'.github/workflows/publish.yml': read('packages/publish.yml').replaceAll(
			'__NAME__',
			described.name,
		),
		// Without a slash, so that a link is ignored as well.
		'.gitignore': 'node_modules\ndist\n',
	};
}

function writeTree(standalone) {
	const folder = path.join(treesFolder, standalone.name);
	const write = (file, text) => {
		mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
		writeFileSync(path.join(folder, file), text);
	};
	const workflows = listWorkflows(standalone);
	for (const [file, text] of Object.entries(makeFiles(standalone, workflows))) write(file, text);
	// Among the tools is one whose install script accepts no npm, and one that is compiled; .npmrc runs neither.
	for (const file of ['LICENSE', '.npmrc', ...listSources(standalone), ...workflows]) {
		// Codex files and examples say the type of a node; all else is taken as it is.
		const key = file.endsWith('.node.json') ? 'node' : 'type';
		if (!file.endsWith('.json')) cpSync(path.join(root, file), path.join(folder, file));
		else write(file, renameNodeTypes(read(file), { key, to: [standalone.name] }).text);
	}
}

/** From nothing each time, so that nothing is left of what was deleted. Gives each package with its folder. */
export function buildPackages() {
	rmSync(treesFolder, { recursive: true, force: true });
	standalones.forEach(writeTree);
	return listTrees();
}

export const listTrees = () =>
	standalones.map(({ name, service }) => ({ name, service, folder: path.join(treesFolder, name) }));
