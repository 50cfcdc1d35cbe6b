import type { IExecuteFunctions } from 'n8n-workflow';
import { invalidInput, unconfirmedSend, type Failure } from '../shared/failure';
import { judgeSend } from '../shared/judgeSend';
import type { JsonObject } from '../shared/json';
import { checkEmail, checkId, locatorMode } from '../shared/parameters';
import { failed, ok, type Found, type InvitationProvider, type Result } from '../shared/provider';
import type { CredentialPlan, Session } from '../shared/request';
import {
	changeContext,
	listInvitations,
	matchingEntry,
	PROVIDER,
	readConfirmation,
	resendCall,
} from './api';
import { toInvitation } from './invitation';

export const CREDENTIAL: CredentialPlan = {
	type: 'numiumApi',
	// Every Numium installation has an address of its own.
	hosts: {},
	refreshStatuses: [401],
};

/** An invitation of a tenant, by its id or by the address it was mailed to. */
export type InvitationTarget =
	| { by: 'id'; tenantId: string; invitationId: string }
	| { by: 'email'; tenantId: string; email: string };

/** int64 as a decimal text without sign or leading zeros. */
const INT64 = /^(?:0|[1-9]\d{0,18})$/;
const TENANT_ID = {
	parameter: 'Tenant ID',
	pattern: INT64,
	looksLike: 'It is a whole number, e.g. 1024.',
};
const INVITATION_ID = {
	parameter: 'Invitation',
	pattern: INT64,
	looksLike: 'It is a whole number, e.g. 9001.',
};
const LARGEST_INT64 = 9_223_372_036_854_775_807n;

function int64(value: unknown, rule: typeof TENANT_ID): Result<string> {
	const id = checkId(value, rule);
	if (!id.ok || BigInt(id.value) <= LARGEST_INT64) return id;
	return failed(
		invalidInput(
			`'${rule.parameter}' is larger than any id at Numium: ${id.value}`,
			`${rule.looksLike} No request was made.`,
		),
	);
}

function about(target: InvitationTarget): string {
	return target.by === 'id' ? `invitation ${target.invitationId}` : `invitation to ${target.email}`;
}

function ambiguous({ email }: { email: string }, ids: string[]): Failure {
	return invalidInput(
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
			ambiguous(
				target,
				matches.map(({ id }) => String(id)),
			),
		);
	return ok(matches[0] ?? null);
}

/** Numium as the shared operations see it, for one run of the node. */
export function numiumProvider(
	context: IExecuteFunctions,
	session: Session,
): InvitationProvider<InvitationTarget> {
	const lists = new Map<string, Promise<Result<JsonObject[]>>>();

	/** One list call per tenant and run, unless a fresh look is asked for. */
	async function listOf(tenantId: string, fresh: boolean): Promise<Result<JsonObject[]>> {
		const known = fresh ? undefined : lists.get(tenantId);
		const list = known ?? listInvitations(session, tenantId);
		lists.set(tenantId, list);
		return await list;
	}

	function toFound(raw: JsonObject, tenantId: string): Found {
		return {
			invitation: toInvitation(raw, tenantId, session.environment),
			raw: { ...raw },
			link: null,
		};
	}

	return {
		displayName: PROVIDER,
		// Whether a resend changes `createdAt` is not documented, so it proves nothing.
		stampTells: false,
		target(itemIndex) {
			const typed: unknown = context.getNodeParameter('tenantId', itemIndex, '');
			const tenantId = int64(typed === '' ? session.credential.tenantId : typed, TENANT_ID);
			if (!tenantId.ok) return tenantId;
			const value: unknown = context.getNodeParameter('invitationId', itemIndex, '', {
				extractValue: true,
			});
			if (locatorMode(context, 'invitationId', itemIndex) === 'email') {
				const email = checkEmail(value, 'Invitation');
				return email.ok ? ok({ by: 'email', tenantId: tenantId.value, email: email.value }) : email;
			}
			const id = int64(value, INVITATION_ID);
			return id.ok ? ok({ by: 'id', tenantId: tenantId.value, invitationId: id.value }) : id;
		},
		key: (target) =>
			target.by === 'id'
				? `${target.tenantId}|${target.invitationId}`
				: `${target.tenantId}|${target.email.toLowerCase()}`,
		async read(target, fresh) {
			const entries = await listOf(target.tenantId, fresh === 'fresh');
			if (!entries.ok) return entries;
			const picked = pick(entries.value, target);
			if (!picked.ok) return picked;
			return ok(picked.value === null ? null : toFound(picked.value, target.tenantId));
		},
		missing: (target) => ({
			message: `Numium has no pending ${about(target)} in tenant ${target.tenantId}`,
			description:
				'It was accepted, declined or cancelled, which Numium does not tell apart, or it never existed. Check the invitation and the tenant ID.',
			reason: 'notFound',
			httpStatus: null,
			code: null,
			retryable: false,
		}),
		async send({ tenantId }, before) {
			const invitationId = before.invitation.id ?? '';
			const words = changeContext(invitationId);
			const exchange = await session.exchange(resendCall(tenantId, invitationId));
			const evidence = judgeSend(exchange, words, readConfirmation);
			if (evidence.kind === 'accepted') {
				const entry = matchingEntry(exchange, invitationId);
				return { kind: 'sent', current: entry === null ? null : toFound(entry, tenantId) };
			}
			if (evidence.kind !== 'unclear') return evidence;
			return { kind: 'unknown', failure: unconfirmedSend(evidence.failure, words.about) };
		},
	};
}
