// node loadTime.cjs FILE…: how long n8n's loader waits for the code of nodes and credentials, in a process of its own.
// n8n-workflow is loaded before, as it is in n8n.
require('n8n-workflow');

const started = performance.now();
for (const file of process.argv.slice(2)) {
	const [Type] = Object.values(require(file));
	new Type();
}
process.stdout.write(String(performance.now() - started));
