import type { IDataObject } from 'n8n-workflow';
import { accounts, DAY, seeded, type Fault, type Mail } from '../../sandbox';
import type { NodeSpec, Run } from './harness';
import { fixtureOf, FIXTURES, type ProviderKey } from '../services';
import {
	credentialsFor,
	ids,
	jsonOf,
	MOST_FIELDS,
	node,
	NOON,
	requestsTo,
	told,
	useStage,
} from './support';

const stage = useStage();

type Parameters = NonNullable<NodeSpec['parameters']>;

async function resend(
	provider: ProviderKey,
	input: IDataObject[],
	parameters: Parameters = {},
): Promise<Run> {
	return await stage.engine.run({
		node: node(provider, 'resend', { parameters, onError: 'continueRegularOutput' }),
		input,
		credentials: credentialsFor(stage.sandbox),
	});
}

const first = (run: Run): IDataObject => run.output[0]?.[0]?.json ?? {};
const outbox = (): Mail[] => stage.sandbox.control.outbox();

/** The address the sandbox holds for an invitation. */
function addressOf(provider: ProviderKey, id: string): string | undefined {
	return fixtureOf(provider).emailOf(stage.sandbox.control.state, id);
}

describe.each(FIXTURES)('Resend at $name', (facts) => {
	const {
		provider,
		first: one,
		second,
		sendCall,
		makesNewInvitation,
		target,
		idFields,
		fields,
	} = facts;
	test('counts at midnight also for an execution whose clock is a little behind', async () => {
		// The workflow's zone is UTC.
		const midnight = NOON + DAY / 2;
		const key = facts.add(stage.sandbox.control.state, { sentAt: NOON - 2 * DAY });
		jest.setSystemTime(midnight + 5_000);
		expect(first(await resend(provider, ids(key)))).toMatchObject({ outcome: 'sent' });
		jest.setSystemTime(midnight - 15_000);
		expect(first(await resend(provider, ids(key)))).toMatchObject({ reason: 'alreadySent' });
		expect(outbox()).toHaveLength(1);
	});

	test.each<[string, Fault, string]>([
		['a 500', { kind: 'status', status: 500, body: { message: 'Out of order' } }, 'Out of order.'],
		['a 500 without words', { kind: 'status', status: 500 }, '(status 500).'],
		['a 408', { kind: 'status', status: 408 }, '(status 408).'],
		['a lost connection', { kind: 'reset', effect: 'none' }, 'connection was lost'],
		['a web page', { kind: 'html', status: 200, effect: 'none' }, 'whether there is a proxy'],
	])(
		'of an unclear send after %s tells what is known, and one thing to do',
		async (_, fault, known) => {
			stage.sandbox.control.inject({ operationId: sendCall, times: 'always', fault });
			const { outcome, message } = first(await resend(provider, ids(one)));

			expect(outcome).toBe('unknown');
			expect(message).toContain(known);
			expect(message).toMatch(
				/^Could not confirm whether the email to \S+@\S+ was sent\. [A-Z].+[.!?] (?:Run the workflow again in|Ask the person whether it arrived\.)/,
			);
			expect(message).not.toMatch(/try again|values of this item|refused|when you are ready/i);
		},
	);

	// The next run is another period, in which everybody is emailed again.
	test('of an unclear send once per execution does not advise another run', async () => {
		const fault: Fault = { kind: 'status', status: 500 };
		stage.sandbox.control.inject({ operationId: sendCall, times: 'always', fault });
		const run = await resend(provider, ids(one), { atMostOncePer: 'execution' });

		expect(first(run).message).toMatch(
			/ Ask the person whether it arrived\. It is not sent again within the period of 'Send at Most Once'\.$/,
		);
	});

	test('emails each item once, and gives a linked verdict for each, in order', async () => {
		const recipients = [second, one].map((id) => addressOf(provider, id));

		const run = await resend(provider, ids(second, one));

		expect(run.error).toBeUndefined();
		expect(jsonOf(run.output[0])).toEqual([
			expect.objectContaining({ outcome: 'sent', reason: 'sent' }),
			expect.objectContaining({ outcome: 'sent', reason: 'sent' }),
		]);
		expect(run.output[0]?.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(outbox().map(({ key, email }) => ({ key, email }))).toEqual([
			{ key: second, email: recipients[0] },
			{ key: one, email: recipients[1] },
		]);
	});

	test('gives a verdict of the same shape as the other providers do', async () => {
		const verdict = first(await resend(provider, ids(one)));

		expect(Object.keys(verdict)).toEqual([
			...fields.filter((field) => field === 'name'),
			...['email', 'outcome', 'reason', 'message', 'nextEligibleAt'],
			...idFields,
			// The one field that only a provider which replaces the invitation can fill.
			...(makesNewInvitation ? ['previousInvitationId'] : []),
			'provider',
		]);
		expect(Object.keys(verdict).length).toBeLessThanOrEqual(MOST_FIELDS);
		expect(verdict).toMatchObject({
			email: addressOf(provider, one),
			outcome: 'sent',
			reason: 'sent',
			message: expect.stringMatching(/^Sent/),
			nextEligibleAt: '2030-05-16T00:00:00.000Z',
			[target]: one,
			provider,
		});
	});

	test('leaves the neighbours of the invitation alone', async () => {
		await resend(provider, ids(one));

		expect(outbox().map(({ key }) => key)).toEqual([one]);
		expect(requestsTo(stage.sandbox, sendCall)).toHaveLength(1);
	});

	test('emails one person once where several items name the same invitation', async () => {
		const run = await resend(provider, ids(one, second, one));

		expect(jsonOf(run.output[0]).map(({ outcome, reason }) => `${outcome}: ${reason}`)).toEqual([
			'sent: sent',
			'sent: sent',
			'skipped: duplicateInRun',
		]);
		expect(outbox().map(({ key }) => key)).toEqual([one, second]);
	});

	test('emails nobody a second time today, in another run', async () => {
		await resend(provider, ids(one));
		const again = await resend(provider, ids(one));

		expect(first(again)).toMatchObject({ outcome: 'skipped', reason: 'alreadySent' });
		expect(outbox()).toHaveLength(1);
	});

	test('emails nobody in a dry run, and then emails as usual', async () => {
		const rehearsed = await resend(provider, ids(one), { dryRun: true });

		expect(first(rehearsed)).toMatchObject({
			outcome: 'wouldSend',
			reason: 'due',
			message: 'Would be sent; this is a dry run',
		});
		expect(requestsTo(stage.sandbox, sendCall)).toEqual([]);
		expect(outbox()).toEqual([]);

		expect(first(await resend(provider, ids(one)))).toMatchObject({ outcome: 'sent' });
		expect(outbox()).toHaveLength(1);
	});
});

describe('Resend at KarmaCheck', () => {
	const caseId = seeded.karmaCheck.expired;
	const bodies = (): unknown[] =>
		requestsTo(stage.sandbox, 'resendInvitation').map(({ body }) => body);

	test('gives the new invitation, and the id of the one it replaced', async () => {
		const { state } = stage.sandbox.control;
		const before = state.karmaCheck.get(caseId)?.invitation;

		const verdict = first(await resend('karmaCheck', ids(caseId)));

		const after = state.karmaCheck.get(caseId)?.invitation;
		expect(after?.id).not.toBe(before?.id);
		expect(verdict.previousInvitationId).toBe(before?.id);
		expect(verdict.invitationId).toBe(after?.id);
		expect(verdict.message).toContain('the link in the earlier email no longer works');
	});

	test('mails to the address of the current invitation', async () => {
		const current = addressOf('karmaCheck', caseId);

		await resend('karmaCheck', ids(caseId));

		expect(bodies()).toEqual([{ email: current }]);
		expect(outbox()).toEqual([expect.objectContaining({ email: current })]);
	});

	test('mails to a different address, item by item, and names both', async () => {
		const elsewhere = 'new.address@example.com';
		const { pending } = seeded.karmaCheck;
		const known = addressOf('karmaCheck', caseId) ?? '';
		const unchanged = addressOf('karmaCheck', pending) ?? '';
		const input = [
			{ id: caseId, to: elsewhere },
			{ id: pending, to: unchanged.toUpperCase() },
		];

		const run = await resend('karmaCheck', input, { options: { sendTo: '={{ $json.to }}' } });

		expect(bodies()).toEqual([{ email: elsewhere }, { email: unchanged.toUpperCase() }]);
		const [away, same] = jsonOf(run.output[0]);
		expect(away).toMatchObject({ outcome: 'sent', email: elsewhere });
		expect(away?.message).toBe(
			`Sent to ${elsewhere} instead of ${known} with a new link; the link in the earlier email no longer works`,
		);
		// Its own address, in other letters, is no different one.
		expect(same?.message).toBe(
			'Sent with a new link; the link in the earlier email no longer works',
		);
	});

	test.each<[string, Parameters, Fault | null, string]>([
		['a dry run', { dryRun: true }, null, 'Would be sent to TO instead of OWN; this is a dry run'],
		[
			'a send that nothing confirms',
			{},
			{ kind: 'status', status: 500, effect: 'none' },
			'Could not confirm whether the email to TO was sent. ',
		],
	])('names the different address in %s, too', async (_, more, fault, words) => {
		const sendTo = 'new.address@example.com';
		if (fault !== null) {
			stage.sandbox.control.inject({ operationId: 'resendInvitation', fault });
		}
		const own = addressOf('karmaCheck', caseId) ?? '';

		const row = first(await resend('karmaCheck', ids(caseId), { ...more, options: { sendTo } }));

		expect(row.email).toBe(sendTo);
		expect(row.message).toContain(words.replace('TO', sendTo).replace('OWN', own));
	});

	test('leaves an item alone whose different address is empty', async () => {
		const input = [
			{ id: caseId, to: '' },
			{ id: seeded.karmaCheck.pending, to: 'new.address@example.com' },
		];

		const run = await resend('karmaCheck', input, { options: { sendTo: '={{ $json.to }}' } });

		expect(told(run).message).toBe("'Send to a Different Address' is empty");
		expect(jsonOf(run.output[0]).map(({ outcome }) => outcome)).toEqual(['failed', 'sent']);
		expect(outbox().map(({ key }) => key)).toEqual([seeded.karmaCheck.pending]);
	});

	test('sends to no address that cannot be one', async () => {
		const run = await resend('karmaCheck', ids(caseId), {
			options: { sendTo: 'a@example.com, b@example.com' },
		});

		expect(told(run).message).toBe(
			"The email address in 'Send to a Different Address' does not look right: a@example.com, b@example.com",
		);
		expect(requestsTo(stage.sandbox)).toEqual([]);
	});

	test('Get takes no notice of a different address', async () => {
		const run = await stage.engine.run({
			node: node('karmaCheck', 'get', { parameters: { options: { sendTo: 'no address' } } }),
			input: ids(caseId),
			credentials: credentialsFor(stage.sandbox),
		});

		expect(first(run)).toMatchObject({ caseId, email: addressOf('karmaCheck', caseId) });
	});

	test('asks for an address where the invitation has none', async () => {
		stage.sandbox.control.inject({
			operationId: 'getInvitation',
			times: 'always',
			fault: {
				kind: 'status',
				status: 200,
				body: {
					invitation: { invitationStatusId: '3f5e6898-6641-4685-8ee0-1363b7e10c98' },
				},
			},
		});

		const { message, description } = told(await resend('karmaCheck', ids(caseId)));

		expect(message).toBe(`The invitation of case ${caseId} has no email address`);
		expect(description).toContain("'Send to a Different Address'");

		// However many there are, none of them holds back those behind it.
		const { output } = await resend('karmaCheck', ids('a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7'));
		for (const { json } of output[0] ?? []) expect(json.message).toMatch(/has no email address$/);
		expect(output[0]).toHaveLength(7);
		expect(bodies()).toEqual([]);
	});

	test("does not call a refusal of KarmaCheck's sent, though it comes with 200", async () => {
		stage.sandbox.control.inject({
			operationId: 'resendInvitation',
			fault: {
				kind: 'status',
				status: 200,
				body: { message: 'Not your case', error: 'Forbidden', statusCode: 403 },
			},
		});
		// The look that would show that nothing was sent.
		stage.sandbox.control.inject({
			operationId: 'getInvitation',
			after: 2,
			fault: { kind: 'status', status: 500 },
		});

		const { outcome, message } = first(await resend('karmaCheck', ids(caseId)));

		expect(outcome).toBe('unknown');
		expect(message).toContain('KarmaCheck answered: Not your case; Forbidden.');
	});

	test('skips a candidate who has begun, and goes on with the next item', async () => {
		const { begun, pending } = seeded.karmaCheck;
		const run = await stage.engine.run({
			node: node('karmaCheck', 'resend'),
			input: ids(begun, pending),
			credentials: credentialsFor(stage.sandbox),
		});

		expect(run.error).toBeUndefined();
		expect(jsonOf(run.output[0])).toEqual([
			expect.objectContaining({
				outcome: 'skipped',
				reason: 'started',
				message: 'Not sent: the person has already started',
				nextEligibleAt: null,
				caseId: begun,
			}),
			expect.objectContaining({ outcome: 'sent', caseId: pending }),
		]);
		expect(outbox().map(({ key }) => key)).toEqual([pending]);
	});

	test.each<[string, Fault | null]>([
		['whose data cannot be used', null],
		['that cannot be looked at', { kind: 'status', status: 403 }],
		['that is answered with a page', { kind: 'html' }],
	])('explains a refusal of a case %s', async (_, fault) => {
		const { begun, pending } = seeded.karmaCheck;
		const caseId = fault === null ? pending : begun;
		const { inject } = stage.sandbox.control;
		if (fault !== null) inject({ operationId: 'getCase', times: 'always', fault });
		inject({
			operationId: 'resendInvitation',
			key: caseId,
			fault: { kind: 'status', status: 422, body: { message: 'Unusable.', statusCode: 422 } },
		});
		const { message, description } = told(await resend('karmaCheck', ids(caseId)));

		expect(message).toBe('KarmaCheck could not resend the invitation of the case');
		expect(description).toContain('KarmaCheck answered: Unusable.');
		expect(outbox()).toEqual([]);
	});

	test.each(['completed', 'cancelled'] as const)('leaves a %s one alone', async (status) => {
		const run = await resend('karmaCheck', ids(seeded.karmaCheck[status]));

		expect(first(run)).toMatchObject({ outcome: 'skipped', reason: status, nextEligibleAt: null });
		expect(bodies()).toEqual([]);
	});
});

describe('Resend at Worth AI', () => {
	test('takes "already onboarded" for completed, and goes on with the next item', async () => {
		const onboarded = seeded.worthAi.invited;
		// Shown as invited when read, and onboarded by the time the request arrives.
		stage.sandbox.control.inject({
			operationId: 'resendInvitation',
			key: onboarded,
			fault: {
				kind: 'status',
				status: 400,
				body: {
					status: 'fail',
					message: 'Customer has already onboarded the platform',
					errorCode: 'INVALID',
					data: { errorName: 'CustomersApiError' },
				},
			},
		});

		const run = await stage.engine.run({
			node: node('worthAi', 'resend'),
			input: ids(onboarded, seeded.worthAi.signupPending),
			credentials: credentialsFor(stage.sandbox),
		});

		expect(run.error).toBeUndefined();
		expect(jsonOf(run.output[0])).toEqual([
			expect.objectContaining({
				outcome: 'skipped',
				reason: 'completed',
				nextEligibleAt: null,
				userId: onboarded,
			}),
			expect.objectContaining({ outcome: 'sent' }),
		]);
		expect(outbox().map(({ key }) => key)).toEqual([seeded.worthAi.signupPending]);
	});

	test('lets any other 400 be a failure of its item', async () => {
		stage.sandbox.control.inject({
			operationId: 'resendInvitation',
			fault: { kind: 'status', status: 400, body: { message: 'Customer user does not exist' } },
		});

		const run = await resend('worthAi', ids(seeded.worthAi.invited));

		const { message, description, details } = told(run);
		expect(message).toBe('Worth AI refused to resend the invitation of the user');
		expect(description).toContain('Worth AI answered: Customer user does not exist');
		expect(details).toMatchObject({
			outcome: 'failed',
			reason: 'refused',
			provider: 'worthAi',
		});
	});

	test.each([
		['completed', 'active', 'completed'],
		['cancelled', 'inactive', 'cancelled'],
		['of an unheard-of status', 'unheardOf', 'statusNotSelected'],
	] as const)('leaves an invitation %s alone', async (_what, seed, reason) => {
		const run = await resend('worthAi', ids(seeded.worthAi[seed]));

		expect(first(run)).toMatchObject({ outcome: 'skipped', reason });
		expect(requestsTo(stage.sandbox, 'resendInvitation')).toEqual([]);
	});
});

describe('Resend at Numium', () => {
	const { big, bigNeighbour } = seeded.numium;
	const { tenantId, otherTenantId } = accounts.numium;
	const queries = (): unknown[] =>
		requestsTo(stage.sandbox, 'resendInvitation').map(({ query }) => query);

	test.each([
		[big, bigNeighbour],
		[bigNeighbour, big],
	])('mails %s and not %s, exactly to the last digit', async (id, neighbour) => {
		const { state } = stage.sandbox.control;
		const run = await resend('numium', ids(id));

		expect(queries()).toEqual([{ id }]);
		expect(outbox().map(({ key }) => key)).toEqual([id]);
		expect(first(run)).toMatchObject({
			invitationId: id,
			tenantId,
			email: state.numium.get(id)?.email,
		});
		expect(JSON.stringify(run.output)).not.toContain(neighbour);
	});

	test('gives the one matching entry of the reply, never the whole tenant', async () => {
		const run = await resend('numium', ids('9002'));

		expect(first(run)).toMatchObject({ invitationId: '9002' });
		for (const other of ['9001', '9003']) {
			const email = stage.sandbox.control.state.numium.get(other)?.email;
			expect(JSON.stringify(run.output)).not.toContain(email);
		}
	});

	test.each([
		{ numiumWrapper: 'data' },
		{ numiumCollection: 'object' },
		{ numiumWrapper: 'data', numiumCollection: 'object' },
	] as const)('reads the reply in the form %j', async (switches) => {
		const { emptyTenantId } = accounts.numium;
		const createdAt = NOON - 2 * DAY;
		stage.sandbox.control.state.numium.add({
			id: '31',
			tenantId: emptyTenantId,
			createdAt,
		});
		stage.sandbox.control.setSwitches(switches);

		const run = await resend('numium', ids('31'), { tenantId: emptyTenantId });

		expect(first(run)).toMatchObject({ outcome: 'sent', invitationId: '31' });
		expect(outbox().map(({ key }) => key)).toEqual(['31']);
	});

	test('stays with the invitation it read where the reply shows only others', async () => {
		stage.sandbox.control.inject({
			operationId: 'resendInvitation',
			fault: {
				kind: 'status',
				status: 200,
				body: { isSuccess: true, value: { id: 42, name: 'Example' } },
				effect: 'before',
			},
		});

		const verdict = first(await resend('numium', ids('9001')));

		expect(verdict).toMatchObject({ outcome: 'sent', invitationId: '9001' });
	});

	test('mails an invitation that is named by its address', async () => {
		const email = stage.sandbox.control.state.numium.get(big)?.email ?? '';
		const input = [{ email }, { email: email.toUpperCase() }];

		const run = await resend('numium', input, {
			invitationId: { __rl: true, mode: 'email', value: '={{ $json.email }}' },
		});

		expect(jsonOf(run.output[0]).map(({ outcome }) => outcome)).toEqual(['sent', 'skipped']);
		expect(outbox().map(({ key }) => key)).toEqual([big]);
	});

	test('mails once where an id and an address name the same invitation', async () => {
		const email = stage.sandbox.control.state.numium.get('9001')?.email ?? '';
		const input = [
			{ mode: 'id', value: '9001' },
			{ mode: 'email', value: email },
		];

		const run = await resend('numium', input, {
			invitationId: { __rl: true, mode: '={{ $json.mode }}', value: '={{ $json.value }}' },
		});

		expect(jsonOf(run.output[0]).map(({ reason }) => reason)).toEqual(['sent', 'duplicateInRun']);
		expect(outbox().map(({ key }) => key)).toEqual(['9001']);
	});

	test('keeps the same id in two tenants apart', async () => {
		const run = await resend('numium', ids('9101'), { tenantId: otherTenantId });
		const elsewhere = await resend('numium', ids('9101'), { tenantId });

		expect(first(run)).toMatchObject({ outcome: 'sent' });
		expect(told(elsewhere).message).toBe(
			`Numium has no pending invitation 9101 in tenant ${tenantId}`,
		);
		expect(outbox()).toHaveLength(1);
	});

	test('takes a refusal on status 200 for a refusal', async () => {
		stage.sandbox.control.inject({
			operationId: 'resendInvitation',
			fault: { kind: 'isFailure', message: 'Only pending invitations can be resent.' },
		});

		const { message, description } = told(await resend('numium', ids('9001')));

		expect(message).toBe('Numium declined the request');
		expect(description).toContain('Only pending invitations can be resent.');
		expect(outbox()).toEqual([]);
	});
});
