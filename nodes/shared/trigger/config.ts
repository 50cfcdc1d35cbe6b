import type { IPollFunctions } from 'n8n-workflow';
import { invalidInput } from '../core/failure';
import { isObject } from '../core/json';
import type { ParameterReader } from '../node/parameters';
import type { PollEvent, PollRules } from './detectEvents';
import { failed, ok, type Result } from '../core/result';

/** A trigger has no items, so every item's parameters are its own. */
export function pollParameters(context: IPollFunctions): ParameterReader {
	return { value: (name) => context.getNodeParameter(name, '') ?? '', mode: () => 'id' };
}

/** Reads what the panel asks for. `offered` are the events that this provider can tell. */
export function rulesOf(
	context: IPollFunctions,
	offered: readonly PollEvent[],
	keepEmail: boolean,
): Result<PollRules> {
	const chosen: unknown = context.getNodeParameter('events', []);
	const watch = offered.filter((event) => Array.isArray(chosen) && chosen.includes(event));
	if (watch.length === 0) {
		return failed(invalidInput("'Events' is empty", 'Choose at least one. No request was made.'));
	}
	const daysBeforeExpiry = Number(context.getNodeParameter('daysBeforeExpiry', 3));
	if (!(Number.isFinite(daysBeforeExpiry) && daysBeforeExpiry > 0)) {
		return failed(
			invalidInput("'Days Before Expiry' is not a number above 0", 'Enter one, e.g. 3.'),
		);
	}
	const options: unknown = context.getNodeParameter('options', {});
	const resentIsNew = isObject(options) && options.resentIsNew === true;
	return ok({ watch: new Set(watch), daysBeforeExpiry, resentIsNew, keepEmail });
}
