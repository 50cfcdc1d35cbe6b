import {
	isExpression,
	jsonStringify,
	type IExecuteFunctions,
	type ILoadOptionsFunctions,
	type INode,
} from 'n8n-workflow';
import { isBlank, isObject, type JsonObject } from '../core/json';
import { ok, refuse, type Result } from '../core/result';
import { redact } from '../http/redact';

/** The node's parameters, as a running node or its panel in the editor gives them. */
export interface ParameterReader {
	/** The value of a parameter, taken out of a resource locator; '' where there is none. */
	value(name: string, itemIndex: number): unknown;
	/** How a resource locator was filled in, e.g. `list` or `id`, and with what; read once, since n8n evaluates it anew each time. */
	locator(name: string, itemIndex: number): Locator;
	/** Whether it was filled in with an expression, which may have found nothing. */
	isExpression(name: string): boolean;
}

interface Locator {
	mode: string;
	value: unknown;
}

// n8n's own extraction rejects a parameter that the chosen operation does not show.
function unwrapValue(parameter: unknown): unknown {
	return (isObject(parameter) && parameter.__rl === true ? parameter.value : parameter) ?? '';
}

function readLocator(parameter: unknown): Locator {
	const mode = isObject(parameter) ? parameter.mode : undefined;
	return { mode: typeof mode === 'string' ? mode : 'id', value: unwrapValue(parameter) };
}

/** Whether a parameter at the top level of the node was filled in with an expression. */
export function holdsExpression({ parameters }: INode, name: string): boolean {
	return isExpression(parameters[name]);
}

/** @param getNode null where an expression is not evaluated, and so never blank */
export function createReader(
	read: (name: string, itemIndex: number) => unknown,
	getNode: (() => INode) | null,
): ParameterReader {
	return {
		value: (name, itemIndex) => unwrapValue(read(name, itemIndex)),
		locator: (name, itemIndex) => readLocator(read(name, itemIndex)),
		isExpression: (name) => getNode !== null && holdsExpression(getNode(), name),
	};
}

export function createExecutionReader(context: IExecuteFunctions): ParameterReader {
	const read = (name: string, itemIndex: number): unknown =>
		context.getNodeParameter(name, itemIndex, '');
	return createReader(read, () => context.getNode());
}

/** For lists in the panel, which have no items. */
export function createPanelReader(context: ILoadOptionsFunctions): ParameterReader {
	return createReader((name) => context.getCurrentNodeParameter(name), null);
}

/** A switch, also as text, since n8n's variables hold nothing else; null for what is neither true nor false. */
export function readSwitch(value: unknown): boolean | null {
	if (typeof value !== 'string') return typeof value === 'boolean' ? value : null;
	const text = value.trim().toLowerCase();
	return text === 'true' || text === 'false' ? text === 'true' : null;
}

/** @param displayName what the switch is called on screen */
export function requireSwitch(value: unknown, displayName: string): Result<boolean> {
	const on = readSwitch(value);
	if (on !== null) return ok(on);
	return refuse(
		`'${displayName}' is neither true nor false`,
		'Switch it on or off, or correct the expression. No request was made.',
	);
}

/** What was added to a collection, for one item. */
export function readCollection(
	context: IExecuteFunctions,
	name: string,
	itemIndex: number,
): JsonObject {
	const collection: unknown = context.getNodeParameter(name, itemIndex, {});
	return isObject(collection) ? collection : {};
}

/**
 * The value of a parameter, or where it was left empty the credential's field of the same name. A blank cell is not
 * the same as left empty: the account in the credential may be somebody else's.
 */
export function readWithDefault(
	parameters: ParameterReader,
	name: string,
	itemIndex: number,
	credential: JsonObject,
): unknown {
	const entered = parameters.value(name, itemIndex);
	if (!isBlank(entered)) return entered;
	return parameters.isExpression(name) ? '' : credential[name];
}

export interface IdRule {
	/** The parameter's display name. */
	parameter: string;
	pattern: RegExp;
	/** For placeholders. */
	example: string;
	/** A sentence on what a right value looks like. */
	looksLike: string;
	/** Whether it says whose invitations are meant, so that the credential may hold it. */
	isAccount?: boolean;
}

/**
 * A text without invisible characters, such as the zero-width and direction marks that are copied along from web
 * pages and chats: with them an address finds nobody, or an email goes nowhere.
 */
export function cleanText(text: string): string {
	return text.replace(/\p{Cf}/gu, '').trim();
}

/** The part of a value worth showing in a message, which may be stored: a personal link or a token is no part of it. */
function quote(value: string): string {
	const shown = redact(value);
	return shown.length > 80 ? `${shown.slice(0, 80)}…` : shown;
}

/**
 * An id as text, exactly. A number that JavaScript has already rounded is refused: its neighbour
 * is somebody else's invitation.
 */
export function checkId(value: unknown, rule: IdRule): Result<string> {
	const { parameter, pattern, looksLike, isAccount } = rule;
	if (typeof value === 'number' && !Number.isSafeInteger(value)) {
		return refuse(
			`'${parameter}' is a number that is too large to be exact`,
			`Pass it as text instead. ${looksLike} No request was made.`,
		);
	}
	if ((typeof value === 'object' && value !== null) || typeof value === 'boolean') {
		return refuse(
			`'${parameter}' is not text`,
			`Check the expression. ${looksLike} No request was made.`,
		);
	}
	const text = isBlank(value) ? '' : cleanText(String(value));
	if (text === '') {
		return refuse(
			`'${parameter}' is empty`,
			`${isAccount === true ? 'Enter it in this node or in the credential, or check its expression.' : "Pick one from the list, by email where offered, or connect a node that returns invitations with 'Simplify' on."} No request was made.`,
		);
	}
	if (!pattern.test(text)) {
		return refuse(
			`'${parameter}' does not look right: ${quote(text)}`,
			`${looksLike} No request was made.`,
		);
	}
	return ok(text);
}

/** The longest address that RFC 5321 allows. */
const LONGEST_EMAIL = 254;

// Deliberately loose: the provider is the judge. It only catches what cannot be an address. After the @ it goes to
// the first dot that is not at the beginning, so that there is only one way to match.
const EMAIL = /^[^\s@<>"(),;]+@[^\s@<>"(),;][^\s@<>"(),;.]*\.[^\s@<>"(),;]+$/;

/** An email address. `parameter` is the display name of what it was entered into. */
export function checkEmail(value: unknown, parameter: string): Result<string> {
	const text =
		typeof value === 'string'
			? cleanText(value)
			: isBlank(value)
				? ''
				: jsonStringify(value, { replaceCircularRefs: true });
	if (text.length <= LONGEST_EMAIL && EMAIL.test(text)) return ok(text);
	const address = `The email address in '${parameter}'`;
	return text === ''
		? refuse(
				`${address} is empty`,
				'Check the expression, or the row that it comes from. No request was made.',
			)
		: refuse(
				`${address} does not look right: ${quote(text)}`,
				'Enter one email address, e.g. name@example.com. No request was made.',
			);
}

/** An optional email address; null for none. */
export function checkOptionalEmail(value: unknown, parameter: string): Result<string | null> {
	const empty = typeof value === 'string' && value.trim() === '';
	return empty || value === null || value === undefined ? ok(null) : checkEmail(value, parameter);
}

/** A number of at least 0, or null where nothing was entered. */
export function readNumber(value: unknown, parameter: string): Result<number | null> {
	if (isBlank(value)) return ok(null);
	const number = typeof value === 'string' ? Number(value) : value;
	if (typeof number === 'number' && Number.isFinite(number) && number >= 0) return ok(number);
	return refuse(
		`'${parameter}' must be a number of 0 or more`,
		'Enter a number, or remove this setting. No request was made.',
	);
}

/** What was chosen of `known`, in its order; an expression may give a single one as text. */
export function readChoices<Choice extends string>(
	value: unknown,
	parameter: string,
	known: readonly Choice[],
): Result<readonly Choice[]> {
	const chosen: unknown[] = Array.isArray(value) ? value : isBlank(value) ? [] : [value];
	const found = known.filter((choice) => chosen.includes(choice));
	if (chosen.every((one) => found.some((choice) => choice === one))) return ok(found);
	return refuse(
		`'${parameter}' has an unknown value`,
		`Use any of ${known.join(', ')}. No request was made.`,
	);
}

/** Whom a target names: by an address where it was filled in so, otherwise by an id. */
export type Named = { by: 'id'; id: string } | { by: 'email'; email: string };

/** @param check the rule for an id */
export function readNamed(
	parameters: ParameterReader,
	{ name, parameter }: { name: string; parameter: string },
	itemIndex: number,
	check: (value: unknown) => Result<string>,
): Result<Named> {
	const { mode, value } = parameters.locator(name, itemIndex);
	if (mode === 'email') {
		const email = checkEmail(value, parameter);
		return email.ok ? ok({ by: 'email', email: email.value }) : email;
	}
	const id = check(value);
	return id.ok ? ok({ by: 'id', id: id.value }) : id;
}

/** Equal for two that name the same; an address in whatever case. */
export function nameOf(named: Named): string {
	return named.by === 'id' ? named.id : named.email.toLowerCase();
}
