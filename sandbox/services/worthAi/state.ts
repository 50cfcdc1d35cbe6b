import type { Clock } from '../../clock';
import { uuidFor } from '../../ids';
import { known, type ServiceState } from '../../service';
import { account } from './account';

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

export interface WorthAiState extends ServiceState<WorthUser> {
	get(userId: string): WorthUser | undefined;
	add(input?: Partial<WorthUser>): WorthUser;
	set(userId: string, patch: Partial<WorthUser>): void;
}

export function createState(clock: Clock): WorthAiState {
	const users = new Map<string, WorthUser>();
	let counter = 0;
	return {
		all: () => [...users.values()],
		get: (userId) => users.get(userId),
		add(input = {}) {
			counter += 1;
			const now = clock.now();
			const user: WorthUser = {
				id: uuidFor('worthAi', 'added', counter),
				customerId: account.customerId,
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
		set(userId, patch) {
			Object.assign(known(users.get(userId), `user ${userId}`), { updatedAt: clock.now() }, patch);
		},
		clear() {
			users.clear();
			counter = 0;
		},
	};
}
