import {
	explainFault,
	explainReply,
	readProviderWords,
	explainUnexpectedReply,
	type CallContext,
} from '../../nodes/shared/http/errorMessages';
import { describeInvalidInput, type Failure } from '../../nodes/shared/core/failure';
import type { Fault, Reply } from '../../nodes/shared/http/response';
import { parseJson } from '../../nodes/shared/core/json';

const BANNED = /error|problem|failure|mistake/i;
const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.SflKxwRJSMeKKF2QT4';

const CONTEXT: CallContext = { provider: 'KarmaCheck', about: 'case 7e32' };

function reply(text: string, status = 422): Reply {
	return { status, headers: {}, text, body: parseJson(text) };
}

function json(body: unknown, status = 422): Reply {
	return reply(JSON.stringify(body), status);
}

describe("the provider's own words", () => {
	it.each<[string, unknown, string | null]>([
		['a message', { message: 'Unable to cancel case.' }, 'Unable to cancel case.'],
		[
			"KarmaCheck's list of messages",
			{ message: ['email must be an email', 'x must be y'], error: 'Bad Request', statusCode: 400 },
			'email must be an email; x must be y; Bad Request',
		],
		[
			"KarmaCheck's message and its class",
			{ message: 'Unable to cancel case.', error: 'Unprocessable Entity', statusCode: 422 },
			'Unable to cancel case. Unprocessable Entity',
		],
		['a JSON text', 'Token is not valid', 'Token is not valid'],
		['an error as text', { error: 'jwt expired' }, 'jwt expired'],
		[
			"Numium's wrapper",
			{
				isSuccess: false,
				isFailure: true,
				error: {
					code: 'ValidationError',
					message: 'The request parameters failed validation.',
					info: ['The Name field is required.', 'The Id field must be greater than 0.'],
				},
				value: null,
			},
			'The request parameters failed validation. The Name field is required. The Id field must be greater than 0.',
		],
		["Numium's wrapper without words", { isSuccess: false, isFailure: true, error: null }, null],
		[
			"Worth AI's reply",
			{
				status: 'fail',
				message: 'Customer user Not Found',
				errorCode: 'NOT_FOUND',
				data: { errorName: 'CustomersApiError' },
			},
			'Customer user Not Found',
		],
		['words below data', { data: { message: 'Deep down' } }, 'Deep down'],
		['a list of errors', { errors: ['first', { message: 'second' }] }, 'first; second'],
		[
			'errors by field',
			{
				title: 'One or more fields are wrong.',
				errors: { Name: ['is required', 'is short'], Id: 'x' },
			},
			'One or more fields are wrong.; is required; is short; x',
		],
		['detail and title', { detail: 'The detail', title: 'The title' }, 'The detail; The title'],
		['a description', { code: 'X', description: 'The description' }, 'The description'],
		['a list', ['one', { message: 'two' }, 3, null], 'one; two'],
		['the same words twice', { message: 'Twice', error: 'Twice' }, 'Twice'],
		['blanks around words', { message: '  padded \n' }, 'padded'],
		['blank words', { message: '  ', error: '' }, null],
		['words under other keys', { reason: 'hidden', status: 'fail' }, null],
		['numbers', { message: 42, error: true }, null],
		['an empty object', {}, null],
		['an empty list', [], null],
		['null', null, null],
		['a number', 7, null],
	])('are read from %s', (_, body, words) => {
		expect(readProviderWords(json(body))).toBe(words);
	});

	it.each<[string, string, string | null]>([
		['plain text', 'upstream connect timeout', 'upstream connect timeout'],
		['plain text with blanks', '  busy\n', 'busy'],
		['nothing', '', null],
		['blanks', ' \n', null],
		[
			'a web page',
			'<!DOCTYPE html><html><head><title lang="en"> Sign in </title></head><body>x</body></html>',
			'a web page titled "Sign in"',
		],
		['a web page without a title', '<html><body>x</body></html>', 'a web page'],
		['a web page with an empty title', '<HTML><TITLE>  </TITLE>', 'a web page'],
		['part of a web page', '<body class="x">502 Bad Gateway</body>', 'a web page'],
		['a head alone', '<head><title>Hi</title></head>', 'a web page titled "Hi"'],
		[
			'text that only looks like a page',
			'<bodyguard> <heading> <htmlx>',
			'<bodyguard> <heading> <htmlx>',
		],
	])('are read from %s', (_, text, words) => {
		expect(readProviderWords(reply(text))).toBe(words);
	});

	it.each([
		['a text of 300 characters', 'x'.repeat(300), 'x'.repeat(300)],
		['a longer text', 'x'.repeat(301), `${'x'.repeat(300)}…`],
		[
			'a long title',
			`<html><title>${'x'.repeat(301)}</title>`,
			`a web page titled "${'x'.repeat(300)}…"`,
		],
		[
			'many words',
			JSON.stringify(Array.from({ length: 400 }, (_, n) => `${n % 10}`.repeat(n))),
			null,
		],
	])('are cut at 300 characters: %s', (_, text, words) => {
		const found = readProviderWords(reply(text));
		if (words !== null) expect(found).toBe(words);
		expect(found?.replace(/^a web page titled "|"$/g, '').length).toBeLessThanOrEqual(301);
	});

	// Deeper than the call stack reaches. Each level of `errors` used to be read in two ways, and each
	// of these again, so that forty levels of it would have taken until the next morning.
	it.each([
		['lists', '[', '"words"', ']'],
		['objects', '{"error":', '{"message":"words"}', '}'],
		['objects of lists', '{"data":[', '"words"', ']}'],
		['errors by field', '{"errors":', '{"Name":"words"}', '}'],
		['what holds no words', '{"reason":', '{}', '}'],
	])('are read at any depth of %s', (what, open, inner, close) => {
		for (const depth of [40, 3900, 200_000]) {
			const text = `${open.repeat(depth)}${inner}${close.repeat(depth)}`;
			const words = what === 'what holds no words' ? null : 'words';
			expect(readProviderWords(reply(text))).toBe(words);
		}
	});

	it.each([
		['in a message', json({ message: `bad token ${JWT}` }), 'bad token [hidden]'],
		['in plain text', reply(`header was Bearer ${JWT}!`), 'header was Bearer [hidden]'],
		['in a title', reply(`<html><title>no ${JWT}</title>`), 'a web page titled "no [hidden]"'],
		['where the cut falls', reply(`${'x'.repeat(290)} ${JWT}`), `${'x'.repeat(290)} [hidden]`],
	])('hold no token %s', (_, given, words) => {
		expect(readProviderWords(given)).toBe(words);
	});
});

describe('explainReply', () => {
	const REDIRECT =
		'Redirects are not followed, so that your token is sent nowhere else. Check the environment or the base URL in the credential.';
	const LATER = 'Try again later. If this continues, contact KarmaCheck.';

	it.each<[number, string, string, string, boolean]>([
		[300, 'KarmaCheck redirected the request for case 7e32', REDIRECT, 'unexpectedReply', false],
		[302, 'KarmaCheck redirected the request for case 7e32', REDIRECT, 'unexpectedReply', false],
		[399, 'KarmaCheck redirected the request for case 7e32', REDIRECT, 'unexpectedReply', false],
		[
			401,
			'KarmaCheck did not accept the credential for case 7e32',
			'Open the credential and test it. If the test does not pass, enter the key or token again.',
			'credential',
			false,
		],
		[
			403,
			'KarmaCheck does not give this credential access to case 7e32',
			'Check that the ID is right and that the credential has access to it.',
			'forbidden',
			false,
		],
		[
			404,
			'KarmaCheck does not know case 7e32',
			'Check the ID, and the environment or the base URL in the credential.',
			'notFound',
			false,
		],
		[
			429,
			'KarmaCheck asked n8n to slow down (case 7e32)',
			'Run the workflow again later, or with fewer items at a time.',
			'rateLimited',
			true,
		],
		...[200, 204, 299, 400, 402, 405, 422, 499].map(
			(status): [number, string, string, string, boolean] => [
				status,
				`KarmaCheck refused the request for case 7e32 (status ${status})`,
				'Check the values of this item.',
				'refused',
				false,
			],
		),
		...[408, 500, 501, 502, 503, 504, 599].map(
			(status): [number, string, string, string, boolean] => [
				status,
				`KarmaCheck could not serve the request for case 7e32 (status ${status})`,
				LATER,
				'unavailable',
				[502, 503, 504].includes(status),
			],
		),
	])('has words for %d', (status, message, description, reason, retryable) => {
		expect(explainReply(reply('', status), CONTEXT)).toEqual({
			message,
			description,
			reason,
			httpStatus: status,
			code: null,
			retryable,
		});
	});

	it("puts the provider's words into the description", () => {
		const { message, description } = explainReply(json({ message: 'An Error!' }), CONTEXT);
		expect(message).toBe('KarmaCheck refused the request for case 7e32 (status 422)');
		expect(description).toBe('Check the values of this item. KarmaCheck answered: An Error!');
	});

	it.each<[string, unknown, string | null]>([
		["Worth AI's errorCode", { errorCode: 'INVALID', code: 'OTHER' }, 'INVALID'],
		['a code', { code: 'E1', error: { code: 'E2' } }, 'E1'],
		["Numium's code below error", { error: { code: 'ValidationError' } }, 'ValidationError'],
		['a code that is no text', { code: 17 }, null],
		['an error that is text', { error: 'x' }, null],
		['a body that is a list', ['x'], null],
		['a body that is null', null, null],
	])('reads %s', (_, body, code) => {
		expect(explainReply(json(body), CONTEXT).code).toBe(code);
	});

	describe('with words of the operation', () => {
		const words = {
			422: { message: 'Own message', description: 'Own description.' },
			403: { message: 'M', description: 'D.', reason: 'refused' as const },
		};

		it('prefers them, and keeps the general reason', () => {
			expect(explainReply(json({ message: 'no' }), { ...CONTEXT, words })).toEqual({
				message: 'Own message',
				description: 'Own description. KarmaCheck answered: no',
				answered: 'KarmaCheck answered: no',
				reason: 'refused',
				httpStatus: 422,
				code: null,
				retryable: false,
			});
			expect(explainReply(reply('', 404), { ...CONTEXT, words: { 404: words[422] } }).reason).toBe(
				'notFound',
			);
		});

		it('prefers their reason', () => {
			expect(explainReply(reply('', 403), { ...CONTEXT, words }).reason).toBe('refused');
		});

		it('uses the general ones for every other status', () => {
			expect(explainReply(reply('', 409), { ...CONTEXT, words }).message).toBe(
				'KarmaCheck refused the request for case 7e32 (status 409)',
			);
		});
	});
});

describe('explainUnexpectedReply', () => {
	it('tells to look for a proxy, and what was answered', () => {
		expect(explainUnexpectedReply(reply('<html><title>Login</title>', 200), CONTEXT)).toEqual({
			message: 'KarmaCheck gave an unexpected answer for case 7e32',
			description:
				'Check the environment or the base URL in the credential, and whether there is a proxy in between. KarmaCheck answered: a web page titled "Login"',
			answered: 'KarmaCheck answered: a web page titled "Login"',
			reason: 'unexpectedReply',
			httpStatus: 200,
			code: null,
			retryable: false,
		});
	});
});

const FAULTS: Array<[Fault, Failure]> = [
	...(
		[
			[null, 'unreachable', true],
			[429, 'rateLimited', true],
			[502, 'unavailable', true],
			[503, 'unavailable', true],
			[504, 'unavailable', true],
			[302, 'credential', false],
			[401, 'credential', false],
			// Some say so to a wrong password.
			[500, 'credential', false],
		] as const
	).map(([status, reason, retryable]): [Fault, Failure] => [
		{ kind: 'signIn', status, detail: 'Check the key.', askedWait: null },
		{
			message: 'Could not sign in to KarmaCheck',
			description: 'Check the key.',
			reason,
			httpStatus: status,
			code: null,
			retryable,
		},
	]),
	[
		{ kind: 'neverSent', code: 'ECONNREFUSED' },
		{
			message: 'KarmaCheck could not be reached for case 7e32',
			description:
				'No connection was made (ECONNREFUSED). Check the base URL in the credential and the network connection of n8n.',
			reason: 'unreachable',
			httpStatus: null,
			code: 'ECONNREFUSED',
			retryable: true,
		},
	],
	[
		{ kind: 'neverSent', code: null },
		{
			message: 'KarmaCheck could not be reached for case 7e32',
			description:
				'No connection was made. Check the base URL in the credential and the network connection of n8n.',
			reason: 'unreachable',
			httpStatus: null,
			code: null,
			retryable: true,
		},
	],
	[
		{ kind: 'unclear', code: 'ECONNRESET' },
		{
			message: 'KarmaCheck did not answer in time, or the connection was lost (case 7e32)',
			description: 'No complete answer arrived (ECONNRESET). Try again later.',
			reason: 'unreachable',
			httpStatus: null,
			code: 'ECONNRESET',
			retryable: true,
		},
	],
	[
		{ kind: 'cancelled', code: 'ERR_CANCELED' },
		{
			message: 'The execution was stopped during the request for case 7e32',
			description: 'Start the workflow again when you are ready.',
			reason: 'cancelled',
			httpStatus: null,
			code: 'ERR_CANCELED',
			retryable: true,
		},
	],
	[
		{ kind: 'notStarted', code: null },
		{
			message: 'The execution was stopped before the request for case 7e32',
			description: 'No request was made. Start the workflow again when you are ready.',
			reason: 'cancelled',
			httpStatus: null,
			code: null,
			retryable: true,
		},
	],
];

describe('explainFault', () => {
	it.each(FAULTS)('has words for %j', (fault, failure) => {
		expect(explainFault(fault, CONTEXT)).toEqual(failure);
	});
});

describe('describeInvalidInput', () => {
	it('is made of what it is given', () => {
		expect(describeInvalidInput('What', 'How')).toEqual({
			message: 'What',
			description: 'How',
			reason: 'invalidInput',
			httpStatus: null,
			code: null,
			retryable: false,
		});
	});
});

describe('our own words', () => {
	const statuses = Array.from({ length: 300 }, (_, index) => 300 + index);
	const texts = ({ message, description }: Failure): string => `${message} ${description}`;

	it('say for every status what happened and what to do, without the words the guidelines ban', () => {
		const bad = statuses
			.flatMap((status) => {
				const failure = explainReply(reply('', status), CONTEXT);
				return [failure, explainUnexpectedReply(reply('', status), CONTEXT)];
			})
			.filter((failure) => BANNED.test(texts(failure)) || !/\.$/.test(failure.description));
		expect(bad).toEqual([]);
	});

	it('name the provider and the item for every status', () => {
		for (const status of statuses) {
			const { message, httpStatus } = explainReply(reply('', status), CONTEXT);
			expect(message).toContain('KarmaCheck');
			expect(message).toContain('case 7e32');
			expect(httpStatus).toBe(status);
		}
	});

	it.each(FAULTS)('do without them for %j', (fault) => {
		const failure = explainFault(fault, CONTEXT);
		expect(texts(failure)).not.toMatch(BANNED);
	});
});
