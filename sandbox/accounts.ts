import { uuidFor } from './ids';
import { signJwt } from './jwt';

/** Sign-in values the sandbox accepts. They open nothing but the sandbox. */
export const accounts = {
	karmaCheck: {
		apiKey: 'sandbox-api-key',
		clientAccessToken: 'sandbox-client-access-token',
		groupProfileId: uuidFor('karmaCheck', 'group'),
		companyId: uuidFor('karmaCheck', 'company'),
	},
	worthAi: {
		email: 'integration@example.com',
		password: 'sandbox-password',
		customerId: uuidFor('worthAi', 'customer', 1),
		/** A customer the account above has no access to. */
		foreignCustomerId: uuidFor('worthAi', 'customer', 2),
	},
	numium: {
		tenantId: '1024',
		otherTenantId: '2048',
		/** Has no invitations at all. */
		emptyTenantId: '4096',
		/** The sandbox's token has no permission there. */
		foreignTenantId: '8192',
	},
} as const;

/** 1 January 2024 and 1 January 2100, in the seconds a JWT counts. */
const ISSUED = 1_704_067_200;
const FAR_AWAY = 4_102_444_800;

/**
 * Tokens to paste into a credential; each start of the sandbox accepts the same ones.
 * `worthAiExpired` and `numiumExpired` ran out in 2024 and are refused.
 */
export const tokens = {
	// KarmaCheck's published sample token has no `exp`.
	karmaCheck: signJwt({
		sub: 'sandbox-pasted',
		jti: 'karmaCheck-pasted',
		groupProfileId: accounts.karmaCheck.groupProfileId,
		iat: ISSUED,
	}),
	worthAi: signJwt({
		sub: 'sandbox-pasted',
		jti: 'worthAi-pasted',
		token_use: 'id',
		iat: ISSUED,
		exp: FAR_AWAY,
	}),
	worthAiExpired: signJwt({
		sub: 'sandbox-pasted',
		jti: 'worthAi-pasted',
		token_use: 'id',
		iat: ISSUED,
		exp: ISSUED + 3600,
	}),
	numium: signJwt({ sub: 'sandbox-pasted', jti: 'numium-pasted', iat: ISSUED, exp: FAR_AWAY }),
	numiumExpired: signJwt({
		sub: 'sandbox-pasted',
		jti: 'numium-pasted',
		iat: ISSUED,
		exp: ISSUED + 3600,
	}),
} as const;
