// Gives out the items of one run and starts the clock.
const { readFileSync } = require('node:fs');
const probe = require('./probe');

exports.BenchStart = class BenchStart {
	description = {
		displayName: 'Bench Start',
		name: 'benchStart',
		group: ['input'],
		version: 1,
		description: 'Gives out the items of one run and starts the clock',
		defaults: { name: 'Bench Start' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [{ displayName: 'File', name: 'file', type: 'string', default: '' }],
	};

	async execute() {
		const { items, collects } = JSON.parse(readFileSync(this.getNodeParameter('file', 0), 'utf8'));
		probe.start(collects);
		return [items.map((json) => ({ json }))];
	}
};
