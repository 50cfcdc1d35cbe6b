import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { describeInvalidInput, type Failure } from '../core/failure';
import { isBlank, readText } from '../core/json';
import type { InvitationProvider } from '../invitation/provider';
import { failed, ok, refuse, type Result } from '../core/result';
import {
	cleanText,
	holdsExpression,
	readCollection,
	readSwitch,
	requireSwitch,
} from './parameters';

/**
 * A filter or option that was added and holds nothing: its expression found nothing, or nobody filled it in. If
 * that counted as no filter, a blank cell of a sheet would mean everybody. A switch that is neither true nor false
 * would count as off, and emails would go out where a dry run was meant.
 */

function isShownFor({ displayOptions }: INodeProperties, operation: string): boolean {
	return displayOptions?.show?.operation?.includes(operation) === true;
}

/** The collections that an operation shows, with their fields by name. */
function collectionsOf(
	fields: readonly INodeProperties[],
	operation: string,
): Array<{ name: string; inside: ReadonlyMap<string, INodeProperties> }> {
	return fields
		.filter((field) => field.type === 'collection' && isShownFor(field, operation))
		.map(({ name, options = [] }) => ({
			name,
			inside: new Map(
				options.flatMap((field) => ('type' in field ? [[field.name, field] as const] : [])),
			),
		}));
}

/** The switches outside of collections that could be wrong: an expression, or what an imported workflow holds. */
function switchesOf(
	context: IExecuteFunctions,
	fields: readonly INodeProperties[],
	operation: string,
): INodeProperties[] {
	const node = context.getNode();
	return fields.filter((field) => {
		if (field.type !== 'boolean' || !isShownFor(field, operation)) return false;
		const set = node.parameters[field.name];
		return set !== undefined && (holdsExpression(node, field.name) || readSwitch(set) === null);
	});
}

/** The text of a filter, without what cannot be seen. */
export function requireText(value: unknown, displayName: string): Result<string> {
	const text = readText(value);
	if (text !== null) return ok(cleanText(text));
	return refuse(
		`'${displayName}' is not text`,
		'Check the expression, or remove the filter. No request was made.',
	);
}

/** A choice from a list may be an expression, too. */
function checkValue(type: string, value: unknown, displayName: string): Result<unknown> {
	if (type === 'boolean') return requireSwitch(value, displayName);
	return type === 'options' ? requireText(value, displayName) : ok(value);
}

/** What is wrong with the filters and options of one item; null for nothing. */
function findWrong(
	context: IExecuteFunctions,
	collections: ReturnType<typeof collectionsOf>,
	switches: readonly INodeProperties[],
	itemIndex: number,
): Failure | null {
	for (const { name, displayName } of switches) {
		const found = requireSwitch(context.getNodeParameter(name, itemIndex, ''), displayName);
		if (!found.ok) return found.failure;
	}
	for (const { name, inside } of collections) {
		for (const [key, value] of Object.entries(readCollection(context, name, itemIndex))) {
			const field = inside.get(key);
			if (field === undefined) continue;
			const { displayName, type } = field;
			if (isBlank(value)) {
				const advice =
					name === 'filters' ? 'remove the filter to list everyone' : 'remove the option';
				return describeInvalidInput(
					`'${displayName}' is empty`,
					`Enter a value, check its expression, or ${advice}. No request was made.`,
				);
			}
			const found = checkValue(type, value, displayName);
			if (!found.ok) return found.failure;
		}
	}
	return null;
}

/** The provider for a run in which an item with a wrong filter or option fails by itself. */
export function refuseWrongValues<Target>(
	context: IExecuteFunctions,
	provider: InvitationProvider<Target>,
	fields: readonly INodeProperties[],
	operation: string,
): InvitationProvider<Target> {
	const collections = collectionsOf(fields, operation);
	const switches = switchesOf(context, fields, operation);
	const find = (itemIndex: number): Failure | null =>
		findWrong(context, collections, switches, itemIndex);
	return {
		...provider,
		target(itemIndex) {
			const wrong = find(itemIndex);
			return wrong === null ? provider.target(itemIndex) : failed(wrong);
		},
		async *list(itemIndex) {
			const wrong = find(itemIndex);
			if (wrong === null) yield* provider.list(itemIndex);
			else yield failed(wrong);
		},
	};
}
