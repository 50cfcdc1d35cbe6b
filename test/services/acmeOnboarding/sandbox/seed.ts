import { DAY } from '../../../../sandbox/clock';
import { person } from '../../../../sandbox/people';
import type { SeedPlan } from '../../../../sandbox/service';
import type { AcmeInvitation, AcmeState } from './state';

type Recipe = (now: number) => Partial<AcmeInvitation>;

const sent =
	(days: number, rest: Partial<AcmeInvitation> = {}): Recipe =>
	(now) => ({ sentAt: now - days * DAY, ...rest });

const RECIPES: Record<string, Recipe> = {
	inv_open1: sent(2),
	inv_open2: sent(3),
	inv_open3: sent(4),
	inv_open4: sent(5),
	inv_lapsed: (now) => ({ sentAt: now - 9 * DAY, expiresAt: now - 2 * DAY }),
	inv_joined: (now) => ({ sentAt: now - 3 * DAY, joinedAt: now - DAY }),
	inv_withdrawn: sent(3, { withdrawn: true }),
};

/** The seeded invitations by what is special about them. */
export const seeded = {
	open: 'inv_open1',
	openToo: 'inv_open2',
	lapsed: 'inv_lapsed',
	joined: 'inv_joined',
	withdrawn: 'inv_withdrawn',
} as const;

/** Well-formed, and used by nothing. */
export const unknownId = 'inv_nobody';

export function seed(state: AcmeState, { now, count, fill }: SeedPlan): void {
	const named = Object.entries(RECIPES);
	for (let index = 0; index < (count ?? named.length); index += 1) {
		const { givenName, familyName, email } = person(index);
		const [id, recipe] = named[index] ?? [`inv_seed${index}`, sent(index % 7)];
		state.add({
			...{ id, name: `${givenName} ${familyName}`, email },
			...(fill === 'pending' ? sent(1) : recipe)(now),
		});
	}
}
