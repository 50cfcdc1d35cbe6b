// Where the pinned n8n lies, and the Node that runs it.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from '../setup.mjs';

export { root };

export const e2eFolder = path.join(root, 'test', 'e2e');
export const e2eModules = path.join(e2eFolder, 'node_modules');
export const n8nScript = path.join(e2eModules, 'n8n', 'bin', 'n8n');

/** n8n 2.41 refuses anything older. */
const NODE_MAJOR = 24;

/**
 * The Node that n8n runs on: the one npm brought for this platform, else the present one if it is new enough.
 * Not the npm package `node`: that one downloads, without a lock, in an install script.
 */
export function n8nNode() {
	const platform = process.platform === 'win32' ? 'win' : process.platform;
	const file = process.platform === 'win32' ? 'node.exe' : 'node';
	const brought = path.join(e2eModules, `node-${platform}-${process.arch}`, 'bin', file);
	if (existsSync(brought)) return brought;
	if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath;
	throw new Error(
		`n8n needs Node ${NODE_MAJOR}, and npm has none for ${process.platform} ${process.arch}: ` +
			`run this with Node ${NODE_MAJOR} or newer (here: ${process.version}).`,
	);
}

/** Headers that came with that Node: with them a native module is compiled without a download. */
export function n8nNodeHeaders() {
	const folder = path.resolve(path.dirname(n8nNode()), '..');
	return existsSync(path.join(folder, 'include', 'node', 'node_api.h')) ? folder : undefined;
}
