import { ok, refuse, type Result } from '../core/result';
import type { Invitation, Subject } from './invitation';
import type { Found } from './provider';

/** What an account lists, by its ids and by the addresses that it was sent to. */
export interface Directory<Ids extends Subject = Subject> {
	readonly all: ReadonlyArray<Found<Ids>>;
	byId(id: string): Found<Ids> | null;
	/** The one that goes to an address, in whatever case it is written; null for none. */
	byEmail(email: string): Result<Found<Ids> | null>;
}

export interface DirectoryPlan<Ids extends Subject> {
	/** By which the user names one. */
	idOf(invitation: Invitation<Ids>): string;
	/** Said where several of an account go to one address. */
	several(email: string): string;
}

function createDirectory<Ids extends Subject>(
	all: ReadonlyArray<Found<Ids>>,
	{ several, idOf }: DirectoryPlan<Ids>,
): Directory<Ids> {
	const byId = new Map<string, Found<Ids>>();
	const byEmail = new Map<string, Array<Found<Ids>>>();
	for (const found of all) {
		const id = idOf(found.invitation);
		if (!byId.has(id)) byId.set(id, found);
		const email = found.invitation.email?.trim().toLowerCase() ?? '';
		const those = byEmail.get(email);
		if (those === undefined) byEmail.set(email, [found]);
		else those.push(found);
	}
	return {
		all,
		byId: (id) => byId.get(id) ?? null,
		byEmail(email) {
			const [first = null, ...more] = byEmail.get(email.trim().toLowerCase()) ?? [];
			if (first === null || more.length === 0) return ok(first);
			const ids = [first, ...more].map(({ invitation }) => idOf(invitation));
			return refuse(several(email), `Choose one by its ID: ${ids.join(', ')}.`);
		},
	};
}

/** Everything that is listed; a list cut short does not count. */
export async function collectPages<Ids extends Subject>(
	pages: AsyncIterable<Result<Array<Found<Ids>>>>,
): Promise<Result<Array<Found<Ids>>>> {
	const all: Array<Found<Ids>> = [];
	for await (const page of pages) {
		if (!page.ok) return page;
		// Not spread into a call: one reply may hold more than a call takes arguments.
		for (const found of page.value) all.push(found);
	}
	return ok(all);
}

/**
 * Lists each account once a run. A fresh look is for whoever asks for it: for the others what is known stands, also
 * where the look comes to nothing.
 *
 * @param list the pages of an account, which end after a failure
 */
export function createDirectories<Ids extends Subject>(
	list: (account: string) => AsyncIterable<Result<Array<Found<Ids>>>>,
	plan: DirectoryPlan<Ids>,
): (account: string, fresh?: 'fresh') => Promise<Result<Directory<Ids>>> {
	const known = new Map<string, Promise<Result<Directory<Ids>>>>();

	async function read(account: string): Promise<Result<Directory<Ids>>> {
		const all = await collectPages(list(account));
		return all.ok ? ok(createDirectory(all.value, plan)) : all;
	}

	return async (account, fresh) => {
		if (fresh !== undefined) return await read(account);
		const directory = known.get(account) ?? read(account);
		known.set(account, directory);
		return await directory;
	};
}
