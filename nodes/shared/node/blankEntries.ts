import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { describeInvalidInput, type Failure } from '../core/failure';
import { isBlank } from '../core/json';
import type { InvitationProvider } from '../invitation/provider';
import { failed } from '../core/result';
import { readCollection } from './parameters';

/**
 * A filter or option that was added and holds nothing: its expression found nothing, or nobody filled it in. Taken for
 * no filter, a blank cell of a sheet would mean everybody.
 */

/** The collections that an operation shows, with the names of their entries. */
function collectionsOf(
	fields: readonly INodeProperties[],
	operation: string,
): Array<{ name: string; entries: ReadonlyMap<string, string> }> {
	return fields
		.filter(({ type, displayOptions }) => {
			const shown = displayOptions?.show?.operation;
			return type === 'collection' && Array.isArray(shown) && shown.includes(operation);
		})
		.map(({ name, options = [] }) => ({
			name,
			entries: new Map(
				options.map((entry) => [
					entry.name,
					'displayName' in entry ? entry.displayName : entry.name,
				]),
			),
		}));
}

/** What is blank among the filters and options of one item; null for nothing. */
function findBlank(
	context: IExecuteFunctions,
	collections: ReturnType<typeof collectionsOf>,
	itemIndex: number,
): Failure | null {
	for (const { name, entries } of collections) {
		for (const [key, value] of Object.entries(readCollection(context, name, itemIndex))) {
			const displayName = entries.get(key);
			if (displayName === undefined || !isBlank(value)) continue;
			const advice =
				name === 'filters'
					? 'Check the expression, or remove the filter to list everyone.'
					: 'Check the expression, or remove the option.';
			return describeInvalidInput(`'${displayName}' is empty`, `${advice} No request was made.`);
		}
	}
	return null;
}

/** The provider for a run in which an item with a blank filter or option fails by itself. */
export function refuseBlankEntries<Target>(
	context: IExecuteFunctions,
	provider: InvitationProvider<Target>,
	fields: readonly INodeProperties[],
	operation: string,
): InvitationProvider<Target> {
	const collections = collectionsOf(fields, operation);
	return {
		...provider,
		target(itemIndex) {
			const blank = findBlank(context, collections, itemIndex);
			return blank === null ? provider.target(itemIndex) : failed(blank);
		},
		async *list(itemIndex) {
			const blank = findBlank(context, collections, itemIndex);
			if (blank === null) yield* provider.list(itemIndex);
			else yield failed(blank);
		},
	};
}
