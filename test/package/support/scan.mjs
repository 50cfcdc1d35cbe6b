// node scan.mjs <'source' | 'tarball'> <folder>...: the reviewer's scanner, its verdicts as JSON.
// A process of its own, because Jest cannot import modules that exist as ESM only.
import {
	analyzePackage,
	SOURCE_FILE_PATTERNS,
} from '@n8n/scan-community-package/scanner/scanner.mjs';

const [leg, ...folders] = process.argv.slice(2);

// The patterns of the scanner's two legs; the second pair is not exported by it.
const patterns = leg === 'source' ? SOURCE_FILE_PATTERNS : ['**/*.js', 'package.json'];

const verdicts = [];
for (const folder of folders) {
	const { passed, message = '', details = '' } = await analyzePackage(folder, patterns);
	verdicts.push({ passed, message, details });
}
console.log(JSON.stringify(verdicts));
