import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { everyText, isOption, isProperty } from './support/descriptions';
import { loadPackage } from './support/loaded';
import { SHIPPED } from '../services';
import { filesBelow, manifest, root } from './support/packed';

interface Picture {
	address: string;
	/** The text for who cannot see it. */
	says: string;
}

interface Document {
	anchors: string[];
	links: string[];
	pictures: Picture[];
	tags: string[];
	words: number;
}

const { version } = manifest();
const documents = JSON.parse(
	execFileSync(process.execPath, [path.join(__dirname, 'support/documents.mjs')], {
		encoding: 'utf8',
	}),
) as Record<string, Document>;
const named = Object.entries(documents);
const standalones = named.filter(([file]) => file.startsWith('packages/'));

/** A file of this repository, on GitHub's pages or as it is. */
const HERE =
	/^https:\/\/(?:github\.com\/n8n-nodes-invitations\/n8n-nodes-invitations\/blob|raw\.githubusercontent\.com\/n8n-nodes-invitations\/n8n-nodes-invitations)\/(?<ref>[^/]+)\/(?<path>.+)$/;

/** Where an address leads in this repository; null for what lies elsewhere. */
function locate(from: string, address: string): { file: string; anchor: string } | null {
	const own = HERE.exec(address)?.groups;
	if (own === undefined && /^(https?|mailto):/.test(address)) return null;
	const [file = '', anchor = ''] = (own?.path ?? address).split('#');
	if (own !== undefined) return { file, anchor };
	return { file: file === '' ? from : path.posix.join(path.posix.dirname(from), file), anchor };
}

function findDead(from: string, addresses: string[]): string[] {
	return addresses.filter((address) => {
		const place = locate(from, address);
		if (place === null) return !URL.canParse(address);
		const { file, anchor } = place;
		if (!existsSync(path.join(root, file))) return true;
		return anchor !== '' && !documents[file]?.anchors.includes(anchor);
	});
}

test('there are the documents that everybody looks for', () => {
	expect(Object.keys(documents)).toEqual(
		expect.arrayContaining([
			'CHANGELOG.md',
			'CONTRIBUTING.md',
			'README.md',
			'docs/how-sending-works.md',
			'workflows/README.md',
		]),
	);
	expect(standalones).toHaveLength(SHIPPED.length);
});

test.each(named)('%s links to nothing that is not there', (file, { links, pictures }) => {
	expect(findDead(file, [...links, ...pictures.map(({ address }) => address)])).toEqual([]);
});

test.each(named)('%s says in words what its pictures show', (_file, { pictures }) => {
	expect(pictures.filter(({ says }) => says.length < 5)).toEqual([]);
});

test('nodes and credentials open pages and anchors that are there', () => {
	const addresses = ['nodes', 'credentials', 'workflows'].flatMap((folder) =>
		filesBelow(root, folder)
			.filter((file) => /\.(ts|json)$/.test(file))
			.flatMap(
				(file) => readFileSync(path.join(root, file), 'utf8').match(/https:[^\s'"`)]+/g) ?? [],
			)
			.filter((address) => HERE.test(address)),
	);
	expect(findDead('.', addresses)).toEqual([]);
});

test('every picture is shown somewhere', () => {
	const shown = named.flatMap(([file, { pictures }]) =>
		pictures.map(({ address }) => locate(file, address)?.file),
	);
	const pictures = readdirSync(path.join(root, 'docs/images')).map((name) => `docs/images/${name}`);
	expect(pictures.filter((picture) => !shown.includes(picture))).toEqual([]);
});

test('every example workflow is described', () => {
	const described = documents['workflows/README.md']?.links;
	const examples = filesBelow(root, 'workflows').map((file) => path.posix.basename(file));
	expect(examples.filter((name) => name.endsWith('.json') && !described?.includes(name))).toEqual(
		[],
	);
});

describe('as npm shows them', () => {
	const onNpm = [...standalones, ...named.filter(([file]) => file === 'README.md')];

	test.each(onNpm)('%s has no markup that npm would lose', (_file, { tags }) => {
		expect(tags).toEqual([]);
	});

	test.each(standalones)('%s shows and links what belongs to its version', (file, document) => {
		const addresses = [...document.links, ...document.pictures.map(({ address }) => address)];
		// Relative ones would be looked for in the package's own tree, which has no docs.
		expect(addresses.filter((address) => !/^https:|^#/.test(address))).toEqual([]);
		const refs = addresses.flatMap((address) => HERE.exec(address)?.groups?.ref ?? []);
		expect(refs.length).toBeGreaterThan(5);
		const own = `${path.posix.basename(path.posix.dirname(file))}@${version}`;
		expect(refs.filter((ref) => ref !== `v${version}` && ref !== own)).toEqual([]);
	});

	const SECTIONS = [
		'installation',
		'compatibility',
		'credentials',
		'operations',
		'ai-agents',
		'example-workflows',
		'resources',
		'version-history',
	];

	test.each(standalones)('%s has the sections that people look for', (_file, { anchors }) => {
		expect(anchors.filter((anchor) => SECTIONS.includes(anchor))).toEqual(SECTIONS);
	});

	test.each(onNpm)('%s is soon read', (file, { words }) => {
		expect(words).toBeLessThanOrEqual(file === 'README.md' ? 1_800 : 1_300);
	});
});

describe('the page of a service', () => {
	/** What every node of n8n has, and what holds others. */
	const COMMON = ['Resource', 'Operation', 'Options', 'Filters', 'Return All', 'Limit'];
	/** Parts of a field that the page names as a whole. */
	const PARTS = /› quietHours\[/;
	/** Fields whose choices the page names as well. */
	const CHOICES = /› (events|environment|authentication)\[/;

	const slug = (name: string) => name.toLowerCase().replaceAll(' ', '-');

	/** The part of a page below its heading, up to the next one of the same level. */
	function findSection(anchor: string): string | undefined {
		const [file] = named.find(([name, { anchors }]) =>
			name.startsWith('docs/') ? anchors.includes(anchor) : false,
		) ?? [undefined];
		if (file === undefined) return undefined;
		const sections = readFileSync(path.join(root, file), 'utf8').split(/^(?=## )/m);
		return sections.find((section) => slug(section.split('\n')[0]?.slice(3) ?? '') === anchor);
	}

	test('has a section for each node, trigger and credential, which names all that can be set', async () => {
		const { nodes, credentials } = await loadPackage();
		const missing: string[] = [];
		const check = (anchor: string, only: Parameters<typeof everyText>[0]) => {
			const section = findSection(anchor);
			if (section === undefined) return missing.push(anchor);
			const texts = everyText(only).filter(({ at }) => !PARTS.test(at));
			const fields = texts
				.filter(isProperty)
				.filter(({ item }) => !['notice', 'hidden'].includes(String(item['type'])))
				.map(({ item }) => String(item['displayName']));
			const choices = texts
				.filter((entry) => isOption(entry) && CHOICES.test(entry.at))
				.map(({ item }) => String(item['name']));
			const names = [...new Set([...fields, ...choices])].filter((name) => !COMMON.includes(name));
			missing.push(
				...names.filter((name) => !section.includes(name)).map((name) => `${anchor}: ${name}`),
			);
		};
		for (const [name, node] of Object.entries(nodes)) {
			const { displayName, group } = node.description;
			const anchor = slug(group.includes('trigger') ? displayName : `${displayName} node`);
			check(anchor, { nodes: { [name]: node }, credentials: {} });
		}
		for (const [name, credential] of Object.entries(credentials))
			check(slug(`${credential.displayName} credential`), {
				nodes: {},
				credentials: { [name]: credential },
			});
		expect(missing).toEqual([]);
	});
});
