import type { Failure } from '../../../nodes/shared/core/failure';

/** A service that is away, or what `patch` makes of it. */
export function sampleFailure(patch: Partial<Failure> = {}): Failure {
	return {
		message: 'It did not answer',
		description: 'Try again later.',
		reason: 'unavailable',
		httpStatus: 503,
		code: null,
		retryable: true,
		...patch,
	};
}
