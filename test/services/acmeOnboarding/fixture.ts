import { DAY } from '../../../sandbox';
import type { Fields, Facts, Wanted } from '../fixture';
import { ask } from '../http';
import { account } from './sandbox/api';
import { seeded, unknownId } from './sandbox/seed';
import { VALIDITY } from './sandbox/state';

const { open, openToo, lapsed, joined, withdrawn } = seeded;
const all = [open, lapsed, joined, withdrawn, unknownId];

function datesOf({ status, sentAt = Date.now(), expiresAt }: Wanted) {
	const lapsing = Math.min(sentAt + VALIDITY, Date.now() - DAY);
	const until = status === 'expired' ? lapsing : sentAt + VALIDITY;
	return { sentAt, expiresAt: expiresAt ?? until };
}

const FIELDS = [
	...['name', 'email', 'status', 'daysLeft', 'expiresAt', 'sentAt', 'completedAt'],
	...['invitationId', 'provider'],
];

export const acmeOnboarding: Facts = {
	wrong: { apiKey: 'wrong-key' },
	signsIn: null,
	pasted: { field: 'apiKey', value: account.apiKey, isToken: false },
	headers: (key) => ({ 'x-api-key': key }),
	refusedAs: 401,
	testCall: 'getAccount',
	refusal: /did not accept the API key/,

	target: 'invitationId',
	parameter: 'Invitation',
	scope: null,
	changes: [],
	removes: [],
	first: open,
	second: openToo,
	unknown: unknownId,
	wrongIds: {
		'another prefix': 'usr_open1',
		capitals: 'INV_OPEN1',
		'no prefix': 'open1',
		'a prefix alone': 'inv_',
	},

	reads: 'byId',
	readCall: 'getInvitation',
	listCall: 'listInvitations',
	readsWhatItFinds: false,
	about: (_call, id) => `invitation ${id}`,
	missingStatus: 404,
	declinesWith200: false,

	showsSends: true,
	stampsSends: true,
	repliesWithIt: true,
	makesNewInvitation: false,
	tellsSent: true,
	tellsExpiry: true,
	statuses: ['pending', 'expired', 'completed', 'cancelled'],
	resendable: ['pending'],
	askedAnyway: {
		expired: 'failed: refused',
		completed: 'skipped: completed',
		cancelled: 'failed: refused',
	},
	events: ['cancelled', 'completed', 'expired', 'expiringSoon', 'new'],

	add: (state, wanted = {}) =>
		state.acmeOnboarding.add({
			...datesOf(wanted),
			...(wanted.status === 'completed' ? { joinedAt: Date.now() - DAY } : {}),
			...(wanted.status === 'cancelled' ? { withdrawn: true } : {}),
		}).id,
	complete: (state, id) => state.acmeOnboarding.join(id),
	// Its refusal says that the person has joined.
	completedMeanwhile: 'skipped: completed',
	emailOf: (state, id) => state.acmeOnboarding.get(id)?.email,
	fields: FIELDS,
	listedFields: FIELDS,
	idFields: ['invitationId'],
	shown(state, id) {
		const invitation = state.acmeOnboarding.get(id);
		if (invitation === undefined) throw new Error(`The sandbox has no invitation ${id}`);
		const { expiresAt } = invitation;
		return {
			name: invitation.name,
			email: invitation.email,
			status: 'pending',
			daysLeft: Math.floor(expiresAt / DAY) - Math.floor(Date.now() / DAY),
			expiresAt: new Date(expiresAt).toISOString(),
			sentAt: new Date(invitation.sentAt).toISOString(),
			completedAt: null,
			invitationId: id,
			provider: 'acmeOnboarding',
		};
	},
	listsDates: true,
	findsByEmail: false,
	searchMethod: 'searchInvitations',
	unlisted: 0,
	recordKeys: [
		{
			baseUrl: 'https://acme.example.com',
			subject: { invitationId: 'inv_open1' },
			key: 'acmeOnboarding|https://acme.example.com|inv_open1',
		},
	],
	fromList: { search: 'inv_open2', label: 'inv_open2' },
	added: { route: '/newcomers', body: { name: 'New Newcomer' } },
	formMistakes: [],
	entriesIn: ({ data }) => data,

	async tour({ baseUrls }) {
		const url = `${baseUrls.acmeOnboarding}/v2`;
		const signed: Fields = { 'x-api-key': account.apiKey };
		for (const headers of [signed, {}]) {
			await ask('get', `${url}/account`, headers);
			await ask('get', `${url}/invitations`, headers);
			await ask('get', `${url}/invitations?cursor=c4`, headers);
			for (const id of all) {
				await ask('get', `${url}/invitations/${id}`, headers);
				await ask('post', `${url}/invitations/${id}/resend`, headers);
			}
		}
	},
	async traffic({ both }) {
		const onlyWhenStatusIs = ['pending', 'expired', 'completed', 'cancelled', 'unknown'];
		await both(all, { parameters: { options: { onlyWhenStatusIs }, atMostOncePer: 'execution' } });
	},
	said: [
		'getAccount 200',
		'getInvitation 200',
		'getInvitation 401',
		'getInvitation 404',
		'resendInvitation 202',
		'resendInvitation 409',
	],
};
