import { uuidFor } from '../../ids';
import { pastedToken } from '../../jwt';

export const account = {
	apiKey: 'sandbox-api-key',
	clientAccessToken: 'sandbox-client-access-token',
	groupProfileId: uuidFor('karmaCheck', 'group'),
	companyId: uuidFor('karmaCheck', 'company'),
} as const;

export const tokens = {
	// KarmaCheck's published sample token has no `exp`.
	karmaCheck: pastedToken('karmaCheck', { groupProfileId: account.groupProfileId }),
} as const;
