import { uuidFor } from '../../ids';
import { isRecord } from '../../json';
import { json } from '../../reply';
import type { Service, World } from '../../service';
import type { Call, Reply } from '../../types';
import { account, type SWITCHES } from './account';
import type { WorthAiState, WorthUser } from './state';

/** Sign-in tokens in the published samples live this long. */
const TOKEN_SECONDS = 3600;

const ADMIN_ID = uuidFor('worthAi', 'admin');
const SUBROLE = {
	id: uuidFor('worthAi', 'subrole'),
	code: 'customer_admin',
	label: 'Customer Admin',
	display_name: 'Admin',
} as const;

function refusal(status: number, message: string, errorCode: string, errorName: string): Reply {
	const outcome = status < 500 ? 'fail' : 'error';
	return json(status, { status: outcome, message, errorCode, data: { errorName } });
}

/** The short shape that 400, 401, 403 and 500 have where an operation says nothing of its own. */
const GENERIC = {
	400: { message: 'Bad Request', errorCode: 'ERR_INTERNAL_SERVER' },
	401: { message: 'Unauthorized', errorCode: 'ERR_UNAUTHORIZED' },
	403: { message: 'Forbidden', errorCode: 'ERR_FORBIDDEN' },
	500: { message: 'Internal Server Error', errorCode: 'ERR_INTERNAL_SERVER' },
} as const;

const generic = (status: keyof typeof GENERIC) => json(status, GENERIC[status]);

/** A single user's stamps name no zone and count microseconds; the list's end in `Z`. */
function zoneless(milliseconds: number): string {
	return new Date(milliseconds).toISOString().replace('Z', '000');
}

function zoned(milliseconds: number): string {
	return new Date(milliseconds).toISOString();
}

function common(user: WorthUser, stamp: (milliseconds: number) => string): Record<string, unknown> {
	return {
		id: user.id,
		first_name: user.first_name,
		last_name: user.last_name,
		email: user.email,
		mobile: user.mobile,
		is_email_verified: user.is_email_verified,
		is_first_login: user.is_first_login,
		created_at: stamp(user.createdAt),
		created_by: ADMIN_ID,
		updated_at: stamp(user.updatedAt),
		updated_by: ADMIN_ID,
		status: user.status,
	};
}

function listed(user: WorthUser): Record<string, unknown> {
	return {
		...common(user, zoned),
		ext_auth_ref_id: uuidFor('worthAi', 'auth', user.id),
		subrole: { ...SUBROLE, description: 'Manages the account' },
	};
}

function single(user: WorthUser): Record<string, unknown> {
	return {
		...common(user, zoneless),
		company_details: {
			id: user.customerId,
			name: 'Sandbox Institution',
			contact_number: null,
			is_active: true,
			created_at: zoneless(user.createdAt),
			created_by: ADMIN_ID,
			updated_at: zoneless(user.updatedAt),
			updated_by: ADMIN_ID,
		},
		subrole: { ...SUBROLE, role_id: 2 },
	};
}

export function serve({
	state,
	clock,
	tokens,
	switches,
	mail,
}: World<WorthAiState, typeof SWITCHES>): Service {
	/** The token reaches one customer only. */
	const within = (handler: (call: Call) => Reply) => (call: Call) =>
		call.params.customerID === account.customerId ? handler(call) : generic(403);

	function userOf(call: Call): WorthUser | undefined {
		const user = state.get(call.params.userID ?? '');
		return user?.customerId === call.params.customerID ? user : undefined;
	}

	function wrongPassword(): Reply {
		const message = 'Incorrect username or password.';
		return switches.worthBadPassword === '400'
			? refusal(400, message, 'INVALID', 'SignInApiError')
			: refusal(500, message, 'UNKNOWN_ERROR', 'NotAuthorizedException');
	}

	return {
		mounts: ['/worth/auth/api/v1'],
		keyOf: (params) => params.userID ?? null,
		unauthorized: () => generic(401),
		invalid(operationId, messages) {
			return operationId === 'signIn' || operationId === 'resendInvitation'
				? refusal(400, messages.join('; '), 'INVALID', 'ValidationMiddlewareError')
				: generic(400);
		},
		notFound: () => refusal(404, 'No such route', 'NOT_FOUND', 'RouteError'),
		broken: (messages) =>
			json(500, { message: messages.join('; '), errorCode: 'ERR_INTERNAL_SERVER' }),
		handlers: {
			signIn({ body }) {
				const given = isRecord(body) ? body : {};
				const { email, password, customerId } = account;
				if (given.email !== email || given.password !== password) return wrongPassword();
				const iat = Math.floor(clock.now() / 1000);
				const { token } = tokens.issue('worthAi', {
					sub: ADMIN_ID,
					token_use: 'id',
					email,
					iat,
					exp: iat + TOKEN_SECONDS,
				});
				const data = {
					user_details: {
						id: ADMIN_ID,
						first_name: 'Sandbox',
						last_name: 'Integration',
						email,
						is_email_verified: true,
					},
					subrole: { id: SUBROLE.id, code: SUBROLE.code, label: SUBROLE.label },
					// Deprecated; `id_token` is the bearer token.
					access_token: 'sandbox-access-token',
					id_token: token,
					refresh_token: 'sandbox-refresh-token',
					permissions: [{ id: 1, code: 'customer_user:read', label: 'Read users' }],
					customer_details: { id: customerId, name: 'Sandbox Institution' },
				};
				return json(200, {
					status: 'success',
					message: 'Logged In successfully',
					data: switches.worthSignIn === 'flat' ? data : { data },
				});
			},
			listSubroles({ params }) {
				const { customerId, foreignCustomerId } = account;
				if (params.customerID === foreignCustomerId) return generic(403);
				return params.customerID === customerId
					? json(200, { status: 'success', message: 'Success', data: [SUBROLE] })
					: refusal(400, 'Customer does not exists', 'INVALID', 'CustomersApiError');
			},
			listUsers: within(({ params }) => {
				const records = state.all().filter((user) => user.customerId === params.customerID);
				return json(200, {
					status: 'success',
					message: 'Success',
					// The one is a number, the other a text, as published. Paging is not documented.
					data: {
						records: records.map(listed),
						total_pages: 1,
						total_items: String(records.length),
					},
				});
			}),
			getUser: within((call) => {
				const user = userOf(call);
				return user === undefined
					? refusal(404, 'Customer user Not Found', 'NOT_FOUND', 'CustomersApiError')
					: json(200, { status: 'success', message: 'Success', data: single(user) });
			}),
			resendInvitation: within((call) => {
				const user = userOf(call);
				// Not documented: no 404 is declared here; the update of an unknown user says INVALID.
				if (user === undefined) {
					return refusal(400, 'Customer user does not exist', 'INVALID', 'CustomersApiError');
				}
				// `status` does not tell (see the seed); who has signed in has onboarded.
				if (!user.is_first_login) {
					const message = 'Customer has already onboarded the platform';
					return refusal(400, message, 'INVALID', 'CustomersApiError');
				}
				mail(call, { key: user.id, invitationId: null, email: user.email });
				return json(200, { status: 'success', message: 'Invite mail sent successfully' });
			}),
		},
	};
}
