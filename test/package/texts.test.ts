import { everyText, isOption, isProperty, shownTexts, type Found } from './support/descriptions';
import { loadPackage } from './support/loaded';
import { bannedWord, sentences, sourceSentences } from './support/prose';

let all: Found[];
let properties: Found[];
let options: Found[];

beforeAll(async () => {
	all = everyText(await loadPackage());
	properties = all.filter(isProperty);
	options = all.filter(isOption);
});

const text = (entry: Found, key: string): string | undefined => {
	const value = entry.item[key];
	return typeof value === 'string' ? value : undefined;
};

/** Where the rule does not hold, for a readable list. */
const offenders = (
	entries: Found[],
	key: string,
	holds: (value: string, entry: Found) => boolean,
) =>
	entries
		.filter((entry) => {
			const value = text(entry, key);
			return value !== undefined && !holds(value, entry);
		})
		.map((entry) => `${entry.at}: ${key} "${text(entry, key)}"`);

// Free in either case: n8n's linter and its style guide do not agree about them.
const SMALL_WORDS = new Set(
	'a an and as at but by for from if in nor of off on or per so the than that to up via vs when with without'.split(
		' ',
	),
);

function isTitleCase(title: string): boolean {
	const words = title
		.replace(/[()'"“”]/g, '')
		.split(/[\s/-]+/)
		.filter(Boolean);
	return words.every((word, index) => {
		const inner = index > 0 && index < words.length - 1;
		return !/^[a-z]/.test(word) || (inner && SMALL_WORDS.has(word));
	});
}

/** Full stops inside "e.g." and the like end no sentence. */
const isOneSentence = (description: string) =>
	!/[.!?]\)?['"]?\s+\S/.test(
		description.replace(/\b(e\.g|i\.e|etc|vs)\./g, '$1').replace(/<[^>]+>/g, ''),
	);

test('there is something to look at', () => {
	expect(properties.length).toBeGreaterThan(20);
	expect(options.length).toBeGreaterThan(20);
});

test('display names are in Title Case', () => {
	const titled = properties.filter(
		({ item }) => item['type'] !== 'notice' && item['type'] !== 'callout',
	);
	expect(offenders(titled, 'displayName', isTitleCase)).toEqual([]);
	expect(offenders(options, 'name', isTitleCase)).toEqual([]);
});

test('placeholders start with "e.g."', () => {
	// On a collection the placeholder is the caption of its button.
	const fields = all.filter(
		({ item }) => !String(item['type']).toLowerCase().includes('collection'),
	);
	expect(offenders(fields, 'placeholder', (value) => value.startsWith('e.g. '))).toEqual([]);
});

test('descriptions add something to the name', () => {
	const same = (entry: Found) =>
		text(entry, isOption(entry) ? 'name' : 'displayName')?.toLowerCase();
	expect(
		offenders([...properties, ...options], 'description', (value, entry) => {
			return value.trim() !== '' && value.toLowerCase().replace(/\.$/, '') !== same(entry);
		}),
	).toEqual([]);
});

test('one sentence ends without a full stop, several end with one', () => {
	expect(
		offenders(all, 'description', (value) => {
			const bare = value.trim().replace(/<[^>]+>/g, '');
			return isOneSentence(bare)
				? !/[^.]\.$/.test(bare) || /\betc\.$/.test(bare)
				: /[.!?]['")]?$/.test(bare);
		}),
	).toEqual([]);
});

test('descriptions start with a capital', () => {
	expect(offenders(all, 'description', (value) => !/^[a-z]/.test(value))).toEqual([]);
});

test('operations say what they do, in sentence case and without articles', () => {
	const operations = properties.filter(({ item }) => item['name'] === 'operation');
	const choices = operations.flatMap(({ at, item }) =>
		(item['options'] as Array<Record<string, unknown>>).map((choice) => ({ at, item: choice })),
	);
	expect(choices.length).toBeGreaterThanOrEqual(6);
	const unfit = choices.filter((choice) => {
		const action = text(choice, 'action') ?? '';
		return !/^[A-Z][a-z]+ [a-z][a-z ]+$/.test(action) || /\b(a|an|the)\b/.test(action);
	});
	expect(unfit.map(({ item }) => `${String(item['name'])}: ${String(item['action'])}`)).toEqual([]);
});

describe('words that blame, and other words for an email', () => {
	test('are in no text of the editor', () => {
		const found = all.flatMap((entry) =>
			shownTexts(entry)
				.filter((shown) => bannedWord(shown) !== undefined)
				.map((shown) => `${entry.at}: ${shown}`),
		);
		expect(found).toEqual([]);
	});

	test('are in no sentence of the source', () => {
		const written = sourceSentences();
		expect(written.length).toBeGreaterThan(20);
		const found = written.filter((sentence) => bannedWord(sentence.text) !== undefined);
		expect(found).toEqual([]);
	});

	test('would be found, in plain and in composed messages', () => {
		const code = [
			"import type { X } from 'some error path';",
			"type Key = 'an error key';",
			"const key = 'error';",
			"const plain = 'There was a problem';",
			// The template belongs to the code under test.
			'const composed = `${key} failure at ${plain}`;',
		].join('\n');
		const found = sentences('x.ts', code).filter((sentence) => bannedWord(sentence.text));
		expect(found.map(({ at }) => at)).toEqual(['x.ts:4', 'x.ts:5']);
		expect(bannedWord("Set 'On Error' to Continue")).toBeUndefined();
		expect(bannedWord('who was mailed')).toBe('mailed');
		expect(bannedWord('one e-mail address')).toBe('mail');
		expect(bannedWord('Emails are sent by email')).toBeUndefined();
	});
});

describe('the rules themselves', () => {
	test.each([
		['Send at Most Once', true],
		['Only When Expiring Within (Days)', true],
		['Customer Name or ID', true],
		['Customer name', false],
		['by ID', false],
	])('Title Case: %s', (title, expected) => {
		expect(isTitleCase(title)).toBe(expected);
	});

	test.each([
		['The ID of the case, e.g. from a list', true],
		['Sends it. Then waits.', false],
	])('one sentence: %s', (description, expected) => {
		expect(isOneSentence(description)).toBe(expected);
	});
});

// The editor lists them below the node's name, each on a line of its own.
test('what the editor says of a wrong value names its parameter', () => {
	const locators = properties.filter(({ item }) => item.type === 'resourceLocator');
	expect(locators.length).toBeGreaterThan(0);
	for (const { item } of locators) {
		const said = [...JSON.stringify(item.modes).matchAll(/"errorMessage":"([^"]+)"/g)];
		expect(said.length).toBeGreaterThan(0);
		for (const [, message] of said)
			expect(message).toMatch(
				new RegExp(`^'${String(item.displayName)}' does not look right\\. It `),
			);
	}
});
