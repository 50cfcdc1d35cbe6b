import type { Reply } from '../../nodes/shared/http/response';
import { ok } from '../../nodes/shared/core/result';
import type { Found } from '../../nodes/shared/invitation/provider';
import type { Session } from '../../nodes/shared/http/session';
import type { InvitationIds } from '../../nodes/Numium/mapper';
import { createNumiumProvider } from '../../nodes/Numium/provider';
import { sampleInvitation } from './support/sampleInvitation';

/** Numium, which answers every call with this body. */
function answering(body: unknown) {
	const reply: Reply = { status: 200, headers: {}, text: JSON.stringify(body), body };
	const session = {
		credential: { tenantId: '1024' },
		environment: 'numium.example.com',
		exchange: async () => await Promise.resolve({ kind: 'reply', reply }),
	} as unknown as Session;
	return createNumiumProvider({ value: () => '', mode: () => 'id' }, session);
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

const NO_WAIT = async (): Promise<void> => {};

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

	it('and null without an error is an empty one', async () => {
		expect(await answering({ isSuccess: true, value: null, error: null }).read(TARGET)).toEqual(
			ok(null),
		);
	});
});
