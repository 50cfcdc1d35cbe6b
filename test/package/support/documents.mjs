// node documents.mjs: what each document for readers holds, as JSON: its anchors, links, pictures, tags and words.
// A process of its own, because Jest cannot import modules that exist as ESM only.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import GithubSlugger from 'github-slugger';
import { marked } from 'marked';
import { renderReadme } from '../../../scripts/packages/readme.mjs';
import { root } from '../../../scripts/setup.mjs';

const FOLDERS = ['.', '.github', 'bench', 'docs', 'packages', 'test', 'workflows'];

const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));

/** What a reader sees of a heading, whose anchor is made of it. */
const plain = (tokens) =>
	tokens.map(({ tokens: inner, text, raw }) => (inner ? plain(inner) : (text ?? raw))).join('');

function describe(text) {
	const slugger = new GithubSlugger();
	const found = { anchors: [], links: [], pictures: [], tags: [], words: 0 };
	marked.walkTokens(marked.lexer(text), (token) => {
		if (token.type === 'heading') found.anchors.push(slugger.slug(plain(token.tokens)));
		if (token.type === 'link') found.links.push(token.href);
		if (token.type === 'image') found.pictures.push({ address: token.href, says: token.text });
		if (token.type === 'html') {
			const alt = /\balt="([^"]*)"/.exec(token.text)?.[1] ?? '';
			found.tags.push(...(token.text.match(/<[a-z]+/g) ?? []));
			for (const [, address] of token.text.matchAll(/\b(?:src|srcset)="([^"]*)"/g))
				found.pictures.push({ address, says: alt });
			for (const [, address] of token.text.matchAll(/\bhref="([^"]*)"/g)) found.links.push(address);
		}
	});
	found.words = text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
	return found;
}

const markdownIn = (folder) =>
	readdirSync(path.join(root, folder))
		.filter((name) => name.endsWith('.md'))
		.map((name) => path.posix.join(folder, name));

function standaloneReadmes() {
	const names = readdirSync(path.join(root, 'packages'), { withFileTypes: true })
		.filter((entry) => entry.isDirectory() && entry.name.startsWith('n8n-nodes-'))
		.map((entry) => entry.name);
	return names.map((name) => [`packages/${name}/README.md`, renderReadme({ name, version })]);
}

const documents = [
	...FOLDERS.flatMap(markdownIn).map((file) => [file, readFileSync(path.join(root, file), 'utf8')]),
	...standaloneReadmes(),
].map(([file, text]) => [file, describe(text)]);

console.log(JSON.stringify(Object.fromEntries(documents)));
