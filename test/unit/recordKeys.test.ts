import { nameInstallation } from '../../nodes/shared/http/baseUrl';
import type { Invitation, Subject } from '../../nodes/shared/invitation/invitation';
import type { Session } from '../../nodes/shared/http/session';
import {
	findWindow,
	listWindowNames,
	type SendWindow,
} from '../../nodes/shared/resend/decision/calendar';
import { commit } from '../../nodes/shared/resend/record/endLease';
import type { LeaseResult, Step } from '../../nodes/shared/resend/record/entry';
import { lease } from '../../nodes/shared/resend/record/lease';
import { FIXTURES } from '../services';
import { sampleInvitation } from './support/sampleInvitation';
import { serviceOf } from './support/serviceOf';
import { NO_PARAMETERS } from './support/noParameters';

/*
 * By these names n8n's database remembers, for good, who was emailed when. The texts below and `recordKeys` in the fixtures are no examples: a release
 * that changes one of these texts no longer finds what an earlier one recorded, and EMAILS PEOPLE AGAIN. If a test here
 * turns red, it is the code that has to change back, never the text.
 */

describe.each(FIXTURES)('the name of an invitation at $name', (facts) => {
	const { credential, createProvider } = serviceOf(facts);

	function keyOf(baseUrl: string, given: Partial<Invitation>): string {
		const installation = nameInstallation(baseUrl, credential.hosts);
		const provider = createProvider(NO_PARAMETERS, { installation } as unknown as Session);
		return provider.recordKey(sampleInvitation<Subject>({ provider: facts.provider, ...given }));
	}

	it('is pinned for each address that it is known at', () => {
		const pinned = facts.recordKeys.map(({ baseUrl }) => baseUrl);
		expect(pinned).not.toEqual([]);
		expect(pinned).toEqual(expect.arrayContaining(Object.values(credential.hosts)));
	});

	it.each(facts.recordKeys)('is $key, and stays it', ({ baseUrl, subject, key }) => {
		expect(keyOf(baseUrl, { subject })).toBe(key);
		const later: Partial<Invitation> = {
			subject,
			environment: 'somewhere.example.com',
			id: 'another',
			status: 'expired',
			providerStatus: 'Expired',
			email: 'new@example.com',
			name: null,
			sentAt: '2026-06-15T12:00:00.000Z',
			expiresAt: '2026-07-15T12:00:00.000Z',
		};
		expect(keyOf(baseUrl, later)).toBe(key);
		expect(keyOf('https://elsewhere.example.com', later)).not.toBe(key);
	});
});

const NOW = Date.parse('2026-06-15T12:00:00.000Z');

/** What an operation writes into an empty record, and what it takes away at its end. */
function wordsOf<T>(step: Step<T>): {
	written: readonly string[];
	forgotten: readonly string[];
	result: T;
} {
	let current = step;
	const written: string[] = [];
	while (current.kind === 'ask') {
		const { marks, next } = current;
		written.push(...marks);
		current = next(new Set(marks));
	}
	return { written, forgotten: current.forget, result: current.result };
}

function sendOf(setting: SendWindow) {
	const windows = listWindowNames(NOW, 'day', 'Europe/Berlin', '4711');
	const own =
		setting === 'execution' ? findWindow(NOW, setting, 'Europe/Berlin', '4711').label : null;
	const window = own ?? windows[1] ?? '';
	const request = { entry: 'numium|here|1024|9001', window, windows, own, now: NOW };
	const leased = wordsOf<LeaseResult>(lease(request));
	if (leased.result.kind !== 'granted') throw new Error('Not granted');
	const all = listWindowNames(NOW, setting, 'Europe/Berlin', '4711');
	return { leased, committed: wordsOf(commit(leased.result.lease, all)) };
}

describe('the marks of an entry in the record of sends', () => {
	it('are these while it is leased', () => {
		const { leased } = sendOf('day');
		expect(leased.forgotten).toEqual([]);
		expect(leased.written).toEqual([
			'numium|here|1024|9001|intent',
			'numium|here|1024|9001|since day 20619',
			'numium|here|1024|9001|since hour 12',
			'numium|here|1024|9001|since minute 0',
			'numium|here|1024|9001|until 178152484',
			'numium|here|1024|9001|sent hour 2026-06-15T12:00:00.000Z',
			'numium|here|1024|9001|sent day 2026-06-15',
			'numium|here|1024|9001|sent week 2026-06-15',
			'numium|here|1024|9001|sent ever',
		]);
	});

	it.each<[SendWindow, string[]]>([
		['day', []],
		['execution', ['numium|here|1024|9001|sent execution 4711']],
	])('are these once it is sent, at most once per %s', (setting, more) => {
		const { leased, committed } = sendOf(setting);
		const kept = [...leased.written, ...committed.written].filter(
			(mark) => !committed.forgotten.includes(mark),
		);
		expect([...new Set(kept)]).toEqual([
			'numium|here|1024|9001|sent hour 2026-06-15T12:00:00.000Z',
			'numium|here|1024|9001|sent day 2026-06-15',
			'numium|here|1024|9001|sent week 2026-06-15',
			'numium|here|1024|9001|sent ever',
			...more,
		]);
	});
});
