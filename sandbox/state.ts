import { DAY, type Clock } from './clock';
import { accounts } from './accounts';
import { int64, uuidFor } from './ids';

export interface KarmaCheckInvitation {
	id: string;
	/** The secret part of the candidate's link. */
	token: string;
	email: string;
	givenName: string;
	familyName: string;
	dob: string;
	packageId: string;
	createdAt: number;
	expiresAt: number;
	modifiedAt: number;
	completedAt: number | null;
	deletedAt: number | null;
}

export interface KarmaCheckCase {
	id: string;
	packageId: string;
	orderedAt: number;
	modifiedAt: number;
	/** How far the candidate is; a begun onboarding has used the invitation up. */
	onboarding: 'waiting' | 'inProgress' | 'done';
	archived: boolean;
	invitation: KarmaCheckInvitation | null;
	/** Superseded invitations, whose links are dead. */
	superseded: KarmaCheckInvitation[];
}

export type InvitationStatusName = 'pending' | 'expired' | 'completed' | 'cancelled';

export interface WorthUser {
	id: string;
	customerId: string;
	first_name: string;
	last_name: string;
	email: string;
	mobile: string | null;
	is_email_verified: boolean;
	is_first_login: boolean;
	/** Documented: ACTIVE, INACTIVE; older pages add INVITED and SIGNUP_PENDING; any text is possible. */
	status: string;
	createdAt: number;
	updatedAt: number;
}

/** Ids are decimal strings: they are int64 and would not survive as numbers. */
export interface NumiumInvitation {
	id: string;
	tenantId: string;
	email: string;
	status: 'Pending' | 'Accepted' | 'Cancelled';
	createdAt: number;
}

export interface NewKarmaCheckCase {
	id?: string;
	packageId?: string;
	email?: string;
	givenName?: string;
	familyName?: string;
	sentAt?: number;
	expiresAt?: number;
	status?: InvitationStatusName;
	onboarding?: KarmaCheckCase['onboarding'];
	/** False for a case that never had an invitation. */
	invited?: boolean;
}

export interface State {
	karmaCheckCases(): KarmaCheckCase[];
	karmaCheckCase(caseId: string): KarmaCheckCase | undefined;
	karmaCheckStatus(caseId: string): InvitationStatusName | null;
	addKarmaCheckCase(input?: NewKarmaCheckCase): KarmaCheckCase;
	/** A new invitation in place of the present one, as a resend makes it. */
	replaceInvitation(caseId: string, email: string): KarmaCheckInvitation;
	beginCase(caseId: string): void;
	completeCase(caseId: string): void;
	cancelCase(caseId: string): void;
	expireCase(caseId: string): void;
	/** Whether the link with this token would still let the candidate in. */
	isLinkAlive(invitationToken: string): boolean;
	worthUsers(): WorthUser[];
	worthUser(userId: string): WorthUser | undefined;
	addWorthUser(input?: Partial<WorthUser>): WorthUser;
	setWorthUser(userId: string, patch: Partial<WorthUser>): void;
	numiumInvitations(tenantId?: string): NumiumInvitation[];
	numiumInvitation(id: string | bigint): NumiumInvitation | undefined;
	addNumiumInvitation(
		input?: Partial<Omit<NumiumInvitation, 'id'>> & { id?: string | bigint },
	): NumiumInvitation;
	acceptNumiumInvitation(id: string | bigint): void;
	clear(): void;
}

export const VALIDITY = 14 * DAY;

export function invitationStatus(
	invitation: KarmaCheckInvitation,
	now: number,
): InvitationStatusName {
	if (invitation.deletedAt !== null) return 'cancelled';
	if (invitation.completedAt !== null) return 'completed';
	return invitation.expiresAt <= now ? 'expired' : 'pending';
}

function known<T>(value: T | undefined, what: string): T {
	if (value === undefined) {
		// The status is for callers from another process.
		throw Object.assign(new Error(`The sandbox has no ${what}`), { statusCode: 404 });
	}
	return value;
}

export function createState(clock: Clock): State {
	const cases = new Map<string, KarmaCheckCase>();
	const links = new Map<string, string>();
	const users = new Map<string, WorthUser>();
	const invitations = new Map<string, NumiumInvitation>();
	let counter = 0;

	const caseOf = (caseId: string) => known(cases.get(caseId), `case ${caseId}`);
	const invitationOf = (caseId: string) =>
		known(caseOf(caseId).invitation ?? undefined, `invitation for case ${caseId}`);
	const numiumId = (id: string | bigint) => int64(id.toString()) ?? '';

	function addKarmaCheckCase(input: NewKarmaCheckCase = {}): KarmaCheckCase {
		counter += 1;
		const now = clock.now();
		const id = input.id ?? uuidFor('karmaCheck', 'added', counter);
		const sentAt = input.sentAt ?? now;
		const packageId = input.packageId ?? known(PACKAGES[0], 'package').id;
		const status = input.status ?? 'pending';
		const fallbackExpiry =
			status === 'expired' ? Math.min(sentAt + VALIDITY, now - 1) : sentAt + VALIDITY;
		const invitation: KarmaCheckInvitation = {
			id: uuidFor('karmaCheck', 'invitation', id, 0),
			token: uuidFor('karmaCheck', 'link', id, 0),
			email: input.email ?? `candidate${counter}@example.com`,
			givenName: input.givenName ?? 'Candidate',
			familyName: input.familyName ?? `Number ${counter}`,
			dob: '1990-01-15',
			packageId,
			createdAt: sentAt,
			expiresAt: input.expiresAt ?? fallbackExpiry,
			modifiedAt: sentAt,
			completedAt: status === 'completed' ? sentAt + DAY / 2 : null,
			deletedAt: status === 'cancelled' ? sentAt + DAY / 2 : null,
		};
		const entry: KarmaCheckCase = {
			id,
			packageId,
			orderedAt: sentAt,
			modifiedAt: sentAt,
			onboarding: input.onboarding ?? (status === 'completed' ? 'done' : 'waiting'),
			archived: status === 'cancelled',
			invitation: input.invited === false ? null : invitation,
			superseded: [],
		};
		cases.set(id, entry);
		if (entry.invitation !== null) links.set(invitation.token, id);
		return entry;
	}

	return {
		karmaCheckCases: () => [...cases.values()],
		karmaCheckCase: (caseId) => cases.get(caseId),
		karmaCheckStatus(caseId) {
			const invitation = caseOf(caseId).invitation;
			return invitation === null ? null : invitationStatus(invitation, clock.now());
		},
		addKarmaCheckCase,
		replaceInvitation(caseId, email) {
			const entry = caseOf(caseId);
			const before = invitationOf(caseId);
			const now = clock.now();
			const generation = entry.superseded.length + 1;
			const next: KarmaCheckInvitation = {
				...before,
				id: uuidFor('karmaCheck', 'invitation', caseId, generation),
				token: uuidFor('karmaCheck', 'link', caseId, generation),
				email,
				createdAt: now,
				modifiedAt: now,
				expiresAt: now + VALIDITY,
			};
			entry.superseded.push(before);
			entry.invitation = next;
			entry.modifiedAt = now;
			links.set(next.token, caseId);
			return next;
		},
		beginCase(caseId) {
			const entry = caseOf(caseId);
			entry.onboarding = 'inProgress';
			entry.modifiedAt = clock.now();
		},
		completeCase(caseId) {
			const entry = caseOf(caseId);
			const invitation = invitationOf(caseId);
			entry.onboarding = 'done';
			entry.modifiedAt = invitation.completedAt = invitation.modifiedAt = clock.now();
		},
		cancelCase(caseId) {
			const entry = caseOf(caseId);
			const invitation = invitationOf(caseId);
			entry.archived = true;
			entry.modifiedAt = invitation.deletedAt = invitation.modifiedAt = clock.now();
		},
		expireCase(caseId) {
			const invitation = invitationOf(caseId);
			invitation.expiresAt = clock.now() - 1;
		},
		isLinkAlive(invitationToken) {
			const invitation = cases.get(links.get(invitationToken) ?? '')?.invitation;
			return (
				invitation?.token === invitationToken &&
				invitationStatus(invitation, clock.now()) === 'pending'
			);
		},
		worthUsers: () => [...users.values()],
		worthUser: (userId) => users.get(userId),
		addWorthUser(input = {}) {
			counter += 1;
			const now = clock.now();
			const user: WorthUser = {
				id: uuidFor('worthAi', 'added', counter),
				customerId: accounts.worthAi.customerId,
				first_name: 'Colleague',
				last_name: `Number ${counter}`,
				email: `colleague${counter}@example.com`,
				mobile: null,
				is_email_verified: false,
				is_first_login: true,
				status: 'INVITED',
				createdAt: now,
				updatedAt: now,
				...input,
			};
			users.set(user.id, user);
			return user;
		},
		setWorthUser(userId, patch) {
			Object.assign(known(users.get(userId), `user ${userId}`), { updatedAt: clock.now() }, patch);
		},
		numiumInvitations: (tenantId) =>
			[...invitations.values()].filter(
				(entry) => tenantId === undefined || entry.tenantId === tenantId,
			),
		numiumInvitation: (id) => invitations.get(numiumId(id)),
		addNumiumInvitation(input = {}) {
			counter += 1;
			const invitation: NumiumInvitation = {
				tenantId: accounts.numium.tenantId,
				email: `member${counter}@example.com`,
				status: 'Pending',
				createdAt: clock.now(),
				...input,
				id: numiumId(input.id ?? String(500_000 + counter)),
			};
			invitations.set(invitation.id, invitation);
			return invitation;
		},
		acceptNumiumInvitation(id) {
			known(invitations.get(numiumId(id)), `invitation ${id.toString()}`).status = 'Accepted';
		},
		clear() {
			cases.clear();
			links.clear();
			users.clear();
			invitations.clear();
			counter = 0;
		},
	};
}

/** Sorted by name, as the service lists them. */
export const PACKAGES: ReadonlyArray<{ id: string; name: string }> = [
	{ id: uuidFor('karmaCheck', 'package', 'driver'), name: 'Driver Screening' },
	{ id: uuidFor('karmaCheck', 'package', 'executive'), name: 'Executive Screening' },
	{ id: uuidFor('karmaCheck', 'package', 'standard'), name: 'Standard Screening' },
];
