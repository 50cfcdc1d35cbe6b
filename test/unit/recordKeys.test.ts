import { KARMACHECK_HOSTS } from '../../nodes/KarmaCheck/environments';
import { createKarmaCheckProvider } from '../../nodes/KarmaCheck/provider';
import { createNumiumProvider } from '../../nodes/Numium/provider';
import { nameInstallation } from '../../nodes/shared/http/baseUrl';
import type { Invitation } from '../../nodes/shared/invitation/invitation';
import type { InvitationProvider } from '../../nodes/shared/invitation/provider';
import type { ParameterReader } from '../../nodes/shared/node/parameters';
import type { Session } from '../../nodes/shared/http/session';
import {
	findWindow,
	listWindowNames,
	type SendWindow,
} from '../../nodes/shared/resend/decision/calendar';
import { commit } from '../../nodes/shared/resend/record/endLease';
import type { LeaseResult, Step } from '../../nodes/shared/resend/record/entry';
import { lease } from '../../nodes/shared/resend/record/lease';
import { WORTH_AI_HOSTS } from '../../nodes/WorthAi/environments';
import { createWorthAiProvider } from '../../nodes/WorthAi/provider';
import { sampleInvitation } from './support/sampleInvitation';

/*
 * By these names n8n's database remembers, for good, who was emailed when. The tables below are no examples: a release
 * that changes one of these texts no longer finds what an earlier one recorded, and EMAILS PEOPLE AGAIN. If a test here
 * turns red, it is the code that has to change back, never the text.
 */

const PARAMETERS: ParameterReader = { value: () => '', mode: () => 'id' };

/** What the provider of a service names an invitation, below one address of it. */
const PROVIDERS: Record<string, (session: Session) => Pick<InvitationProvider, 'recordKey'>> = {
	karmaCheck: (session) => createKarmaCheckProvider(PARAMETERS, session),
	worthAi: (session) => createWorthAiProvider(PARAMETERS, session),
	numium: (session) => createNumiumProvider(PARAMETERS, session),
};

function keyOf(installation: string, given: Partial<Invitation>): string {
	const invitation = sampleInvitation(given);
	const session = { installation } as unknown as Session;
	return PROVIDERS[invitation.provider]?.(session).recordKey(invitation) ?? '';
}

const CASE = { caseId: 'A09215FF-f46c-49a6-9767-762da1f3afd2' };
const USER = {
	customerId: '1f7d1d4e-2b2a-4c0e-9d0a-6c1e2b3f4a5b',
	userId: '053cfb4b-2073-4ede-afc0-26579bb3e1b8',
};
const ENTRY = { tenantId: '1024', invitationId: '9223372036854775807' };

describe('the name of an invitation in the record of sends', () => {
	it.each<[string, Partial<Invitation>, string, string]>([
		[
			'KarmaCheck',
			{ provider: 'karmaCheck', subject: CASE },
			nameInstallation('https://api.karmacheck.io', KARMACHECK_HOSTS),
			'karmaCheck|production|a09215ff-f46c-49a6-9767-762da1f3afd2',
		],
		[
			'the stage of KarmaCheck',
			{ provider: 'karmaCheck', subject: CASE },
			nameInstallation('https://api-stage.karmacheck.io', KARMACHECK_HOSTS),
			'karmaCheck|stage|a09215ff-f46c-49a6-9767-762da1f3afd2',
		],
		[
			'Worth AI',
			{ provider: 'worthAi', subject: USER },
			nameInstallation('https://api.joinworth.com', WORTH_AI_HOSTS),
			'worthAi|production|1f7d1d4e-2b2a-4c0e-9d0a-6c1e2b3f4a5b|053cfb4b-2073-4ede-afc0-26579bb3e1b8',
		],
		[
			'Numium',
			{ provider: 'numium', subject: ENTRY },
			nameInstallation('https://numium.example.com/api', {}),
			'numium|https://numium.example.com/api|1024|9223372036854775807',
		],
	])('at %s is this one', (_, invitation, installation, key) => {
		expect(keyOf(installation, invitation)).toBe(key);
	});

	it.each<[string, Partial<Invitation>]>([
		['KarmaCheck', { provider: 'karmaCheck', subject: CASE }],
		['Worth AI', { provider: 'worthAi', subject: USER }],
		['Numium', { provider: 'numium', subject: ENTRY }],
	])('at %s stays, whatever else of the invitation changes', (_, invitation) => {
		const later: Partial<Invitation> = {
			...invitation,
			environment: 'somewhere.example.com',
			id: 'another',
			status: 'expired',
			providerStatus: 'Expired',
			email: 'new@example.com',
			name: null,
			sentAt: '2026-06-15T12:00:00.000Z',
			expiresAt: '2026-07-15T12:00:00.000Z',
		};
		expect(keyOf('here', later)).toBe(keyOf('here', invitation));
		expect(keyOf('there', later)).not.toBe(keyOf('here', invitation));
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
