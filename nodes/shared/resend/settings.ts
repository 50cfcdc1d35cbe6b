import type { IExecuteFunctions } from 'n8n-workflow';
import { parseClockTime, type QuietHours, type SendWindow } from './decision/calendar';
import { INVITATION_STATUSES, type InvitationStatus } from '../invitation/invitation';
import { isObject, type JsonObject } from '../core/json';
import { readCollection, readChoices, readNumber, readSwitch } from '../node/parameters';
import { ok, refuse, type Result } from '../core/result';
import type { ResendPolicy } from './decision/rules';
import { SENDS_KEPT } from './record/table';

/** What one item asks of the run it is part of. */
export interface Limits {
	/** It is not sent once the run has made so many sends. */
	maxSends: number;
	/** Least time since the send before. */
	intervalMs: number;
	/** It is not sent after so many sends in a row that went wrong; 0 never stops. */
	stopAfterFaults: number;
	/** How many sends may be under way at once while it is part of the run. */
	sendsAtATime: number;
}

/** All settings of one item; each may hold an expression of its own. */
export interface Settings {
	dryRun: boolean;
	policy: ResendPolicy;
	limits: Limits;
}

const WINDOWS: readonly SendWindow[] = ['execution', 'hour', 'day', 'week', 'ever'];
const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const DEFAULT_STATUSES: readonly InvitationStatus[] = ['pending', 'expired'];
const DEFAULT_FAULTS = 5;
export const MOST_AT_A_TIME = 20;
/** A lease counts one by one, so that the limit also bounds what a lease takes. */
const MOST_IN_TOTAL = 20;

function readQuietHours(options: JsonObject): Result<QuietHours | null> {
	const outer = isObject(options.quietHours) ? options.quietHours.period : undefined;
	if (!isObject(outer)) return ok(null);
	const from = typeof outer.from === 'string' ? outer.from.trim() : '';
	const to = typeof outer.to === 'string' ? outer.to.trim() : '';
	const chosen: unknown = outer.weekdays;
	const weekdays = Array.isArray(chosen)
		? EVERY_DAY.filter((day) => chosen.map(Number).includes(day))
		: EVERY_DAY;
	if (parseClockTime(from) === null || parseClockTime(to) === null || weekdays.length === 0) {
		return refuse(
			"'Quiet Hours' needs two times of day and a weekday",
			'Enter each time with two digits for the hour, e.g. 08:00 and 20:00, and choose at least one weekday. Nothing was sent.',
		);
	}
	return ok({ from, to, weekdays });
}

function readPolicy(
	context: IExecuteFunctions,
	itemIndex: number,
	options: JsonObject,
	resendable: readonly InvitationStatus[],
): Result<ResendPolicy> {
	const chosen: unknown = context.getNodeParameter('atMostOncePer', itemIndex, 'day');
	const window = WINDOWS.find((known) => known === chosen);
	if (window === undefined) {
		return refuse(
			"'Send at Most Once' has an unknown value",
			`Use one of ${WINDOWS.join(', ')}. Nothing was sent.`,
		);
	}
	const hours = readNumber(options.minimumHoursSinceLastSend, 'Minimum Hours Since Last Send');
	if (!hours.ok) return hours;
	const days = readNumber(options.onlyWhenExpiringWithin, 'Only When Expiring Within (Days)');
	if (!days.ok) return days;
	const quietHours = readQuietHours(options);
	if (!quietHours.ok) return quietHours;
	const chosenStatuses = options.onlyWhenStatusIs;
	const statuses =
		chosenStatuses === undefined
			? ok(DEFAULT_STATUSES.filter((one) => resendable.includes(one)))
			: readChoices(chosenStatuses, 'Only When Status Is', INVITATION_STATUSES);
	if (!statuses.ok) return statuses;
	const total = readCount(
		options,
		'maxSendsPerInvitation',
		'Max Sends per Invitation',
		MOST_IN_TOTAL,
	);
	if (!total.ok) return total;
	return ok({
		window,
		maxSendsPerInvitation: total.value,
		timezone: context.getTimezone(),
		onlyStatuses: statuses.value,
		minimumHoursSinceLastSend: hours.value ?? 0,
		expiringWithinDays: days.value,
		includesExpired: readSwitch(options.includeExpired) === true,
		quietHours: quietHours.value,
	});
}

/** A whole number of at least 1, or null where nothing was entered. */
function readCount(
	options: JsonObject,
	name: string,
	displayName: string,
	most: number,
): Result<number | null> {
	const number = readNumber(options[name], displayName);
	const value = number.ok ? number.value : 0;
	if (value === null || (Number.isInteger(value) && value >= 1 && value <= most)) return ok(value);
	return refuse(
		`'${displayName}' must be a whole number from 1 to ${most}`,
		'Enter a number in this range, or remove the option. Nothing was sent.',
	);
}

function readLimits(options: JsonObject): Result<Limits> {
	const max = readNumber(options.maxSendsPerRun, 'Max Sends per Run');
	if (!max.ok) return max;
	const perMinute = readNumber(options.sendsPerMinute, 'Sends per Minute');
	if (!perMinute.ok) return perMinute;
	const faults = readNumber(options.stopAfterConsecutiveFaults, 'Stop After Consecutive Faults');
	if (!faults.ok) return faults;
	const atATime = readCount(options, 'sendsAtATime', 'Sends at a Time', MOST_AT_A_TIME);
	if (!atATime.ok) return atATime;
	const sendsAtATime = atATime.value ?? 1;
	return ok({
		// More than the record holds would push today's first sends out of it.
		maxSends: Math.min(max.value ?? SENDS_KEPT, SENDS_KEPT),
		intervalMs: perMinute.value === null || perMinute.value === 0 ? 0 : 60_000 / perMinute.value,
		// The sends that are under way when the limit is reached count, too, so fewer than that cannot run at once.
		stopAfterFaults: faults.value ?? Math.max(DEFAULT_FAULTS, sendsAtATime),
		sendsAtATime,
	});
}

/**
 * The settings of one item.
 *
 * @param resendable the statuses in which the service may send an invitation again; the others are skipped unless the
 * user asks for them
 */
export function readSettings(
	context: IExecuteFunctions,
	itemIndex: number,
	resendable: readonly InvitationStatus[] = INVITATION_STATUSES,
): Result<Settings> {
	const options = readCollection(context, 'options', itemIndex);
	const policy = readPolicy(context, itemIndex, options, resendable);
	if (!policy.ok) return policy;
	const limits = readLimits(options);
	if (!limits.ok) return limits;
	// Anything but a clear no must not send.
	const dryRun = readSwitch(context.getNodeParameter('dryRun', itemIndex, false)) !== false;
	return ok({ policy: policy.value, limits: limits.value, dryRun });
}
