import { accounts, seeded, tokens, unknownIds } from '../../../sandbox';
import type { Facts } from '../fixture';
import { ask, bearer } from '../http';

const { customerId, email, foreignCustomerId, password } = accounts.worthAi;
const { invited, signupPending } = seeded.worthAi;
const users = Object.values(seeded.worthAi);

/** A user whose invitation stands so; what expires is not told. */
const STATUS = {
	pending: { status: 'INVITED', is_first_login: true },
	expired: { status: 'INVITED', is_first_login: true },
	completed: { status: 'ACTIVE', is_first_login: false },
	cancelled: { status: 'INACTIVE', is_first_login: true },
} as const;

export const worthAi: Facts = {
	wrong: { password: 'wrong-word' },
	signsIn: {
		secrets: [password],
		wrong: { password: 'wrong-word' },
		check: 'Check the email and the password',
	},
	pasted: { field: 'token', value: tokens.worthAi, isToken: true },
	headers: bearer,
	refusedAs: 401,
	testCall: 'listSubroles',
	refusal: /did not accept the token/,

	target: 'userId',
	parameter: 'User',
	scope: {
		field: 'customerId',
		parameter: 'Customer ID',
		own: customerId,
		foreign: foreignCustomerId,
		listed: users.length,
		wrong: ['../x', 'abc', 'a\nb', 'a'.repeat(65), ' '],
	},
	changes: [],
	removes: [],
	first: invited,
	second: signupPending,
	unknown: unknownIds.worthAi,
	wrongIds: {
		'no UUID': 'abc',
		'a UUID with more behind it': `${invited}0`,
		'a UUID without dashes': invited.replaceAll('-', ''),
		'a UUID in braces': `{${invited}}`,
	},

	reads: 'byId',
	readCall: 'getUser',
	listCall: 'listUsers',
	readsWhatItFinds: false,
	about: (_call, id) => `user ${id}`,
	missingStatus: 404,
	declinesWith200: false,

	// Stamps of a user are no stamps of a mail.
	showsSends: false,
	stampsSends: false,
	repliesWithIt: false,
	makesNewInvitation: false,
	tellsSent: false,
	tellsExpiry: false,
	statuses: ['pending', 'completed', 'cancelled'],
	resendable: ['pending'],
	// Its refusal says that the user has joined meanwhile.
	askedAnyway: { completed: 'skipped: completed', cancelled: 'sent' },
	events: ['cancelled', 'completed', 'new'],

	add(state, { status = 'pending', sentAt: at, email } = {}) {
		const dates = at === undefined ? {} : { createdAt: at, updatedAt: at };
		const address = email === undefined ? {} : { email };
		return state.worthAi.add({ ...dates, ...address, ...STATUS[status] }).id;
	},
	complete: (state, id) => state.worthAi.set(id, STATUS.completed),
	completedMeanwhile: 'skipped: completed',
	emailOf: (state, id) => state.worthAi.get(id)?.email,
	fields: ['name', 'email', 'status', 'userId', 'customerId', 'provider'],
	listedFields: ['name', 'email', 'status', 'userId', 'customerId', 'provider'],
	idFields: ['userId', 'customerId'],
	shown(state, id) {
		const user = state.worthAi.get(id);
		return {
			name: `${user?.first_name} ${user?.last_name}`,
			email: user?.email,
			status: 'pending',
			userId: id,
			customerId,
			provider: 'worthAi',
		};
	},
	listsDates: false,
	findsByEmail: true,
	searchMethod: 'searchUsers',
	unlisted: 0,
	recordKeys: [
		{
			baseUrl: 'https://api.joinworth.com',
			subject: {
				customerId: '1f7d1d4e-2b2a-4c0e-9d0a-6c1e2b3f4a5b',
				userId: '053cfb4b-2073-4ede-afc0-26579bb3e1b8',
			},
			key: 'worthAi|production|1f7d1d4e-2b2a-4c0e-9d0a-6c1e2b3f4a5b|053cfb4b-2073-4ede-afc0-26579bb3e1b8',
		},
	],
	fromList: { search: 'bruno', label: 'Bruno Keller · bruno.keller@example.com · pending' },
	added: {
		route: '/users',
		body: { first_name: 'New', last_name: 'Colleague', status: 'INVITED' },
	},
	formMistakes: [
		{
			what: 'a wrong password',
			fields: { password: 'not-the-password' },
			says: 'Worth AI did not accept the sign-in. Check the email and the password. ',
		},
		{
			what: "somebody else's customer ID",
			fields: { customerId: foreignCustomerId },
			says: 'The sign-in worked, but the account does not have access to this customer. Check the customer ID and the permissions of the account.',
		},
	],
	entriesIn: ({ data }) => (data as { records: unknown }).records,

	async tour({ baseUrls, control }) {
		const url = `${baseUrls.worthAi}/auth/api/v1`;
		const signed = bearer(tokens.worthAi);
		for (const worthSignIn of ['flat', 'nested'] as const) {
			control.setSwitches({ worthSignIn });
			await ask('post', `${url}/customer/sign-in`, {}, { email, password });
		}
		for (const worthBadPassword of ['400', '500'] as const) {
			control.setSwitches({ worthBadPassword });
			await ask('post', `${url}/customer/sign-in`, {}, { email, password: 'wrong' });
		}
		for (const customer of [customerId, foreignCustomerId]) {
			const list = `${url}/customers/${customer}/users`;
			await ask('get', list, signed);
			await ask('get', list, bearer(tokens.worthAiExpired));
			await ask('get', `${url}/customers/${customer}/subroles`, signed);
			for (const userId of [...users, unknownIds.worthAi]) {
				await ask('get', `${list}/${userId}`, signed);
				await ask('post', `${list}/${userId}/resend-invite`, signed);
			}
			await ask('post', `${list}/${invited}/resend-invite`);
		}
	},
	async traffic({ both, get, sandbox }) {
		const everyStatus = ['pending', 'expired', 'completed', 'cancelled', 'unknown'];
		await both(users, { parameters: { options: { onlyWhenStatusIs: everyStatus } } });
		await both([invited], { parameters: { customerId: foreignCustomerId } });
		for (const worthSignIn of ['flat', 'nested'] as const) {
			for (const worthBadPassword of ['400', '500'] as const) {
				sandbox.control.setSwitches({ worthSignIn, worthBadPassword });
				const patch = { authentication: 'password', sessionToken: '' };
				await get([invited], { patch: { ...patch, password: 'wrong' } });
				await get([invited], { patch });
			}
		}
	},
	said: [
		'getUser 200',
		'getUser 401',
		'getUser 403',
		'getUser 404',
		'listSubroles 200',
		'resendInvitation 200',
		'resendInvitation 400',
		'signIn 200',
		'signIn 400',
		'signIn 500',
	],
};
