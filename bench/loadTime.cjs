// node loadTime.cjs PACKAGE: how long n8n's loader waits for the package's code, in a process of its own.
// n8n-workflow is loaded before, as it is in n8n.
const path = require('node:path');
const { n8n } = require(path.join(process.argv[2], 'package.json'));

require('n8n-workflow');

const started = performance.now();
for (const file of [...n8n.nodes, ...n8n.credentials]) {
	const [Type] = Object.values(require(path.join(process.argv[2], file)));
	new Type();
}
process.stdout.write(String(performance.now() - started));
