// For the processes that crashEngine.test.ts starts and kills, which Jest's module map does not reach.
const Module = require('node:module');

const resolve = Module._resolveFilename;

Module._resolveFilename = function (request, parent, ...rest) {
	const ours = request === 'n8n-core' || request === 'n8n-workflow';
	return resolve.call(this, request, ours ? module : parent, ...rest);
};
