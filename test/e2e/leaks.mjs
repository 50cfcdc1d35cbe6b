// Looks for secrets in files and replies, in every form in which text is commonly written down.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { n8nNode } from '../../scripts/n8n/paths.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

const escaped = (text) => JSON.stringify(text).slice(1, -1);

/** What base64 makes of a text at each of the three places it can have in a group, without what its neighbours change. */
function base64Forms(text) {
	return [0, 1, 2].flatMap((offset) => {
		const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]);
		const cut = (coded) =>
			coded.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
		return [cut(bytes.toString('base64')), cut(bytes.toString('base64url'))];
	});
}

/** The forms of a secret by name; short as `name: form`, for none of them may be shown. */
export function formsOf(secret) {
	const [a, aUrl, b, bUrl, c, cUrl] = base64Forms(secret);
	return {
		plain: secret,
		'in JSON': escaped(secret),
		'in JSON in JSON': escaped(escaped(secret)),
		'URL-encoded': encodeURIComponent(secret),
		'in a form': new URLSearchParams({ _: secret }).toString().slice(2),
		'in HTML': secret.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;'),
		hex: Buffer.from(secret).toString('hex'),
		'base64, first place': a,
		'base64url, first place': aUrl,
		'base64, second place': b,
		'base64url, second place': bUrl,
		'base64, third place': c,
		'base64url, third place': cUrl,
	};
}

/** Less would be found by chance. */
const LEAST = 8;

/**
 * A search for all forms of all secrets in one go.
 * @param {Record<string, string>} secrets by a name that may be shown
 * @returns {(bytes: Buffer) => string[]} what was found, in words
 */
export function searchFor(secrets) {
	const byStart = new Map();
	for (const [name, secret] of Object.entries(secrets)) {
		for (const [form, text] of Object.entries(formsOf(secret))) {
			const bytes = Buffer.from(text);
			if (bytes.length < LEAST) throw new Error(`${name} is too short to be searched for`);
			const start = bytes.readUInt32BE(0);
			byStart.set(start, [...(byStart.get(start) ?? []), { words: `${name} (${form})`, bytes }]);
		}
	}
	return (bytes) => {
		const found = new Set();
		let window = 0;
		for (let index = 0; index < bytes.length; index += 1) {
			window = ((window << 8) | bytes[index]) >>> 0;
			for (const needle of byStart.get(window) ?? []) {
				const from = index - 3;
				const there = bytes.subarray(from, from + needle.bytes.length);
				if (there.equals(needle.bytes)) found.add(needle.words);
			}
		}
		return [...found];
	};
}

/** Packages, and the editor's own files: n8n and npm put them there as they came. */
const AS_SHIPPED = /node_modules|\.cache.n8n.public/;

/** All other files below a folder, by their path in it. */
function filesIn(folder) {
	return readdirSync(folder, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)))
		.filter((file) => !AS_SHIPPED.test(file))
		.sort();
}

function databaseText(file) {
	const { status, stdout, stderr } = spawnSync(
		n8nNode(),
		[path.join(here, 'sqliteText.cjs'), file],
		{ maxBuffer: 2 ** 30 },
	);
	if (status !== 0) throw new Error(`The database could not be read: ${stderr}`);
	return stdout;
}

/** Everything that a stopped n8n left behind: `[where, bytes]`. */
export function remains(userFolder, log) {
	const files = filesIn(userFolder).map((file) => [
		file,
		readFileSync(path.join(userFolder, file)),
	]);
	const database = files.find(([file]) => file.endsWith('database.sqlite'));
	if (database === undefined) throw new Error('n8n left no database');
	return [
		...files,
		['every value in the database', databaseText(path.join(userFolder, database[0]))],
		['console', readFileSync(log)],
	];
}
