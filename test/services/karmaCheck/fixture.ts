import { accounts, DAY, seeded, tokens, unknownIds } from '../../../sandbox';
import type { Facts } from '../fixture';
import { ask, bearer } from '../http';

const { apiKey, clientAccessToken } = accounts.karmaCheck;
const cases = Object.values(seeded.karmaCheck);

export const karmaCheck: Facts = {
	wrong: { clientAccessToken: 'wrong-token' },
	signsIn: {
		secrets: [clientAccessToken, apiKey],
		wrong: { clientAccessToken: 'wrong-token' },
		check: 'Check the API key, the client access token',
	},
	pasted: { field: 'token', value: tokens.karmaCheck, isToken: true },
	headers: bearer,
	refusedAs: 403,
	testCall: 'listPackages',
	refusal: /^KarmaCheck refused the token/,
	hidden: ({ karmaCheck: { all } }) =>
		all()
			.flatMap(({ invitation, superseded }) => [...superseded, ...(invitation ? [invitation] : [])])
			.flatMap(({ token, dob }) => [token, dob]),

	target: 'caseId',
	parameter: 'Case',
	scope: null,
	changes: ['refresh'],
	removes: [],
	first: seeded.karmaCheck.expired,
	second: seeded.karmaCheck.pending,
	unknown: unknownIds.karmaCheck,
	wrongIds: { 'letters beyond ASCII': 'fälle', 'a fraction': 1.5 },

	reads: 'byId',
	readCall: 'getInvitation',
	listCall: 'listCases',
	readsWhatItFinds: true,
	about: (_call, id) => `case ${id}`,
	missingStatus: 404,
	declinesWith200: false,

	showsSends: true,
	stampsSends: true,
	repliesWithIt: false,
	makesNewInvitation: true,
	tellsSent: true,
	tellsExpiry: true,
	statuses: ['pending', 'expired', 'completed', 'cancelled'],
	resendable: ['pending', 'expired'],
	askedAnyway: { completed: 'skipped: completed', cancelled: 'failed: refused' },
	events: ['cancelled', 'completed', 'expired', 'expiringSoon', 'new'],

	add: (state, wanted) => state.karmaCheck.add(wanted).id,
	complete: (state, id) => state.karmaCheck.complete(id),
	completedMeanwhile: 'skipped: completed',
	// A case that was begun is listed as pending and not sent again.
	tidy: (state) => state.karmaCheck.complete(seeded.karmaCheck.begun),
	emailOf: (state, id) => state.karmaCheck.get(id)?.invitation?.email,
	fields: [
		...['name', 'email', 'status', 'daysLeft', 'expiresAt', 'sentAt', 'completedAt'],
		...['caseId', 'invitationId', 'provider'],
	],
	listedFields: ['name', 'email', 'status', 'caseId', 'invitationId', 'provider'],
	idFields: ['caseId', 'invitationId'],
	shown(state, id) {
		const invitation = state.karmaCheck.get(id)?.invitation;
		if (invitation == null) throw new Error(`The sandbox has no invitation for ${id}`);
		const { completedAt, createdAt, expiresAt } = invitation;
		return {
			name: `${invitation.givenName} ${invitation.familyName}`,
			email: invitation.email,
			status: state.karmaCheck.status(id) ?? '',
			daysLeft: Math.floor(expiresAt / DAY) - Math.floor(Date.now() / DAY),
			expiresAt: new Date(expiresAt).toISOString(),
			sentAt: new Date(createdAt).toISOString(),
			completedAt: completedAt === null ? null : new Date(completedAt).toISOString(),
			caseId: id,
			invitationId: invitation.id,
			provider: 'karmaCheck',
		};
	},
	listsDates: false,
	findsByEmail: true,
	searchMethod: 'searchCases',
	// One is archived, one was never invited.
	unlisted: 2,
	recordKeys: [
		{
			baseUrl: 'https://api.karmacheck.io',
			subject: { caseId: 'A09215FF-f46c-49a6-9767-762da1f3afd2' },
			key: 'karmaCheck|production|a09215ff-f46c-49a6-9767-762da1f3afd2',
		},
		{
			baseUrl: 'https://api-stage.karmacheck.io',
			subject: { caseId: 'A09215FF-f46c-49a6-9767-762da1f3afd2' },
			key: 'karmaCheck|stage|a09215ff-f46c-49a6-9767-762da1f3afd2',
		},
	],
	fromList: { search: 'ada', label: 'Ada Mbeki · ada.mbeki@example.com · pending' },
	added: { route: '/cases', body: { givenName: 'New', familyName: 'Candidate' } },
	formMistakes: [
		{
			what: 'a wrong key',
			fields: { apiKey: 'not-the-key' },
			says: 'KarmaCheck did not accept the sign-in. Check the API key, the client access token and the environment they belong to. ',
		},
		{
			what: 'another address',
			fields: { baseUrl: '{}/elsewhere' },
			says: 'Could not sign in to KarmaCheck (status 404). Check the environment or the base URL in the credential. ',
		},
		{
			what: 'plain http to another machine',
			fields: { baseUrl: 'http://api.example.com' },
			says: 'The base URL must start with https://',
		},
	],
	stops: {
		status: 422,
		message: 'KarmaCheck could not resend the invitation of the case',
		advice: 'The candidate has already started',
	},
	entriesIn: ({ cases: entries }) => entries,

	async tour({ baseUrls }) {
		const url = baseUrls.karmaCheck;
		const signed = bearer(tokens.karmaCheck);
		await ask('post', `${url}/auth/api`, {}, { apiKey, clientAccessToken });
		await ask('post', `${url}/auth/api`, {}, { apiKey, clientAccessToken: 'wrong' });
		await ask('get', `${url}/package/min/list`, signed);
		await ask('get', `${url}/case/list`, signed);
		await ask('get', `${url}/case/list`, bearer('not-a-token'));
		await ask('get', `${url}/case/list/all?packageId=none`, signed);
		for (const caseId of [...cases, unknownIds.karmaCheck]) {
			const email = 'candidate@example.com';
			const action = `${url}/case/id/${caseId}/action`;
			await ask('get', `${url}/case/id/${caseId}`, signed);
			await ask('get', `${url}/invitation/case/${caseId}`, signed);
			await ask('post', `${action}/resendinvite`, signed, { email });
			await ask('post', `${action}/resendinvite`, {}, { email });
			await ask('put', `${action}/refreshinvite`, signed);
			await ask('get', `${url}/invitation/case/${caseId}`, signed);
		}
	},
	async traffic({ both, get }) {
		await both(cases, {
			parameters: {
				options: {
					onlyWhenStatusIs: ['pending', 'expired', 'completed', 'cancelled'],
					sendTo: 'another.address+tag@example.com',
				},
				atMostOncePer: 'execution',
			},
		});
		const patch = { authentication: 'apiKey', apiKey: 'wrong' };
		await get([seeded.karmaCheck.pending], { patch });
	},
	said: [
		'getCase 200',
		'getInvitation 200',
		'getInvitation 403',
		'getInvitation 404',
		'listPackages 200',
		'resendInvitation 200',
		'resendInvitation 422',
		'signIn 200',
		'signIn 403',
	],
};
