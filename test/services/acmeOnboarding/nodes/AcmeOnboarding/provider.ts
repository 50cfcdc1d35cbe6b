import { createFailure } from '../../../../../nodes/shared/core/failure';
import type { JsonObject } from '../../../../../nodes/shared/core/json';
import { failed, ok, type Result } from '../../../../../nodes/shared/core/result';
import { classifySend } from '../../../../../nodes/shared/http/readReply';
import type { Session } from '../../../../../nodes/shared/http/session';
import type { Found, InvitationProvider } from '../../../../../nodes/shared/invitation/provider';
import {
	checkId,
	type IdRule,
	type ParameterReader,
} from '../../../../../nodes/shared/node/parameters';
import type { Service } from '../../../../../nodes/shared/node/service';
import {
	createResendCall,
	createResendContext,
	findEntry,
	getInvitation,
	listInvitations,
	PROVIDER,
	refusalCode,
} from './api';
import { mapInvitation, type InvitationIds } from './mapper';

export const INVITATION_ID: IdRule = {
	parameter: 'Invitation',
	pattern: /^inv_[0-9a-z]{4,32}$/,
	example: 'inv_7f3k20',
	looksLike: 'It begins with inv_, e.g. inv_7f3k20.',
};

/** Acme Onboarding as the shared operations see it, for one run of the node. */
function createProvider(
	parameters: ParameterReader,
	session: Session,
): InvitationProvider<InvitationIds, InvitationIds> {
	function buildFound(raw: JsonObject): Found<InvitationIds> {
		return {
			invitation: mapInvitation(raw, session.environment),
			raw,
			link: null,
		};
	}

	async function read({
		invitationId,
	}: InvitationIds): Promise<Result<Found<InvitationIds> | null>> {
		const entry = await getInvitation(session, invitationId);
		if (!entry.ok) return entry;
		return ok(entry.value === null ? null : buildFound(entry.value));
	}

	return {
		name: acmeOnboarding.name,
		displayName: PROVIDER,
		capabilities: acmeOnboarding.capabilities,
		target(itemIndex) {
			const id = checkId(parameters.value('invitationId', itemIndex), INVITATION_ID);
			return id.ok ? ok({ invitationId: id.value }) : id;
		},
		idsOf: ({ invitationId }) => ({ invitationId }),
		key: ({ invitationId }) => invitationId,
		recordKey: ({ subject }) => `acmeOnboarding|${session.installation}|${subject.invitationId}`,
		read,
		describeMissing: ({ invitationId }) => ({
			...createFailure(
				'notFound',
				`${PROVIDER} has no invitation ${invitationId}`,
				'Check the invitation ID and the base URL of the credential.',
			),
			httpStatus: 404,
		}),
		async send({ invitationId }, _before, onWait) {
			const exchange = await session.exchange(createResendCall(invitationId), onWait);
			if (refusalCode(exchange) === 'joined') return { kind: 'closed', reason: 'completed' };
			const evidence = classifySend(exchange, createResendContext(invitationId), (reply) =>
				findEntry(reply) === null ? 'unclear' : 'sent',
			);
			if (evidence.kind !== 'accepted') return evidence;
			const entry = exchange.kind === 'reply' ? findEntry(exchange.reply) : null;
			return { kind: 'accepted', current: entry === null ? null : buildFound(entry) };
		},
		settle: (before, now) => (before.sentAt === now.sentAt ? 'notSent' : 'sent'),
		async *list() {
			const seen = new Set<string>();
			let cursor: string | null = null;
			do {
				const page: Result<{ entries: JsonObject[]; next: string | null }> = await listInvitations(
					session,
					cursor,
				);
				if (!page.ok) return yield page;
				yield ok(page.value.entries.map(buildFound));
				cursor = page.value.next;
				if (cursor !== null && seen.has(cursor)) {
					return yield failed(
						createFailure(
							'unexpectedReply',
							`${PROVIDER} returned the same page twice`,
							'Set a limit within the first page, or choose the invitation by ID.',
						),
					);
				}
				seen.add(cursor ?? '');
			} while (cursor !== null);
		},
	};
}

export const acmeOnboarding: Service<InvitationIds, InvitationIds> = {
	name: 'acmeOnboarding',
	displayName: PROVIDER,
	capabilities: {
		stampsSends: true,
		tellsName: true,
		tellsSentAt: true,
		tellsExpiry: true,
		tellsCompletedAt: true,
		statuses: ['cancelled', 'completed', 'expired', 'pending', 'unknown'],
		resendableStatuses: ['pending', 'unknown'],
		listsCarryDates: true,
		findsByEmail: false,
		makesNewInvitation: false,
	},
	credential: { type: 'acmeOnboardingApi', hosts: {}, refreshStatuses: [401] },
	createProvider,
};
