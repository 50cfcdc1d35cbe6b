import { createFailure, type Failure } from '../shared/core/failure';
import type { JsonObject } from '../shared/core/json';
import { classifySend } from '../shared/http/readReply';
import {
	checkId,
	nameOf,
	readNamed,
	readWithDefault,
	type IdRule,
	type Named,
	type ParameterReader,
} from '../shared/node/parameters';
import { failed, ok, type Result } from '../shared/core/result';
import { createDirectories } from '../shared/invitation/directory';
import type { Found, InvitationProvider } from '../shared/invitation/provider';
import type { Session } from '../shared/http/session';
import type { Service } from '../shared/node/service';
import {
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

/** An invited user of a customer, by the user's id or address. */
export type UserTarget = Named & { customerId: string };

function createUuidRule(parameter: string, example: string): IdRule {
	const pattern = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
	return { parameter, pattern, example, looksLike: `It is a UUID, e.g. ${example}.` };
}

/** UUIDs are the same in either case; one spelling lets duplicates be seen. */
function uuidOf(value: unknown, rule: IdRule): Result<string> {
	const id = checkId(value, rule);
	return id.ok ? ok(id.value.toLowerCase()) : id;
}

export const USER_ID = createUuidRule('User', '053cfb4b-2073-4ede-afc0-26579bb3e1b8');
export const CUSTOMER_ID: IdRule = {
	...createUuidRule('Customer ID', '4b7a0b5e-2f60-4a8c-9d0e-6a1f3c2b9d77'),
	isAccount: true,
};

/** The customer that a node or its credential names. */
export function readCustomer(
	parameters: ParameterReader,
	itemIndex: number,
	{ credential }: Session,
): Result<string> {
	return uuidOf(readWithDefault(parameters, 'customerId', itemIndex, credential), CUSTOMER_ID);
}

/** A list cut short must not pass for the whole. */
function describeMissingPages(page: number): Failure {
	return createFailure(
		'unexpectedReply',
		`Worth AI returned no more users on page ${page}`,
		'Worth AI says that there are more, but does not document how to request them. Set a lower limit, or choose the user by ID.',
	);
}

/** Whoever moved to a page that had been read may not have been seen. */
const CHANGED_LIST = createFailure(
	'unexpectedReply',
	"Worth AI's list of users changed while it was read",
	'Run the workflow again, so that nobody is left out. If this continues, choose the user by ID.',
	true,
);

/** Worth AI as the shared operations see it, for one run of the node. */
export function createWorthAiProvider(
	parameters: ParameterReader,
	session: Session,
): InvitationProvider<UserTarget, UserIds> {
	/**
	 * Page by page. That the total counts the listed users is an inference, so a total that is never reached counts only
	 * where somebody came twice, as happens when somebody else moves up. A list that becomes shorter lost somebody.
	 */
	async function* listOf(customerId: string): AsyncGenerator<Result<Found<UserIds>[]>> {
		const seen = new Set<string>();
		let atFirst = 0;
		let isMoved = false;
		for (let page = 1, pages = 1; page <= pages; page++) {
			const reply = await listUsers(session, customerId, page);
			if (!reply.ok) return yield reply;
			const { users, total, pages: said } = reply.value;
			if (total < atFirst || (page > 1 && said < pages)) return yield failed(CHANGED_LIST);
			// A total of the page alone says nothing of the others.
			atFirst ||= total > users.length ? total : 0;
			const fresh = users.filter(({ id }) => !seen.has(String(id)));
			if (fresh.length === 0 && page > 1) return yield failed(describeMissingPages(page));
			isMoved ||= fresh.length < users.length;
			for (const { id } of fresh) seen.add(String(id));
			pages = said || (seen.size < total ? page + 1 : page);
			yield ok(
				fresh.map((user) =>
					buildFound(user, { customerId, userId: String(user.id).toLowerCase() }),
				),
			);
		}
		if (isMoved && seen.size < atFirst) yield failed(CHANGED_LIST);
	}

	const directoryOf = createDirectories(listOf, {
		several: (email) => `Several users of the customer have the address ${email}`,
		idOf: ({ subject }) => subject.userId,
	});

	async function read(target: UserTarget, fresh?: 'fresh'): Promise<Result<Found<UserIds> | null>> {
		const { customerId } = target;
		let userId: string;
		if (target.by === 'id') userId = target.id;
		else {
			const directory = await directoryOf(customerId);
			const found = directory.ok ? directory.value.byEmail(target.email) : directory;
			if (!found.ok || found.value === null || fresh === undefined) return found;
			({ userId } = found.value.invitation.subject);
		}
		const user = await getUser(session, { customerId, userId });
		if (!user.ok) return user;
		return ok(user.value === null ? null : buildFound(user.value, { customerId, userId }));
	}

	function buildFound(user: JsonObject, ids: UserIds): Found<UserIds> {
		return { invitation: mapInvitation(user, ids, session.environment), raw: user, link: null };
	}

	return {
		name: worthAi.name,
		displayName: worthAi.displayName,
		capabilities: worthAi.capabilities,
		target(itemIndex) {
			const customerId = readCustomer(parameters, itemIndex, session);
			if (!customerId.ok) return customerId;
			const place = { name: 'userId', parameter: USER_ID.parameter };
			const named = readNamed(parameters, place, itemIndex, (id) => uuidOf(id, USER_ID));
			return named.ok ? ok({ ...named.value, customerId: customerId.value }) : named;
		},
		idsOf: (target) =>
			target.by === 'id'
				? { userId: target.id, customerId: target.customerId }
				: { email: target.email, customerId: target.customerId },
		key: (target) => `${target.customerId}|${nameOf(target)}`,
		recordKey: ({ subject }) =>
			`worthAi|${session.installation}|${subject.customerId}|${subject.userId}`,
		read,
		describeMissing: (target) => ({
			...createFailure(
				'notFound',
				target.by === 'id'
					? `Worth AI does not know user ${target.id}`
					: `The customer has no user with the email address ${target.email} at Worth AI`,
				`Check the ${target.by === 'id' ? 'user ID' : 'address'}, the customer ID and the environment of the credential.`,
			),
			httpStatus: target.by === 'id' ? 404 : null,
		}),
		async send(_target, { invitation: { subject } }, onWait) {
			const exchange = await session.exchange(createResendCall(subject), onWait);
			if (exchange.kind === 'reply' && saysOnboarded(exchange.reply))
				return { kind: 'closed', reason: 'completed' };
			const evidence = classifySend(exchange, createResendContext(subject), readConfirmation);
			return evidence.kind === 'accepted' ? { kind: 'accepted', current: null } : evidence;
		},
		async *list(itemIndex) {
			const customerId = readCustomer(parameters, itemIndex, session);
			if (!customerId.ok) return yield customerId;
			yield* listOf(customerId.value);
		},
	};
}

export const worthAi: Service<UserTarget, UserIds> = {
	name: 'worthAi',
	displayName: PROVIDER,
	capabilities: {
		// No stamp of an email exists, so nothing tells after the fact whether one went out.
		stampsSends: false,
		tellsName: true,
		tellsSentAt: false,
		tellsExpiry: false,
		tellsCompletedAt: false,
		statuses: ['cancelled', 'completed', 'pending', 'unknown'],
		// Who has joined is refused; nothing is documented about a user who was disabled.
		resendableStatuses: ['cancelled', 'pending', 'unknown'],
		listsCarryDates: false,
		findsByEmail: true,
		makesNewInvitation: false,
	},
	credential: { type: 'worthAiApi', hosts: WORTH_AI_HOSTS, refreshStatuses: [401] },
	createProvider: createWorthAiProvider,
};
