import { uuidFor } from '../../ids';
import { FAR_AWAY, ISSUED, pastedToken } from '../../jwt';
import type { SwitchChoices } from '../../service';

export const account = {
	email: 'integration@example.com',
	password: 'sandbox-password',
	customerId: uuidFor('worthAi', 'customer', 1),
	/** A customer the account above has no access to. */
	foreignCustomerId: uuidFor('worthAi', 'customer', 2),
} as const;

export const tokens = {
	worthAi: pastedToken('worthAi', { token_use: 'id', exp: FAR_AWAY }),
	/** Ran out in 2024 and is refused. */
	worthAiExpired: pastedToken('worthAi', { token_use: 'id', exp: ISSUED + 3600 }),
} as const;

export const SWITCHES = {
	/** Worth AI's schema has `data.id_token`, its example `data.data.id_token`. */
	worthSignIn: ['flat', 'nested'],
	/** Worth AI documents a wrong password as 400 and as 500. */
	worthBadPassword: ['400', '500'],
} as const satisfies SwitchChoices;
