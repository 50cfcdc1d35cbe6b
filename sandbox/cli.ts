import { parseArgs } from 'node:util';
import { SERVICES, startSandbox } from './index';

const DEFAULT_PORT = 4010;

function wholeNumber(name: string, text?: string | boolean): number | undefined {
	if (text === undefined) return undefined;
	const value = Number(text);
	if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} takes a whole number`);
	return value;
}

async function main(): Promise<void> {
	const services = Object.values(SERVICES);
	const counts = services.map(({ flag }): [string, { type: 'string' }] => [
		flag,
		{ type: 'string' },
	]);
	const { values } = parseArgs({
		options: {
			port: { type: 'string' },
			latency: { type: 'string' },
			...Object.fromEntries(counts),
			// Open invitations only, past the named ones.
			pending: { type: 'boolean' },
			// For a benchmark: replies are not checked against the OpenAPI documents.
			unchecked: { type: 'boolean' },
			// For a test: /_sandbox/requests holds the replies too.
			record: { type: 'boolean' },
		},
	});
	const given: Partial<Record<string, string | boolean>> = values;
	const sandbox = await startSandbox({
		port: wholeNumber('port', values.port) ?? DEFAULT_PORT,
		latencyMs: wholeNumber('latency', values.latency),
		validateReplies: !values.unchecked,
		recordReplies: values.record,
		seed: {
			...Object.fromEntries(
				services.map(({ seedOption, flag }) => [seedOption, wholeNumber(flag, given[flag])]),
			),
			fill: values.pending ? 'pending' : 'mixed',
		},
	});
	const { url } = sandbox;
	const lines = [
		...services.flatMap(({ title, root, signIn }) => [
			`${title.padEnd(12)}${url}${root}`,
			...signIn.map((words) => ' '.repeat(12) + words),
		]),
		'',
		`Emails sent so far: ${url}/_sandbox/outbox`,
		`Requests so far:    ${url}/_sandbox/requests`,
		'Ctrl-C stops it.',
	];
	process.stdout.write(`${lines.join('\n')}\n`);

	const stop = () => void sandbox.close();
	process.once('SIGINT', stop);
	process.once('SIGTERM', stop);
}

main().catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
});
