// The engine tests as jest.config.mjs has them, with the n8n core that lies in this folder.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import base from '../../jest.config.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const rootDir = path.resolve(here, '..', '..');
const engine = base.projects.find(({ displayName }) => displayName === 'engine');

export default {
	...base,
	rootDir,
	projects: [
		{
			...engine,
			rootDir,
			moduleNameMapper: { '^(n8n-core|n8n-workflow)$': `${here}/node_modules/$1` },
			setupFiles: [path.join(here, 'check.cjs')],
		},
	],
};
