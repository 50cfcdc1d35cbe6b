// Whom the measured runs may read and mail. A Resend needs people whom nobody has mailed today, or it sends nothing.
import { accounts } from '../sandbox/accounts.ts';

/** The sandbox's first ones are of all kinds, and named in its seed; what follows them is open. */
const NAMED = { karmaCheck: 13, worthAi: 8, numium: 20 };

const DAY_MS = 86_400_000;

/** Flags of the sandbox for so many open invitations at each service, past the named ones. */
export function sandboxArgs({ cases, users, invitations }) {
	return [
		['--cases', NAMED.karmaCheck + cases],
		['--users', NAMED.worthAi + users],
		['--invitations', NAMED.numium + invitations],
	].flatMap(([name, value]) => [name, String(value)]);
}

/** Gives out each one once. */
function inTurn(what, list) {
	let used = 0;
	return async (count) => {
		const taken = list.slice(used, (used += count));
		if (taken.length < count) throw new Error(`The sandbox has too few ${what} for so many rounds`);
		return taken;
	};
}

/**
 * Numium answers a resend with all pending invitations of the tenant, so the length of its answer, and the work to
 * read it, would depend on what was measured before. Here a tenant has as many as are to be emailed, and the three
 * that the sandbox gives it.
 */
function inSmallTenant(control, tenantId) {
	let present = [];
	return async (count) => {
		await Promise.all(present.map((id) => control.post(`/invitations/${id}/accept`)));
		// Sent at some other time than today, which Resend looks at.
		const createdAt = Date.now() - 2 * DAY_MS;
		const added = await Promise.all(
			Array.from({ length: count }, () => control.post('/invitations', { tenantId, createdAt })),
		);
		present = added.map(({ data }) => data.id);
		return present.map((invitationId) => ({ tenantId, invitationId }));
	};
}

/** Open invitations as Get Many puts them out, as far as the runs need them. */
export async function findPeople(control) {
	const { data } = await control.get('/state');
	const cases = data.karmaCheck.slice(NAMED.karmaCheck).map(({ id, invitation }) => ({
		caseId: id,
		email: invitation.email,
	}));
	const users = data.worthAi.slice(NAMED.worthAi).map(({ id, customerId }) => ({
		customerId,
		userId: id,
	}));
	const { tenantId, otherTenantId } = accounts.numium;
	const invitations = data.numium
		.filter((invitation) => invitation.tenantId === tenantId)
		.map(({ id }) => ({ tenantId, invitationId: id }));
	// Get Many leaves out whom nobody was invited for, as KarmaCheck's list leaves out what is archived.
	const listed = data.karmaCheck.filter(({ invitation, archived }) => invitation && !archived);
	return {
		cases,
		invitations,
		listed: listed.length,
		/** By service: so many whom no run has had. */
		fresh: {
			karmaCheck: inTurn('cases', cases),
			worthAi: inTurn('users', users),
			numium: inSmallTenant(control, otherTenantId),
		},
	};
}
