export interface WebhookRequest {
	method?: string;
	headers?: Record<string, string>;
	query?: Record<string, string>;
	/** Sent as is when a string, as JSON otherwise. */
	body?: unknown;
}

export interface WebhookResponse {
	status: number | undefined;
	headers: Record<string, string>;
	body: unknown;
	ended: boolean;
}

/** As n8n's body parser leaves it: parsed body beside the bytes that were received. */
export function requestFrom({ method = 'POST', headers, query, body }: WebhookRequest) {
	const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
	const rawBody = Buffer.from(text);
	return {
		method,
		headers: {
			'content-type': 'application/json',
			'content-length': String(rawBody.length),
			...Object.fromEntries(
				Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
			),
		},
		query: query ?? {},
		params: {},
		body: parsed(text),
		rawBody,
		readRawBody: async () => {},
	};
}

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

/** The part of Express' response that nodes use. */
export function recordedResponse() {
	const recorded: WebhookResponse = {
		status: undefined,
		headers: {},
		body: undefined,
		ended: false,
	};
	const finish = (body?: unknown) => {
		if (body !== undefined) recorded.body = body;
		recorded.status ??= 200;
		recorded.ended = true;
		return response;
	};
	const header = (name: string, value: string) => {
		recorded.headers[name.toLowerCase()] = value;
		return response;
	};
	const response = {
		status: (status: number) => {
			recorded.status = status;
			return response;
		},
		writeHead: (status: number, headers: Record<string, string> = {}) => {
			recorded.status = status;
			for (const [name, value] of Object.entries(headers)) header(name, value);
			return response;
		},
		set: header,
		setHeader: header,
		send: finish,
		json: finish,
		end: finish,
	};
	return { response, recorded };
}
