import { describeInvalidInput, type Failure } from '../shared/core/failure';
import { classifySend } from '../shared/http/classifySend';
import type { JsonObject } from '../shared/core/json';
import {
	checkEmail,
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
	createChangeCall,
	createChangeContext,
	listInvitations,
	findEntry,
	PROVIDER,
	readConfirmation,
} from './api';
import { mapInvitation, type InvitationIds } from './mapper';

/** An invitation of a tenant, by its id or by the address it was mailed to. */
export type InvitationTarget =
	| { by: 'id'; tenantId: string; invitationId: string }
	| { by: 'email'; tenantId: string; email: string };

/** int64 as a decimal text without sign or leading zeros. */
function createInt64Rule(parameter: string, example: string): IdRule {
	const pattern = /^(?:0|[1-9]\d{0,18})$/;
	return { parameter, pattern, example, looksLike: `It is a whole number, e.g. ${example}.` };
}

export const TENANT_ID = createInt64Rule('Tenant ID', '1024');
export const INVITATION_ID = createInt64Rule('Invitation', '9001');
const LARGEST_INT64 = 9_223_372_036_854_775_807n;

function checkInt64(value: unknown, rule: IdRule): Result<string> {
	const id = checkId(value, rule);
	if (!id.ok || BigInt(id.value) <= LARGEST_INT64) return id;
	return failed(
		describeInvalidInput(
			`'${rule.parameter}' is larger than any id at Numium: ${id.value}`,
			`${rule.looksLike} No request was made.`,
		),
	);
}

function describeTarget(target: InvitationTarget): string {
	return target.by === 'id' ? `invitation ${target.invitationId}` : `invitation to ${target.email}`;
}

function describeAmbiguity({ email }: { email: string }, ids: string[]): Failure {
	return describeInvalidInput(
		`Several pending invitations of the tenant go to ${email}`,
		`Choose one by its ID: ${ids.join(', ')}.`,
	);
}

/** The one entry a target names, null for none. */
function pick(entries: JsonObject[], target: InvitationTarget): Result<JsonObject | null> {
	if (target.by === 'id') {
		return ok(entries.find(({ id }) => String(id) === target.invitationId) ?? null);
	}
	const email = target.email.toLowerCase();
	const matches = entries.filter((entry) => String(entry.email).toLowerCase() === email);
	if (matches.length > 1)
		return failed(
			describeAmbiguity(
				target,
				matches.map(({ id }) => String(id)),
			),
		);
	return ok(matches[0] ?? null);
}

function describeMissing(target: InvitationTarget): Failure {
	return {
		message: `Numium has no pending ${describeTarget(target)} in tenant ${target.tenantId}`,
		description:
			'It was accepted, declined or cancelled, which Numium does not tell apart, or it never existed. Check the invitation and the tenant ID.',
		reason: 'notFound',
		httpStatus: null,
		code: null,
		retryable: false,
	};
}

/** Numium as the shared operations see it, for one run of the node. */
export function createNumiumProvider(
	parameters: ParameterReader,
	session: Session,
): InvitationProvider<InvitationTarget, InvitationIds> {
	const lists = new Map<string, Promise<Result<JsonObject[]>>>();

	/** One list call per tenant and run, unless a fresh look is asked for. */
	async function fetchList(tenantId: string, fresh: boolean): Promise<Result<JsonObject[]>> {
		const known = fresh ? undefined : lists.get(tenantId);
		const list = known ?? listInvitations(session, tenantId);
		lists.set(tenantId, list);
		return await list;
	}

	function buildFound(raw: JsonObject, tenantId: string): Found<InvitationIds> {
		return {
			invitation: mapInvitation(raw, tenantId, session.environment),
			raw,
			link: null,
		};
	}

	function readTenant(itemIndex: number): Result<string> {
		const entered = readWithDefault(parameters, 'tenantId', itemIndex, session.credential);
		return checkInt64(entered, TENANT_ID);
	}

	async function read(
		target: InvitationTarget,
		fresh?: 'fresh',
	): Promise<Result<Found<InvitationIds> | null>> {
		const entries = await fetchList(target.tenantId, fresh === 'fresh');
		if (!entries.ok) return entries;
		const picked = pick(entries.value, target);
		if (!picked.ok) return picked;
		return ok(picked.value === null ? null : buildFound(picked.value, target.tenantId));
	}

	/** Cancels, and where the answer is unclear looks whether the invitation is still pending. */
	async function cancel(target: InvitationTarget): Promise<Result<Found<InvitationIds>>> {
		const before = await read(target);
		if (!before.ok) return before;
		if (before.value === null) return failed(describeMissing(target));
		const found = before.value;
		const invitationId = found.invitation.id ?? '';
		const exchange = await session.exchange(
			createChangeCall('cancel', target.tenantId, invitationId),
		);
		const evidence = classifySend(exchange, createChangeContext(invitationId), readConfirmation);
		if (evidence.kind === 'unclear') {
			const after = await read({ by: 'id', tenantId: target.tenantId, invitationId }, 'fresh');
			if (!after.ok || after.value !== null) return failed(evidence.failure);
		} else if (evidence.kind !== 'accepted') {
			return failed(evidence.failure);
		}
		return ok({
			...found,
			invitation: { ...found.invitation, status: 'cancelled', providerStatus: 'Cancelled' },
		});
	}

	return {
		displayName: numium.displayName,
		capabilities: numium.capabilities,
		target(itemIndex) {
			const tenantId = readTenant(itemIndex);
			if (!tenantId.ok) return tenantId;
			const value = parameters.value('invitationId', itemIndex);
			if (parameters.mode('invitationId', itemIndex) === 'email') {
				const email = checkEmail(value, 'Invitation');
				return email.ok ? ok({ by: 'email', tenantId: tenantId.value, email: email.value }) : email;
			}
			const id = checkInt64(value, INVITATION_ID);
			return id.ok ? ok({ by: 'id', tenantId: tenantId.value, invitationId: id.value }) : id;
		},
		idsOf: (target) =>
			target.by === 'id'
				? { invitationId: target.invitationId, tenantId: target.tenantId }
				: { email: target.email, tenantId: target.tenantId },
		key: (target) =>
			target.by === 'id'
				? `${target.tenantId}|${target.invitationId}`
				: `${target.tenantId}|${target.email.toLowerCase()}`,
		recordKey: ({ subject }) =>
			`numium|${session.installation}|${subject.tenantId}|${subject.invitationId}`,
		read,
		describeMissing,
		async send({ tenantId }, before, onWait) {
			const invitationId = before.invitation.id ?? '';
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
			const tenantId = readTenant(itemIndex);
			if (!tenantId.ok) return yield tenantId;
			const entries = await fetchList(tenantId.value, false);
			yield entries.ok
				? ok(entries.value.map((entry) => buildFound(entry, tenantId.value)))
				: entries;
		},
		changes: { cancel },
	};
}

export const numium: Service<InvitationTarget, InvitationIds> = {
	name: 'numium',
	displayName: PROVIDER,
	capabilities: {
		// Whether a resend changes `createdAt` is not documented, so it proves nothing.
		stampsSends: false,
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
