import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';
import { invitationJson } from './foundJson';
import { textOrNull } from './json';
import type { ParameterReader } from './parameters';
import { observe, pollError } from './pollError';
import {
	departures,
	diffInvitations,
	readsNeeded,
	takeStock,
	type Departure,
	type Fired,
	type PollEvent,
	type PollRules,
	type Sighting,
} from './pollEvents';
import { pollParameters, rulesOf } from './pollParameters';
import { readEach } from './pollReads';
import { sampleOf } from './pollSample';
import { readState, subjectKey, writeState, type PollState, type Seen } from './pollState';
import { ok, type Found, type InvitationProvider, type Result } from './provider';
import { openSession, type CredentialPlan, type Session } from './request';

/**
 * What to make of an invitation that is no longer listed.
 *
 * - `forgotten`: nothing.
 * - `read`: it can still be read by itself, and its status tells.
 * - `closed`: that it is gone is itself the news; `recall` puts it together from what is known.
 */
export type Vanishing<Target> =
	| { kind: 'forgotten' }
	| { kind: 'read'; target: (key: string) => Target }
	| {
			kind: 'closed';
			recall: (key: string, email: string | null, account: string, session: Session) => Found;
	  };

/** One provider's trigger, for the shared polling. */
export interface PollPlan<Target> {
	credential: CredentialPlan;
	createProvider: (parameters: ParameterReader, session: Session) => InvitationProvider<Target>;
	events: readonly PollEvent[];
	/** Whose invitations are listed, where the credential alone does not say. */
	account: (parameters: ParameterReader, session: Session) => string;
	vanishing: Vanishing<Target>;
}

/** One poll, once signed in. */
interface Poll<Target> {
	plan: PollPlan<Target>;
	provider: InvitationProvider<Target>;
	session: Session;
	account: string;
	rules: PollRules;
}

async function listAll<Target>(provider: InvitationProvider<Target>): Promise<Result<Found[]>> {
	const listed: Found[] = [];
	for await (const page of provider.list(0)) {
		if (!page.ok) return page;
		listed.push(...page.value);
	}
	return ok(listed);
}

/** The listed invitations, with their dates where these matter now. */
async function sight<Target>(
	{ provider, session, rules }: Poll<Target>,
	state: PollState,
	listed: readonly Found[],
): Promise<Result<Sighting[]>> {
	const { details } = provider;
	const wanted = details === undefined ? [] : readsNeeded(state, listed, rules, Date.now());
	if (details === undefined || wanted.length === 0) {
		return ok(listed.map((found) => ({ found, isRead: false })));
	}
	const readings = await readEach(wanted, details, session);
	if (!readings.ok) return readings;
	const readByFound = new Map<Found, Found>();
	for (const [index, found] of wanted.entries()) {
		const reading = readings.value[index];
		// Null is a case whose invitation is gone meanwhile: it has no date, and is asked no more.
		if (reading?.kind === 'read') readByFound.set(found, reading.value ?? found);
	}
	return ok(
		listed.map((found) => {
			const read = readByFound.get(found);
			return { found: read ?? found, isRead: read !== undefined };
		}),
	);
}

async function follow<Target>(
	{ plan: { vanishing }, provider, session, account }: Poll<Target>,
	departed: ReadonlyArray<[string, Seen]>,
): Promise<Result<Map<string, Departure>>> {
	switch (vanishing.kind) {
		case 'forgotten':
			return ok(new Map());
		case 'closed':
			return ok(
				new Map(
					departed.map(([key, { email }]) => [key, vanishing.recall(key, email, account, session)]),
				),
			);
		case 'read': {
			const read = async ([key]: [string, Seen]): Promise<Result<Found | null>> =>
				await provider.read(vanishing.target(key), 'fresh');
			const readings = await readEach(departed, read, session);
			if (!readings.ok) return readings;
			return ok(
				new Map(
					departed.map(([key], index): [string, Departure] => {
						const reading = readings.value[index] ?? { kind: 'later' };
						if (reading.kind === 'read') return [key, reading.value];
						if (reading.kind === 'later') return [key, 'later'];
						// A 5xx may pass; any other refusal says that it is gone for this credential.
						return [key, (reading.failure.httpStatus ?? 0) >= 500 ? 'later' : null];
					}),
				),
			);
		}
	}
}

/** What has happened since the last poll; the state is written once nothing can go wrong any more. */
async function news<Target>(
	poll: Poll<Target>,
	data: IDataObject,
	scope: string,
): Promise<Result<Fired[]>> {
	const { provider, rules } = poll;
	const { seen } = data;
	const state = readState(data, scope);
	const listed = await listAll(provider);
	if (!listed.ok) return listed;
	const sightings = state === null ? ok([]) : await sight(poll, state, listed.value);
	if (!sightings.ok) return sightings;
	const departed =
		state === null
			? ok(new Map<string, Departure>())
			: await follow(poll, departures(state, listed.value, rules));
	if (!departed.ok) return departed;
	// A slow poll can overlap with the next one. Had that one finished first, its state would be the
	// newer one: this poll then tells nothing, and the next one tells what is left to tell.
	if (data.seen !== seen) return ok([]);
	const now = Date.now();
	if (state === null) {
		writeState(data, takeStock(listed.value, scope, rules, now));
		return ok([]);
	}
	const { fired, next } = diffInvitations(state, sightings.value, departed.value, rules, now);
	writeState(data, next);
	return ok(fired);
}

/** "Fetch Test Event" in the editor: what an item looks like; nothing is remembered. */
async function sample<Target>(
	{ plan: { vanishing }, provider, session, account, rules }: Poll<Target>,
): Promise<Result<Fired[]>> {
	const listed = await listAll(provider);
	if (!listed.ok) return listed;
	const fired = await sampleOf(provider, session, listed.value, rules);
	if (!fired.ok || vanishing.kind !== 'closed') return fired;
	return ok(
		fired.value.map(({ event, found }) => {
			if (event !== 'closed') return { event, found };
			const { subject, email } = found.invitation;
			return { event, found: vanishing.recall(subjectKey(subject), email, account, session) };
		}),
	);
}

function itemOf({ event, found }: Fired, simplify: boolean): INodeExecutionData {
	return {
		json: simplify ? { event, ...invitationJson(found.invitation) } : { ...found.raw, event },
	};
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
	const keepEmail = plan.vanishing.kind === 'closed';
	const rules = rulesOf(context, plan.events, keepEmail);
	if (!rules.ok) throw pollError(node, rules.failure);
	const opened = await openSession(context, plan.credential);
	if (!opened.ok) throw pollError(node, opened.failure);
	const { session, askedWait } = observe(opened.value);
	const parameters = pollParameters(context);
	const provider = plan.createProvider(parameters, session);
	const account = plan.account(parameters, session);
	const poll: Poll<Target> = { plan, provider, session, account, rules: rules.value };

	const credentialId = textOrNull(node.credentials?.[plan.credential.type]?.id) ?? '';
	const scope = [credentialId, session.environment, account].join('|');
	const fired =
		context.getMode() === 'manual'
			? await sample(poll)
			: await news(poll, context.getWorkflowStaticData('node'), scope);
	if (!fired.ok) throw pollError(node, fired.failure, askedWait());

	if (fired.value.length === 0) return null;
	const simplify = context.getNodeParameter('simplify', true) !== false;
	return [fired.value.map((one) => itemOf(one, simplify))];
}
