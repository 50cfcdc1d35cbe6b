import { filesBelow, manifest, readJson, root } from './support/packed';

const pkg = manifest();

const compiled = (folder: string, ending: string) =>
	filesBelow(root, folder)
		.filter((file) => file.endsWith(`${ending}.ts`))
		.map((file) => `dist/${file.replace(/\.ts$/, '.js')}`);

// Name, author, license, scripts and the like are the linter's business.

test('brings nothing of its own at run time', () => {
	for (const field of ['optionalDependencies', 'bundleDependencies', 'bundledDependencies', 'bin'])
		expect(pkg).not.toHaveProperty(field);
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
