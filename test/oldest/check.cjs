// In each test file: is this really the n8n core of this folder? Else the tests would be green for the wrong one.
const path = require('node:path');

for (const name of ['n8n-core', 'n8n-workflow']) {
	const found = require.resolve(name);
	if (!found.startsWith(path.join(__dirname, 'node_modules', name))) {
		throw new Error(`${name} was taken from ${found}`);
	}
}
