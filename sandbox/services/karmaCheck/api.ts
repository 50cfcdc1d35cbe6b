import { uuidFor } from '../../ids';
import { isRecord } from '../../json';
import { empty, json } from '../../reply';
import type { Service, World } from '../../service';
import { account } from './account';
import {
	PACKAGES,
	VALIDITY,
	invitationStatus,
	type InvitationStatusName,
	type KarmaCheckCase,
	type KarmaCheckInvitation,
	type KarmaCheckState,
} from './state';
import type { Call, Reply } from '../../types';

const INVITATION_STATUS_IDS: Record<InvitationStatusName, string> = {
	pending: '3f5e6898-6641-4685-8ee0-1363b7e10c98',
	expired: 'b5af27f7-8a03-4820-b2bd-82587dcacf5b',
	completed: 'd1962405-dd97-48f2-bede-530c2895481f',
	cancelled: '0f6acacc-71c4-43ec-80fa-941ff71c0c16',
};

const CASE_TYPE_ID = 'cde61186-4f22-45f4-9e19-429061365bce';
const CASE_STATUS = {
	pending: { caseStatusId: 'd894b8a0-937e-46b1-8799-15bad611844f', caseStatus: 'Pending' },
	complete: { caseStatusId: '22334455-937e-46b1-8799-887766554433', caseStatus: 'Complete' },
} as const;
const SECONDARY_STATUS = {
	waiting: {
		secondaryCaseStatusId: '8e0c9756-a42f-4a7d-b8e2-412a0f6b9dea',
		secondaryStatus: 'Waiting for Authorization',
	},
	inProgress: {
		secondaryCaseStatusId: 'c5f240cb-5221-451c-8bd1-4be5bf348ce5',
		secondaryStatus: 'Authorization in Progress',
	},
	done: {
		secondaryCaseStatusId: 'status-type-verifying-cand-input',
		secondaryStatus: 'Verifying Candidate Input',
	},
	cancelled: {
		secondaryCaseStatusId: '4155584b-708c-4108-86a8-8f3321b9b17c',
		secondaryStatus: 'Canceled',
	},
} as const;
const RESULT_OPEN = {
	resultTypeId: '8c94f0d9-57c9-4c7b-be95-5ec309cff330',
	resultType: 'Open',
} as const;

const USER_ID = uuidFor('karmaCheck', 'user');

/** REST stamps carry a numeric offset, where the webhooks of the same service write `Z`. */
function stamp(milliseconds: number): string {
	return new Date(milliseconds).toISOString().replace('Z', '+00:00');
}

function refusal(status: number, error: string, message: string | string[]): Reply {
	return json(status, { message, error, statusCode: status });
}

const forbidden = (message: string) => refusal(403, 'Forbidden', message);
const unprocessable = (message: string) => refusal(422, 'Unprocessable Entity', message);

function invitationView(invitation: KarmaCheckInvitation, now: number): Record<string, unknown> {
	return {
		id: invitation.id,
		email: invitation.email,
		givenName: invitation.givenName,
		familyName: invitation.familyName,
		dob: invitation.dob,
		invitationToken: invitation.token,
		invitationStatusId: INVITATION_STATUS_IDS[invitationStatus(invitation, now)],
		packageId: invitation.packageId,
		expiresStamp: stamp(invitation.expiresAt),
		// Stamps of what has not happened are left out, as in the published example.
		...(invitation.deletedAt !== null && { deletedStamp: stamp(invitation.deletedAt) }),
		...(invitation.completedAt !== null && { completedStamp: stamp(invitation.completedAt) }),
		crStamp: stamp(invitation.createdAt),
		modStamp: stamp(invitation.modifiedAt),
	};
}

function caseView(entry: KarmaCheckCase, now: number): Record<string, unknown> {
	const { invitation } = entry;
	const status = invitation === null ? null : invitationStatus(invitation, now);
	return {
		id: entry.id,
		crStamp: stamp(entry.orderedAt),
		crUserId: USER_ID,
		caseTypeId: CASE_TYPE_ID,
		caseType: 'Background Check',
		...(status === 'cancelled' ? CASE_STATUS.complete : CASE_STATUS.pending),
		...SECONDARY_STATUS[status === 'cancelled' ? 'cancelled' : entry.onboarding],
		...RESULT_OPEN,
		modStamp: stamp(entry.modifiedAt),
		// A candidate exists from the moment onboarding begins.
		...(entry.onboarding !== 'waiting' && {
			candidateId: uuidFor('karmaCheck', 'candidate', entry.id),
			candidateEmail: invitation?.email,
			candidateGivenName: invitation?.givenName,
			candidateFamilyName: invitation?.familyName,
		}),
		packageName: PACKAGES.find(({ id }) => id === entry.packageId)?.name ?? 'Unnamed package',
		packageId: entry.packageId,
		groupProfileId: account.groupProfileId,
		groupName: 'Sandbox group',
		// Declared as always present; what a case without an invitation shows is not documented.
		caseInvitationId: invitation?.id ?? '',
		invitationEmail: invitation?.email ?? '',
		...(invitation !== null &&
			status !== null && {
				invitationGivenName: invitation.givenName,
				invitationFamilyName: invitation.familyName,
				invitationStatusId: INVITATION_STATUS_IDS[status],
				invitationStatusName: status,
			}),
		companyId: account.companyId,
		companyName: 'Sandbox Company',
		companyReadableName: 'sandbox-company',
		isMinorCandidate: 0,
		hasParentalConsent: 0,
		isCustomerProvidedPii: entry.isCustomerProvidedPii ? 1 : 0,
		archived: entry.archived ? 1 : 0,
		orderedStamp: stamp(entry.orderedAt),
		...(invitation?.completedAt != null && {
			completedOnboardingStamp: stamp(invitation.completedAt),
		}),
	};
}

/** Why an invitation can be neither sent again nor extended, or null. */
function usedUp(entry: KarmaCheckCase, now: number): string | null {
	const { invitation } = entry;
	// Nothing says what a case without an invitation answers.
	if (invitation === null) return 'The case has no invitation.';
	const status = invitationStatus(invitation, now);
	if (status === 'completed') return 'The invitation has already been completed.';
	// Cancelled ones are not documented either; refusing is the answer that emails nobody.
	if (status === 'cancelled') return 'The invitation has been cancelled.';
	if (entry.onboarding !== 'waiting') return 'The candidate has already begun onboarding.';
	return null;
}

function field(body: unknown, name: string): string {
	const value = isRecord(body) ? body[name] : undefined;
	return typeof value === 'string' ? value : '';
}

export function serve({ state, clock, tokens, mail }: World<KarmaCheckState>): Service {
	const caseOf = (call: Call) => state.get(call.params.caseId ?? '');
	const noAccess = (call: Call) =>
		forbidden(`You do not have access to case ${call.params.caseId ?? ''}`);

	function list(keep: (entry: KarmaCheckCase) => boolean): Reply {
		const now = clock.now();
		const cases = state
			.all()
			.filter(keep)
			.sort((one, other) => other.orderedAt - one.orderedAt)
			.map((entry) => caseView(entry, now));
		return json(200, { cases });
	}

	return {
		mounts: ['/karmacheck'],
		keyOf: (params) => params.caseId ?? null,
		unauthorized: () => forbidden('The token is missing or not valid'),
		invalid: (_operationId, messages) => refusal(400, 'Bad Request', messages),
		notFound: () => refusal(404, 'Not Found', 'No such route'),
		broken: (messages) => refusal(500, 'Internal Server Error', messages.join('; ')),
		handlers: {
			signIn({ body }) {
				if (
					field(body, 'apiKey') !== account.apiKey ||
					field(body, 'clientAccessToken') !== account.clientAccessToken
				) {
					return forbidden('The key or the client access token is not valid');
				}
				const { groupProfileId, companyId } = account;
				const { token, jti } = tokens.issue('karmaCheck', {
					sub: USER_ID,
					groupProfileId,
					companyId,
					groupName: 'Sandbox group',
					companyName: 'Sandbox Company',
					isInternal: false,
					isAdmin: false,
					iat: Math.floor(clock.now() / 1000),
				});
				const username = `${USER_ID}@api.example.com`;
				return json(200, { id: jti, username, token, groupProfileId });
			},
			listPackages: () => json(200, { packages: PACKAGES }),
			listCases: () => list((entry) => !entry.archived),
			listAllCases: ({ query }) =>
				list(
					(entry) =>
						(query.packageId === undefined || query.packageId === entry.packageId) &&
						(query.userId === undefined || query.userId === USER_ID),
				),
			getCase(call) {
				const entry = caseOf(call);
				// The reply is an array even for one case.
				return entry === undefined
					? noAccess(call)
					: json(200, { cases: [caseView(entry, clock.now())] });
			},
			getInvitation(call) {
				const invitation = caseOf(call)?.invitation;
				// For an unknown case nothing is documented; it looks like one without an invitation here.
				return invitation == null
					? empty(404)
					: json(200, { invitation: invitationView(invitation, clock.now()) });
			},
			resendInvitation(call) {
				const entry = caseOf(call);
				// Not documented: no 404 is declared, and 403 is what Get Case answers.
				if (entry === undefined) return noAccess(call);
				const reason = usedUp(entry, clock.now());
				if (reason !== null) return unprocessable(reason);
				// Not documented: whether a different address is taken over; here it is.
				const email = field(call.body, 'email');
				const next = state.replaceInvitation(entry.id, email);
				mail(call, { key: entry.id, invitationId: next.id, email });
				return empty(200);
			},
			refreshInvitation(call) {
				const entry = caseOf(call);
				if (entry === undefined) return noAccess(call);
				const now = clock.now();
				const reason = usedUp(entry, now);
				if (reason !== null || entry.invitation === null) return unprocessable(reason ?? '');
				entry.invitation.expiresAt = now + VALIDITY;
				entry.invitation.modifiedAt = now;
				return empty(200);
			},
		},
	};
}
