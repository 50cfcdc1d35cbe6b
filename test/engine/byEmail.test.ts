import type { IDataObject } from 'n8n-workflow';
import { DAY } from '../../sandbox';
import { chain, source, type Run } from './harness';
import { FIXTURES } from '../services';
import {
	credentialsFor,
	DISCOURAGING,
	jsonOf,
	node,
	NOON,
	ownWords,
	requestsTo,
	told,
	useStage,
} from './support';

/** People have lists of addresses, and not of ids. */

const stage = useStage();

describe.each(FIXTURES.filter(({ findsByEmail }) => findsByEmail))('By Email at $name', (facts) => {
	const { provider, target, parameter, first, second, listCall, readCall, sendCall } = facts;

	const locator = { __rl: true, mode: 'email', value: '={{ $json.email }}' };

	async function run(
		operation: string,
		input: IDataObject[],
		parameters: IDataObject = {},
	): Promise<Run> {
		return await stage.engine.run({
			node: node(provider, operation, {
				onError: 'continueRegularOutput',
				parameters: JSON.parse(JSON.stringify({ ...parameters, [target]: locator })),
			}),
			input,
			credentials: credentialsFor(stage.sandbox),
		});
	}

	/** Some that may be sent, each with an address of its own. */
	function people(count: number): Array<{ id: string; email: string }> {
		return Array.from({ length: count }, (_, index) => {
			const email = `person.${index}@example.com`;
			const wanted = { sentAt: NOON - 3 * DAY, email };
			return { id: facts.add(stage.sandbox.control.state, wanted), email };
		});
	}

	const mailed = (): string[] => stage.sandbox.control.outbox().map(({ key }) => key);
	const emailOf = (id: string): string => facts.emailOf(stage.sandbox.control.state, id) ?? '';

	test('Get finds fifty people with one list, in order, and as by their ids', async () => {
		const those = people(50);
		const { output, error } = await run(
			'get',
			those.map(({ email }) => ({ email })),
		);

		expect(error).toBeUndefined();
		expect(jsonOf(output[0])).toEqual(
			those.map(({ id }) => facts.shown(stage.sandbox.control.state, id)),
		);
		for (const json of jsonOf(output[0])) expect(Object.keys(json)).toEqual(facts.fields);
		expect(requestsTo(stage.sandbox, listCall)).toHaveLength(1);
		const reads = facts.readsWhatItFinds ? 50 : 0;
		if (readCall !== listCall) expect(requestsTo(stage.sandbox, readCall)).toHaveLength(reads);
	});

	test.each([
		['in capitals', (email: string) => email.toUpperCase()],
		['with blanks around it', (email: string) => `  ${email}\n`],
	])('takes an address %s for the same one', async (_, dress) => {
		const { output } = await run('get', [{ email: dress(emailOf(first)) }]);

		expect(jsonOf(output[0])).toEqual([expect.objectContaining({ [target]: first })]);
	});

	test('Resend mails fifty people once each, with one list for all before the sending', async () => {
		const those = people(50);
		const listsAtFirstSend: number[] = [];
		const { output } = await run(
			'resend',
			those.map(({ email }) => ({ email })),
		);
		for (const { operationId } of requestsTo(stage.sandbox)) {
			const lists = listsAtFirstSend.length;
			if (operationId === sendCall) break;
			if (operationId === listCall) listsAtFirstSend.push(lists);
		}

		expect(jsonOf(output[0]).map(({ outcome }) => outcome)).toEqual(those.map(() => 'sent'));
		expect(mailed()).toEqual(those.map(({ id }) => id));
		expect(listsAtFirstSend).toHaveLength(1);
	});

	test('mails once where two spellings and the id name one person', async () => {
		const email = emailOf(first);
		const input = [
			{ mode: 'email', value: email },
			{ mode: 'email', value: email.toUpperCase() },
			{ mode: 'id', value: first },
		];
		const { output } = await stage.engine.run({
			node: node(provider, 'resend', {
				parameters: { [target]: '={{ { __rl: true, mode: $json.mode, value: $json.value } }}' },
			}),
			input,
			credentials: credentialsFor(stage.sandbox),
		});

		expect(jsonOf(output[0]).map(({ reason }) => reason)).toEqual([
			'sent',
			'duplicateInRun',
			'duplicateInRun',
		]);
		expect(mailed()).toEqual([first]);
	});

	test('is remembered as by the id: who was emailed by an address is not emailed by the id', async () => {
		await run('resend', [{ email: emailOf(first) }]);
		const byId = await stage.engine.run({
			node: node(provider, 'resend'),
			input: [{ id: first }],
			credentials: credentialsFor(stage.sandbox),
		});

		expect(jsonOf(byId.output[0])[0]).toMatchObject({ outcome: 'skipped', reason: 'alreadySent' });
		expect(mailed()).toEqual([first]);
	});

	test.each(['get', 'resend', ...facts.changes])(
		'%s says that nobody was found, and serves the others',
		async (operation) => {
			const { output } = await run(operation, [
				{ email: 'nobody@example.com' },
				{ email: emailOf(second) },
			]);

			const [missing, found] = jsonOf(output[0]);
			expect(missing).toMatchObject({
				...(facts.fields.includes('name') ? { name: null } : {}),
				email: 'nobody@example.com',
				outcome: 'failed',
				reason: 'notFound',
				message: expect.stringContaining('nobody@example.com'),
				advice: expect.stringContaining('Check'),
			});
			expect('name' in (missing ?? {})).toBe(facts.fields.includes('name'));
			expect(missing).not.toHaveProperty(target);
			expect(found).toMatchObject({ [target]: second });
			expect(found?.outcome).not.toBe('failed');
		},
	);

	test.each(['get', 'resend', ...facts.changes])(
		'%s names the ids where several have one address, and touches none',
		async (operation) => {
			const [one = '', other = ''] = ['Twice@Example.com', 'twice@example.com'].map((email) =>
				facts.add(stage.sandbox.control.state, { sentAt: NOON - 3 * DAY, email }),
			);
			const result = await run(operation, [{ email: 'twice@example.COM' }]);

			const words = told(result);
			expect(words.message).toMatch(/^Several .* twice@example\.COM$/);
			expect(words.description).toContain('Choose one by its ID:');
			expect(words.description).toContain(one);
			expect(words.description).toContain(other);
			expect(ownWords(words)).not.toMatch(DISCOURAGING);
			expect(jsonOf(result.output[0])[0]).toMatchObject({
				outcome: 'failed',
				reason: 'invalidInput',
			});
			expect(requestsTo(stage.sandbox).every(({ method }) => method !== 'PUT')).toBe(true);
			expect(requestsTo(stage.sandbox, sendCall)).toEqual([]);
			expect(mailed()).toEqual([]);
		},
	);

	test.each([
		['nothing', {}, 'is empty'],
		['an empty text', { email: '' }, 'is empty'],
		['blanks', { email: ' \n' }, 'is empty'],
		['what is no address', { email: 'nobody' }, 'does not look right: nobody'],
		['two addresses', { email: 'a@example.com, b@example.com' }, 'does not look right: a@'],
	])('refuses %s before any request', async (_, item, words) => {
		for (const operation of ['get', 'resend', ...facts.changes]) {
			const { message } = told(await run(operation, [item]));
			expect(message).toContain(`The email address in '${parameter}' ${words}`);
		}
		expect(requestsTo(stage.sandbox)).toEqual([]);
	});

	test('tells once for all where the list cannot be read', async () => {
		stage.sandbox.control.inject({
			operationId: listCall,
			times: 'always',
			fault: { kind: 'status', status: 500 },
		});
		const { output } = await run('get', [{ email: emailOf(first) }, { email: emailOf(second) }]);

		expect(jsonOf(output[0]).map(({ outcome, reason }) => [outcome, reason])).toEqual([
			['failed', 'unavailable'],
			['failed', 'unavailable'],
		]);
		expect(requestsTo(stage.sandbox, listCall)).toHaveLength(1);
	});

	test('chains: what Get Many lists is found by its addresses', async () => {
		const step = (operation: string) => ({
			...node(provider, operation, { name: operation, parameters: { [target]: locator } }),
		});
		stage.sandbox.control.clearState();
		const those = people(3);
		const done = await stage.engine.run({
			...chain(
				source([{}]),
				node(provider, 'getAll', { name: 'List' }),
				step('get'),
				step('resend'),
			),
			credentials: credentialsFor(stage.sandbox),
		});

		expect(done.error).toBeUndefined();
		for (const name of ['List', 'get', 'resend']) {
			const found = jsonOf(done.itemsOf(name)).map((json) => json[target]);
			expect([...found].sort()).toEqual(those.map(({ id }) => id).sort());
		}
		expect([...mailed()].sort()).toEqual(those.map(({ id }) => id).sort());
	});
});
