import { accounts, DAY, seeded, tokens, unknownIds } from '../../../sandbox';
import type { Facts } from '../fixture';
import { ask, bearer } from '../http';
import type { TestSandbox } from '../played';

const { tenantId, otherTenantId, emptyTenantId, foreignTenantId } = accounts.numium;
const { big, first, otherTenant } = seeded.numium;
const tenants = [tenantId, otherTenantId, emptyTenantId, foreignTenantId];

const STATUS = {
	pending: 'Pending',
	// Not told.
	expired: 'Pending',
	completed: 'Accepted',
	cancelled: 'Cancelled',
} as const;

/** Each way in which its pages say that replies look. */
async function inEveryForm({ control }: TestSandbox, then: () => Promise<void>): Promise<void> {
	for (const numiumWrapper of ['value', 'data'] as const) {
		for (const numiumCollection of ['array', 'object'] as const) {
			for (const numiumEmpty of ['404', 'empty'] as const) {
				control.setSwitches({ numiumWrapper, numiumCollection, numiumEmpty });
				await then();
			}
		}
	}
}

export const numium: Facts = {
	wrong: { token: 'not-a-token' },
	signsIn: null,
	pasted: { field: 'token', value: tokens.numium, isToken: true },
	headers: bearer,
	refusedAs: 401,
	testCall: 'listTenantUsers',
	refusal: /did not accept the token/,

	target: 'invitationId',
	parameter: 'Invitation',
	scope: {
		field: 'tenantId',
		parameter: 'Tenant ID',
		own: tenantId,
		foreign: foreignTenantId,
		listed: 5,
		wrong: ['../x', '1e3', '-1', '1\n2', '9223372036854775808', Number('9007199254740993'), ' '],
	},
	changes: ['cancel'],
	removes: ['cancel'],
	first,
	second: big,
	unknown: unknownIds.numium,
	wrongIds: {
		'an exponent': '1e3',
		'a negative number': '-1',
		'a plus sign': '+1',
		'a fraction': '1.5',
		'a hexadecimal number': '0x10',
		'leading zeros': '007',
		'digits of another script': '٣',
		'one more than the largest int64': '9223372036854775808',
		'a number far too large': '9'.repeat(65),
		'a UUID': seeded.worthAi.invited,
	},

	reads: 'byList',
	readCall: 'listInvitations',
	listCall: 'listInvitations',
	readsWhatItFinds: false,
	about: (call, id) => (call === 'readCall' ? `tenant ${tenantId}` : `invitation ${id}`),
	missingStatus: null,
	declinesWith200: true,

	// Whether a resend changes `createdAt` is not documented; here it does, unless `numiumStamp` is `never`.
	showsSends: true,
	stampsSends: false,
	repliesWithIt: true,
	makesNewInvitation: false,
	tellsSent: true,
	tellsExpiry: false,
	statuses: ['pending'],
	resendable: ['pending'],
	askedAnyway: {},
	events: ['closed', 'new'],

	add: (state, { status = 'pending', sentAt, email } = {}) =>
		state.numium.add({
			status: STATUS[status],
			...(email === undefined ? {} : { email }),
			...(sentAt === undefined ? {} : { createdAt: sentAt }),
		}).id,
	complete: (state, id) => state.numium.accept(id),
	completedMeanwhile: 'failed: notFound',
	emailOf: (state, id) => state.numium.get(id)?.email,
	fields: ['email', 'status', 'sentAt', 'invitationId', 'tenantId', 'provider'],
	listedFields: ['email', 'status', 'sentAt', 'invitationId', 'tenantId', 'provider'],
	idFields: ['invitationId', 'tenantId'],
	shown(state, id) {
		const invitation = state.numium.get(id);
		const sentAt = new Date(invitation?.createdAt ?? 0);
		sentAt.setUTCMilliseconds(0);
		return {
			email: invitation?.email,
			status: 'pending',
			sentAt: sentAt.toISOString(),
			invitationId: id,
			tenantId,
			provider: 'numium',
		};
	},
	listsDates: true,
	findsByEmail: true,
	searchMethod: 'searchInvitationsOfTenant',
	// Those of the other tenant.
	unlisted: 3,
	recordKeys: [
		{
			baseUrl: 'https://numium.example.com/api',
			subject: { tenantId: '1024', invitationId: '9223372036854775807' },
			key: 'numium|https://numium.example.com/api|1024|9223372036854775807',
		},
	],
	fromList: { search: big, label: `pending · #${big}` },
	added: { route: '/invitations', body: { tenantId, email: 'new@example.com' } },
	formMistakes: [
		{
			what: 'a wrong token',
			fields: { token: 'not-the-token' },
			says: 'Numium did not accept the token. Get a new one and paste it here.',
		},
		{
			what: 'a tenant that is not ours',
			fields: { tenantId: foreignTenantId },
			says: 'Numium accepted the token, but it does not have access to this tenant. Check the tenant ID and the roles of the token.',
		},
	],
	entriesIn: ({ value, data }) => value ?? data,

	async tour(sandbox) {
		const { numium: url } = sandbox.baseUrls;
		const signed = bearer(tokens.numium);
		await inEveryForm(sandbox, async () => {
			for (const tenant of tenants) {
				const base = `${url}/tenant/${tenant}/admin/user`;
				await ask('get', `${base}/invitations`, signed);
				await ask('get', `${base}s`, signed);
				for (const id of [...Object.values(seeded.numium), unknownIds.numium])
					await ask('put', `${base}/invitation/resend?id=${id}`, signed);
				await ask('get', `${base}/invitations`, bearer(tokens.numiumExpired));
			}
		});
		const cancel = `${url}/tenant/${tenantId}/admin/user/invitation/cancel?id=${first}`;
		await ask('put', cancel, signed);
		await ask('put', cancel, signed);
	},
	async traffic({ sandbox, get, resend }) {
		const { state } = sandbox.control;
		const patch = { token: tokens.numium };
		await inEveryForm(sandbox, async () => {
			const { id } = state.numium.add({ createdAt: sandbox.control.now() - 3 * DAY });
			await resend([id, big], { patch });
			for (const tenant of tenants)
				await get([otherTenant], { parameters: { tenantId: tenant }, patch });
		});
		const largest = '9223372036854775807';
		state.numium.add({ id: largest, createdAt: 0 });
		await resend([largest], { patch });
		const baseUrl = `${sandbox.baseUrls.numium}/api`;
		await get([largest], { patch: { ...patch, baseUrl } });
	},
	said: [
		'listInvitations 200',
		'listInvitations 401',
		'listInvitations 403',
		'listInvitations 404',
		'listTenantUsers 200',
		'resendInvitation 200',
	],
};
