import { createFailure, describeInvalidInput, type Failure } from '../shared/core/failure';
import type { Invitation } from '../shared/invitation/invitation';
import { isBlank, readText } from '../shared/core/json';
import { classifySend } from '../shared/http/readReply';
import { failed, ok, type Result } from '../shared/core/result';
import { createDirectories } from '../shared/invitation/directory';
import type { Found, InvitationProvider } from '../shared/invitation/provider';
import type { Session } from '../shared/http/session';
import type { Service } from '../shared/node/service';
import {
	checkId,
	cleanText,
	checkOptionalEmail,
	nameOf,
	readNamed,
	type IdRule,
	type Named,
	type ParameterReader,
} from '../shared/node/parameters';
import {
	describeCase,
	findUse,
	getInvitation,
	listCases,
	PROVIDER,
	refreshInvitation,
	createResendCall,
	createResendContext,
	readConfirmation,
} from './api';
import { KARMACHECK_HOSTS } from './environments';
import { mapCaseSummary, buildLink, mapInvitation, type CaseIds } from './mapper';

export type CaseTarget = Named & {
	/** The address to resend to; null for the one in the current invitation. */
	sendTo: string | null;
};

/** The name of the option that redirects an email. */
export const DIFFERENT_ADDRESS = 'Send to a Different Address';

const EXAMPLE_CASE = 'a09215ff-f46c-49a6-9767-762da1f3afd2';

export const CASE_ID: IdRule = {
	parameter: 'Case',
	pattern: /^[A-Za-z0-9_-]{1,64}$/,
	example: EXAMPLE_CASE,
	looksLike: `It is up to 64 letters, digits, - and _, e.g. ${EXAMPLE_CASE}.`,
};

/** A new id, or where an id is missing a new stamp, shows a send: each makes a new invitation. What is missing shows nothing. */
function settle(before: Invitation<CaseIds>, now: Invitation<CaseIds>): 'sent' | 'notSent' | null {
	const by = before.id === null || now.id === null ? 'sentAt' : 'id';
	if (before[by] === null || now[by] === null) return null;
	return before[by] === now[by] ? 'notSent' : 'sent';
}

function describeMissing(target: CaseTarget): Failure {
	const byId = target.by === 'id';
	const failure = createFailure(
		'notFound',
		`There is no invitation ${byId ? `for ${describeCase(target.id)}` : `to ${target.email}`} at KarmaCheck`,
		byId
			? 'Check the case ID and the environment of the credential. A case whose data your company enters itself may have none.'
			: 'Check the address and the environment of the credential. Only active cases whose candidate was invited can be found by email.',
	);
	return { ...failure, httpStatus: byId ? 404 : null };
}

/** KarmaCheck as the shared operations see it, for one run of the node. */
export function createKarmaCheckProvider(
	parameters: ParameterReader,
	session: Session,
): InvitationProvider<CaseTarget, CaseIds> {
	/** All active cases in one reply; their dates are left out. */
	async function* listAll(): AsyncGenerator<Result<Found<CaseIds>[]>> {
		const cases = await listCases(session);
		if (!cases.ok) return yield cases;
		// A case whose data the company enters itself invites nobody; its invitation, if any, is completed from the start.
		const invited = cases.value.filter(
			({ caseInvitationId, isCustomerProvidedPii }) =>
				readText(caseInvitationId) !== null && Number(isCustomerProvidedPii) !== 1,
		);
		yield ok(
			invited.map((summary) => ({
				invitation: mapCaseSummary(summary, session.environment),
				raw: summary,
				link: null,
				isSummary: true,
			})),
		);
	}

	const directoryOf = createDirectories(listAll, {
		several: (email) => `Several active cases have an invitation to ${email}`,
		idOf: ({ subject }) => subject.caseId,
	});

	/** The case that a target names; null where no case has its address. */
	async function caseOf(target: CaseTarget): Promise<Result<string | null>> {
		if (target.by === 'id') return ok(target.id);
		// One credential opens one group.
		const directory = await directoryOf('');
		const found = directory.ok ? directory.value.byEmail(target.email) : directory;
		return found.ok ? ok(found.value?.invitation.subject.caseId ?? null) : found;
	}

	async function read(target: CaseTarget): Promise<Result<Found<CaseIds> | null>> {
		const caseId = await caseOf(target);
		if (!caseId.ok) return caseId;
		return caseId.value === null ? ok(null) : await readCase(caseId.value);
	}

	async function readCase(caseId: string): Promise<Result<Found<CaseIds> | null>> {
		const reading = await getInvitation(session, caseId);
		if (!reading.ok) return reading;
		const raw = reading.value;
		if (raw === null) return ok(null);
		return ok({
			invitation: mapInvitation(raw, caseId, session.environment),
			raw: { invitation: raw },
			link: buildLink(raw, session.installation),
		});
	}

	return {
		name: karmaCheck.name,
		displayName: karmaCheck.displayName,
		capabilities: karmaCheck.capabilities,
		target(itemIndex) {
			const place = { name: 'caseId', parameter: CASE_ID.parameter };
			const named = readNamed(parameters, place, itemIndex, (id) => checkId(id, CASE_ID));
			if (!named.ok) return named;
			const sendTo = checkOptionalEmail(
				parameters.value('options.sendTo', itemIndex),
				DIFFERENT_ADDRESS,
			);
			return sendTo.ok ? ok({ ...named.value, sendTo: sendTo.value }) : sendTo;
		},
		idsOf: (target) => (target.by === 'id' ? { caseId: target.id } : { email: target.email }),
		redirectOf: ({ sendTo }) => sendTo,
		key: nameOf,
		recordKey: ({ subject }) =>
			`karmaCheck|${session.installation}|${subject.caseId.toLowerCase()}`,
		read,
		describeMissing,
		async send(target, before, onWait) {
			const { caseId } = before.invitation.subject;
			const email = target.sendTo ?? before.invitation.email;
			if (email === null) {
				const failure = describeInvalidInput(
					`The invitation of ${describeCase(caseId)} has no email address`,
					`Add the option '${DIFFERENT_ADDRESS}' and enter one.`,
				);
				return { kind: 'neverSent', failure };
			}
			const exchange = await session.exchange(createResendCall(caseId, email), onWait);
			const evidence = classifySend(exchange, createResendContext(caseId), readConfirmation);
			if (evidence.kind === 'accepted') return { kind: 'accepted', current: null };
			if (evidence.kind !== 'refused' || evidence.failure.httpStatus !== 422) return evidence;
			// For an invitation that was used, or for data that KarmaCheck cannot use; only the case tells which.
			const reason = await findUse(session, caseId);
			return reason === null ? evidence : { kind: 'closed', reason };
		},
		settle,
		list: listAll,
		details: async ({ invitation, raw }) => {
			const found = await readCase(invitation.subject.caseId);
			if (!found.ok || found.value === null) return found;
			return ok({ ...found.value, raw: { ...raw, ...found.value.raw } });
		},
		passes: ({ raw }, { packageId }) =>
			isBlank(packageId) || raw.packageId === cleanText(String(packageId)),
		changes: {
			refresh: {
				async make(target) {
					const caseId = await caseOf(target);
					if (!caseId.ok) return caseId;
					if (caseId.value === null) return failed(describeMissing(target));
					const refreshed = await refreshInvitation(session, caseId.value);
					if (!refreshed.ok) return refreshed;
					const now = await readCase(caseId.value);
					if (now.ok && now.value !== null) return ok(now.value);
					const failure = now.ok ? describeMissing(target) : now.failure;
					const done = 'It was refreshed, but could not be read afterwards.';
					return failed({ ...failure, description: `${done} ${failure.description}` });
				},
				done: 'refreshed',
				isRepeatable: true,
			},
		},
	};
}

export const karmaCheck: Service<CaseTarget, CaseIds> = {
	name: 'karmaCheck',
	displayName: PROVIDER,
	capabilities: {
		// Each send makes a new invitation, whose creation is its stamp.
		stampsSends: true,
		tellsName: true,
		tellsSentAt: true,
		tellsExpiry: true,
		tellsCompletedAt: true,
		statuses: ['cancelled', 'completed', 'expired', 'pending', 'unknown'],
		// An invitation that was used is refused with 422; nothing is documented about a cancelled one.
		resendableStatuses: ['cancelled', 'expired', 'pending', 'unknown'],
		listsCarryDates: false,
		findsByEmail: true,
		makesNewInvitation: true,
	},
	credential: {
		type: 'karmaCheckApi',
		hosts: KARMACHECK_HOSTS,
		// A revoked token is answered with 403; 401 is declared for three operations only.
		refreshStatuses: [401, 403],
	},
	createProvider: createKarmaCheckProvider,
};
