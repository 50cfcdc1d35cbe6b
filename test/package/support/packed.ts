import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(__dirname, '../../..');

export interface PackedPackage {
	/** A temporary folder of this run, removed at its end. */
	folder: string;
	/** The package as a user gets it. */
	unpacked: string;
	/** Bytes of the tarball. */
	size: number;
	files: string[];
}

export interface Manifest {
	name: string;
	version: string;
	n8n: { n8nNodesApiVersion: number; strict: boolean; nodes: string[]; credentials: string[] };
	[key: string]: unknown;
}

/** What `pack.mjs` made before the tests. */
export function packed(): PackedPackage {
	const result = JSON.parse(process.env.PACKED_PACKAGE ?? '{}') as PackedPackage & {
		failure?: string;
	};
	if (result.failure !== undefined) throw new Error(result.failure);
	return result;
}

export const readJson = <T>(...segments: string[]): T =>
	JSON.parse(readFileSync(path.join(...segments), 'utf8')) as T;

export const manifest = (folder = root): Manifest => readJson<Manifest>(folder, 'package.json');

/** All files below a folder, as paths with forward slashes from `base`. */
export const filesBelow = (base: string, folder = '.'): string[] =>
	readdirSync(path.join(base, folder), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.map((entry) => path.relative(base, path.join(entry.parentPath, entry.name)))
		.map((file) => file.split(path.sep).join('/'))
		.sort();
