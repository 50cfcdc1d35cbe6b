import type { IExecuteFunctions } from 'n8n-workflow';
import { unconfirmedSend } from '../shared/failure';
import { judgeSend } from '../shared/judgeSend';
import { checkId, idOf } from '../shared/parameters';
import { ok, type Found, type InvitationProvider, type Result } from '../shared/provider';
import type { CredentialPlan, Session } from '../shared/request';
import {
	aboutUser,
	getUser,
	PROVIDER,
	readConfirmation,
	resendCall,
	resendContext,
	saysOnboarded,
	type UserTarget,
} from './api';
import { WORTH_AI_HOSTS } from './hosts';
import { toInvitation } from './invitation';

export const CREDENTIAL: CredentialPlan = {
	type: 'worthAiApi',
	hosts: WORTH_AI_HOSTS,
	refreshStatuses: [401],
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const LOOKS_LIKE = 'It is a UUID, e.g. 053cfb4b-2073-4ede-afc0-26579bb3e1b8.';
const USER_ID = { parameter: 'User', pattern: UUID, looksLike: LOOKS_LIKE };
const CUSTOMER_ID = { parameter: 'Customer ID', pattern: UUID, looksLike: LOOKS_LIKE };

/** Worth AI as the shared operations see it, for one run of the node. */
export function worthAiProvider(
	context: IExecuteFunctions,
	session: Session,
): InvitationProvider<UserTarget> {
	async function read(target: UserTarget): Promise<Result<Found | null>> {
		const user = await getUser(session, target);
		if (!user.ok) return user;
		if (user.value === null) return ok(null);
		return ok({
			invitation: toInvitation(user.value, target, session.environment),
			raw: { ...user.value },
			link: null,
		});
	}

	return {
		displayName: PROVIDER,
		// No stamp of a mail exists, so nothing tells after the fact whether one went out.
		stampTells: false,
		target(itemIndex) {
			const typed: unknown = context.getNodeParameter('customerId', itemIndex, '');
			const chosen = typed === '' ? session.credential.customerId : typed;
			const customerId = checkId(chosen, CUSTOMER_ID);
			if (!customerId.ok) return customerId;
			const userId = idOf(context, 'userId', itemIndex, USER_ID);
			if (!userId.ok) return userId;
			// UUIDs are the same in either case; one spelling keeps duplicates apart from others.
			return ok({
				customerId: customerId.value.toLowerCase(),
				userId: userId.value.toLowerCase(),
			});
		},
		key: ({ customerId, userId }) => `${customerId}|${userId}`,
		read,
		missing: (target) => ({
			message: `Worth AI does not know ${aboutUser(target)}`,
			description: 'Check the user ID, the customer ID and the environment of the credential.',
			reason: 'notFound',
			httpStatus: 404,
			code: null,
			retryable: false,
		}),
		async send(target) {
			const exchange = await session.exchange(resendCall(target));
			if (exchange.kind === 'reply' && saysOnboarded(exchange.reply)) return { kind: 'closed' };
			const evidence = judgeSend(exchange, resendContext(target), readConfirmation);
			if (evidence.kind === 'accepted') return { kind: 'sent', current: null };
			if (evidence.kind !== 'unclear') return evidence;
			return { kind: 'unknown', failure: unconfirmedSend(evidence.failure, aboutUser(target)) };
		},
	};
}
