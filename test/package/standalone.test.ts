import { execFile } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { SHIPPED } from '../services';
import { loadPackage } from './support/loaded';
import { filesBelow, manifest, packed, readJson, root, type Manifest } from './support/packed';
import { clean, scan, type Verdict } from './support/scan';

/** The shared code alone takes 53 kB, a page for npm 3; docs/decisions.md says why it is not less. */
const MAX_BYTES = 78_000;
/** The tools may have to be installed first, and the machine may be busy. */
const PREPARED_WITHIN_MS = 900_000;

interface Standalone {
	name: string;
	/** The name of its folder in `nodes/`. */
	service: string;
	/** The source tree, compiled. */
	folder: string;
	/** What the archive of the published commit holds. */
	committed: string;
	/** The tarball, as n8n has it once it is installed. */
	unpacked: string;
	size: number;
	files: string[];
}

const execute = promisify(execFile);
const whole = manifest();
const names = readdirSync(path.join(root, 'packages')).filter((it) => it.startsWith('n8n-nodes-'));

let standalones: Standalone[];
/** What the linter of each has to say; all are asked at once, for each takes a while to get going. */
let linted: Map<string, Promise<string>>;
/** What the scanner has to say of the published commits, in their order. */
let scanned: Promise<Verdict[]>;
/** What the compiler has to say of all of them, in one go: most of its time goes to what they have in common. */
let compiled: Promise<string>;

const get = (name: string): Standalone => {
	const found = standalones.find((standalone) => standalone.name === name);
	if (found === undefined) throw new Error(`${name} was not built`);
	return found;
};

const textsOf = (folder: string, files: string[]) =>
	files.map((file) => ({ file, text: readFileSync(path.join(folder, file), 'utf8') }));

/** Sources and what else n8n and the user get, without documents and tools. */
const ownFiles = ({ committed }: Standalone) =>
	['nodes', 'credentials', 'icons', 'workflows'].flatMap((folder) => filesBelow(committed, folder));

/** Nothing, or what a tool says when it ends badly. */
const complaints = async (run: Promise<unknown>): Promise<string> =>
	await run.then(
		() => '',
		(failure: { stdout: string; stderr: string }) => failure.stdout + failure.stderr,
	);

const lint = async (folder: string): Promise<string> =>
	await complaints(
		execute('npm', ['run', 'lint'], {
			cwd: folder,
			env: { ...process.env, NODE_ENV: undefined },
			shell: process.platform === 'win32',
		}),
	);

/** In the trees below this repository the compiler also finds what only the repository has. */
const compileApart = async (commits: string): Promise<string> => {
	const compiler = path.join(commits, 'node_modules/typescript/bin/tsc');
	const configs = standalones.map(({ committed }) =>
		readJson<{ compilerOptions: object; include: string[] }>(committed, 'tsconfig.json'),
	);
	const { compilerOptions, include } = configs[0] ?? { compilerOptions: {}, include: [] };
	// Otherwise they could not be compiled together.
	expect(configs).toEqual(configs.map(() => ({ compilerOptions, include })));
	const project = path.join(commits, 'tsconfig.json');
	const all = names.flatMap((name) => include.map((pattern) => `${name}/${pattern}`));
	writeFileSync(project, JSON.stringify({ compilerOptions, include: all }));
	const options = ['--noEmit', '--preserveSymlinks', '--project', project];
	return await complaints(execute(process.execPath, [compiler, ...options]));
};

beforeAll(async () => {
	const { stdout } = await execute(
		process.execPath,
		[path.join(__dirname, 'support/standalones.mjs'), packed().folder],
		{ encoding: 'utf8', maxBuffer: 10_000_000 },
	);
	standalones = JSON.parse(stdout) as Standalone[];
	linted = new Map(standalones.map(({ name, folder }) => [name, lint(folder)]));
	const commits = path.join(packed().folder, 'commits');
	symlinkSync(
		path.join(root, 'packages/node_modules'),
		path.join(commits, 'node_modules'),
		'junction',
	);
	compiled = compileApart(commits);
	scanned = scan('source', ...standalones.map(({ committed }) => committed));
}, PREPARED_WITHIN_MS);

test('there is one for each service, and each node and credential is in one of them', () => {
	expect(names).toHaveLength(SHIPPED.length);
	expect(standalones.map(({ name }) => name).sort()).toEqual([...names].sort());
	const all = standalones.map(({ folder }) => manifest(folder).n8n);
	expect(all.flatMap(({ nodes }) => nodes).sort()).toEqual([...whole.n8n.nodes].sort());
	expect(all.flatMap(({ credentials }) => credentials).sort()).toEqual(
		[...whole.n8n.credentials].sort(),
	);
});

// Which is why their tarballs need no scan: that of the whole package is scanned.
test('all have the code of the package with all services', () => {
	const differing = standalones.flatMap(({ unpacked, files }) =>
		textsOf(unpacked, files)
			.filter(({ file }) => file.endsWith('.js'))
			.filter(({ file, text }) => text !== readFileSync(path.join(packed().unpacked, file), 'utf8'))
			.map(({ file }) => file),
	);
	expect(differing).toEqual([]);
});

test('all compile with what their own lock installs', async () => {
	expect(await compiled).toBe('');
});

describe.each(names)('%s', (name) => {
	describe('package.json', () => {
		let pkg: Manifest;
		beforeAll(() => {
			pkg = manifest(get(name).committed);
		});

		test('is strict and says what n8n asks for', () => {
			const [address] = String(whole['homepage']).split('#');
			expect(pkg.n8n.strict).toBe(true);
			expect(pkg).toMatchObject({
				name,
				version: whole.version,
				license: 'MIT',
				repository: whole['repository'],
				// The page that is published, at the commit it is published from.
				homepage: `${address}/tree/${name}@${String(whole['version'])}#readme`,
				files: ['dist', 'CHANGELOG.md'],
				peerDependencies: { 'n8n-workflow': '*' },
				description: expect.stringMatching(/./),
				keywords: expect.arrayContaining(['n8n-community-node-package']),
			});
			expect(Object.keys(pkg['scripts'] as object).sort()).toEqual(['build', 'dev', 'lint']);
		});

		test('brings nothing of its own at run time', () => {
			expect(Object.keys(pkg).filter((key) => /dependencies|overrides|^bin$/i.test(key))).toEqual([
				'devDependencies',
				'peerDependencies',
			]);
		});

		test('has a lock that belongs to it and names no registry', () => {
			const lock = readJson<{ packages: Record<string, object> }>(
				get(name).committed,
				'package-lock.json',
			);
			const { devDependencies, peerDependencies, version } = pkg;
			expect(lock).toMatchObject({ name, version });
			expect(lock.packages['']).toMatchObject({ name, devDependencies, peerDependencies });
			expect(Object.values(lock.packages).filter((entry) => 'resolved' in entry)).toEqual([]);
		});

		test('installs without the scripts of its tools, one of which accepts no npm', () => {
			const settings = readFileSync(path.join(get(name).committed, '.npmrc'), 'utf8');
			expect(settings).toMatch(/^ignore-scripts=true$/m);
		});
	});

	test('is of one service: nothing in its sources names another one', () => {
		// `WorthAi` is also written `Worth AI` and `worth-ai`.
		const others = standalones
			.filter((other) => other.name !== name)
			.map(({ service }) => service.replace(/(?<=[a-z])(?=[A-Z])/g, '[ _-]?'));
		expect(others).toHaveLength(SHIPPED.length - 1);
		const foreign = new RegExp(others.join('|'), 'i');
		const texts = textsOf(get(name).committed, ownFiles(get(name)));
		const told = texts.filter(({ file, text }) => foreign.test(file) || foreign.test(text));
		expect(told.map(({ file }) => file)).toEqual([]);
	});

	test('has the two icons of its service', () => {
		expect(ownFiles(get(name)).filter((file) => file.endsWith('.svg'))).toHaveLength(2);
	});

	test('has examples, with its own node types only', () => {
		const examples = ownFiles(get(name)).filter((file) => /^workflows\/.+\.json$/.test(file));
		expect(examples.length).toBeGreaterThan(0);
		const own = get(name).committed;
		for (const example of examples) {
			const { nodes } = readJson<{ nodes: Array<{ type: string }> }>(own, example);
			const types = nodes.map(({ type }) => type);
			expect(types.filter((type) => type.startsWith(`${whole.name}.`))).toEqual([]);
			expect(types.some((type) => type.startsWith(`${name}.`))).toBe(true);
		}
		const page = readFileSync(path.join(own, 'workflows/README.md'), 'utf8');
		const sections = [...page.matchAll(/^## .*\((.+\.json)\)$/gm)].map(([, file]) => file);
		expect(sections.map((file) => `workflows/${file}`).sort()).toEqual(examples);
		expect(page).not.toContain('](..');
	});

	test('has pages of its own', () => {
		const [readme, changelog, license] = ['README.md', 'CHANGELOG.md', 'LICENSE'].map((file) =>
			readFileSync(path.join(get(name).committed, file), 'utf8'),
		);
		expect(readme).toMatch(new RegExp(`^# ${name}$`, 'm'));
		// Relative addresses lead nowhere on npm's page.
		expect(readme).not.toMatch(/\]\((?!https?:|#|mailto:)/);
		expect(changelog).toMatch(/^## \[/m);
		expect(license).toBe(readFileSync(path.join(root, 'LICENSE'), 'utf8'));
	});

	test('is published from its tag only, without a token and with actions that are pinned', () => {
		const workflow = parse(
			readFileSync(path.join(get(name).committed, '.github/workflows/publish.yml'), 'utf8'),
		) as {
			on: unknown;
			permissions: unknown;
			jobs: { publish: { environment: string; steps: Array<{ uses?: string; run?: string }> } };
		};
		expect(workflow.on).toEqual({ push: { tags: [`${name}@*`] } });
		expect(workflow.permissions).toEqual({ contents: 'read', 'id-token': 'write' });
		const { steps, environment } = workflow.jobs.publish;
		expect(environment).toMatch(/./);
		const actions = steps.flatMap(({ uses }) => uses ?? []);
		expect(actions.filter((action) => !/@[0-9a-f]{40}$/.test(action))).toEqual([]);
		expect(JSON.stringify(steps)).not.toMatch(/registry-url|NODE_AUTH_TOKEN|secrets\./);
	});

	test("passes n8n's own linter in its strict form", async () => {
		expect(await linted.get(name)).toBe('');
	});

	test('is found in the commit that is published, and passes the scanner there', async () => {
		const { committed } = get(name);
		const { stdout } = await execute(process.execPath, [
			path.join(__dirname, 'support/findPackage.mjs'),
			committed,
			name,
		]);
		expect(stdout.trim()).toBe(committed);
		expect(existsSync(path.join(committed, 'node_modules'))).toBe(false);
		expect(existsSync(path.join(committed, 'dist'))).toBe(false);
		expect((await scanned)[standalones.indexOf(get(name))]).toEqual(clean);
	});

	describe('the tarball', () => {
		test('is small', () => {
			expect(get(name).size).toBeLessThan(MAX_BYTES);
		});

		test('holds what n8n reads, and documents', () => {
			const { committed, files, unpacked } = get(name);
			const isAsset = (file: string) => /(\.svg|\.node\.json|__schema__\/.+\.json)$/.test(file);
			const compiled = ownFiles(get(name))
				.filter((file) => file.endsWith('.ts') || isAsset(file))
				.map((file) => `dist/${file.replace(/\.ts$/, '.js')}`);
			expect(filesBelow(committed, 'nodes').some(isAsset)).toBe(true);
			expect([...files].sort()).toEqual(
				['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json', ...compiled].sort(),
			);
			expect(manifest(unpacked)).toEqual(manifest(committed));
		});

		test('loads in n8n', async () => {
			const { unpacked } = get(name);
			const { n8n } = manifest(unpacked);
			const { nodes, credentials } = await loadPackage(unpacked);
			expect(Object.values(nodes).map(({ file }) => file)).toEqual(n8n.nodes);
			expect(Object.keys(credentials)).toHaveLength(n8n.credentials.length);
			for (const [node, { file, description }] of Object.entries(nodes)) {
				const codex = readJson<{ node: string }>(unpacked, file.replace(/\.js$/, '.json'));
				expect(codex.node).toBe(`${name}.${node}`);
				expect(description.codex?.categories?.length).toBeGreaterThan(0);
				for (const { name: asked } of description.credentials ?? [])
					expect(Object.keys(credentials)).toContain(asked);
			}
			for (const { iconUrl } of [
				...Object.values(nodes).map((it) => it.description),
				...Object.values(credentials),
			])
				for (const url of Object.values(iconUrl as Record<string, string>))
					expect(existsSync(path.join(unpacked, url.replace(`icons/${name}/`, '')))).toBe(true);
		});
	});
});
