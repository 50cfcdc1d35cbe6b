import { accounts } from './accounts';
import { DAY } from './clock';
import { uuidFor } from './ids';
import { PACKAGES, VALIDITY, type NewKarmaCheckCase, type State, type WorthUser } from './state';

export interface SeedOptions {
	/** The instant all stamps are counted from; the sandbox's own clock where left out. */
	now?: number;
	karmaCheckCases?: number;
	worthUsers?: number;
	numiumInvitations?: number;
	/** What follows after the named ones: a mix (default), or open invitations only. */
	fill?: 'mixed' | 'pending';
}

const NAMES = [
	['Ada', 'Mbeki'],
	['Bruno', 'Keller'],
	['Chiara', 'Lindqvist'],
	['Dev', 'Okafor'],
	['Elif', 'Sandoval'],
	['Farid', 'Novak'],
	['Greta', 'Tanaka'],
	['Hugo', 'Petrov'],
	['Ines', 'Achebe'],
	['Jonas', 'Moreau'],
	['Keiko', 'Larsen'],
	['Luca', 'Ferreira'],
	['Mina', 'Costa'],
] as const;

function person(index: number): { givenName: string; familyName: string; email: string } {
	const [givenName, familyName] = NAMES[index % NAMES.length] ?? NAMES[0];
	const suffix = index < NAMES.length ? '' : String(index);
	return {
		givenName,
		familyName,
		email: `${givenName}.${familyName}${suffix}@example.com`.toLowerCase(),
	};
}

type CaseRecipe = (now: number) => NewKarmaCheckCase;

/** Sent so long ago that the usual fourteen days end in `days`. */
const endingIn =
	(days: number): CaseRecipe =>
	(now) => ({ sentAt: now + days * DAY - VALIDITY });

const sentDaysAgo =
	(days: number, rest: NewKarmaCheckCase): CaseRecipe =>
	(now) => ({ sentAt: now - days * DAY, ...rest });

const CASE_RECIPES = {
	pending: sentDaysAgo(2, {}),
	expiringIn1: endingIn(1),
	expiringIn2: endingIn(2),
	expiringIn3: endingIn(3),
	expiringIn10: endingIn(10),
	expired: endingIn(-1),
	expiredLongAgo: endingIn(-20),
	completed: sentDaysAgo(6, { status: 'completed' }),
	cancelled: sentDaysAgo(7, { status: 'cancelled' }),
	withoutInvitation: sentDaysAgo(3, { invited: false }),
	resentToday: (now) => ({ sentAt: now - 60_000 }),
	begun: sentDaysAgo(4, { onboarding: 'inProgress' }),
	pendingToo: sentDaysAgo(5, {}),
} satisfies Record<string, CaseRecipe>;

type UserRecipe = Pick<WorthUser, 'status' | 'is_first_login' | 'is_email_verified'>;

const USER_RECIPES = {
	invited: { status: 'INVITED', is_first_login: true, is_email_verified: false },
	signupPending: { status: 'SIGNUP_PENDING', is_first_login: true, is_email_verified: false },
	active: { status: 'ACTIVE', is_first_login: false, is_email_verified: true },
	/** The present docs' own sample: ACTIVE, though the first login never happened. */
	activeNeverSignedIn: { status: 'ACTIVE', is_first_login: true, is_email_verified: false },
	inactive: { status: 'INACTIVE', is_first_login: false, is_email_verified: true },
	inactiveNeverSignedIn: { status: 'INACTIVE', is_first_login: true, is_email_verified: false },
	/** A status no page names. */
	unheardOf: { status: 'LOCKED', is_first_login: true, is_email_verified: false },
	invitedVerified: { status: 'INVITED', is_first_login: true, is_email_verified: true },
} satisfies Record<string, UserRecipe>;

/** 2^53 + 1 and its neighbour, which a JS number cannot tell apart. */
const BIG = '9007199254740993';
const BIG_NEIGHBOUR = '9007199254740992';

const NUMIUM_SEED: ReadonlyArray<{ id: string; tenantId: string }> = [
	{ id: '9001', tenantId: accounts.numium.tenantId },
	{ id: '9002', tenantId: accounts.numium.tenantId },
	{ id: '9003', tenantId: accounts.numium.tenantId },
	{ id: BIG_NEIGHBOUR, tenantId: accounts.numium.tenantId },
	{ id: BIG, tenantId: accounts.numium.tenantId },
	{ id: '9101', tenantId: accounts.numium.otherTenantId },
	{ id: '9102', tenantId: accounts.numium.otherTenantId },
	{ id: '9103', tenantId: accounts.numium.otherTenantId },
];

function idsOf<Name extends string>(
	recipes: Record<Name, unknown>,
	provider: string,
): Record<Name, string> {
	const entries = Object.keys(recipes).map((name) => [name, uuidFor(provider, 'seed', name)]);
	return Object.fromEntries(entries) as Record<Name, string>;
}

/** The seeded ids by what is special about them. */
export const seeded = {
	karmaCheck: idsOf<keyof typeof CASE_RECIPES>(CASE_RECIPES, 'karmaCheck'),
	worthAi: idsOf<keyof typeof USER_RECIPES>(USER_RECIPES, 'worthAi'),
	numium: { first: '9001', big: BIG, bigNeighbour: BIG_NEIGHBOUR, otherTenant: '9101' },
	/** Well-formed ids that nothing has. */
	unknown: {
		caseId: uuidFor('karmaCheck', 'unknown'),
		userId: uuidFor('worthAi', 'unknown'),
		invitationId: '7777',
	},
} as const;

/** Every tenth expired, every eleventh completed, the others open with one to thirteen days left. */
function fillCase(index: number, now: number, fill: SeedOptions['fill']): NewKarmaCheckCase {
	if (fill !== 'pending' && index % 10 === 0) return endingIn(-2)(now);
	if (fill !== 'pending' && index % 11 === 0) return sentDaysAgo(6, { status: 'completed' })(now);
	return endingIn((index % 13) + 1)(now);
}

function fillUser(index: number, fill: SeedOptions['fill']): UserRecipe {
	const recipes = Object.values(USER_RECIPES);
	return fill === 'pending'
		? USER_RECIPES.invited
		: (recipes[index % recipes.length] ?? USER_RECIPES.invited);
}

export function seedState(state: State, clockNow: number, options: SeedOptions = {}): void {
	const now = options.now ?? clockNow;
	state.clear();

	const caseNames = Object.keys(CASE_RECIPES) as Array<keyof typeof CASE_RECIPES>;
	for (let index = 0; index < (options.karmaCheckCases ?? caseNames.length); index += 1) {
		const name = caseNames[index];
		state.addKarmaCheckCase({
			...person(index),
			id: name === undefined ? uuidFor('karmaCheck', 'seed', index) : seeded.karmaCheck[name],
			packageId: PACKAGES[index % PACKAGES.length]?.id,
			...(name === undefined ? fillCase(index, now, options.fill) : CASE_RECIPES[name](now)),
		});
	}

	const userNames = Object.keys(USER_RECIPES) as Array<keyof typeof USER_RECIPES>;
	for (let index = 0; index < (options.worthUsers ?? userNames.length); index += 1) {
		const name = userNames[index];
		const { givenName, familyName, email } = person(index);
		const createdAt = now - (index % 30) * DAY - 3_600_000;
		state.addWorthUser({
			id: name === undefined ? uuidFor('worthAi', 'seed', index) : seeded.worthAi[name],
			first_name: givenName,
			last_name: familyName,
			email,
			mobile: index % 2 === 0 ? '+18005550145' : null,
			createdAt,
			updatedAt: createdAt,
			...(name === undefined ? fillUser(index, options.fill) : USER_RECIPES[name]),
		});
	}

	for (let index = 0; index < (options.numiumInvitations ?? NUMIUM_SEED.length); index += 1) {
		const fixed = NUMIUM_SEED[index];
		state.addNumiumInvitation({
			id: fixed?.id ?? String(100_000 + index),
			tenantId: fixed?.tenantId ?? accounts.numium.tenantId,
			email: person(index).email,
			createdAt: now - ((index % 20) + 1) * DAY,
		});
	}
}
