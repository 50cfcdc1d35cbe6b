import type { IExecuteFunctions } from 'n8n-workflow';
import { clockTime, type QuietHours, type SendWindow } from './calendar';
import { invalidInput } from '../failure';
import { INVITATION_STATUSES, type InvitationStatus } from '../invitation';
import { isObject, type JsonObject } from '../json';
import { failed, ok, type Result } from '../provider';
import type { ResendPolicy } from './policy';
import { LEDGER_CAPACITY } from './sendLedger';

/** What holds for the whole run; read from the first item. */
export interface RunLimits {
	dryRun: boolean;
	maxSends: number;
	/** Least time between two sends. */
	intervalMs: number;
	/** After so many sends in a row that went wrong the rest is deferred; 0 never stops. */
	stopAfterFaults: number;
}

const WINDOWS: readonly SendWindow[] = ['execution', 'hour', 'day', 'week', 'ever'];
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const DEFAULT_STATUSES: readonly InvitationStatus[] = ['pending', 'expired'];
export const DEFAULT_FAULTS = 5;

function optionsOf(context: IExecuteFunctions, itemIndex: number): JsonObject {
	const options: unknown = context.getNodeParameter('options', itemIndex, {});
	return isObject(options) ? options : {};
}

/** A number of at least 0, or null where nothing was entered. */
function numberOf(options: JsonObject, name: string, displayName: string): Result<number | null> {
	const value = options[name];
	if (value === undefined || value === null || value === '') return ok(null);
	const number = typeof value === 'string' ? Number(value) : value;
	if (typeof number === 'number' && Number.isFinite(number) && number >= 0) return ok(number);
	return failed(
		invalidInput(
			`'${displayName}' is not a number of at least 0`,
			'Enter a number, or remove the option. Nothing was sent.',
		),
	);
}

function quietHoursOf(options: JsonObject): Result<QuietHours | null> {
	const outer = isObject(options.quietHours) ? options.quietHours.period : undefined;
	if (!isObject(outer)) return ok(null);
	const from = typeof outer.from === 'string' ? outer.from.trim() : '';
	const to = typeof outer.to === 'string' ? outer.to.trim() : '';
	if (clockTime(from) === null || clockTime(to) === null) {
		return failed(
			invalidInput(
				"'Quiet Hours' needs two times of day",
				'Enter them with hours and minutes, e.g. 20:00 and 08:00. Nothing was sent.',
			),
		);
	}
	const chosen: unknown = outer.weekdays;
	const weekdays = Array.isArray(chosen)
		? EVERY_DAY.filter((day) => chosen.map(Number).includes(day))
		: EVERY_DAY;
	return ok({ from, to, weekdays });
}

function statusesOf(options: JsonObject): readonly InvitationStatus[] {
	const chosen: unknown = options.onlyWhenStatusIs;
	if (!Array.isArray(chosen)) return DEFAULT_STATUSES;
	return INVITATION_STATUSES.filter((status) => chosen.includes(status));
}

/** The rules for one item. */
export function policyOf(context: IExecuteFunctions, itemIndex: number): Result<ResendPolicy> {
	const chosen: unknown = context.getNodeParameter('atMostOncePer', itemIndex, 'day');
	const window = WINDOWS.find((known) => known === chosen);
	if (window === undefined) {
		return failed(
			invalidInput(
				`'At Most Once Per' does not know this value: ${String(chosen)}`,
				`Use one of ${WINDOWS.join(', ')}. Nothing was sent.`,
			),
		);
	}
	const options = optionsOf(context, itemIndex);
	const hours = numberOf(options, 'minimumHoursSinceLastSend', 'Minimum Hours Since Last Send');
	if (!hours.ok) return hours;
	const days = numberOf(options, 'onlyWhenExpiringWithin', 'Only When Expiring Within (Days)');
	if (!days.ok) return days;
	const quietHours = quietHoursOf(options);
	if (!quietHours.ok) return quietHours;
	return ok({
		window,
		timezone: context.getTimezone(),
		onlyStatuses: statusesOf(options),
		minimumHoursSinceLastSend: hours.value ?? 0,
		expiringWithinDays: days.value,
		quietHours: quietHours.value,
	});
}

/** An expression may give the switch as text; anything but a clear no must not send. */
function switchOf(value: unknown): Result<boolean> {
	const text = String(value).trim().toLowerCase();
	if (text === 'true' || text === 'false') return ok(text === 'true');
	return failed(
		invalidInput(
			`'Dry Run' is neither true nor false: ${text.slice(0, 40)}`,
			'Switch it on or off, or correct its expression. Nothing was sent.',
		),
	);
}

/** The limits of the run. */
export function limitsOf(context: IExecuteFunctions): Result<RunLimits> {
	const options = optionsOf(context, 0);
	const max = numberOf(options, 'maxSendsPerRun', 'Max Sends per Run');
	if (!max.ok) return max;
	const perMinute = numberOf(options, 'sendsPerMinute', 'Sends per Minute');
	if (!perMinute.ok) return perMinute;
	const faults = numberOf(options, 'stopAfterConsecutiveFaults', 'Stop After Consecutive Faults');
	if (!faults.ok) return faults;
	const dryRun = switchOf(context.getNodeParameter('dryRun', 0, false));
	if (!dryRun.ok) return dryRun;
	return ok({
		dryRun: dryRun.value,
		// More than the record holds would push today's first sends out of it.
		maxSends: Math.min(max.value ?? LEDGER_CAPACITY, LEDGER_CAPACITY),
		intervalMs: perMinute.value === null || perMinute.value === 0 ? 0 : 60_000 / perMinute.value,
		stopAfterFaults: faults.value ?? DEFAULT_FAULTS,
	});
}
