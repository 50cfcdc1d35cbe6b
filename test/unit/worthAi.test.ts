import { readConfirmation, saysOnboarded } from '../../nodes/WorthAi/api';
import { mapInvitation, mapStatus } from '../../nodes/WorthAi/mapper';
import type { Reply } from '../../nodes/shared/http/response';

function reply(body: unknown, status = 200): Reply {
	return { status, headers: {}, text: JSON.stringify(body), body };
}

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
		expect(mapStatus(user)).toBe(status);
	});

	it('is mapped without dates, for none of its stamps is that of an email', () => {
		const user = {
			id: 'user-1',
			first_name: 'Ann',
			last_name: 'Example',
			email: 'ann@example.com',
			status: 'INVITED',
			created_at: '2026-06-10T08:00:00.000Z',
			updated_at: '2026-06-11T08:00:00.000Z',
		};
		expect(mapInvitation(user, { customerId: 'c', userId: 'u' }, 'production')).toEqual({
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
		expect(readConfirmation(reply(body))).toBe(said);
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
