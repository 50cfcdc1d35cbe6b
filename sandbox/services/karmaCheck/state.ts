import { DAY, type Clock } from '../../clock';
import { uuidFor } from '../../ids';
import { known, type ServiceState } from '../../service';

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
	/** Whether the company supplies the data itself: nobody is emailed, and the invitation is completed from the start. */
	isCustomerProvidedPii: boolean;
	invitation: KarmaCheckInvitation | null;
	/** Superseded invitations, whose links are dead. */
	superseded: KarmaCheckInvitation[];
}

export type InvitationStatusName = 'pending' | 'expired' | 'completed' | 'cancelled';

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
	isCustomerProvidedPii?: boolean;
}

export interface KarmaCheckState extends ServiceState<KarmaCheckCase> {
	get(caseId: string): KarmaCheckCase | undefined;
	status(caseId: string): InvitationStatusName | null;
	add(input?: NewKarmaCheckCase): KarmaCheckCase;
	/** A new invitation in place of the present one, as a resend makes it. */
	replaceInvitation(caseId: string, email: string): KarmaCheckInvitation;
	begin(caseId: string): void;
	complete(caseId: string): void;
	cancel(caseId: string): void;
	expire(caseId: string): void;
	/** Whether the link with this token would still let the candidate in. */
	isLinkAlive(invitationToken: string): boolean;
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

/** Sorted by name, as the service lists them. */
export const PACKAGES: ReadonlyArray<{ id: string; name: string }> = [
	{ id: uuidFor('karmaCheck', 'package', 'driver'), name: 'Driver Screening' },
	{ id: uuidFor('karmaCheck', 'package', 'executive'), name: 'Executive Screening' },
	{ id: uuidFor('karmaCheck', 'package', 'standard'), name: 'Standard Screening' },
];

export function createState(clock: Clock): KarmaCheckState {
	const cases = new Map<string, KarmaCheckCase>();
	const links = new Map<string, string>();
	let counter = 0;

	const caseOf = (caseId: string) => known(cases.get(caseId), `case ${caseId}`);
	const invitationOf = (caseId: string) =>
		known(caseOf(caseId).invitation ?? undefined, `invitation for case ${caseId}`);

	function add(input: NewKarmaCheckCase = {}): KarmaCheckCase {
		counter += 1;
		const now = clock.now();
		const id = input.id ?? uuidFor('karmaCheck', 'added', counter);
		const sentAt = input.sentAt ?? now;
		const packageId = input.packageId ?? known(PACKAGES[0], 'package').id;
		const { isCustomerProvidedPii = false } = input;
		const status = input.status ?? (isCustomerProvidedPii ? 'completed' : 'pending');
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
			isCustomerProvidedPii,
			invitation: input.invited === false ? null : invitation,
			superseded: [],
		};
		cases.set(id, entry);
		if (entry.invitation !== null) links.set(invitation.token, id);
		return entry;
	}

	return {
		all: () => [...cases.values()],
		get: (caseId) => cases.get(caseId),
		status(caseId) {
			const invitation = caseOf(caseId).invitation;
			return invitation === null ? null : invitationStatus(invitation, clock.now());
		},
		add,
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
		begin(caseId) {
			const entry = caseOf(caseId);
			entry.onboarding = 'inProgress';
			entry.modifiedAt = clock.now();
		},
		complete(caseId) {
			const entry = caseOf(caseId);
			const invitation = invitationOf(caseId);
			entry.onboarding = 'done';
			entry.modifiedAt = invitation.completedAt = invitation.modifiedAt = clock.now();
		},
		cancel(caseId) {
			const entry = caseOf(caseId);
			const invitation = invitationOf(caseId);
			entry.archived = true;
			entry.modifiedAt = invitation.deletedAt = invitation.modifiedAt = clock.now();
		},
		expire(caseId) {
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
		clear() {
			cases.clear();
			links.clear();
			counter = 0;
		},
	};
}
