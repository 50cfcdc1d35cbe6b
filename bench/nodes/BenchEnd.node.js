// Stops the clock and writes down what it says; gives on one item only, so that n8n stores no copy of the rest.
const probe = require('./probe');

exports.BenchEnd = class BenchEnd {
	description = {
		displayName: 'Bench End',
		name: 'benchEnd',
		group: ['output'],
		version: 1,
		description: 'Stops the clock and writes down what it says',
		defaults: { name: 'Bench End' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [
			{ displayName: 'File', name: 'file', type: 'string', default: '' },
			// By which the items are counted.
			{ displayName: 'Field', name: 'field', type: 'string', default: '' },
		],
	};

	async execute() {
		const field = this.getNodeParameter('field', 0);
		probe.end(this.getNodeParameter('file', 0), () => {
			const counts = {};
			for (const { json } of this.getInputData()) {
				const value = json[field] ?? '';
				counts[value] = (counts[value] ?? 0) + 1;
			}
			return counts;
		});
		return [[{ json: {} }]];
	}
};
