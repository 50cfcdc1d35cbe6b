import {
	explainFault,
	explainReply,
	type CallContext,
} from '../../nodes/shared/http/errorMessages';
import { readReply, type Fault, type Reply } from '../../nodes/shared/http/response';

const CONTEXT: CallContext = { provider: 'KarmaCheck', about: 'case 7e32' };

function reply(status: number): Reply {
	return { status, headers: {}, text: '', body: undefined };
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
