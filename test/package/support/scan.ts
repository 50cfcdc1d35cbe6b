import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './packed';

export interface Verdict {
	passed: boolean;
	message: string;
	details: string;
}

export const clean: Verdict = { passed: true, message: '', details: '' };

// Jest sets NODE_ENV=test, which makes n8n's own lint plugin take every file for one of its fixtures.
const env = { ...process.env, NODE_ENV: undefined };

/** The reviewer's scanner at one of its two legs, which takes longer to load than to scan. */
export async function scan(leg: 'source' | 'tarball', ...folders: string[]): Promise<Verdict[]> {
	const { stdout } = await promisify(execFile)(
		process.execPath,
		[path.join(__dirname, 'scan.mjs'), leg, ...folders],
		{ encoding: 'utf8', cwd: root, env },
	);
	return JSON.parse(stdout) as Verdict[];
}
