import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import type { Subject } from '../invitation/invitation';
import { createDayCounter } from '../core/time';
import { buildInvitationJson } from '../invitation/output';
import { collectPages } from '../invitation/directory';
import { readText } from '../core/json';
import { observe, createPollError } from './errors';
import { findDepartures, compareSnapshots, takeStock, type Fired } from './detectEvents';
import { followDepartures, fetchSightings } from './fetch';
import { createPollReader, readRules, type Poll, type PollPlan } from './config';
import { pickSamples } from './sample';
import { readSnapshot, writeSnapshot } from './snapshot';
import { ok, type Result } from '../core/result';
import { openSession } from '../http/session';
import { requireSwitch } from '../node/parameters';

/** This room polls a service's list, and tells what is new since the last time. */

/** What has happened since the last poll; the state is written once nothing can go wrong any more. */
async function detectNews<Target>(
	poll: Poll<Target>,
	data: IDataObject,
	scope: string,
): Promise<Result<Fired[]>> {
	const { rules } = poll;
	const { seen } = data;
	// A slow poll can overlap with the next one. If that one finished first, its state is the newer one: this poll
	// then reports nothing, and the next one reports what is left.
	const isOvertaken = (): boolean => data.seen !== seen;
	const state = readSnapshot(data, scope);
	const listed = await collectPages(poll.provider.list(0));
	if (!listed.ok) return listed;
	if (state === null) {
		if (!isOvertaken()) writeSnapshot(data, takeStock(listed.value, scope, rules, Date.now()));
		return ok([]);
	}
	const sightings = await fetchSightings(poll, state, listed.value);
	if (!sightings.ok) return sightings;
	const departed = await followDepartures(poll, findDepartures(state, listed.value, rules));
	if (!departed.ok) return departed;
	if (isOvertaken()) return ok([]);
	const { fired, next } = compareSnapshots(
		state,
		sightings.value,
		departed.value,
		rules,
		Date.now(),
	);
	writeSnapshot(data, next);
	return ok(fired);
}

/** "Fetch Test Event" in the editor: what an item looks like; nothing is remembered. */
async function fetchSample<Target>(poll: Poll<Target>): Promise<Result<Fired[]>> {
	const { plan, provider, session, account, rules } = poll;
	const { vanishing } = plan;
	const listed = await collectPages(poll.provider.list(0));
	if (!listed.ok) return listed;
	const fired = await pickSamples(provider, session, listed.value, rules);
	if (!fired.ok) return fired;
	return ok(
		fired.value.map((sample) => {
			const { event, found } = sample;
			if (event !== 'closed' || vanishing.kind !== 'closed') return { ...sample, isSample: true };
			const { invitation } = found;
			const key = plan.keyOf(invitation);
			const closed = vanishing.recall(key, invitation.email, account, session);
			return { event, found: closed, isSample: true };
		}),
	);
}

/**
 * One poll of a trigger. The first one of a workflow takes stock and emits nothing; each later one
 * emits what has happened since the last that succeeded. A poll that throws changes nothing.
 *
 * @throws what n8n shows for a poll that could not be made
 */
export async function pollInvitations<Target>(
	context: IPollFunctions,
	plan: PollPlan<Target>,
): Promise<INodeExecutionData[][] | null> {
	const node = context.getNode();
	// Read first: once the state is written, nothing may throw any more.
	const simplify = requireSwitch(context.getNodeParameter('simplify', true), 'Simplify');
	if (!simplify.ok) throw createPollError(node, simplify.failure);
	const countDays = createDayCounter(context.getTimezone());
	const rules = readRules(context, plan);
	if (!rules.ok) throw createPollError(node, rules.failure);
	const opened = await openSession(context, plan.service.credential);
	if (!opened.ok) throw createPollError(node, opened.failure);
	const { session, askedWait } = observe(opened.value);
	const parameters = createPollReader(context);
	const provider = plan.service.createProvider(parameters, session);
	const account = plan.account(parameters, session);
	const poll: Poll<Target> = { plan, provider, session, account, rules: rules.value };

	const credentialId = readText(node.credentials?.[plan.service.credential.type]?.id) ?? '';
	const scope = [credentialId, session.installation, account].join('|');
	const fired =
		context.getMode() === 'manual'
			? await fetchSample(poll)
			: await detectNews(poll, context.getWorkflowStaticData('node'), scope);
	if (!fired.ok) throw createPollError(node, fired.failure, askedWait());

	if (fired.value.length === 0) return null;
	return [
		fired.value.map(({ event, found, isSample = false }) => {
			const json = simplify.value
				? { event, ...buildInvitationJson(found, provider.capabilities, countDays) }
				: { ...found.raw, event };
			return { json: isSample ? { ...json, isSample } : json };
		}),
	];
}

/** The `poll` of a service's trigger. */
export function createPoll<Target, Ids extends Subject>(plan: PollPlan<Target, Ids>) {
	return async function poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		return await pollInvitations(this, plan);
	};
}
