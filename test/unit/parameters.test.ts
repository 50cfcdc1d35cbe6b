import type { IExecuteFunctions, ILoadOptionsFunctions } from 'n8n-workflow';
import {
	checkEmail,
	checkId,
	checkOptionalEmail,
	createExecutionReader,
	createPanelReader,
	readNamed,
	type IdRule,
} from '../../nodes/shared/node/parameters';
import { ok, type Result } from '../../nodes/shared/core/result';

const RULE: IdRule = {
	parameter: 'Case',
	pattern: /^[A-Za-z0-9_-]{1,64}$/,
	example: 'abc',
	looksLike: 'It is up to 64 letters.',
};
const WHOLE: IdRule = { ...RULE, pattern: /^(?:0|[1-9]\d{0,18})$/, looksLike: 'It is a number.' };

/** What is put into the wrong field, and what of it is shown: cut only once it is hidden. */
const SECRETS = [
	[
		'personal link',
		'https://my.example.com/invite/abc?x=1',
		'https://my.example.com/invite/[hidden]',
	],
	['token', 'eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl', '[hidden]'],
	['token with Bearer', 'Bearer opaque-1', 'Bearer [hidden]'],
	['long token', `eyJ${'a'.repeat(90)}.b.c`, '[hidden]'],
] as const;

/** Message and description of a refusal, or the value. */
function said(result: Result<unknown>): unknown {
	if (result.ok) return { value: result.value };
	const { message, description, ...rest } = result.failure;
	expect(rest).toEqual({ reason: 'invalidInput', httpStatus: null, code: null, retryable: false });
	expect(`${message} ${description}`).not.toMatch(/error|problem|failure|mistake/i);
	return [message, description];
}

describe('checkId', () => {
	it.each([
		['case-1', RULE, 'case-1'],
		['  case-1\n', RULE, 'case-1'],
		[9001, WHOLE, '9001'],
		[0, WHOLE, '0'],
		[Number.MAX_SAFE_INTEGER, WHOLE, '9007199254740991'],
		['9007199254740993', WHOLE, '9007199254740993'],
		['\u200bcase-1', RULE, 'case-1'],
		['\u202a9001\u202c', WHOLE, '9001'],
	])('takes %j', (value, rule, id) => {
		expect(said(checkId(value, rule))).toEqual({ value: id });
	});

	it.each([Number.MAX_SAFE_INTEGER + 1, 9_223_372_036_854_775_000, -(2 ** 53), Infinity, NaN])(
		'refuses the number %d, which may be its neighbour',
		(value) => {
			expect(said(checkId(value, WHOLE))).toEqual([
				"'Case' is a number that is too large to be exact",
				'Pass it as text instead. It is a number. No request was made.',
			]);
		},
	);

	it.each([[{ id: 1 }], [['a']], [true], [false], [new Date(0)]])(
		'refuses %j, which is no text',
		(value) => {
			expect(said(checkId(value, RULE))).toEqual([
				"'Case' is not text",
				'Check the expression. It is up to 64 letters. No request was made.',
			]);
		},
	);

	it.each(['', '   ', undefined, null])('says of %j that it is empty', (value) => {
		expect(said(checkId(value, RULE))).toEqual([
			"'Case' is empty",
			"Pick one from the list, by email where offered, or connect a node that returns invitations with 'Simplify' on. No request was made.",
		]);
	});

	it.each([
		['a b', 'a b'],
		['../case', '../case'],
		['case/1', 'case/1'],
		['x'.repeat(65), 'x'.repeat(65)],
		['é'.repeat(80), 'é'.repeat(80)],
		['é'.repeat(81), `${'é'.repeat(80)}…`],
	])('shows what does not look right, cut at 80 characters: %j', (value, shown) => {
		expect(said(checkId(value, RULE))).toEqual([
			`'Case' does not look right: ${shown}`,
			'It is up to 64 letters. No request was made.',
		]);
	});

	it.each(SECRETS)('shows no %s that was put into it', (_, secret, shown) => {
		expect(said(checkId(secret, RULE))).toEqual([
			`'Case' does not look right: ${shown}`,
			'It is up to 64 letters. No request was made.',
		]);
	});

	it.each([-1, 1.5, 1e-7])('refuses the number %d where it does not fit the pattern', (value) => {
		expect(checkId(value, WHOLE).ok).toBe(false);
	});
});

describe('checkEmail', () => {
	const longest = `${'a'.repeat(248)}@b.com`;

	it.each([
		['name@example.com', 'name@example.com'],
		['  name@example.com ', 'name@example.com'],
		["o'neil+tag@mail.example.co.uk", "o'neil+tag@mail.example.co.uk"],
		['zoë@münchen.example', 'zoë@münchen.example'],
		// As web pages and chats give them along, and nobody sees.
		['\u200bname@example.com\u200b', 'name@example.com'],
		['\u202aname@example.com\u202c', 'name@example.com'],
		['\ufeff name@exam\u00adple.com', 'name@example.com'],
		[longest, longest],
	])('takes %j', (value, email) => {
		expect(said(checkEmail(value, 'Email'))).toEqual({ value: email });
	});

	it.each([
		...['name', 'name@', '@example.com', 'name@example', 'a b@example.com', 'a@b@example.com'],
		...['Ann <ann@example.com>', 'a@example.com,b@example.com', 'a@example.com;b@example.com'],
		...['"a"@example.com', 'a@exam(ple.com', 'a@example.com\nBcc: b@example.com'],
		...['x name@example.com', 'name@example.com x', 'name@example.'],
	])('refuses %j', (value) => {
		expect(said(checkEmail(value, 'Email'))).toEqual([
			`The email address in 'Email' does not look right: ${value.trim()}`,
			'Enter one email address, e.g. name@example.com. No request was made.',
		]);
	});

	it('refuses what is longer than an address can be, and shows its beginning', () => {
		expect(said(checkEmail(`a${longest}`, 'Email'))).toEqual([
			`The email address in 'Email' does not look right: ${'a'.repeat(80)}…`,
			'Enter one email address, e.g. name@example.com. No request was made.',
		]);
	});

	// A cell of a sheet may hold a date, which is a number there, or a tick.
	it.each([45992, 0, true, ['a@example.com']])('shows %j as it is', (value) => {
		expect(said(checkEmail(value, 'Email'))).toEqual([
			`The email address in 'Email' does not look right: ${JSON.stringify(value)}`,
			'Enter one email address, e.g. name@example.com. No request was made.',
		]);
	});

	it.each(SECRETS)('shows no %s that was put into it', (_, secret, shown) => {
		expect(said(checkEmail(secret, 'Email'))).toEqual([
			`The email address in 'Email' does not look right: ${shown}`,
			'Enter one email address, e.g. name@example.com. No request was made.',
		]);
	});

	it('shows no link of an object', () => {
		const found = said(checkEmail({ link: 'https://my.example.com/invite/abc', id: 1 }, 'Email'));
		expect(JSON.stringify(found)).not.toContain('abc');
	});

	it('shows an object that holds itself, as an expression may give it', () => {
		const value: Record<string, unknown> = {};
		value.self = value;
		expect(said(checkEmail(value, 'Email'))).toEqual([
			`The email address in 'Email' does not look right: {"self":"[Circular Reference]"}`,
			'Enter one email address, e.g. name@example.com. No request was made.',
		]);
	});

	it.each(['', ' ', undefined, null, {}, []])('says of %j that it is empty', (value) => {
		expect(said(checkEmail(value, 'Invitation'))).toEqual([
			"The email address in 'Invitation' is empty",
			'Check the expression, or the row that it comes from. No request was made.',
		]);
	});
});

describe('checkOptionalEmail', () => {
	it.each(['', '  ', null, undefined])('takes %j for none', (value) => {
		expect(said(checkOptionalEmail(value, 'Email'))).toEqual({ value: null });
	});

	it('takes an address', () => {
		expect(said(checkOptionalEmail(' a@example.com ', 'Email'))).toEqual({
			value: 'a@example.com',
		});
	});

	it.each(['nobody', 0, {}])('refuses %j', (value) => {
		expect(checkOptionalEmail(value, 'Email').ok).toBe(false);
	});
});

describe('the reader of parameters', () => {
	const LOCATOR = { __rl: true, mode: 'list', value: 'case-1', cachedResultName: 'Ann' };
	const PARAMETERS: Record<string, unknown> = {
		caseId: LOCATOR,
		plain: 'text',
		object: { mode: 'list', value: 'x' },
		empty: { __rl: true, mode: 'id', value: null },
		oddMode: { __rl: true, mode: 7, value: 'x' },
		nothing: null,
	};
	const running = {
		getNodeParameter: (name: string, itemIndex: number, fallback: unknown) =>
			itemIndex === 3 && name in PARAMETERS ? PARAMETERS[name] : fallback,
	} as unknown as IExecuteFunctions;
	const panel = {
		getCurrentNodeParameter: (name: string) => PARAMETERS[name],
	} as unknown as ILoadOptionsFunctions;

	describe.each([
		['of a running node', createExecutionReader(running)],
		['of the panel', createPanelReader(panel)],
	])('%s', (_, reader) => {
		it.each([
			['caseId', 'case-1'],
			['plain', 'text'],
			['object', { mode: 'list', value: 'x' }],
			['empty', ''],
			['nothing', ''],
			['unheard', ''],
		])('gives the value of %s', (name, value) => {
			expect(reader.value(name, 3)).toEqual(value);
		});

		it.each([
			['caseId', 'list'],
			['plain', 'id'],
			['oddMode', 'id'],
			['unheard', 'id'],
		])('gives the mode of %s', (name, mode) => {
			expect(reader.locator(name, 3).mode).toBe(mode);
			expect(reader.locator(name, 3).value).toEqual(reader.value(name, 3));
		});
	});

	it('has n8n evaluate a locator once for an item, since that takes most of the time of a Get', () => {
		const getNodeParameter = jest.fn(() => LOCATOR);
		const reader = createExecutionReader({ getNodeParameter } as unknown as IExecuteFunctions);
		const named = readNamed(reader, { name: 'caseId', parameter: 'Case' }, 3, (id) =>
			ok(String(id)),
		);
		expect(named).toEqual(ok({ by: 'id', id: 'case-1' }));
		expect(getNodeParameter).toHaveBeenCalledTimes(1);
	});

	it('reads the item that is asked for', () => {
		expect(createExecutionReader(running).value('plain', 2)).toBe('');
	});
});
