import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** What n8n loads in tests beside the package that ships. */
export const OTHER_PACKAGES: readonly string[] = readdirSync(__dirname)
	.map((name) => path.join(__dirname, name))
	.filter((folder) => existsSync(path.join(folder, 'package.json')));
