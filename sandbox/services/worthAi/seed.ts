import { DAY } from '../../clock';
import { uuidFor } from '../../ids';
import { idsOf, person } from '../../people';
import type { SeedPlan } from '../../service';
import type { WorthAiState, WorthUser } from './state';

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

/** The seeded users by what is special about them. */
export const seeded = idsOf<keyof typeof USER_RECIPES>(USER_RECIPES, 'worthAi');

function fillUser(index: number, fill: SeedPlan['fill']): UserRecipe {
	const recipes = Object.values(USER_RECIPES);
	return fill === 'pending'
		? USER_RECIPES.invited
		: (recipes[index % recipes.length] ?? USER_RECIPES.invited);
}

/** Well-formed, and nothing has it. */
export const unknownId = uuidFor('worthAi', 'unknown');

export function seed(state: WorthAiState, { now, count, fill }: SeedPlan): void {
	const names = Object.keys(USER_RECIPES) as Array<keyof typeof USER_RECIPES>;
	for (let index = 0; index < (count ?? names.length); index += 1) {
		const name = names[index];
		const { givenName, familyName, email } = person(index);
		const createdAt = now - (index % 30) * DAY - 3_600_000;
		state.add({
			id: name === undefined ? uuidFor('worthAi', 'seed', index) : seeded[name],
			first_name: givenName,
			last_name: familyName,
			email,
			mobile: index % 2 === 0 ? '+18005550145' : null,
			createdAt,
			updatedAt: createdAt,
			...(name === undefined ? fillUser(index, fill) : USER_RECIPES[name]),
		});
	}
}
