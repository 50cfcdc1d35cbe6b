import { FAR_AWAY, ISSUED, pastedToken } from '../../jwt';
import type { SwitchChoices } from '../../service';

export const account = {
	tenantId: '1024',
	otherTenantId: '2048',
	/** Has no invitations at all. */
	emptyTenantId: '4096',
	/** The sandbox's token has no permission there. */
	foreignTenantId: '8192',
} as const;

export const tokens = {
	numium: pastedToken('numium', { exp: FAR_AWAY }),
	/** Ran out in 2024 and is refused. */
	numiumExpired: pastedToken('numium', { exp: ISSUED + 3600 }),
} as const;

export const SWITCHES = {
	/** The schema of Numium's reply says `value`, the samples in its prose say `data`. */
	numiumWrapper: ['value', 'data'],
	/** Numium's generated sample shows one object where the schema says array. */
	numiumCollection: ['array', 'object'],
	/** What a tenant without invitations gets; Numium's pages say both. */
	numiumEmpty: ['404', 'empty'],
	/** Whether a resend changes `createdAt`: a published sample shows a later one, no page promises it. */
	numiumStamp: ['resend', 'never'],
} as const satisfies SwitchChoices;
