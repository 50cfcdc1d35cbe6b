import { createFailure, type Failure } from '../shared/core/failure';
import { classifySend } from '../shared/http/readReply';
import type { JsonObject } from '../shared/core/json';
import {
	checkId,
	nameOf,
	readNamed,
	readWithDefault,
	type IdRule,
	type Named,
	type ParameterReader,
} from '../shared/node/parameters';
import { failed, ok, refuse, type Result } from '../shared/core/result';
import { createDirectories } from '../shared/invitation/directory';
import type { Invitation } from '../shared/invitation/invitation';
import type { Found, InvitationProvider } from '../shared/invitation/provider';
import type { Session } from '../shared/http/session';
import type { Service } from '../shared/node/service';
import {
	createChangeCall,
	createChangeContext,
	listInvitations,
	findEntry,
	PROVIDER,
	readConfirmation,
} from './api';
import { mapInvitation, type InvitationIds } from './mapper';

/** An invitation of a tenant, by its id or by the address it was emailed to. */
export type InvitationTarget = Named & { tenantId: string };

/** int64 as a decimal text without sign or leading zeros. */
function createInt64Rule(parameter: string, example: string): IdRule {
	const pattern = /^(?:0|[1-9]\d{0,18})$/;
	return { parameter, pattern, example, looksLike: `It is a whole number, e.g. ${example}.` };
}

export const TENANT_ID: IdRule = {
	...createInt64Rule('Tenant ID', '1024'),
	isAccount: true,
};
export const INVITATION_ID = createInt64Rule('Invitation', '9001');
const LARGEST_INT64 = 9_223_372_036_854_775_807n;

function checkInt64(value: unknown, rule: IdRule): Result<string> {
	const id = checkId(value, rule);
	if (!id.ok || BigInt(id.value) <= LARGEST_INT64) return id;
	return refuse(
		`'${rule.parameter}' is larger than any ID at Numium: ${id.value}`,
		`${rule.looksLike} No request was made.`,
	);
}

/** The tenant that a node or its credential names. */
export function readTenant(
	parameters: ParameterReader,
	itemIndex: number,
	{ credential }: Session,
): Result<string> {
	const entered = readWithDefault(parameters, 'tenantId', itemIndex, credential);
	return checkInt64(entered, TENANT_ID);
}

function describeTarget(target: InvitationTarget): string {
	return target.by === 'id' ? `invitation ${target.id}` : `invitation to ${target.email}`;
}

function describeMissing(target: InvitationTarget): Failure {
	return createFailure(
		'notFound',
		`Numium has no pending ${describeTarget(target)} in tenant ${target.tenantId}`,
		'It was accepted, declined or cancelled, or it never existed. Check the invitation and the tenant ID.',
	);
}

/** Numium as the shared operations see it, for one run of the node. */
export function createNumiumProvider(
	parameters: ParameterReader,
	session: Session,
): InvitationProvider<InvitationTarget, InvitationIds> {
	function recordKey({ subject }: Invitation<InvitationIds>): string {
		return `numium|${session.installation}|${subject.tenantId}|${subject.invitationId}`;
	}

	function buildFound(raw: JsonObject, tenantId: string): Found<InvitationIds> {
		return {
			invitation: mapInvitation(raw, tenantId, session.environment),
			raw,
			link: null,
		};
	}

	/** Numium answers for all of a tenant in one reply. */
	async function* listOf(tenantId: string): AsyncGenerator<Result<Found<InvitationIds>[]>> {
		const entries = await listInvitations(session, tenantId);
		yield entries.ok ? ok(entries.value.map((entry) => buildFound(entry, tenantId))) : entries;
	}

	const directoryOf = createDirectories(listOf, {
		several: (email) => `Several pending invitations of the tenant were sent to ${email}`,
		idOf: ({ subject }) => subject.invitationId,
	});

	async function read(
		target: InvitationTarget,
		fresh?: 'fresh',
	): Promise<Result<Found<InvitationIds> | null>> {
		const directory = await directoryOf(target.tenantId, fresh);
		if (!directory.ok) return directory;
		if (target.by === 'id') return ok(directory.value.byId(target.id));
		const found = directory.value.byEmail(target.email);
		// A call without an id could mean any invitation.
		if (!found.ok || found.value === null || found.value.invitation.id !== null) return found;
		return failed({
			...describeMissing(target),
			message: `Numium lists the ${describeTarget(target)} without an ID`,
			description: 'Nothing can be done to it without one. Contact Numium.',
			reason: 'unexpectedReply',
		});
	}

	/** Cancels, and where the answer is unclear looks whether the invitation is still pending. */
	async function cancelFound(found: Found<InvitationIds>): Promise<Result<Found<InvitationIds>>> {
		const { invitationId, tenantId } = found.invitation.subject;
		const exchange = await session.exchange(createChangeCall('cancel', tenantId, invitationId));
		const evidence = classifySend(exchange, createChangeContext(invitationId), readConfirmation);
		if (evidence.kind === 'unclear') {
			const after = await read({ by: 'id', tenantId, id: invitationId }, 'fresh');
			if (!after.ok || after.value !== null) return failed(evidence.failure);
		} else if (evidence.kind !== 'accepted') {
			return failed(evidence.failure);
		}
		const providerStatus = 'Cancelled';
		return ok({
			...found,
			invitation: { ...found.invitation, status: 'cancelled', providerStatus },
			raw: { ...found.raw, status: providerStatus },
		});
	}

	/** One may be named by its id and by its address, and Numium no longer knows it once it is cancelled. */
	const cancelled = new Map<string, ReturnType<typeof cancelFound>>();

	async function cancel(target: InvitationTarget): Promise<Result<Found<InvitationIds>>> {
		const before = await read(target);
		if (!before.ok) return before;
		if (before.value === null) return failed(describeMissing(target));
		const key = recordKey(before.value.invitation);
		const cancelling = cancelled.get(key) ?? cancelFound(before.value);
		cancelled.set(key, cancelling);
		return await cancelling;
	}

	return {
		name: numium.name,
		displayName: numium.displayName,
		capabilities: numium.capabilities,
		target(itemIndex) {
			const tenantId = readTenant(parameters, itemIndex, session);
			if (!tenantId.ok) return tenantId;
			const place = { name: 'invitationId', parameter: INVITATION_ID.parameter };
			const named = readNamed(parameters, place, itemIndex, (id) => checkInt64(id, INVITATION_ID));
			return named.ok ? ok({ ...named.value, tenantId: tenantId.value }) : named;
		},
		idsOf: (target) =>
			target.by === 'id'
				? { invitationId: target.id, tenantId: target.tenantId }
				: { email: target.email, tenantId: target.tenantId },
		key: (target) => `${target.tenantId}|${nameOf(target)}`,
		recordKey,
		read,
		describeMissing,
		async send(_target, { invitation: { subject } }, onWait) {
			const { invitationId, tenantId } = subject;
			const words = createChangeContext(invitationId);
			const exchange = await session.exchange(
				createChangeCall('resend', tenantId, invitationId),
				onWait,
			);
			const evidence = classifySend(exchange, words, readConfirmation);
			if (evidence.kind === 'accepted') {
				const entry = findEntry(exchange, invitationId);
				return { kind: 'accepted', current: entry === null ? null : buildFound(entry, tenantId) };
			}
			return evidence;
		},
		async *list(itemIndex) {
			const tenantId = readTenant(parameters, itemIndex, session);
			if (!tenantId.ok) return yield tenantId;
			const directory = await directoryOf(tenantId.value);
			yield directory.ok ? ok([...directory.value.all]) : directory;
		},
		changes: { cancel: { make: cancel, done: 'cancelled', isRepeatable: false } },
	};
}

export const numium: Service<InvitationTarget, InvitationIds> = {
	name: 'numium',
	displayName: PROVIDER,
	capabilities: {
		// Whether a resend changes `createdAt` is not documented, so it proves nothing.
		stampsSends: false,
		// Its pages show no name in an invitation; one that comes all the same is shown (inference).
		tellsName: false,
		tellsSentAt: true,
		tellsExpiry: false,
		tellsCompletedAt: false,
		// Only pending ones are listed; what has another word for it is not documented.
		statuses: ['pending', 'unknown'],
		resendableStatuses: ['pending', 'unknown'],
		listsCarryDates: true,
		findsByEmail: true,
		makesNewInvitation: false,
	},
	// Every Numium installation has an address of its own.
	credential: { type: 'numiumApi', hosts: {}, refreshStatuses: [401] },
	createProvider: createNumiumProvider,
};
