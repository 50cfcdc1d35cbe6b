import { parseArgs } from 'node:util';
import { accounts, startSandbox, tokens } from './index';

const DEFAULT_PORT = 4010;

function wholeNumber(name: string, text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const value = Number(text);
	if (!Number.isInteger(value) || value < 0) throw new Error(`--${name} takes a whole number`);
	return value;
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			port: { type: 'string' },
			latency: { type: 'string' },
			cases: { type: 'string' },
			users: { type: 'string' },
			invitations: { type: 'string' },
			// Open invitations only, past the named ones.
			pending: { type: 'boolean' },
			// For a benchmark: replies are not checked against the OpenAPI documents.
			unchecked: { type: 'boolean' },
			// For a test: /_sandbox/requests holds the replies too.
			record: { type: 'boolean' },
		},
	});
	const sandbox = await startSandbox({
		port: wholeNumber('port', values.port) ?? DEFAULT_PORT,
		latencyMs: wholeNumber('latency', values.latency),
		validateReplies: !values.unchecked,
		recordReplies: values.record,
		seed: {
			karmaCheckCases: wholeNumber('cases', values.cases),
			worthUsers: wholeNumber('users', values.users),
			numiumInvitations: wholeNumber('invitations', values.invitations),
			fill: values.pending ? 'pending' : 'mixed',
		},
	});
	const { baseUrls, url } = sandbox;
	const lines = [
		`KarmaCheck  ${baseUrls.karmaCheck}`,
		`            API key ${accounts.karmaCheck.apiKey} · client access token ${accounts.karmaCheck.clientAccessToken}`,
		`Worth AI    ${baseUrls.worthAi}`,
		`            e-mail ${accounts.worthAi.email} · password ${accounts.worthAi.password}`,
		`            customer ID ${accounts.worthAi.customerId}`,
		`Numium      ${baseUrls.numium}`,
		`            tenant ID ${accounts.numium.tenantId} · token ${tokens.numium}`,
		'',
		`Mails sent so far: ${url}/_sandbox/outbox`,
		`Requests so far:   ${url}/_sandbox/requests`,
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
