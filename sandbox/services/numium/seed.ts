import { DAY } from '../../clock';
import { person } from '../../people';
import type { SeedPlan } from '../../service';
import { account } from './account';
import type { NumiumState } from './state';

/** 2^53 + 1 and its neighbour, which a JS number cannot tell apart. */
const BIG = '9007199254740993';
const BIG_NEIGHBOUR = '9007199254740992';

const NAMED: ReadonlyArray<{ id: string; tenantId: string }> = [
	{ id: '9001', tenantId: account.tenantId },
	{ id: '9002', tenantId: account.tenantId },
	{ id: '9003', tenantId: account.tenantId },
	{ id: BIG_NEIGHBOUR, tenantId: account.tenantId },
	{ id: BIG, tenantId: account.tenantId },
	{ id: '9101', tenantId: account.otherTenantId },
	{ id: '9102', tenantId: account.otherTenantId },
	{ id: '9103', tenantId: account.otherTenantId },
];

/** The seeded invitations by what is special about them. */
export const seeded = {
	first: '9001',
	big: BIG,
	bigNeighbour: BIG_NEIGHBOUR,
	otherTenant: '9101',
} as const;

/** Well-formed, and nothing has it. */
export const unknownId = '7777';

export function seed(state: NumiumState, { now, count }: SeedPlan): void {
	for (let index = 0; index < (count ?? NAMED.length); index += 1) {
		const fixed = NAMED[index];
		state.add({
			id: fixed?.id ?? String(100_000 + index),
			tenantId: fixed?.tenantId ?? account.tenantId,
			email: person(index).email,
			createdAt: now - ((index % 20) + 1) * DAY,
		});
	}
}
