import type { JsonObject } from '../../nodes/shared/core/json';
import {
	explainFault,
	explainReply,
	explainUnexpectedReply,
	type CallContext,
} from '../../nodes/shared/http/errorMessages';
import type { Fault, Reply } from '../../nodes/shared/http/response';
import { classifySend, readContent, readReply } from '../../nodes/shared/http/readReply';

const CONTEXT: CallContext = { provider: 'KarmaCheck', about: 'case 7e32' };

function reply(status: number): Reply {
	return { status, headers: {}, text: '', body: undefined };
}

function judged(status: number, said: 'sent' | 'notSent' | 'unclear' = 'unclear') {
	return classifySend({ kind: 'reply', reply: reply(status) }, CONTEXT, () => said);
}

describe('what a read is answered with', () => {
	it.each([200, 204, 299])('is the reply itself with %d', (status) => {
		const given = reply(status);
		expect(readReply({ kind: 'reply', reply: given }, CONTEXT)).toEqual({ ok: true, value: given });
	});

	it.each([300, 404, 422, 503])('is explained with %d', (status) => {
		expect(readReply({ kind: 'reply', reply: reply(status) }, CONTEXT)).toEqual({
			ok: false,
			failure: explainReply(reply(status), CONTEXT),
		});
	});

	it('is explained where nothing came', () => {
		const fault: Fault = { kind: 'unclear', code: 'ECONNRESET' };
		expect(readReply({ kind: 'fault', fault }, CONTEXT)).toEqual({
			ok: false,
			failure: explainFault(fault, CONTEXT),
		});
	});
});

describe('what a reply holds', () => {
	const exchange = (body: unknown, status = 200) =>
		({ kind: 'reply', reply: { ...reply(status), body } }) as const;
	const pickName = ({ name }: JsonObject) => (typeof name === 'string' ? name : null);

	it('is picked out of its body', () => {
		expect(readContent(exchange({ name: 'Ada' }), CONTEXT, pickName)).toEqual({
			ok: true,
			value: 'Ada',
		});
	});

	it.each([[{ name: 7 }], [{}], [['Ada']], ['Ada'], [null], [undefined]])(
		'is explained as missing in %j',
		(body) => {
			const given = exchange(body);
			expect(readContent(given, CONTEXT, pickName)).toEqual({
				ok: false,
				failure: explainUnexpectedReply(given.reply, CONTEXT),
			});
		},
	);

	it('is not looked for in a refusal', () => {
		const given = exchange({ name: 'Ada' }, 403);
		expect(readContent(given, CONTEXT, pickName)).toEqual({
			ok: false,
			failure: explainReply(given.reply, CONTEXT),
		});
	});
});

describe('classifySend', () => {
	it.each([200, 201, 204, 299])('takes the word of a %d that it was sent', (status) => {
		expect(judged(status, 'sent')).toEqual({ kind: 'accepted' });
	});

	it.each([200, 299])('takes the word of a %d that it was not sent', (status) => {
		expect(judged(status, 'notSent')).toEqual({
			kind: 'refused',
			failure: explainReply(reply(status), CONTEXT),
		});
	});

	it.each([200, 299])('proves nothing by a %d that says nothing', (status) => {
		expect(judged(status)).toEqual({
			kind: 'unclear',
			failure: explainUnexpectedReply(reply(status), CONTEXT),
		});
	});

	it('asks for the meaning of the very reply', () => {
		const confirms = jest.fn(() => 'sent' as const);
		const given = reply(200);
		classifySend({ kind: 'reply', reply: given }, CONTEXT, confirms);
		expect(confirms).toHaveBeenCalledWith(given);
	});

	it.each([400, 401, 403, 404, 409, 422, 499])('is refused by %d', (status) => {
		expect(judged(status)).toEqual({
			kind: 'refused',
			failure: explainReply(reply(status), CONTEXT),
		});
	});

	it('is asked to slow down by 429', () => {
		expect(judged(429)).toEqual({
			kind: 'rateLimited',
			failure: explainReply(reply(429), CONTEXT),
		});
	});

	it.each([0, 199, 300, 302, 399, 408, 500, 502, 503, 504, 599])(
		'proves nothing by %d',
		(status) => {
			expect(judged(status)).toEqual({
				kind: 'unclear',
				failure: explainReply(reply(status), CONTEXT),
			});
		},
	);

	it('asks what a reply means only for 2xx', () => {
		const confirms = jest.fn(() => 'sent' as const);
		for (const status of [0, 199, 300, 400, 429, 500]) {
			classifySend({ kind: 'reply', reply: reply(status) }, CONTEXT, confirms);
		}
		expect(confirms).not.toHaveBeenCalled();
	});

	it.each<[Fault]>([
		[{ kind: 'signIn', status: 401, detail: 'x', askedWait: null }],
		[{ kind: 'signIn', status: null, detail: 'x', askedWait: null }],
		[{ kind: 'neverSent', code: 'ECONNREFUSED' }],
		[{ kind: 'neverSent', code: null }],
		[{ kind: 'notStarted', code: null }],
	])('was never sent after %j', (fault) => {
		expect(classifySend({ kind: 'fault', fault }, CONTEXT, () => 'sent')).toEqual({
			kind: 'neverSent',
			failure: explainFault(fault, CONTEXT),
		});
	});

	it('is asked to slow down where that is what the sign-in was answered with', () => {
		const fault: Fault = { kind: 'signIn', status: 429, detail: 'x', askedWait: null };
		expect(classifySend({ kind: 'fault', fault }, CONTEXT, () => 'sent')).toEqual({
			kind: 'rateLimited',
			failure: explainFault(fault, CONTEXT),
		});
	});

	it.each<[Fault]>([
		[{ kind: 'unclear', code: 'ECONNRESET' }],
		[{ kind: 'unclear', code: 'ETIMEDOUT' }],
		[{ kind: 'unclear', code: null }],
		[{ kind: 'cancelled', code: 'ERR_CANCELED' }],
		[{ kind: 'cancelled', code: null }],
	])('is unclear after %j', (fault) => {
		expect(classifySend({ kind: 'fault', fault }, CONTEXT, () => 'sent')).toEqual({
			kind: 'unclear',
			failure: explainFault(fault, CONTEXT),
		});
	});
});
