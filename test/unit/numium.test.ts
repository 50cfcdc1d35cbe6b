import type { Reply } from '../../nodes/shared/http/response';
import { ok } from '../../nodes/shared/core/result';
import type { Found } from '../../nodes/shared/invitation/provider';
import type { Session } from '../../nodes/shared/http/session';
import { findEntry, readConfirmation, readEntries, saysFailure } from '../../nodes/Numium/api';
import { mapInvitation, mapStatus, type InvitationIds } from '../../nodes/Numium/mapper';
import { createNumiumProvider } from '../../nodes/Numium/provider';
import { NO_PARAMETERS } from './support/noParameters';
import { sampleInvitation } from './support/sampleInvitation';

function reply(body: unknown, status = 200): Reply {
	return { status, headers: {}, text: JSON.stringify(body), body };
}

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
		expect(mapStatus(providerStatus)).toBe(status);
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
		expect(mapInvitation(raw, '1024', 'api.example.com')).toEqual({
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
		expect(mapInvitation({}, '1024', 'api.example.com')).toMatchObject({
			id: null,
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
		expect(readConfirmation(reply(body))).toBe(said);
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

/** Numium, which answers every call with this body. */
function answering(body: unknown) {
	const session = {
		credential: { tenantId: '1024' },
		environment: 'numium.example.com',
		exchange: async () => await Promise.resolve({ kind: 'reply', reply: reply(body) }),
	} as unknown as Session;
	return createNumiumProvider(NO_PARAMETERS, session);
}

const TARGET = { by: 'id', tenantId: '1024', id: '9001' } as const;
const IDS: InvitationIds = { tenantId: '1024', invitationId: '9001' };
const BEFORE: Found<InvitationIds> = {
	invitation: sampleInvitation({ id: '9001', subject: IDS }),
	raw: {},
	link: null,
};
const ENTRY = { id: 9001, email: 'ann@example.com', status: 'Pending' };

const REFUSALS: Array<[string, unknown]> = [
	['isFailure', { isSuccess: false, isFailure: true, value: null, error: 'Not allowed today.' }],
	['no flag', { value: null, error: { code: 'X1', message: 'Not allowed today.', info: [] } }],
	[
		'null for flags',
		{ isSuccess: null, isFailure: null, error: { message: 'Not allowed today.' } },
	],
	['words in info alone', { value: null, error: { message: '', info: ['Not allowed today.'] } }],
	['a description', { value: null, error: { code: 'X1', description: 'Not allowed today.' } }],
];

const NO_WAIT = async () => () => true;

describe('a resend that Numium answers with 200', () => {
	it.each(REFUSALS)('and %s is refused, in its own words', async (_, body) => {
		const result = await answering(body).send(TARGET, BEFORE, NO_WAIT);
		expect(result).toMatchObject({
			kind: 'refused',
			failure: {
				message: 'Numium declined the request',
				description: 'Check the tenant ID and the invitation. Numium answered: Not allowed today.',
				reason: 'refused',
				httpStatus: 200,
			},
		});
	});

	it("carries the error's code", async () => {
		const result = await answering(REFUSALS[1]?.[1]).send(TARGET, BEFORE, NO_WAIT);
		expect(result).toMatchObject({ failure: { code: 'X1' } });
	});

	it.each<[string, unknown]>([
		['null', null],
		['one without words', { code: '', message: '', info: [] }],
	])('and success beside an error that is %s was sent', async (_, error) => {
		const body = { isSuccess: true, isFailure: false, error, value: [ENTRY] };
		expect(await answering(body).send(TARGET, BEFORE, NO_WAIT)).toMatchObject({
			kind: 'accepted',
			current: { raw: ENTRY },
		});
		expect(await answering({ ...body, value: null }).send(TARGET, BEFORE, NO_WAIT)).toEqual({
			kind: 'accepted',
			current: null,
		});
	});

	it('and both success and an error with words is unclear', async () => {
		const body = { isSuccess: true, value: null, error: { message: 'Not allowed today.' } };
		const result = await answering(body).send(TARGET, BEFORE, NO_WAIT);
		expect(result.kind).toBe('unclear');
		expect(result.kind === 'unclear' && result.failure.description).toContain(
			'Numium answered: Not allowed today.',
		);
	});
});

describe('a list that Numium answers with 200', () => {
	it.each(REFUSALS)('and %s is no empty list', async (_, body) => {
		const reading = await answering(body).read(TARGET);
		expect(reading).toMatchObject({ ok: false, failure: { reason: 'refused' } });
	});

	it.each([
		{ isSuccess: true, value: null, error: null },
		{ isSuccess: true, isFailure: false, value: null, error: { code: '', message: '' } },
		{ isSuccess: true, data: null },
		{ isSuccess: true, data: [] },
	])('and %j is an empty one', async (body) => {
		expect(await answering(body).read(TARGET)).toEqual(ok(null));
	});

	it.each([
		{ isSuccess: true },
		{ isSuccess: true, isFailure: false, error: null },
		{ isSuccess: true, value: null, error: { code: 'X', message: 'Not allowed today.' } },
		{ isFailure: false, data: [], error: 'Not allowed today.' },
	])('and %j says neither', async (body) => {
		expect(await answering(body).read(TARGET)).toMatchObject({
			ok: false,
			failure: {
				reason: 'unexpectedReply',
				message: 'Numium gave an unexpected answer for tenant 1024',
			},
		});
	});
});

describe('an entry of Numium without an id', () => {
	it('is not asked for by its address, as no call could name it', async () => {
		const { read, changes } = answering({ isSuccess: true, value: [{ email: 'ann@example.com' }] });
		const target = { by: 'email', tenantId: '1024', email: 'Ann@example.com' } as const;
		const refused = {
			ok: false,
			failure: {
				message: 'Numium lists the invitation to Ann@example.com without an ID',
				reason: 'unexpectedReply',
			},
		};
		expect(await read(target)).toMatchObject(refused);
		expect(await changes?.cancel?.make(target)).toMatchObject(refused);
	});
});
