import type { Failure } from '../shared/core/failure';
import type { JsonObject } from '../shared/core/json';
import { classifySend } from '../shared/http/classifySend';
import {
	checkId,
	readWithDefault,
	type IdRule,
	type ParameterReader,
} from '../shared/node/parameters';
import { failed, ok, type Result } from '../shared/core/result';
import type { Found, InvitationProvider } from '../shared/invitation/provider';
import type { Session } from '../shared/http/session';
import type { Service } from '../shared/node/service';
import {
	describeUser,
	getUser,
	listUsers,
	PROVIDER,
	readConfirmation,
	createResendCall,
	createResendContext,
	saysOnboarded,
} from './api';
import { WORTH_AI_HOSTS } from './environments';
import { mapInvitation, type UserIds } from './mapper';

function createUuidRule(parameter: string, example: string): IdRule {
	const pattern = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
	return { parameter, pattern, example, looksLike: `It is a UUID, e.g. ${example}.` };
}

export const USER_ID = createUuidRule('User', '053cfb4b-2073-4ede-afc0-26579bb3e1b8');
export const CUSTOMER_ID = createUuidRule('Customer ID', '4b7a0b5e-2f60-4a8c-9d0e-6a1f3c2b9d77');

/** A list cut short must not pass for the whole. */
function describeMissingPages(page: number): Failure {
	return {
		message: `Worth AI gave no further users on page ${page}`,
		description:
			'It says there are more, and how to ask for them is not documented. Set a limit within the first page, or name the user by ID.',
		reason: 'unexpectedReply',
		httpStatus: null,
		code: null,
		retryable: false,
	};
}

/** Worth AI as the shared operations see it, for one run of the node. */
export function createWorthAiProvider(
	parameters: ParameterReader,
	session: Session,
): InvitationProvider<UserIds, UserIds> {
	async function read(target: UserIds): Promise<Result<Found<UserIds> | null>> {
		const user = await getUser(session, target);
		if (!user.ok) return user;
		return ok(user.value === null ? null : buildFound(user.value, target));
	}

	function readCustomer(itemIndex: number): Result<string> {
		const entered = readWithDefault(parameters, 'customerId', itemIndex, session.credential);
		const customerId = checkId(entered, CUSTOMER_ID);
		// UUIDs are the same in either case; one spelling lets duplicates be seen.
		return customerId.ok ? ok(customerId.value.toLowerCase()) : customerId;
	}

	function buildFound(user: JsonObject, target: UserIds): Found<UserIds> {
		return { invitation: mapInvitation(user, target, session.environment), raw: user, link: null };
	}

	return {
		displayName: worthAi.displayName,
		capabilities: worthAi.capabilities,
		target(itemIndex) {
			const customerId = readCustomer(itemIndex);
			if (!customerId.ok) return customerId;
			const userId = checkId(parameters.value('userId', itemIndex), USER_ID);
			if (!userId.ok) return userId;
			return ok({ customerId: customerId.value, userId: userId.value.toLowerCase() });
		},
		idsOf: ({ userId, customerId }) => ({ userId, customerId }),
		key: ({ customerId, userId }) => `${customerId}|${userId}`,
		recordKey: ({ subject }) =>
			`worthAi|${session.installation}|${subject.customerId}|${subject.userId}`,
		read,
		describeMissing: (target) => ({
			message: `Worth AI does not know ${describeUser(target)}`,
			description: 'Check the user ID, the customer ID and the environment of the credential.',
			reason: 'notFound',
			httpStatus: 404,
			code: null,
			retryable: false,
		}),
		async send(target, _before, onWait) {
			const exchange = await session.exchange(createResendCall(target), onWait);
			if (exchange.kind === 'reply' && saysOnboarded(exchange.reply)) return { kind: 'closed' };
			const evidence = classifySend(exchange, createResendContext(target), readConfirmation);
			return evidence.kind === 'accepted' ? { kind: 'accepted', current: null } : evidence;
		},
		async *list(itemIndex) {
			const customerId = readCustomer(itemIndex);
			if (!customerId.ok) return yield customerId;
			const seen = new Set<string>();
			for (let page = 1, pages = 1; page <= pages; page++) {
				const reply = await listUsers(session, customerId.value, page);
				if (!reply.ok) return yield reply;
				pages = reply.value.pages;
				const fresh = reply.value.users.filter(({ id }) => !seen.has(String(id)));
				if (fresh.length === 0 && page > 1) return yield failed(describeMissingPages(page));
				for (const { id } of fresh) seen.add(String(id));
				yield ok(
					fresh.map((user) =>
						buildFound(user, {
							customerId: customerId.value,
							userId: String(user.id).toLowerCase(),
						}),
					),
				);
			}
		},
	};
}

export const worthAi: Service<UserIds, UserIds> = {
	name: 'worthAi',
	displayName: PROVIDER,
	capabilities: {
		// No stamp of a mail exists, so nothing tells after the fact whether one went out.
		stampsSends: false,
		tellsSentAt: false,
		tellsExpiry: false,
		tellsCompletedAt: false,
		statuses: ['cancelled', 'completed', 'pending', 'unknown'],
		// Who has joined is refused; nothing is documented about a user who was disabled.
		resendableStatuses: ['cancelled', 'pending', 'unknown'],
		listsCarryDates: false,
		findsByEmail: false,
		makesNewInvitation: false,
	},
	credential: { type: 'worthAiApi', hosts: WORTH_AI_HOSTS, refreshStatuses: [401] },
	createProvider: createWorthAiProvider,
};
