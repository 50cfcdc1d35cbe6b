import {
	buildLink,
	mapCaseSummary,
	mapInvitation,
	type CaseIds,
} from '../../nodes/KarmaCheck/mapper';
import { createKarmaCheckProvider } from '../../nodes/KarmaCheck/provider';
import type { Invitation } from '../../nodes/shared/invitation/invitation';
import type { Session } from '../../nodes/shared/http/session';
import { NO_PARAMETERS } from './support/noParameters';
import { sampleInvitation } from './support/sampleInvitation';

describe('an invitation of KarmaCheck', () => {
	const raw = {
		id: 'inv-1',
		email: 'ann@example.com',
		givenName: 'Ann',
		familyName: 'Example',
		dob: '1990-01-01',
		invitationStatusId: '3f5e6898-6641-4685-8ee0-1363b7e10c98',
		invitationToken: 'secret token/1',
		crStamp: '2026-06-10T08:00:00.000Z',
		expiresStamp: '2026-06-24T08:00:00.000Z',
		completedStamp: null,
	};

	it('is mapped whole, and nothing but what an invitation has', () => {
		expect(mapInvitation(raw, 'case-1', 'stage')).toEqual({
			provider: 'karmaCheck',
			environment: 'stage',
			id: 'inv-1',
			subject: { caseId: 'case-1' },
			status: 'pending',
			providerStatus: 'pending',
			email: 'ann@example.com',
			name: 'Ann Example',
			sentAt: '2026-06-10T08:00:00.000Z',
			expiresAt: '2026-06-24T08:00:00.000Z',
			completedAt: null,
		});
	});

	it.each([
		['3f5e6898-6641-4685-8ee0-1363b7e10c98', 'pending', 'pending'],
		['b5af27f7-8a03-4820-b2bd-82587dcacf5b', 'expired', 'expired'],
		['d1962405-dd97-48f2-bede-530c2895481f', 'completed', 'completed'],
		['0f6acacc-71c4-43ec-80fa-941ff71c0c16', 'cancelled', 'cancelled'],
		['00000000-0000-0000-0000-000000000000', 'unknown', '00000000-0000-0000-0000-000000000000'],
		[undefined, 'unknown', ''],
	])('with the status %s is %s', (invitationStatusId, status, providerStatus) => {
		expect(mapInvitation({ ...raw, invitationStatusId }, 'case-1', 'stage')).toMatchObject({
			status,
			providerStatus,
		});
	});

	it('may lack every field', () => {
		expect(mapInvitation({}, 'case-1', 'stage')).toMatchObject({
			id: null,
			email: null,
			name: null,
			sentAt: null,
			expiresAt: null,
			completedAt: null,
		});
	});

	it('is mapped from an entry of the list as far as that tells', () => {
		const summary = {
			caseId: 'case-7',
			caseInvitationId: 'inv-7',
			invitationEmail: 'bob@example.com',
			invitationGivenName: 'Bob',
			invitationFamilyName: 'Builder',
			invitationStatusId: 'd1962405-dd97-48f2-bede-530c2895481f',
		};
		expect(mapCaseSummary({ ...summary, id: 'case-7' }, 'production')).toMatchObject({
			id: 'inv-7',
			status: 'completed',
			email: 'bob@example.com',
			name: 'Bob Builder',
			sentAt: null,
		});
	});

	it.each([
		[undefined, 'pending', 'pending', 'pending'],
		[undefined, 'Expired', 'expired', 'expired'],
		['', 'COMPLETED', 'completed', 'completed'],
		['00000000-0000-0000-0000-000000000000', 'cancelled', 'cancelled', 'cancelled'],
		// A single invitation has the id alone, so that counts where the two differ.
		['d1962405-dd97-48f2-bede-530c2895481f', 'pending', 'completed', 'completed'],
		[undefined, 'parked', 'unknown', 'parked'],
		[undefined, undefined, 'unknown', ''],
	])(
		'is listed with the status %j named %j as %s',
		(invitationStatusId, invitationStatusName, status, providerStatus) => {
			const summary = { id: 'case-7', invitationStatusId, invitationStatusName };
			expect(mapCaseSummary(summary, 'stage')).toMatchObject({ status, providerStatus });
		},
	);

	it.each([
		['production', 'https://my.karmacheck.com/invite/secret%20token%2F1'],
		['stage', 'https://my-stage.karmacheck.com/invite/secret%20token%2F1'],
		['own.example.com', 'https://my.karmacheck.com/invite/secret%20token%2F1'],
	])('has its link at %s', (environment, link) => {
		expect(buildLink(raw, environment)).toBe(link);
	});

	it('has the link of stage where its address was entered as a custom one', async () => {
		const session = {
			environment: 'api-stage.karmacheck.io',
			installation: 'stage',
			exchange: async () => ({
				kind: 'reply',
				reply: { status: 200, headers: {}, text: '{}', body: { invitation: raw } },
			}),
		} as unknown as Session;
		const { read } = createKarmaCheckProvider(NO_PARAMETERS, session);

		expect(await read({ by: 'id', id: 'case-1', sendTo: null })).toMatchObject({
			value: { link: 'https://my-stage.karmacheck.com/invite/secret%20token%2F1' },
		});
	});

	it('has no link without a token', () => {
		expect(buildLink({ ...raw, invitationToken: null }, 'production')).toBeNull();
	});
});

/** KarmaCheck, which answers every call with this body. */
function answering(body: unknown) {
	const session = {
		environment: 'stage',
		installation: 'stage',
		exchange: async () =>
			await Promise.resolve({
				kind: 'reply',
				reply: { status: 200, headers: {}, text: JSON.stringify(body), body },
			}),
	} as unknown as Session;
	return createKarmaCheckProvider(NO_PARAMETERS, session);
}

describe('the list of cases', () => {
	it.each([
		[undefined, true],
		[0, true],
		[false, true],
		[1, false],
		[true, false],
	])('has one with isCustomerProvidedPii %j: %s', async (isCustomerProvidedPii, isListed) => {
		const summary = { id: 'case-7', caseInvitationId: 'inv-7', isCustomerProvidedPii };
		for await (const page of answering({ cases: [summary] }).list(0))
			expect(page).toMatchObject({ ok: true, value: isListed ? [{ raw: summary }] : [] });
	});
});

const { settle } = createKarmaCheckProvider(NO_PARAMETERS, {} as Session);

type Case = Invitation<CaseIds>;

describe('whether KarmaCheck has sent', () => {
	it.each<[string, Partial<Case>, Partial<Case>, string | null]>([
		['a new id', { id: 'a' }, { id: 'b' }, 'sent'],
		['a new id with the old stamp', { id: 'a', sentAt: 'x' }, { id: 'b', sentAt: 'x' }, 'sent'],
		['the same id with a new stamp', { id: 'a', sentAt: 'x' }, { id: 'a', sentAt: 'y' }, 'notSent'],
		[
			'nothing new',
			{ status: 'pending', expiresAt: 'x' },
			{ status: 'expired', expiresAt: 'y' },
			'notSent',
		],
		['no id, and a new stamp', { id: null, sentAt: 'x' }, { id: null, sentAt: 'y' }, 'sent'],
		['no id, and the same stamp', { id: null, sentAt: 'x' }, { id: null, sentAt: 'x' }, 'notSent'],
		['an id where there was none', { id: null, sentAt: null }, { id: 'b', sentAt: 'x' }, null],
		['an id that is missing now', { id: 'a', sentAt: 'x' }, { id: null, sentAt: 'x' }, 'notSent'],
		['that, and a new stamp', { id: 'a', sentAt: 'x' }, { id: null, sentAt: 'y' }, 'sent'],
		['nothing to go by now', { id: 'a', sentAt: 'x' }, { id: null, sentAt: null }, null],
	])('is told by %s', (_, earlier, now, settled) => {
		expect(settle?.(sampleInvitation(earlier), sampleInvitation(now))).toBe(settled);
	});
});
