import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, sep } from 'node:path';

type Body = (module: { exports: unknown }, exports: unknown, require: Require) => void;
type Require = (id: string) => unknown;

const shared = createRequire(__filename);
const bodies = new Map<string, Body>();

function bodyOf(file: string): Body {
	const known = bodies.get(file);
	if (known !== undefined) return known;
	const source = `${readFileSync(file, 'utf8')}\n//# sourceURL=${file}`;
	// Compiled in the realm of the test, whose clock may be faked; `vm` would compile it outside.
	const body = new Function('module', 'exports', 'require', source) as Body;
	bodies.set(file, body);
	return body;
}

/**
 * A `require` that loads the CommonJS modules of a folder anew, with nothing in them yet, as in a process that has
 * just been started. All others are shared.
 */
export function freshModules(folder: string): Require {
	const loaded = new Map<string, { exports: unknown }>();
	const load: Require = (file) => {
		const before = loaded.get(file);
		if (before !== undefined) return before.exports;
		const module = { exports: {} };
		loaded.set(file, module);
		const requireFrom: Require = (id) => {
			if (!id.startsWith('.')) return shared(id);
			const path = shared.resolve(join(dirname(file), id));
			return path.startsWith(folder + sep) && extname(path) === '.js' ? load(path) : shared(path);
		};
		bodyOf(file)(module, module.exports, requireFrom);
		return module.exports;
	};
	return (file) => load(shared.resolve(file));
}
