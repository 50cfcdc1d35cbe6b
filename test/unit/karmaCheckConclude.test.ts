import { concludeSend } from '../../nodes/KarmaCheck/provider';
import { invalidInput, type Failure } from '../../nodes/shared/failure';
import type { Invitation } from '../../nodes/shared/invitation';
import type { SendEvidence } from '../../nodes/shared/judgeSend';
import { failed, ok, type Found, type Result } from '../../nodes/shared/provider';
import { sampleInvitation } from './support/sampleInvitation';

function found(given: Partial<Invitation> = {}): Found {
	return {
		invitation: sampleInvitation({ sentAt: '2026-06-10T08:00:00.000Z', ...given }),
		raw: {},
		link: null,
	};
}

const BECAUSE: Failure = {
	message: 'KarmaCheck did not answer',
	description: 'The connection was lost.',
	reason: 'unreachable',
	httpStatus: null,
	code: 'ECONNRESET',
	retryable: true,
};

const ACCEPTED: SendEvidence = { kind: 'accepted' };
const LOST: SendEvidence = { kind: 'unclear', pending: false, failure: BECAUSE };
const PENDING: SendEvidence = { kind: 'unclear', pending: true, failure: BECAUSE };

const before = found();
const SAME: Result<Found | null> = ok(found({ status: 'expired', daysLeft: 3 }));
const NEW: Result<Found | null> = ok(found({ id: 'inv-2' }));
const GONE: Result<Found | null> = ok(null);
const UNREADABLE: Result<Found | null> = failed(invalidInput('x', 'y'));

const UNKNOWN_AFTER_LOSS = {
	kind: 'unknown',
	failure: {
		message: 'Nothing tells whether the mail for case case-1 went out',
		description:
			"The connection was lost. It is not sent again within 'At Most Once Per'. Run the workflow again later: it then sees whether a new invitation has appeared.",
		reason: 'unconfirmed',
		httpStatus: null,
		code: 'ECONNRESET',
		retryable: false,
	},
};

describe('concludeSend of KarmaCheck', () => {
	it.each<[string, SendEvidence, Result<Found | null>, unknown]>([
		[
			'accepted, and a new invitation',
			ACCEPTED,
			NEW,
			{ kind: 'sent', current: found({ id: 'inv-2' }) },
		],
		['accepted, and a look that failed', ACCEPTED, UNREADABLE, { kind: 'sent', current: null }],
		['accepted, and no invitation any more', ACCEPTED, GONE, { kind: 'sent', current: null }],
		[
			'accepted, and the earlier invitation',
			ACCEPTED,
			SAME,
			{
				kind: 'unknown',
				failure: {
					message: 'Nothing tells whether the mail for case case-1 went out',
					description:
						"KarmaCheck accepted the request and still shows the earlier invitation. It is not sent again within 'At Most Once Per'. Run the workflow again later: it then sees whether a new invitation has appeared.",
					reason: 'unconfirmed',
					httpStatus: null,
					code: null,
					retryable: false,
				},
			},
		],
		[
			'no answer, and a new invitation',
			LOST,
			NEW,
			{ kind: 'sent', current: found({ id: 'inv-2' }) },
		],
		[
			'no answer, and the earlier invitation',
			LOST,
			SAME,
			{
				kind: 'notSent',
				failure: {
					...BECAUSE,
					description:
						'The connection was lost. KarmaCheck still shows the earlier invitation, so nothing was mailed.',
				},
			},
		],
		['no answer, and a look that failed', LOST, UNREADABLE, UNKNOWN_AFTER_LOSS],
		['no answer, and no invitation any more', LOST, GONE, UNKNOWN_AFTER_LOSS],
		[
			'no answer in time, and a new invitation',
			PENDING,
			NEW,
			{ kind: 'sent', current: found({ id: 'inv-2' }) },
		],
		['no answer in time, and the earlier invitation', PENDING, SAME, UNKNOWN_AFTER_LOSS],
		['no answer in time, and a look that failed', PENDING, UNREADABLE, UNKNOWN_AFTER_LOSS],
	])('after %s', (_, evidence, after, expected) => {
		expect(concludeSend(evidence, before, after, 'case-1')).toEqual(expected);
	});

	it.each(['refused', 'neverSent', 'rateLimited'] as const)(
		'lets %s stand, whatever a look would show',
		(kind) => {
			const evidence: SendEvidence = { kind, failure: BECAUSE };
			expect(concludeSend(evidence, before, NEW, 'case-1')).toBe(evidence);
		},
	);

	it.each<[string, Partial<Invitation>, Partial<Invitation>, string]>([
		['a new id', { id: 'a' }, { id: 'b' }, 'sent'],
		['a new id with the old stamp', { id: 'a', sentAt: 'x' }, { id: 'b', sentAt: 'x' }, 'sent'],
		['the same id with a new stamp', { id: 'a', sentAt: 'x' }, { id: 'a', sentAt: 'y' }, 'notSent'],
		['no id, and a new stamp', { id: null, sentAt: 'x' }, { id: null, sentAt: 'y' }, 'sent'],
		['no id, and the same stamp', { id: null, sentAt: 'x' }, { id: null, sentAt: 'x' }, 'notSent'],
		['an id where there was none', { id: null }, { id: 'b' }, 'sent'],
	])('judges by %s', (_, earlier, now, kind) => {
		expect(concludeSend(LOST, found(earlier), ok(found(now)), 'case-1').kind).toBe(kind);
	});
});
