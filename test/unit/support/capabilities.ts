import type { Capabilities } from '../../../nodes/shared/invitation/provider';

/** Of a service that tells everything, though its lists leave the dates out. */
export function capabilities(given: Partial<Capabilities> = {}): Capabilities {
	return {
		stampsSends: true,
		tellsName: true,
		tellsSentAt: true,
		tellsExpiry: true,
		tellsCompletedAt: true,
		statuses: ['cancelled', 'completed', 'expired', 'pending', 'unknown'],
		resendableStatuses: ['cancelled', 'expired', 'pending', 'unknown'],
		listsCarryDates: false,
		findsByEmail: false,
		makesNewInvitation: true,
		...given,
	};
}
