import { DAY } from '../../clock';
import { uuidFor } from '../../ids';
import { idsOf, person } from '../../people';
import type { SeedPlan } from '../../service';
import { PACKAGES, VALIDITY, type KarmaCheckState, type NewKarmaCheckCase } from './state';

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

/** The seeded cases by what is special about them. */
export const seeded = idsOf<keyof typeof CASE_RECIPES>(CASE_RECIPES, 'karmaCheck');

/** Every tenth expired, every eleventh completed, the others open with one to thirteen days left. */
function fillCase(index: number, now: number, fill: SeedPlan['fill']): NewKarmaCheckCase {
	if (fill !== 'pending' && index % 10 === 0) return endingIn(-2)(now);
	if (fill !== 'pending' && index % 11 === 0) return sentDaysAgo(6, { status: 'completed' })(now);
	return endingIn((index % 13) + 1)(now);
}

/** Well-formed, and nothing has it. */
export const unknownId = uuidFor('karmaCheck', 'unknown');

export function seed(state: KarmaCheckState, { now, count, fill }: SeedPlan): void {
	const names = Object.keys(CASE_RECIPES) as Array<keyof typeof CASE_RECIPES>;
	for (let index = 0; index < (count ?? names.length); index += 1) {
		const name = names[index];
		state.add({
			...person(index),
			id: name === undefined ? uuidFor('karmaCheck', 'seed', index) : seeded[name],
			packageId: PACKAGES[index % PACKAGES.length]?.id,
			...(name === undefined ? fillCase(index, now, fill) : CASE_RECIPES[name](now)),
		});
	}
}
