import type { Invitation } from '../invitation/invitation';

/** Tells duplicates within a run: by the invitation's entry, and by the invitation's own id. */
export function createDuplicates(recordKey: (invitation: Invitation) => string) {
	const seen = new Set<string>();
	/** Whether no earlier item of this run named the invitation; remembers that this one did. */
	return (invitation: Invitation): boolean => {
		const key = recordKey(invitation);
		const { id } = invitation;
		// Two spellings of one case lead to the same invitation.
		const names = id === null || key.includes(id) ? [key] : [key, `id ${id}`];
		const isFirst = names.every((name) => !seen.has(name));
		for (const name of names) seen.add(name);
		return isFirst;
	};
}
