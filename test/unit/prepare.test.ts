import type { FailureReason } from '../../nodes/shared/core/failure';
import { failed } from '../../nodes/shared/core/result';
import { classifyLeave } from '../../nodes/shared/resend/prepare';
import { sampleFailure } from './support/sampleFailure';

describe('an item that leaves without a send', () => {
	it.each<[FailureReason, boolean, string]>([
		['unavailable', true, 'fault'],
		['unreachable', true, 'fault'],
		['credential', false, 'fault'],
		['notFound', false, 'unneeded'],
		// The service was not asked at all.
		['cancelled', true, 'unneeded'],
		['recordUnavailable', true, 'unneeded'],
	])('because of %s, retryable %p, is %s', (reason, retryable, why) => {
		const judged = failed<never>(sampleFailure({ reason, retryable }));
		expect(classifyLeave({ kind: 'judged', judged })).toBe(why);
	});
});
