// The sandbox's control calls from another process.

/** @param {string} url the sandbox's address */
export function sandboxControl(url) {
	const call = async (method, route, body) => {
		const response = await fetch(`${url}/_sandbox${route}`, {
			method,
			headers: body === undefined ? {} : { 'content-type': 'application/json' },
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const text = await response.text();
		if (!response.ok) throw new Error(`The sandbox answered ${response.status}: ${text}`);
		return text === '' ? undefined : JSON.parse(text);
	};
	return {
		/** Forgets emails and requests; in a long file they grow, and to be asked for them takes ever longer. */
		clear: () => call('POST', '/clear'),
		outbox: () => call('GET', '/outbox'),
		requests: () => call('GET', '/requests'),
		state: () => call('GET', '/state'),
		inject: (rule) => call('POST', '/faults', rule),
		/** How long each request waits before anything happens. */
		setLatency: (ms) => call('POST', '/latency', { ms }),
		clearFaults: () => call('DELETE', '/faults'),
		/** Ends the tokens that were handed out, as a service does that is restarted. */
		revokeTokens: () => call('POST', '/revoke', {}),
		/** One more invitation, as the service's own route takes it. */
		add: ({ route, body }) => call('POST', route, body),
	};
}
