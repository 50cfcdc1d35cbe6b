// npm run build:packages: set-up, then gulp packages.
import path from 'node:path';
import { ensureInstalled, root, run } from '../setup.mjs';

await ensureInstalled();
const gulp = path.join(root, 'node_modules/gulp/bin/gulp.js');
const { code } = await run(process.execPath, [gulp, 'packages']);
process.exitCode = code;
