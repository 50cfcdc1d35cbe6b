import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** What each folder below this one exports from `file` under the folder's own name, by that name. */
export function discover<One>(folder: string, file: string): Record<string, One> {
	const load = createRequire(path.join(folder, 'index.ts'));
	const names = readdirSync(folder)
		.filter((name) => existsSync(path.join(folder, name, file)))
		.sort();
	return Object.fromEntries(
		names.map((name) => {
			const module = load(`./${name}/${file}`) as Record<string, One | undefined>;
			const one = module[name];
			if (one === undefined) throw new Error(`${folder}/${name}/${file} exports no ${name}`);
			return [name, one];
		}),
	);
}
