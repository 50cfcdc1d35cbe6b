// The engine's floor: n8n's request helper in a loop, with no checks, no credential and no mapping.
exports.BareLoop = class BareLoop {
	description = {
		displayName: 'Bare Loop',
		name: 'bareLoop',
		group: ['transform'],
		version: 1,
		description: "n8n's request helper in a loop",
		defaults: { name: 'Bare Loop' },
		inputs: ['main'],
		outputs: ['main'],
		properties: [
			{ displayName: 'Method', name: 'method', type: 'string', default: 'GET' },
			{ displayName: 'URL', name: 'url', type: 'string', default: '' },
			{ displayName: 'Body', name: 'body', type: 'json', default: '' },
			{ displayName: 'Token', name: 'token', type: 'string', default: '' },
			{ displayName: 'In Flight', name: 'inFlight', type: 'number', default: 1 },
		],
	};

	async execute() {
		const items = this.getInputData();
		const method = this.getNodeParameter('method', 0);
		const headers = { Authorization: `Bearer ${this.getNodeParameter('token', 0)}` };
		const results = new Array(items.length);
		let next = 0;
		const worker = async () => {
			while (next < items.length) {
				const item = next++;
				const url = this.getNodeParameter('url', item);
				const body =
					method === 'GET' ? undefined : this.getNodeParameter('body', item) || undefined;
				const json = await this.helpers.httpRequest({ method, url, headers, body, json: true });
				results[item] = { json: json || {}, pairedItem: { item } };
			}
		};
		const workers = Array.from({ length: this.getNodeParameter('inFlight', 0) }, worker);
		await Promise.all(workers);
		return [results];
	}
};
