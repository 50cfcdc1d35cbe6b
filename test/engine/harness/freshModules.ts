import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join, relative, resolve, sep } from 'node:path';
import { transformSync } from '@swc/core';

type Body = (module: { exports: unknown }, exports: unknown, require: Require) => void;
type Require = (id: string) => unknown;

const shared = createRequire(__filename);
const bodies = new Map<string, Body>();
const SOURCES = resolve(__dirname, '../../../nodes');
/** Finding out which file a path stands for takes longer than to load it. */
const files = new Map<string, string>();

function fileAt(path: string): string {
	const known = files.get(path);
	if (known !== undefined) return known;
	const file = shared.resolve(path);
	files.set(path, file);
	return file;
}

function codeOf(file: string): string {
	const source = readFileSync(file, 'utf8');
	if (extname(file) !== '.ts') return source;
	const { code } = transformSync(source, {
		jsc: { parser: { syntax: 'typescript' }, target: 'es2021' },
		module: { type: 'commonjs' },
	});
	return code;
}

function bodyOf(file: string): Body {
	const known = bodies.get(file);
	if (known !== undefined) return known;
	const source = `${codeOf(file)}\n//# sourceURL=${file}`;
	// Compiled in the realm of the test, whose clock may be faked; `vm` would compile it outside.
	const body = new Function('module', 'exports', 'require', source) as Body;
	bodies.set(file, body);
	return body;
}

/**
 * A `require` that loads the modules of a built package anew, with nothing in them yet, as in a process that has just
 * been started. All others are shared. A service that is there for tests only is loaded as it is written; what it takes
 * from `nodes` comes from the built package.
 */
export function freshModules(packageDir: string): Require {
	const pathOf = (from: string, id: string): string => {
		const path = join(dirname(from), id);
		if (extname(from) !== '.ts') return fileAt(path);
		const inSources = relative(SOURCES, path);
		const isOutside = inSources.startsWith('..');
		return isOutside ? `${path}.ts` : fileAt(join(packageDir, 'dist/nodes', inSources));
	};
	const isFresh = (path: string): boolean =>
		extname(path) === '.ts' || (path.startsWith(packageDir + sep) && extname(path) === '.js');
	const loaded = new Map<string, { exports: unknown }>();
	const load: Require = (file) => {
		const before = loaded.get(file);
		if (before !== undefined) return before.exports;
		const module = { exports: {} };
		loaded.set(file, module);
		const requireFrom: Require = (id) => {
			if (!id.startsWith('.')) return shared(id);
			const path = pathOf(file, id);
			return isFresh(path) ? load(path) : shared(path);
		};
		bodyOf(file)(module, module.exports, requireFrom);
		return module.exports;
	};
	return (file) => load(fileAt(file));
}
