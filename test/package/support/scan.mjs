// node scan.mjs <folder> <'source' | 'tarball'>: the reviewer's scanner, its verdict as JSON.
// A process of its own, because Jest cannot import modules that exist as ESM only.
import {
	analyzePackage,
	SOURCE_FILE_PATTERNS,
} from '@n8n/scan-community-package/scanner/scanner.mjs';

const [folder, leg] = process.argv.slice(2);

// The patterns of the scanner's two legs; the second pair is not exported by it.
const patterns = leg === 'source' ? SOURCE_FILE_PATTERNS : ['**/*.js', 'package.json'];

const { passed, message = '', details = '' } = await analyzePackage(folder, patterns);
console.log(JSON.stringify({ passed, message, details }));
