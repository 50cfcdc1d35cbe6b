import type { IDisplayOptions, INodeProperties } from 'n8n-workflow';
import type { InvitationStatus } from '../invitation/invitation';
import type { Capabilities, InvitationProvider } from '../invitation/provider';
import type { IdRule } from './parameters';

/** Parameters that read and work alike in the nodes of all services. */

export const resourceField: INodeProperties = {
	displayName: 'Resource',
	name: 'resource',
	type: 'options',
	noDataExpression: true,
	options: [{ name: 'Invitation', value: 'invitation' }],
	default: 'invitation',
};

export function showFor(...operations: string[]): IDisplayOptions {
	return { show: { resource: ['invitation'], operation: operations } };
}

export function capitalise(text: string): string {
	return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** @param descriptions what each operation does, by its value and in the order of the values */
export function createOperationField(
	descriptions: Readonly<Record<string, string>>,
): INodeProperties {
	return {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: ['invitation'] } },
		options: Object.entries(descriptions).map(([value, description]) =>
			value === 'getAll'
				? { name: 'Get Many', value, description, action: 'Get many invitations' }
				: {
						name: capitalise(value),
						value,
						description,
						// This is all that an agent is told about its tool.
						action: `${capitalise(value)} invitation${value === 'resend' ? ' by email' : ''}`,
					},
		),
		default: 'get',
	};
}

/** The form in which the editor knows a value that the model is to give. */
const fromModel = (parameter: string, description: string): string =>
	`={{ /*n8n-auto-generated-fromAI-override*/ $fromAI('${parameter}', \`${description}\`, 'string') }}`;

/**
 * The invitation that an item means: picked from a list, by its id, or by an address where the service finds it by
 * one. The tool of an agent has no item before it: there the model names the id.
 */
export function createTargetFields(
	{ findsByEmail }: Capabilities,
	{ parameter, pattern, example, looksLike }: IdRule,
	words: { name: string; description: string; searchListMethod: string },
	operations: string[],
): INodeProperties[] {
	const { name, description, searchListMethod } = words;
	const errorMessage = `'${parameter}' does not look right. ${looksLike}`;
	const regex = `^\\s*${pattern.source.replace(/^\^|\$$/g, '')}\\s*$`;
	const field = (isTool: boolean, value: string): INodeProperties => ({
		displayName: parameter,
		name,
		type: 'resourceLocator',
		default: { mode: 'id', value },
		required: true,
		description,
		modes: [
			{
				displayName: 'From List',
				name: 'list',
				type: 'list',
				typeOptions: { searchListMethod, searchable: true },
			},
			...(findsByEmail
				? [
						{
							displayName: 'By Email',
							name: 'email',
							type: 'string' as const,
							placeholder: 'e.g. name@example.com',
						},
					]
				: []),
			{
				displayName: 'By ID',
				name: 'id',
				type: 'string',
				placeholder: `e.g. ${example}`,
				validation: [{ type: 'regex', properties: { regex, errorMessage } }],
			},
		],
		displayOptions: {
			show: { resource: ['invitation'], operation: operations, '@tool': [isTool] },
		},
	});
	return [
		field(false, `={{ $json.${name} }}`),
		field(true, fromModel(parameter, `${name}: ${description}`)),
	];
}

/** Whose invitations are meant, if not those of the credential's own account. */
export function createAccountField(
	{ parameter, example }: IdRule,
	{ name, noun }: { name: string; noun: string },
): INodeProperties {
	return {
		displayName: parameter,
		name,
		type: 'string',
		default: '',
		placeholder: `e.g. ${example}`,
		description: `If left empty, the ${noun} in the credential is used`,
	};
}

/** What texts about a service are made of. */
export type Traits = Pick<InvitationProvider, 'displayName' | 'capabilities'>;

/** Said where days are compared, as `daysLeft` counts those of the calendar. */
export const DAY_IS = 'A day counts as 24 hours';

/** What goes by `sentAt` may let through whoever was emailed yesterday, where a resend need not change it. */
export function addFirstDate(description: string, { displayName, capabilities }: Traits): string {
	if (capabilities.stampsSends) return description;
	return `${description}. ${displayName} may show only the date of the first email. To email at most once a week, set 'Send at Most Once' of Resend to 'Per Week'.`;
}

/** A number that is not negative. */
export function createNumberField(
	words: Pick<INodeProperties, 'displayName' | 'name' | 'default' | 'description'>,
): INodeProperties {
	return { ...words, type: 'number', typeOptions: { minValue: 0 } };
}

export function createSimplifyField(...operations: string[]): INodeProperties {
	return {
		displayName: 'Simplify',
		name: 'simplify',
		type: 'boolean',
		default: true,
		description: 'Whether to return a simplified version of the response instead of the raw data',
		...(operations.length === 0 ? {} : { displayOptions: showFor(...operations) }),
	};
}

export const returnAllField: INodeProperties = {
	displayName: 'Return All',
	name: 'returnAll',
	type: 'boolean',
	default: false,
	description: 'Whether to return all results or only up to a given limit',
	displayOptions: showFor('getAll'),
};

export const limitField: INodeProperties = {
	displayName: 'Limit',
	name: 'limit',
	type: 'number',
	typeOptions: { minValue: 1 },
	default: 50,
	description: 'Max number of results to return',
	// Not shown for false only: from a workflow whose switch is text n8n would drop the limit.
	displayOptions: { ...showFor('getAll'), hide: { returnAll: [true] } },
};

/** A choice among the statuses that can occur at a service. */
export function createStatusField(
	statuses: readonly InvitationStatus[],
	words: { displayName: string; name: string; default: InvitationStatus[]; description: string },
): INodeProperties {
	return {
		...words,
		type: 'multiOptions',
		options: statuses.map((value) => ({ name: capitalise(value), value })),
	};
}

/** An option of every operation: the rows of a sheet keep their other columns. */
const includeInputFieldsOption: INodeProperties = {
	displayName: 'Include Input Fields',
	name: 'includeInputFields',
	type: 'boolean',
	default: false,
	description:
		"Whether to add the fields of the input item to the output, such as the other columns of a sheet. Where both have a field of the same name, this node's value is kept, except for an empty name or email of a failed item.",
};

/** The order of two names on screen. localeCompare gives the same, but its first call takes 7 ms of n8n's start. */
export function compareNames(one: string, other: string): number {
	const [before, after] = [one.toLowerCase(), other.toLowerCase()];
	return before === after ? 0 : before < after ? -1 : 1;
}

/** A collection, its fields in the order of their names. */
export function createCollection(
	name: 'Filters' | 'Options',
	own: INodeProperties[],
	...operations: string[]
): INodeProperties {
	const fields = name === 'Options' ? [...own, includeInputFieldsOption] : [...own];
	return {
		displayName: name,
		name: name.toLowerCase(),
		type: 'collection',
		placeholder: name === 'Filters' ? 'Add Filter' : 'Add option',
		default: {},
		options: fields.sort((one, other) => compareNames(one.displayName, other.displayName)),
		displayOptions: showFor(...operations),
	};
}
