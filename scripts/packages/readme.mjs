// The README of a standalone package: a text of its own in packages/<name>, and the parts that all of them share.
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import Mustache from 'mustache';
import { root } from '../setup.mjs';

const REPOSITORY = 'n8n-nodes-invitations/n8n-nodes-invitations';
// n8n's expressions have the tags that Mustache would take.
const SETTINGS = { tags: ['<%', '%>'], escape: (text) => text };

const folder = path.join(root, 'packages');
const read = (...names) => readFileSync(path.join(folder, ...names), 'utf8');

function readParts() {
	const files = readdirSync(path.join(folder, 'parts'));
	return Object.fromEntries(files.map((file) => [path.parse(file).name, read('parts', file)]));
}

/**
 * Pictures and links are those of the version, so that an old release on npm keeps showing what it was: `files` of the
 * whole repository, `tree` of the package's own.
 */
export function renderReadme({ name, version }) {
	const view = {
		name,
		version,
		page: name.replace(/^n8n-nodes-/, ''),
		tree: `https://github.com/${REPOSITORY}/blob/${name}@${version}`,
		files: `https://github.com/${REPOSITORY}/blob/v${version}`,
		images: `https://raw.githubusercontent.com/${REPOSITORY}/v${version}/docs/images`,
	};
	return Mustache.render(read(name, 'README.md'), view, readParts(), SETTINGS);
}
