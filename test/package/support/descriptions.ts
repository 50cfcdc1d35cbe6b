import type { LoadedPackage } from './loaded';

/** Anything in a description that has texts for the user: a property, an option, a mode, a hint, a rule. */
export type Described = Record<string, unknown>;

export interface Found {
	at: string;
	item: Described;
}

const isObject = (value: unknown): value is Described =>
	typeof value === 'object' && value !== null;

/** Every object below a description, with the path to it. */
function walk(value: unknown, at: string, found: Found[]): void {
	if (Array.isArray(value))
		return value.forEach((entry, index) => walk(entry, `${at}[${index}]`, found));
	if (!isObject(value)) return;
	// Added by n8n's loader to each polling trigger; the texts are n8n's.
	if (value['name'] === 'pollTimes') return;
	const name = [value['name'], value['displayName'], value['value']].find(
		(label) => typeof label === 'string',
	);
	const here = name === undefined ? at : `${at} › ${String(name)}`;
	found.push({ at: here, item: value });
	// Values and conditions, not texts.
	const skipped = ['default', 'displayOptions', 'codex', 'routing', 'defaults'];
	for (const [key, below] of Object.entries(value))
		if (!skipped.includes(key)) walk(below, here, found);
}

export function everyText({ nodes, credentials }: LoadedPackage): Found[] {
	const found: Found[] = [];
	for (const { description } of Object.values(nodes)) walk(description, 'node', found);
	for (const [name, { displayName, properties, test }] of Object.entries(credentials))
		walk({ name, displayName, properties, test }, 'credential', found);
	return found;
}

/** A parameter or credential field; a mode of a resource locator has the same shape and keeps the same rules. */
export const isProperty = ({ item }: Found): boolean =>
	typeof item['displayName'] === 'string' && typeof item['type'] === 'string';

/** One choice of a dropdown. */
export const isOption = ({ item }: Found): boolean =>
	typeof item['name'] === 'string' && 'value' in item && !('type' in item);

const TEXT_KEYS = [
	'displayName',
	'description',
	'action',
	'hint',
	'placeholder',
	'subtitle',
	'errorMessage',
	'message',
	'header',
	'activationHint',
	'active',
	'inactive',
	'eventTriggerDescription',
	'activationMessage',
	'buttonText',
	'multipleValueButtonText',
];

/** What the user reads of one object. */
export function shownTexts(entry: Found): string[] {
	const keys = isOption(entry) ? [...TEXT_KEYS, 'name'] : TEXT_KEYS;
	return keys.map((key) => entry.item[key]).filter((text) => typeof text === 'string');
}
