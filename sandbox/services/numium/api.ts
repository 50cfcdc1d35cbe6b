import { int64 } from '../../ids';
import { toJson } from '../../json';
import { jsonText, wrappedFailure } from '../../reply';
import type { Service, World } from '../../service';
import type { Call, Reply } from '../../types';
import { account, type SWITCHES } from './account';
import type { NumiumInvitation, NumiumState } from './state';

const TENANTS: readonly string[] = [account.tenantId, account.otherTenantId, account.emptyTenantId];

/** BigInt ids become exact integers on the wire. */
function view(invitation: NumiumInvitation): Record<string, unknown> {
	return {
		id: BigInt(invitation.id),
		email: invitation.email,
		status: invitation.status,
		createdAt: `${new Date(invitation.createdAt).toISOString().slice(0, 19)}Z`,
	};
}

export function serve({
	state,
	clock,
	switches,
	mail,
}: World<NumiumState, typeof SWITCHES>): Service {
	const refusal = (status: number, code: string, message: string, info?: string[]) =>
		jsonText(status, wrappedFailure({ code, message, info }, switches.numiumWrapper));

	function success(payload: unknown): Reply {
		const body =
			switches.numiumWrapper === 'value'
				? { isSuccess: true, isFailure: false, error: null, value: payload }
				: { data: payload, isSuccess: true };
		return jsonText(200, toJson(body));
	}

	const pendingOf = (tenantId: string) =>
		state.all(tenantId).filter((entry) => entry.status === 'Pending');

	/**
	 * A collection, or the one object some samples show in its place: the invitation acted upon, else
	 * the only one there is. Several cannot be one object and stay a collection.
	 */
	function collection(entries: NumiumInvitation[], actedUpon?: NumiumInvitation): unknown {
		const one = actedUpon ?? (entries.length === 1 ? entries[0] : undefined);
		return switches.numiumCollection === 'object' && one !== undefined
			? view(one)
			: entries.map(view);
	}

	const inTenant = (handler: (call: Call, tenantId: string) => Reply) => (call: Call) => {
		const tenantId = int64(call.params.tenantId ?? '') ?? '';
		return TENANTS.includes(tenantId)
			? handler(call, tenantId)
			: refusal(403, 'Forbidden', 'You may not manage invitations of this tenant.');
	};

	const withPending = (handler: (call: Call, found: NumiumInvitation, tenantId: string) => Reply) =>
		inTenant((call, tenantId) => {
			const { id: given } = call.query;
			const id = typeof given === 'string' ? int64(given) : null;
			// Accepted and cancelled ones: not documented beyond "only pending"; they look absent here.
			const found = pendingOf(tenantId).find((entry) => entry.id === id);
			return found === undefined
				? refusal(404, 'NotFound', 'The invitation does not exist.')
				: handler(call, found, tenantId);
		});

	return {
		// Some samples have `/api` before the path, the reference has not.
		mounts: ['/numium/api', '/numium'],
		keyOf(_params, { id }) {
			return typeof id === 'string' ? (int64(id) ?? id) : null;
		},
		wrapper: () => switches.numiumWrapper,
		unauthorized: () => refusal(401, 'Unauthorized', 'Credentials are missing or invalid.'),
		invalid: (_operationId, messages) =>
			refusal(400, 'ValidationError', 'The request parameters are not valid.', messages),
		notFound: () => refusal(404, 'NotFound', 'No such route.'),
		broken: (messages) =>
			refusal(500, 'InternalError', 'The sandbox broke its contract.', messages),
		handlers: {
			listInvitations: inTenant((_call, tenantId) => {
				const pending = pendingOf(tenantId);
				return pending.length === 0 && switches.numiumEmpty === '404'
					? refusal(404, 'NotFound', 'The tenant has no invitations.')
					: success(collection(pending));
			}),
			resendInvitation: withPending((call, found, tenantId) => {
				if (switches.numiumStamp === 'resend') found.createdAt = clock.now();
				mail(call, { key: found.id, invitationId: found.id, email: found.email });
				return success(collection(pendingOf(tenantId), found));
			}),
			// The administrator whose token the sandbox accepts; who has joined is not kept.
			listTenantUsers: inTenant((_call, tenantId) =>
				success([
					{
						id: 1,
						tenantId: BigInt(tenantId),
						firstName: 'Sandbox',
						lastName: 'Administrator',
						email: 'administrator@example.com',
						isEnabled: true,
					},
				]),
			),
			cancelInvitation: withPending((_call, found, tenantId) => {
				found.status = 'Cancelled';
				return success(collection(pendingOf(tenantId)));
			}),
		},
	};
}
