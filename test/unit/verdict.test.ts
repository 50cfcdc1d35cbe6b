import {
	createSentVerdict,
	createUnconfirmedVerdict,
	explainDoubt,
} from '../../nodes/shared/resend/verdict';
import type { Failure } from '../../nodes/shared/core/failure';
import { sampleInvitation } from './support/sampleInvitation';

const NEXT = '2026-06-16T22:00:00.000Z';

describe('the verdict on a send that was confirmed', () => {
	it('says so', () => {
		const [before, after] = [sampleInvitation(), sampleInvitation({ sentAt: NEXT })];
		expect(createSentVerdict(before, after, NEXT)).toEqual({
			outcome: 'sent',
			reason: 'sent',
			message: 'Sent',
			nextEligibleAt: NEXT,
			invitation: after,
		});
	});

	it('tells that another invitation took the place of the earlier one', () => {
		const after = sampleInvitation({ id: 'inv-2' });
		expect(createSentVerdict(sampleInvitation(), after, null)).toEqual({
			outcome: 'sent',
			reason: 'sent',
			message: 'Sent with a new link; the link in the earlier email no longer works',
			nextEligibleAt: null,
			invitation: after,
			previousInvitationId: 'inv-1',
		});
	});

	it('tells both addresses where it was sent to another one, though the reading holds the old one', () => {
		const before = sampleInvitation({ email: 'ann@example.com' });
		const verdict = createSentVerdict(before, before, null, 'bea@example.com');
		expect(verdict.message).toBe('Sent to bea@example.com instead of ann@example.com');
		expect(verdict.invitation.email).toBe('bea@example.com');
	});

	it('says nothing of another address where it is the same in another case', () => {
		const before = sampleInvitation({ email: 'ann@example.com' });
		const verdict = createSentVerdict(before, before, null, 'Ann@Example.com');
		expect(verdict.message).toBe('Sent');
		expect(verdict.invitation).toEqual(before);
	});

	it('takes an invitation that had no id for the same', () => {
		const verdict = createSentVerdict(sampleInvitation({ id: null }), sampleInvitation(), null);
		expect(verdict.message).toBe('Sent');
		expect(verdict).not.toHaveProperty('previousInvitationId');
	});
});

describe('the verdict on a send that nothing confirms', () => {
	const because = 'Worth AI did not answer in time.';
	const settle = () => 'sent' as const;

	it('advises to look where the provider cannot tell', () => {
		const invitation = sampleInvitation();
		expect(
			createUnconfirmedVerdict({ displayName: 'Worth AI' }, invitation, because, NEXT),
		).toEqual({
			outcome: 'unknown',
			reason: 'unconfirmed',
			message:
				"Could not confirm whether the email to ann@example.com was sent. Worth AI did not answer in time. Ask the person whether it arrived. It is not sent again within the period of 'Send at Most Once'.",
			nextEligibleAt: NEXT,
			invitation,
		});
	});

	it('advises to run again where the provider can tell', () => {
		const provider = { displayName: 'KarmaCheck', settle };
		expect(createUnconfirmedVerdict(provider, sampleInvitation(), because, null)).toMatchObject({
			message:
				'Could not confirm whether the email to ann@example.com was sent. Worth AI did not answer in time. Run the workflow again in about ten minutes: it then checks in KarmaCheck whether the email was sent, and sends it if it was not.',
			nextEligibleAt: null,
		});
	});

	it.each([undefined, settle])('does without an address that is not known, %p', (told) => {
		const provider = { displayName: 'Numium', ...(told ? { settle: told } : {}) };
		const { message } = createUnconfirmedVerdict(
			provider,
			sampleInvitation({ email: null }),
			because,
			null,
		);
		expect(message).toMatch(/^Could not confirm whether the email was sent\. Worth AI did/);
		expect(message).not.toMatch(/error|problem|failure|mistake/i);
	});
});

describe('why a send is unclear', () => {
	const failure = {
		message: 'It could not serve the request',
		description: 'Try again later. Worth AI answered: Busy',
		reason: 'unavailable',
		httpStatus: 503,
		code: null,
		retryable: true,
	} as const;

	it.each<[string, Partial<Failure>, string]>([
		['nothing was said', {}, 'It could not serve the request.'],
		[
			'something was said',
			{ answered: 'Worth AI answered: Busy' },
			'It could not serve the request. Worth AI answered: Busy.',
		],
		[
			'that was a sentence',
			{ answered: 'Worth AI answered: Busy!' },
			'It could not serve the request. Worth AI answered: Busy!',
		],
		[
			'something in between answered',
			{ reason: 'unexpectedReply', description: 'Check for a proxy.', answered: 'x' },
			'It could not serve the request. Check for a proxy.',
		],
		[
			'it is a defect of our own',
			{ reason: 'internal', description: 'Please report this' },
			'It could not serve the request. Please report this.',
		],
	])('where %s', (_what, more, told) => {
		expect(explainDoubt({ ...failure, ...more })).toBe(told);
	});
});
