import { capabilities } from './support/capabilities';
import { tryToParseDateTime, type IDataObject, type IExecuteFunctions } from 'n8n-workflow';
import type { Invitation } from '../../nodes/shared/invitation/invitation';
import {
	compareExpiry,
	readFilters,
	needsDetails,
	passesDates,
	passesListed,
	type ListFilters,
} from '../../nodes/shared/operations/listFilters';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 21, 12);

function at(offset: number): string {
	return new Date(NOW + offset).toISOString();
}

function invitation(more: Partial<Invitation> = {}): Invitation {
	return {
		provider: 'karmaCheck',
		environment: 'stage',
		id: 'i-1',
		subject: { caseId: 'c-1' },
		status: 'pending',
		providerStatus: 'pending',
		email: 'Ada.Mbeki@example.com',
		name: 'Ada Mbeki',
		sentAt: at(-2 * DAY),
		expiresAt: at(3 * DAY),
		completedAt: null,
		...more,
	};
}

const NONE: ListFilters = {
	limit: null,
	statuses: [],
	emailContains: '',
	nameContains: '',
	expiringWithinDays: null,
	includesExpired: false,
	sentBefore: null,
	soonestFirst: false,
	includeDetails: false,
	own: {},
};

/** Only what `filtersOf` asks a node for. */
function parameters(values: IDataObject, timezone = 'UTC'): IExecuteFunctions {
	const context: Pick<IExecuteFunctions, 'getTimezone'> & {
		getNodeParameter(name: string, itemIndex: number, fallback?: unknown): unknown;
	} = {
		getTimezone: () => timezone,
		getNodeParameter: (name, _itemIndex, fallback) => values[name] ?? fallback,
	};
	return context as IExecuteFunctions;
}

function read(values: IDataObject, timezone?: string): ListFilters {
	const filters = readFilters(parameters(values, timezone), 0);
	if (!filters.ok) throw new Error(filters.failure.message);
	return filters.value;
}

function refusal(values: IDataObject): string {
	const filters = readFilters(parameters(values), 0);
	return filters.ok ? 'accepted' : `${filters.failure.reason}: ${filters.failure.message}`;
}

describe('readFilters', () => {
	test('with nothing set lets the first fifty of everything pass', () => {
		expect(read({})).toEqual({ ...NONE, limit: 50 });
	});

	test.each<[string, IDataObject, Partial<ListFilters>]>([
		['a limit', { limit: 7 }, { limit: 7 }],
		['a limit as text', { limit: '7' }, { limit: 7 }],
		['Return All', { returnAll: true, limit: 7 }, { limit: null }],
		['Return All with a limit that is none', { returnAll: true, limit: 'x' }, { limit: null }],
		[
			'statuses',
			{ filters: { status: ['expired', 'pending'] } },
			{ statuses: ['pending', 'expired'] },
		],
		['one status as text', { filters: { status: 'expired' } }, { statuses: ['expired'] }],
		['no status', { filters: { status: [] } }, { statuses: [] }],
		// Blank ones fail their item before anything is asked of them: test/engine/collections.test.ts.
		['an empty status', { filters: { status: '' } }, { statuses: [] }],
		['a status that is null', { filters: { status: null } }, { statuses: [] }],
		[
			'an e-mail',
			{ filters: { emailContains: ' @Example.COM ' } },
			{ emailContains: '@example.com' },
		],
		[
			'a name without blanks and in small letters',
			{ filters: { nameContains: ' Mbeki ' } },
			{ nameContains: 'mbeki' },
		],
		['an e-mail as a number', { filters: { emailContains: 42 } }, { emailContains: '42' }],
		['days', { filters: { expiringWithin: 3 } }, { expiringWithinDays: 3 }],
		['no days at all', { filters: { expiringWithin: 0 } }, { expiringWithinDays: 0 }],
		['days as text', { filters: { expiringWithin: '2.5' } }, { expiringWithinDays: 2.5 }],
		[
			'days and expired ones',
			{ filters: { expiringWithin: 3, includeExpired: true } },
			{ expiringWithinDays: 3, includesExpired: true },
		],
		['empty days', { filters: { expiringWithin: '' } }, { expiringWithinDays: null }],
		['days that are null', { filters: { expiringWithin: null } }, { expiringWithinDays: null }],
		['an empty date', { filters: { sentBefore: '' } }, { sentBefore: null }],
		['a date that is null', { filters: { sentBefore: null } }, { sentBefore: null }],
		[
			'a date with a zone',
			{ filters: { sentBefore: '2026-11-21T13:00:00+01:00' } },
			{ sentBefore: NOW },
		],
		['sorting', { options: { soonestFirst: true } }, { soonestFirst: true }],
		['dates', { options: { includeDetails: true } }, { includeDetails: true }],
		['links, which the details hold', { options: { includeLink: true } }, { includeDetails: true }],
		['options switched off', { options: { includeDetails: false, includeLink: false } }, {}],
	])('reads %s', (_, values, expected) => {
		expect(read(values)).toEqual({
			...NONE,
			limit: 50,
			own: values.filters ?? {},
			...expected,
		});
	});

	test.each([
		['UTC', '2026-11-21T00:00:00', '2026-11-21T00:00:00.000Z'],
		['Asia/Tokyo', '2026-11-21T00:00:00', '2026-11-20T15:00:00.000Z'],
		['America/New_York', '2026-11-21', '2026-11-21T05:00:00.000Z'],
		['America/New_York', '2026-07-21', '2026-07-21T04:00:00.000Z'],
		['America/New_York', '2026-07-21 10:00:00', '2026-07-21T14:00:00.000Z'],
		['Asia/Tokyo', '2026-11-21T00:00:00Z', '2026-11-21T00:00:00.000Z'],
		['Asia/Tokyo', '2026-11-21T00:00:00.500+09:00', '2026-11-20T15:00:00.500Z'],
		['UTC', '2026-11-21 09:30', '2026-11-21T09:30:00.000Z'],
		['UTC', '2026-11-21 09:30:00 +0100', '2026-11-21T08:30:00.000Z'],
		['UTC', ' 2026-11-21 ', '2026-11-21T00:00:00.000Z'],
	])('in %s takes Sent Before %s as %s', (timezone, sentBefore, expected) => {
		expect(read({ filters: { sentBefore } }, timezone).sentBefore).toBe(Date.parse(expected));
	});

	test.each([
		['a JavaScript date', new Date('2026-11-20T15:00:00Z')],
		['a moment of n8n', tryToParseDateTime('2026-11-21T00:00:00', 'Asia/Tokyo')],
	])('takes %s as Sent Before', (_, value) => {
		const sentBefore = value as unknown as string;
		expect(read({ filters: { sentBefore } }).sentBefore).toBe(Date.UTC(2026, 10, 20, 15));
	});

	test('refuses an object that holds itself as Sent Before', () => {
		const sentBefore: IDataObject = {};
		sentBefore.self = sentBefore;
		expect(refusal({ filters: { sentBefore } })).toBe("invalidInput: 'Sent Before' is not a date");
	});

	// A filter that an expression got wrong must not turn into none: what passes may be emailed.
	test.each<[string, IDataObject, string]>([
		['a limit of 0', { limit: 0 }, 'Limit'],
		['a negative limit', { limit: -5 }, 'Limit'],
		['a broken limit', { limit: 2.5 }, 'Limit'],
		['a limit in words', { limit: 'all' }, 'Limit'],
		['a limit without end', { limit: Infinity }, 'Limit'],
		['an unknown status', { filters: { status: ['open'] } }, 'Status'],
		['an unknown status among others', { filters: { status: ['pending', 'open'] } }, 'Status'],
		['statuses in one text', { filters: { status: 'pending,expired' } }, 'Status'],
		['days in words', { filters: { expiringWithin: 'three' } }, 'Expiring Within'],
		['negative days', { filters: { expiringWithin: -1 } }, 'Expiring Within'],
		['days without end', { filters: { expiringWithin: Infinity } }, 'Expiring Within'],
		['days that are no number', { filters: { expiringWithin: [3] } }, 'Expiring Within'],
		['a date in words', { filters: { sentBefore: 'yesterday' } }, 'Sent Before'],
		['a day that is none', { filters: { sentBefore: '2026-13-45T00:00' } }, 'Sent Before'],
		// JavaScript makes 2 March of it.
		[
			'a day that its month does not have',
			{ filters: { sentBefore: '2026-02-30' } },
			'Sent Before',
		],
		// The number of a date in a sheet: the year 46347, before which everybody was emailed.
		['a date of a sheet', { filters: { sentBefore: 46347 } }, 'Sent Before'],
		['a date of a sheet as text', { filters: { sentBefore: '46347' } }, 'Sent Before'],
		['the number 8', { filters: { sentBefore: 8 } }, 'Sent Before'],
		['the number 0', { filters: { sentBefore: 0 } }, 'Sent Before'],
		['a year', { filters: { sentBefore: '2026' } }, 'Sent Before'],
		['a year that is far away', { filters: { sentBefore: '+046347-01-01' } }, 'Sent Before'],
		['words with a number', { filters: { sentBefore: 'Row 7' } }, 'Sent Before'],
		// The 11th of May or the 5th of November, and 12 November or 11 December.
		['a date with slashes', { filters: { sentBefore: '05/11/2026' } }, 'Sent Before'],
		['a date with points', { filters: { sentBefore: '11.12.2026' } }, 'Sent Before'],
		// JavaScript takes it to be in the time zone of n8n's process.
		['a clock of twelve hours', { filters: { sentBefore: '2026-11-21 3:00 pm' } }, 'Sent Before'],
		['a moment that is true', { filters: { sentBefore: true } }, 'Sent Before'],
		['a list of moments', { filters: { sentBefore: ['2026-11-21'] } }, 'Sent Before'],
		['a date in an object', { filters: { sentBefore: { date: '2026-11-21' } } }, 'Sent Before'],
		['a list of addresses', { filters: { emailContains: ['a@example.com'] } }, 'Email Contains'],
		['an address in an object', { filters: { emailContains: { email: 'a' } } }, 'Email Contains'],
		['an address that is true', { filters: { emailContains: true } }, 'Email Contains'],
		['a list of names', { filters: { nameContains: ['Mbeki'] } }, 'Name Contains'],
		[
			'a name of which nothing can be seen',
			{ filters: { nameContains: '\u200b' } },
			'Name Contains',
		],
		['such an address', { filters: { emailContains: ' \u200e ' } }, 'Email Contains'],
	])('refuses %s', (_, values, name) => {
		expect(refusal(values)).toMatch(new RegExp(`^invalidInput: '${name}`));
	});
});

describe('needsDetails', () => {
	test.each<[string, Partial<ListFilters>, boolean]>([
		['nothing', {}, false],
		['a limit', { limit: 1 }, false],
		['a status', { statuses: ['pending'] }, false],
		['an e-mail', { emailContains: 'a' }, false],
		['dates', { includeDetails: true }, true],
		['sorting', { soonestFirst: true }, true],
		['an expiry within no days', { expiringWithinDays: 0 }, true],
		['a date of sending', { sentBefore: 0 }, true],
	])('for %s: %#', (_, filters, expected) => {
		expect(needsDetails({ ...NONE, ...filters }, capabilities())).toBe(expected);
	});

	test.each<[string, Partial<ListFilters>, boolean]>([
		['sorting', { soonestFirst: true }, false],
		['an expiry', { expiringWithinDays: 0 }, false],
		['a date of sending', { sentBefore: 0 }, false],
		['what was asked for by itself', { includeDetails: true }, true],
	])('where the list carries the dates, for %s', (_, filters, expected) => {
		const given = capabilities({ listsCarryDates: true });
		expect(needsDetails({ ...NONE, ...filters }, given)).toBe(expected);
	});
});

describe('passesListed', () => {
	test.each<[string, Partial<Invitation>, Partial<ListFilters>, boolean]>([
		['anything, without filters', {}, {}, true],
		['a status asked for', {}, { statuses: ['expired', 'pending'] }, true],
		[
			'a status not asked for',
			{ status: 'completed' },
			{ statuses: ['expired', 'pending'] },
			false,
		],
		['an e-mail in another case', {}, { emailContains: 'mbeki@EXAMPLE'.toLowerCase() }, true],
		['another e-mail', {}, { emailContains: 'keller' }, false],
		['no e-mail, without a filter', { email: null }, {}, true],
		['a name in another case', {}, { nameContains: 'mbe' }, true],
		['another name', {}, { nameContains: 'keller' }, false],
		['no name, with a filter', { name: null }, { nameContains: 'a' }, false],
		['no e-mail, with a filter', { email: null }, { emailContains: 'a' }, false],
		['only one of both', {}, { emailContains: 'ada', statuses: ['expired'] }, false],
	])('%s', (_, more, filters, expected) => {
		expect(passesListed(invitation(more), { ...NONE, ...filters })).toBe(expected);
	});

	// A filter loses its invisible characters, and systems differ in how they write an accent.
	test.each([
		['a joiner in the name', 'نی\u200cنا', 'نی\u200cنا'],
		['a soft hyphen in the name alone', 'Ada M\u00adbeki', 'mbeki'],
		['a mark of direction', 'Ada\u200e Mbeki', 'ada mbeki'],
		['an accent of its own in the name', 'Rene\u0301 Adler', 'Ren\u00e9'],
		['an accent of its own in the filter', 'Ren\u00e9 Adler', 'Rene\u0301'],
		['a letter that is longer in small', '\u0130pek', 'i\u0307pek'],
	])('finds a name with %s', (_, name, nameContains) => {
		const filters = readFilters(parameters({ filters: { nameContains } }), 0);
		expect(filters.ok && passesListed(invitation({ name }), filters.value)).toBe(true);
	});
});

describe('passesDates', () => {
	test.each<[string, Partial<Invitation>, Partial<ListFilters>, boolean]>([
		['anything, without filters', { expiresAt: null, sentAt: null }, {}, true],
		['expiring exactly then', {}, { expiringWithinDays: 3 }, true],
		['a millisecond later', { expiresAt: at(3 * DAY + 1) }, { expiringWithinDays: 3 }, false],
		['half a day', { expiresAt: at(DAY / 2) }, { expiringWithinDays: 0.5 }, true],
		['expired', { status: 'expired', expiresAt: at(-9 * DAY) }, { expiringWithinDays: 3 }, false],
		['called expired before its time', { status: 'expired' }, { expiringWithinDays: 3 }, false],
		['expiring now', { expiresAt: at(0) }, { expiringWithinDays: 3 }, false],
		['about to', { expiresAt: at(1) }, { expiringWithinDays: 3 }, true],
		[
			'expired, where those are included',
			{ status: 'expired', expiresAt: at(-9 * DAY) },
			{ expiringWithinDays: 0, includesExpired: true },
			true,
		],
		[
			'expiring now, where expired ones are included',
			{ expiresAt: at(0) },
			{ expiringWithinDays: 0, includesExpired: true },
			true,
		],
		[
			'about to, where expired ones are included',
			{ expiresAt: at(1) },
			{ expiringWithinDays: 0, includesExpired: true },
			false,
		],
		['expired, by no filter', { status: 'expired', expiresAt: at(-9 * DAY) }, {}, true],
		['no expiry', { expiresAt: null }, { expiringWithinDays: 30 }, false],
		['completed', { status: 'completed' }, { expiringWithinDays: 30 }, false],
		['cancelled', { status: 'cancelled' }, { expiringWithinDays: 30 }, false],
		['of unknown status', { status: 'unknown' }, { expiringWithinDays: 30 }, false],
		['sent before', {}, { sentBefore: NOW - 2 * DAY + 1 }, true],
		['sent exactly then', {}, { sentBefore: NOW - 2 * DAY }, false],
		['sent later', {}, { sentBefore: NOW - 3 * DAY }, false],
		['sent at no known time', { sentAt: null }, { sentBefore: NOW }, false],
		['only one of both', {}, { sentBefore: NOW, expiringWithinDays: 1 }, false],
		['both', {}, { sentBefore: NOW, expiringWithinDays: 4 }, true],
	])('%s', (_, more, filters, expected) => {
		expect(passesDates(invitation(more), { ...NONE, ...filters }, NOW)).toBe(expected);
	});
});

test('bySoonestExpiry puts the soonest first and what never expires last, in their order', () => {
	const list = [
		invitation({ id: 'never 1', expiresAt: null }),
		invitation({ id: 'late', expiresAt: at(9 * DAY) }),
		invitation({ id: 'tie 1', expiresAt: at(DAY) }),
		invitation({ id: 'never 2', expiresAt: null }),
		invitation({ id: 'past', expiresAt: at(-DAY) }),
		invitation({ id: 'tie 2', expiresAt: at(DAY) }),
	];
	expect(list.sort(compareExpiry).map(({ id }) => id)).toEqual([
		'past',
		'tie 1',
		'tie 2',
		'late',
		'never 1',
		'never 2',
	]);
});
