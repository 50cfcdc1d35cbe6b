import fc from 'fast-check';
import { isBlank, isObject, parseJson, readText, collectTexts } from '../../nodes/shared/core/json';

const SEED = 20261120;

/** What JSON.parse says, or undefined for what is not JSON. */
function plainParse(text: string): unknown {
	try {
		const value: unknown = JSON.parse(text);
		return value;
	} catch {
		return undefined;
	}
}

describe('parseJson', () => {
	it.each([
		['an id of int64', '9007199254740993', '9007199254740993'],
		['a negative one', '-9007199254740993', '-9007199254740993'],
		['the first integer that is not safe', '9007199254740992', '9007199254740992'],
		['the last integer that is safe', '9007199254740991', 9007199254740991],
		['the last negative integer that is safe', '-9007199254740991', -9007199254740991],
		['one in a list', '[1,9007199254740993]', [1, '9007199254740993']],
		['one in an object', '{"id":9007199254740993}', { id: '9007199254740993' }],
		[
			'one after a space and before a line break',
			'{"id": 9007199254740993\n}',
			{ id: '9007199254740993' },
		],
		[
			'several, deep down',
			'{"value":[{"id":9223372036854775807,"of":{"ids":[9007199254740993,2]}}]}',
			{ value: [{ id: '9223372036854775807', of: { ids: ['9007199254740993', 2] } }] },
		],
		['a long integer with an exponent, as a number', '90071992547409920e0', 90071992547409920],
		['a long fraction, as a number', '9007199254740993.5', 9007199254740994],
		['digits in a text', '"9007199254740993"', '9007199254740993'],
		['digits in a longer text', '{"a":"x 9007199254740993, y"}', { a: 'x 9007199254740993, y' }],
		['digits after an escaped quote', '["\\"9007199254740993"]', ['"9007199254740993']],
		['digits after an escaped backslash', '["\\\\",9007199254740993]', ['\\', '9007199254740993']],
		['digits in a key', '{"9007199254740993":1}', { '9007199254740993': 1 }],
		['an empty text', '""', ''],
		['null', 'null', null],
		['false', 'false', false],
	])('reads %s', (_, text, value) => {
		expect(parseJson(text)).toEqual(value);
	});

	it.each([
		'',
		' ',
		'not json',
		'{',
		'[1,]',
		"{'a':1}",
		'"unfinished 9007199254740993',
		'09007199254740993',
		'-09007199254740993',
		'{9007199254740993:1}',
		'{90071992547409931 :1}',
		'+9007199254740993',
		'9007199254740993.',
		'.9007199254740993',
		'9007199254740993e',
		'--9007199254740993',
		'9007199254740993 9007199254740993',
		'<html>',
	])('takes %j for no JSON', (text) => {
		expect(parseJson(text)).toBeUndefined();
	});

	// A pattern that takes a whole text at once needs stack for each of its characters.
	it.each([
		['a text of 16 million characters', 'x'.repeat(16_000_000)],
		['a text of 8 million line breaks', '\n'.repeat(8_000_000)],
	])('reads %s beside an id', (_, long) => {
		const body = parseJson(`{"text":${JSON.stringify(long)},"id":9007199254740993}`);
		const { text, id } = body as { text: string; id: string };
		// Compared by hand: on a difference Jest would print both.
		expect([text === long, id]).toEqual([true, '9007199254740993']);
	});

	it.each([
		['"\\\n9007199254740993"', 'a line break after a backslash'],
		['"a\\', 'a backslash at the end'],
		['\\"9007199254740993"', 'a backslash before a text'],
		['"\\" 9007199254740993', 'an escaped quote that does not end the text'],
	])('takes %j for no JSON: %s', (text) => {
		expect(plainParse(text)).toBeUndefined();
		expect(parseJson(text)).toBeUndefined();
	});

	it('reads all JSON without such integers as JSON.parse does', () => {
		fc.assert(
			fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(undefined, 1, '\t'), (text, indent) => {
				const value: unknown = JSON.parse(text);
				const written = JSON.stringify(value, undefined, indent);
				// fc.json writes doubles such as 1e+25 with an exponent or a fraction, or as digits.
				fc.pre(!/(?:^|[^\d.e"+])-?\d{16,}(?![\d.e])/i.test(written));
				expect(parseJson(written)).toEqual(JSON.parse(written));
			}),
			{ numRuns: 500, seed: SEED },
		);
	});

	it('keeps every integer exactly, as a number where that is possible and as text where not', () => {
		fc.assert(
			fc.property(fc.array(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n })), (ids) => {
				const text = `{"ids":[${ids.join(' , ')}],"all":[${ids.map((id) => `{"id":${id}}`).join()}]}`;
				const exact = ids.map((id) =>
					Number.isSafeInteger(Number(id)) ? Number(id) : id.toString(),
				);
				expect(parseJson(text)).toEqual({ ids: exact, all: exact.map((id) => ({ id })) });
			}),
			{ numRuns: 300, seed: SEED },
		);
	});

	it('never touches what is inside a text', () => {
		fc.assert(
			fc.property(
				fc.array(
					fc.oneof(fc.string(), fc.bigInt().map(String), fc.constantFrom('"', '\\', '\\"', ':')),
				),
				(parts) => {
					const text = parts.join('');
					expect(parseJson(JSON.stringify({ [text]: text }))).toEqual({ [text]: text });
				},
			),
			{ numRuns: 300, seed: SEED },
		);
	});

	it('takes for JSON exactly what JSON.parse does', () => {
		const token = fc.constantFrom(
			...[
				'\n',
				'{',
				'}',
				'[',
				']',
				',',
				':',
				'"',
				'\\',
				'-',
				'0',
				'1',
				'.',
				'e',
				' ',
				'null',
				'"a"',
			],
			...['9007199254740993', '90071992547409931234'],
		);
		fc.assert(
			fc.property(fc.array(token, { maxLength: 7 }), (tokens) => {
				const text = tokens.join('');
				expect(parseJson(text) === undefined).toBe(plainParse(text) === undefined);
			}),
			{ numRuns: 5000, seed: SEED },
		);
	});
});

describe('isObject', () => {
	it.each([
		[{}, true],
		[{ a: 1 }, true],
		[null, false],
		[undefined, false],
		[[], false],
		['text', false],
		[1, false],
	])('of %j is %s', (value, expected) => {
		expect(isObject(value)).toBe(expected);
	});
});

describe('readText', () => {
	it.each([
		['text', 'text'],
		[' text ', ' text '],
		['', null],
		['  ', null],
		[7, '7'],
		[0, '0'],
		[null, null],
		[undefined, null],
		[true, null],
		[{}, null],
	])('of %j is %j', (value, expected) => {
		expect(readText(value)).toBe(expected);
	});
});

describe('collectTexts', () => {
	it.each<[unknown, string[]]>([
		[' a ', ['a']],
		['  ', []],
		[
			['a', ['b', 'c'], 'd'],
			['a', 'b', 'c', 'd'],
		],
		[{ one: 'a', two: { three: ['b', ''] }, four: 'c' }, ['a', 'b', 'c']],
		[{ one: 1, two: true, three: null, four: {}, five: [] }, []],
		[
			['a', 'a'],
			['a', 'a'],
		],
		[null, []],
		[undefined, []],
		[7, []],
	])('of %j are %j', (value, texts) => {
		expect(collectTexts(value)).toEqual(texts);
	});

	it('looks only where it is told to', () => {
		expect(collectTexts([{ one: 'a', two: 'b' }, 'c'], ({ two }) => [two])).toEqual(['b', 'c']);
	});

	it('comes back from a circle, and looks into an object once', () => {
		const circle: Record<string, unknown> = { text: 'a' };
		circle.self = [circle];
		expect(collectTexts([circle, circle])).toEqual(['a']);
	});
});

describe('isBlank', () => {
	it.each([undefined, null, '', ' \n\t ', [], {}])('holds for %j', (value) => {
		expect(isBlank(value)).toBe(true);
	});

	it.each([0, false, 'x', ' x ', [null], { a: undefined }, new Date(0), Number.NaN])(
		'does not hold for %j',
		(value) => {
			expect(isBlank(value)).toBe(false);
		},
	);
});
