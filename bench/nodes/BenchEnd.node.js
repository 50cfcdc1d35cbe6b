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
			// Which items count, as a field and the value it must have.
			{ displayName: 'Field', name: 'field', type: 'string', default: '' },
			{ displayName: 'Value', name: 'value', type: 'string', default: '' },
		],
	};

	async execute() {
		const [field, value] = ['field', 'value'].map((name) => this.getNodeParameter(name, 0));
		const items = this.getInputData().filter(({ json }) => field === '' || json[field] === value);
		probe.end(this.getNodeParameter('file', 0), items.length);
		return [[{ json: {} }]];
	}
};
