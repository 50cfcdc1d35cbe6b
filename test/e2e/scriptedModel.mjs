// A stand-in for a language model: an OpenAI-like server on loopback that answers what it was told to.
import { createServer } from 'node:http';

/** @param {Array<{ tool: string, input: object } | { text: string }>} script one answer for each call */
export async function startScriptedModel(script) {
	const asked = [];
	const server = createServer((request, response) => {
		const parts = [];
		request.on('data', (part) => parts.push(part));
		request.on('end', () => {
			const answer = script[asked.length] ?? { text: 'Done.' };
			asked.push(JSON.parse(Buffer.concat(parts).toString('utf8')));
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify(completion(answer, asked.length)));
		});
	});
	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${server.address().port}/v1`,
		/** What n8n sent, call by call. */
		asked,
		stop: () => new Promise((resolve) => server.close(resolve)),
	};
}

function completion(answer, number) {
	const message =
		'text' in answer
			? { role: 'assistant', content: answer.text }
			: {
					role: 'assistant',
					content: null,
					tool_calls: [
						{
							id: `call-${number}`,
							type: 'function',
							function: { name: answer.tool, arguments: JSON.stringify(answer.input) },
						},
					],
				};
	return {
		id: `completion-${number}`,
		object: 'chat.completion',
		created: 0,
		model: 'scripted',
		choices: [{ index: 0, message, finish_reason: 'text' in answer ? 'stop' : 'tool_calls' }],
		usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
	};
}
