import type { ParameterReader } from '../node/parameters';
import type { PollEvent, PollRules } from './detectEvents';
import type { Found, InvitationProvider } from '../invitation/provider';
import type { CredentialPlan, Session } from '../http/session';

/**
 * What to make of an invitation that is no longer listed.
 *
 * - `forgotten`: nothing.
 * - `read`: it can still be read by itself, and its status tells.
 * - `closed`: that it is gone is itself the news; `recall` puts it together from what is known.
 */
export type Vanishing<Target> =
	| { kind: 'forgotten' }
	| { kind: 'read'; target: (key: string) => Target }
	| {
			kind: 'closed';
			recall: (key: string, email: string | null, account: string, session: Session) => Found;
	  };

/** One provider's trigger, for the shared polling. */
export interface PollPlan<Target> {
	credential: CredentialPlan;
	createProvider: (parameters: ParameterReader, session: Session) => InvitationProvider<Target>;
	events: readonly PollEvent[];
	/** Whose invitations are listed, where the credential alone does not say. */
	account: (parameters: ParameterReader, session: Session) => string;
	vanishing: Vanishing<Target>;
}

/** One poll of it, once signed in. */
export interface Poll<Target> {
	plan: PollPlan<Target>;
	provider: InvitationProvider<Target>;
	session: Session;
	account: string;
	rules: PollRules;
}
