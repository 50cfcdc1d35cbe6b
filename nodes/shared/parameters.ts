import type { IExecuteFunctions } from 'n8n-workflow';
import { invalidInput } from './failure';
import { isObject } from './json';
import { failed, ok, type Result } from './provider';

export interface IdRule {
	/** The parameter's display name. */
	parameter: string;
	pattern: RegExp;
	/** A sentence on what a right value looks like. */
	looksLike: string;
}

/** The part of a value worth showing in a message. */
function shown(value: string): string {
	return value.length > 80 ? `${value.slice(0, 80)}…` : value;
}

/**
 * An id as text, exactly. A number that JavaScript has already rounded is refused: its neighbour
 * is somebody else's invitation.
 */
export function checkId(value: unknown, rule: IdRule): Result<string> {
	const { parameter, pattern, looksLike } = rule;
	if (typeof value === 'number' && !Number.isSafeInteger(value)) {
		return failed(
			invalidInput(
				`'${parameter}' holds a number that is too large to be exact`,
				`Pass it as text instead of as a number. ${looksLike} No request was made.`,
			),
		);
	}
	const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : '';
	if (text === '') {
		return failed(
			invalidInput(
				`'${parameter}' is empty`,
				`Pick one from the list, or put this node after one that puts out invitations. ${looksLike} No request was made.`,
			),
		);
	}
	if (!pattern.test(text)) {
		return failed(
			invalidInput(
				`'${parameter}' does not look right: ${shown(text)}`,
				`${looksLike} No request was made.`,
			),
		);
	}
	return ok(text);
}

/** The id in a parameter, plain or picked from a list. */
export function idOf(
	context: IExecuteFunctions,
	name: string,
	itemIndex: number,
	rule: IdRule,
): Result<string> {
	const value: unknown = context.getNodeParameter(name, itemIndex, '', { extractValue: true });
	return checkId(value, rule);
}

// Deliberately loose: the provider is the judge. It only catches what cannot be an address.
const EMAIL = /^[^\s@<>"(),;]+@[^\s@<>"(),;]+\.[^\s@<>"(),;]+$/;

/** An e-mail address. `parameter` is the display name of what it was entered into. */
export function checkEmail(value: unknown, parameter: string): Result<string> {
	const text = typeof value === 'string' ? value.trim() : '';
	if (EMAIL.test(text) && text.length <= 254) return ok(text);
	return failed(
		invalidInput(
			text === ''
				? `'${parameter}' is empty`
				: `'${parameter}' does not look right: ${shown(text)}`,
			'Enter one e-mail address, e.g. name@example.com. No request was made.',
		),
	);
}

/** An optional e-mail address; null for none. The parameter may be absent from the operation. */
export function emailOf(
	context: IExecuteFunctions,
	name: string,
	itemIndex: number,
): Result<string | null> {
	const value: unknown = context.getNodeParameter(name, itemIndex, '');
	const empty =
		value === null || value === undefined || (typeof value === 'string' && value.trim() === '');
	return empty ? ok(null) : checkEmail(value, 'E-Mail');
}

/** How a resource locator was filled in, e.g. `list` or `id`. */
export function locatorMode(context: IExecuteFunctions, name: string, itemIndex: number): string {
	const locator: unknown = context.getNodeParameter(name, itemIndex, '');
	return isObject(locator) && typeof locator.mode === 'string' ? locator.mode : 'id';
}
