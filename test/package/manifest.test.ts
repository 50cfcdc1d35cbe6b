import { filesBelow, manifest, readJson, root } from './support/packed';

const pkg = manifest();

const compiled = (folder: string, ending: string) =>
	filesBelow(root, folder)
		.filter((file) => file.endsWith(`${ending}.ts`))
		.map((file) => `dist/${file.replace(/\.ts$/, '.js')}`);

test('is named, described and licensed as n8n asks', () => {
	expect(pkg.name).toMatch(/^(@[a-z0-9-]+\/)?n8n-nodes-[a-z0-9-]+$/);
	expect(pkg.version).toMatch(/^\d+\.\d+\.\d+/);
	expect(pkg['license']).toBe('MIT');
	expect(pkg['keywords']).toContain('n8n-community-node-package');
	expect(pkg['description']).toEqual(expect.stringMatching(/\S{3,}/));
	expect(pkg['homepage']).toMatch(/^https:\/\//);
	expect(pkg['repository']).toMatchObject({
		type: 'git',
		url: expect.stringMatching(/^git\+https:/),
	});
	expect(pkg['author']).toMatchObject({
		name: expect.stringMatching(/\S/),
		email: expect.stringContaining('@'),
	});
});

test('brings nothing of its own at run time', () => {
	expect(pkg['peerDependencies']).toEqual({ 'n8n-workflow': '*' });
	for (const field of [
		'dependencies',
		'optionalDependencies',
		'bundleDependencies',
		'bundledDependencies',
		'overrides',
		'resolutions',
		'bin',
	])
		expect(pkg).not.toHaveProperty(field);
});

test('runs no code when it is installed', () => {
	const lifecycle =
		/^(pre|post)?(install|prepare|prepublish|pack|publish|uninstall|shrinkwrap)$|^dependencies$/;
	const scripts = Object.keys(pkg['scripts'] as Record<string, string>);
	expect(scripts.filter((name) => lifecycle.test(name))).toEqual([]);
});

test('ships dist and nothing else', () => {
	expect(pkg['files']).toEqual(['dist']);
});

test('registers exactly the nodes and credentials that exist', () => {
	expect(pkg.n8n.n8nNodesApiVersion).toBe(1);
	expect(typeof pkg.n8n.strict).toBe('boolean');
	expect([...pkg.n8n.nodes].sort()).toEqual(compiled('nodes', '.node'));
	expect([...pkg.n8n.credentials].sort()).toEqual(compiled('credentials', '.credentials'));
});

describe('package-lock.json', () => {
	interface Lock {
		name: string;
		version: string;
		packages: Record<string, { resolved?: string; devDependencies?: unknown }>;
	}
	const lock = readJson<Lock>(root, 'package-lock.json');

	test('belongs to this package.json, or npm ci refuses to install', () => {
		expect(lock).toMatchObject({ name: pkg.name, version: pkg.version });
		expect(lock.packages['']?.devDependencies).toEqual(pkg['devDependencies']);
	});

	test('names no registry host, so that it works behind any mirror', () => {
		const hosts = Object.values(lock.packages).filter(({ resolved }) =>
			resolved?.startsWith('http'),
		);
		expect(hosts).toEqual([]);
	});
});
