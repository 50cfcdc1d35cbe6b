import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FIXTURES, SHIPPED } from '../services';
import { filesBelow, packed, root } from './support/packed';

/** README and shared code, of which the record of sends is 10 kB, and then each service with its nodes and icons. */
const MAX_BYTES = 59_000 + 10_000 * SHIPPED.length;
const ALLOWED_MODULES = ['n8n-workflow', 'crypto', 'node:crypto'];

const escape = (literal: string) => literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const text = (file: string) => readFileSync(path.join(packed().unpacked, file), 'utf8');

test('is small', () => {
	expect(packed().size).toBeLessThan(MAX_BYTES);
});

test('holds dist, package.json, README and LICENSE', () => {
	const outside = packed().files.filter((file) => !file.startsWith('dist/'));
	expect(outside.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
});

test('holds in dist only what n8n reads', () => {
	const needed =
		/^dist\/((nodes|credentials)\/.+\.js|nodes\/.+\.node\.json|nodes\/.+\/__schema__\/.+\.json|icons\/[\w.-]+\.svg)$/;
	const dist = packed().files.filter((file) => file.startsWith('dist/'));
	expect(dist.length).toBeGreaterThan(0);
	expect(dist.filter((file) => !needed.test(file))).toEqual([]);
});

test('holds nothing of a service that is there for tests only', () => {
	const made = FIXTURES.filter((one) => !SHIPPED.includes(one));
	expect(made.length).toBeGreaterThan(0);
	for (const { provider, name } of made) {
		const traces = [provider, name].map((word) => word.toLowerCase());
		const holds = (words: string) => traces.some((trace) => words.toLowerCase().includes(trace));
		expect(packed().files.filter((file) => holds(file) || holds(text(file)))).toEqual([]);
	}
});

test('unpacks to what npm said it holds', () => {
	expect(filesBelow(packed().unpacked)).toEqual([...packed().files].sort());
});

test('requires only n8n-workflow, crypto and its own files', () => {
	const strangers: string[] = [];
	let found = 0;
	for (const file of packed().files.filter((name) => name.endsWith('.js'))) {
		const code = text(file);
		// A module named by anything but a plain string could be any module.
		expect(code).not.toMatch(/\brequire\((?!["'])|\bimport\(/);
		for (const [, name = ''] of code.matchAll(/\brequire\(["']([^"']+)["']\)/g)) {
			found += 1;
			const own = path.join(packed().unpacked, path.dirname(file), name);
			const known = name.startsWith('.')
				? [own, `${own}.js`, path.join(own, 'index.js')].some((candidate) => existsSync(candidate))
				: ALLOWED_MODULES.includes(name);
			if (!known) strangers.push(`${file}: ${name}`);
		}
	}
	expect(found).toBeGreaterThan(0);
	expect(strangers).toEqual([]);
});

test('tells nothing about the machine that packed it', () => {
	const registry = execFileSync('npm', ['config', 'get', 'registry', '--loglevel=error'], {
		encoding: 'utf8',
		shell: process.platform === 'win32',
	}).trim();
	const telltale = [root, os.homedir(), os.tmpdir()].map(
		// Not as the middle of an address: a checkout in /app is no part of example.com/app/.
		(folder) => new RegExp(`(?<![\\w.])${escape(folder)}/`),
	);
	const hosts = [/\bregistry\.[a-z0-9-]+\.[a-z]/i];
	if (URL.canParse(registry)) hosts.push(new RegExp(escape(new URL(registry).host)));
	const told = packed().files.flatMap((file) =>
		[...telltale, ...hosts]
			.filter((pattern) => pattern.test(text(file)))
			.map((pattern) => `${file}: ${pattern.source}`),
	);
	expect(told).toEqual([]);
});
