import {
	mapCaseSummary,
	buildLink,
	mapInvitation as fromKarmaCheck,
} from '../../nodes/KarmaCheck/mapper';
import {
	readEntries,
	findEntry,
	readConfirmation as numiumConfirms,
	saysFailure,
} from '../../nodes/Numium/api';
import { mapStatus as numiumStatus, mapInvitation as fromNumium } from '../../nodes/Numium/mapper';
import { readConfirmation as worthConfirms, saysOnboarded } from '../../nodes/WorthAi/api';
import { mapStatus as worthStatus, mapInvitation as fromWorth } from '../../nodes/WorthAi/mapper';
import type { Reply } from '../../nodes/shared/http/response';

function reply(body: unknown, status = 200): Reply {
	return { status, headers: {}, text: JSON.stringify(body), body };
}

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
		expect(fromKarmaCheck(raw, 'case-1', 'stage')).toEqual({
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
		expect(fromKarmaCheck({ ...raw, invitationStatusId }, 'case-1', 'stage')).toMatchObject({
			status,
			providerStatus,
		});
	});

	it('may lack every field', () => {
		expect(fromKarmaCheck({}, 'case-1', 'stage')).toMatchObject({
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
		['production', 'https://my.karmacheck.com/invite/secret%20token%2F1'],
		['stage', 'https://my-stage.karmacheck.com/invite/secret%20token%2F1'],
		['own.example.com', 'https://my.karmacheck.com/invite/secret%20token%2F1'],
	])('has its link at %s', (environment, link) => {
		expect(buildLink(raw, environment)).toBe(link);
	});

	it('has no link without a token', () => {
		expect(buildLink({ ...raw, invitationToken: null }, 'production')).toBeNull();
	});
});

describe('a user of Worth AI', () => {
	it.each([
		[{ status: 'INVITED' }, 'pending'],
		[{ status: 'invited', is_first_login: false }, 'pending'],
		[{ status: 'SIGNUP_PENDING' }, 'pending'],
		[{ status: 'INACTIVE' }, 'cancelled'],
		[{ status: 'INACTIVE', is_first_login: true }, 'cancelled'],
		[{ status: 'ACTIVE', is_first_login: true }, 'pending'],
		[{ status: 'ACTIVE', is_first_login: false }, 'completed'],
		[{ status: 'ACTIVE' }, 'completed'],
		[{ status: 'SUSPENDED' }, 'unknown'],
		[{ is_first_login: true }, 'unknown'],
		[{ status: '' }, 'unknown'],
	])('%j is %s', (user, status) => {
		expect(worthStatus(user)).toBe(status);
	});

	it('is mapped without dates, for none of its stamps is that of a mail', () => {
		const user = {
			id: 'user-1',
			first_name: 'Ann',
			last_name: 'Example',
			email: 'ann@example.com',
			status: 'INVITED',
			created_at: '2026-06-10T08:00:00.000Z',
			updated_at: '2026-06-11T08:00:00.000Z',
		};
		expect(fromWorth(user, { customerId: 'c', userId: 'u' }, 'production')).toEqual({
			provider: 'worthAi',
			environment: 'production',
			id: null,
			subject: { customerId: 'c', userId: 'u' },
			status: 'pending',
			providerStatus: 'INVITED',
			email: 'ann@example.com',
			name: 'Ann Example',
			sentAt: null,
			expiresAt: null,
			completedAt: null,
		});
	});

	it.each([
		[{ status: 'success', message: 'Invite mail sent successfully' }, 'sent'],
		[{ status: 'fail', message: 'x' }, 'notSent'],
		[{ status: 'error', message: 'x' }, 'notSent'],
		[{ message: 'Invite mail sent successfully' }, 'unclear'],
		['Invite mail sent successfully', 'unclear'],
		[undefined, 'unclear'],
	])('says with %j: %s', (body, said) => {
		expect(worthConfirms(reply(body))).toBe(said);
	});

	it.each([
		[400, { message: 'Customer has already onboarded the platform' }, true],
		[400, { message: 'customer has ALREADY ONBOARDED the platform' }, true],
		[500, { message: 'Customer has already onboarded the platform' }, false],
		[400, { message: 'Customer has not onboarded the platform' }, false],
		[400, { message: ['already onboarded'] }, false],
		[400, 'already onboarded', false],
	])('has joined by %d %j: %s', (status, body, joined) => {
		expect(saysOnboarded(reply(body, status))).toBe(joined);
	});
});

describe('an invitation of Numium', () => {
	it.each([
		[null, 'pending'],
		['Pending', 'pending'],
		['PENDING', 'pending'],
		['Expired', 'expired'],
		['Accepted', 'completed'],
		['Declined', 'cancelled'],
		['Cancelled', 'cancelled'],
		['Canceled', 'cancelled'],
		['Parked', 'unknown'],
	])('with the status %j is %s', (providerStatus, status) => {
		expect(numiumStatus(providerStatus)).toBe(status);
	});

	it('keeps an id of int64 exactly', () => {
		const raw = {
			id: '9007199254740993',
			email: 'ann@example.com',
			firstName: 'Ann',
			lastName: 'Example',
			status: 'Pending',
			createdAt: '2026-06-10T08:00:00',
		};
		expect(fromNumium(raw, '1024', 'api.example.com')).toEqual({
			provider: 'numium',
			environment: 'api.example.com',
			id: '9007199254740993',
			subject: { tenantId: '1024', invitationId: '9007199254740993' },
			status: 'pending',
			providerStatus: 'Pending',
			email: 'ann@example.com',
			name: 'Ann Example',
			sentAt: '2026-06-10T08:00:00.000Z',
			expiresAt: null,
			completedAt: null,
		});
	});

	it('may lack every field', () => {
		expect(fromNumium({}, '1024', 'api.example.com')).toMatchObject({
			id: '',
			status: 'pending',
			providerStatus: '',
			sentAt: null,
		});
	});

	const ENTRY = { id: 1 };

	it.each<[unknown, unknown]>([
		[{ isSuccess: true, value: [ENTRY] }, [ENTRY]],
		[{ isSuccess: true, data: [ENTRY] }, [ENTRY]],
		[{ value: [ENTRY, null, 'x', [ENTRY]] }, [ENTRY]],
		[{ value: ENTRY }, [ENTRY]],
		[{ data: ENTRY }, [ENTRY]],
		[{ isSuccess: true, value: null }, []],
		[{ isSuccess: true, value: null, data: [ENTRY] }, [ENTRY]],
		[{ isSuccess: true }, []],
		[{ data: null }, []],
		[{ value: 'x' }, null],
		[{ message: 'x' }, null],
		[[ENTRY], null],
		['x', null],
		[undefined, null],
	])('is found in the wrapper %j', (body, entries) => {
		expect(readEntries(body)).toEqual(entries);
	});

	it.each([
		[{ isFailure: true }, true],
		[{ isSuccess: false }, true],
		[{ isSuccess: true, isFailure: true }, true],
		[{ isSuccess: true, isFailure: false }, false],
		[{ isFailure: 'true' }, false],
		[{ value: null, error: { code: 'Locked', message: 'It is locked.' } }, true],
		[{ isSuccess: null, isFailure: null, value: null, error: 'It is locked.' }, true],
		[{ value: null, error: { code: '', message: ' ', info: ['', 'It is locked.'] } }, true],
		[{ data: null, error: { details: { id: ['It is locked.'] } } }, true],
		[{ isSuccess: true, value: null, error: null }, false],
		[{ isSuccess: true, value: null, error: { code: '', message: '', type: 0 } }, false],
		[{ value: null, error: { code: '', message: '', info: [] } }, false],
		[{ value: null, error: '  ' }, false],
		[{ value: [ENTRY], error: null }, false],
		// No wrapper, so anything in between may have said it.
		[{ error: { message: 'It is locked.' } }, false],
		// These contradict themselves, which proves no refusal.
		[{ isSuccess: true, value: null, error: { message: 'It is locked.' } }, false],
		[{ isFailure: false, error: 'It is locked.' }, false],
		[{ value: [ENTRY], error: { message: 'It is locked.' } }, false],
		[{}, false],
		[null, false],
	])('is declined by %j: %s', (body, declined) => {
		expect(saysFailure(body)).toBe(declined);
	});

	it.each([
		[{ isSuccess: true, value: [ENTRY] }, 'sent'],
		[{ isSuccess: true, value: null }, 'sent'],
		[{ isFailure: true, value: [ENTRY] }, 'notSent'],
		[{ value: null, error: { code: 'Locked', message: 'It is locked.' } }, 'notSent'],
		[{ isSuccess: null, isFailure: null, value: null, error: 'It is locked.' }, 'notSent'],
		[{ isSuccess: true, value: null, error: { code: '', message: '', type: 0 } }, 'sent'],
		[{ isSuccess: true, value: [ENTRY], error: { code: '', message: '' } }, 'sent'],
		[{ isSuccess: true, value: null, error: { message: 'It is locked.' } }, 'unclear'],
		[{ isFailure: false, error: 'It is locked.' }, 'unclear'],
		[{ error: { message: 'It is locked.' } }, 'unclear'],
		[{ value: [ENTRY], error: { message: 'It is locked.' } }, 'unclear'],
		[{ hello: 'world' }, 'unclear'],
		[undefined, 'unclear'],
	])('was sent again by %j: %s', (body, said) => {
		expect(numiumConfirms(reply(body))).toBe(said);
	});

	it('is the one with its id in a reply, never its neighbour', () => {
		const body = { value: [{ id: 9001 }, { id: '9007199254740993' }, { email: 'x' }] };
		const exchange = { kind: 'reply', reply: reply(body) } as const;
		expect(findEntry(exchange, '9001')).toEqual({ id: 9001 });
		expect(findEntry(exchange, '9007199254740993')).toEqual({ id: '9007199254740993' });
		expect(findEntry(exchange, '9007199254740992')).toBeNull();
		expect(findEntry({ kind: 'reply', reply: reply('x') }, '9001')).toBeNull();
		expect(findEntry({ kind: 'fault', fault: { kind: 'unclear', code: null } }, '9001')).toBeNull();
	});
});
