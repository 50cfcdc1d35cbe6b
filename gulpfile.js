'use strict';

const { spawn } = require('node:child_process');
const { rm } = require('node:fs/promises');
const { src, dest, parallel, series } = require('gulp');

/** dist is written from nothing each time, so a deleted source leaves no compiled ghost in the package. */
function clean() {
	return rm('dist', { recursive: true, force: true });
}

/** The compiler runs as its own process: typescript offers no gulp-friendly call that also prints its findings. */
function tsc() {
	const args = [require.resolve('typescript/bin/tsc'), '-p', 'tsconfig.json', '--noEmitOnError'];
	return spawn(process.execPath, args, { stdio: 'inherit' });
}

// encoding: false copies bytes as they are.
const copy = (globs, target) => src(globs, { encoding: false }).pipe(dest(target));

/** What n8n reads beside the code: glyphs, codex files and the output previews. */
const assets = parallel(
	function icons() {
		return copy('icons/**/*.svg', 'dist/icons');
	},
	function nodeFiles() {
		return copy(['nodes/**/*.{svg,node.json}', 'nodes/**/__schema__/**/*.json'], 'dist/nodes');
	},
);

const build = series(clean, tsc, assets);

/** The source trees of the packages with one service each. */
async function packages() {
	const { buildPackages } = await import('./scripts/packages/build.mjs');
	buildPackages();
}

module.exports = { clean, tsc, assets, build, packages, default: build };
