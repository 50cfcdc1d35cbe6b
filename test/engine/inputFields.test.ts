import type { IDataObject } from 'n8n-workflow';
import { seeded } from '../../sandbox';
import { FIXTURES } from '../services';
import type { Run } from './harness';
import { credentialsFor, jsonOf, node, useStage, type OnError } from './support';

/** A builder comes with the rows of a sheet, and wants each outcome beside its row. */

const stage = useStage();

describe.each(FIXTURES)('Include Input Fields at $name', (facts) => {
	const { provider, first, second, unknown, changes } = facts;

	async function run(
		operation: string,
		input: IDataObject[],
		options: IDataObject,
		more: { onError?: OnError; simplify?: boolean; withToken?: Record<string, string> } = {},
	): Promise<Run> {
		const { onError = 'continueRegularOutput', simplify = true, withToken = {} } = more;
		const credentials = credentialsFor(stage.sandbox);
		const own = { ...credentials[facts.credential], ...withToken };
		return await stage.engine.run({
			node: node(provider, operation, { onError, parameters: { options, simplify } as never }),
			input,
			credentials: { ...credentials, [facts.credential]: own },
		});
	}

	const withFields = { includeInputFields: true };
	const rows = [
		{ id: first, row: 2, team: 'Sales', name: 'As in the sheet' },
		{ id: second, row: 3, team: 'Legal', name: 'As in the sheet' },
	];

	test.each(['get', ...changes])(
		'%s shows each row with what was found beside it',
		async (name) => {
			const without = jsonOf((await run(name, rows, {})).output[0]);
			stage.sandbox.control.reset();
			const { output } = await run(name, rows, withFields);

			expect(jsonOf(output[0])).toEqual(rows.map((row, index) => ({ ...row, ...without[index] })));
			expect(without[0]?.name).not.toBe('As in the sheet');
			expect(Object.keys(output[0]?.[0]?.json ?? {}).slice(0, 3)).toEqual(['id', 'row', 'team']);
		},
	);

	test('Get Many gives each row that it finds the fields of the item that asked', async () => {
		const asking = [{ team: 'Sales' }, { team: 'Legal' }];
		const without = (await run('getAll', asking, {})).output[0] ?? [];
		const found = (await run('getAll', asking, withFields)).output[0] ?? [];

		expect(found.length).toBeGreaterThan(asking.length);
		expect(jsonOf(found)).toEqual(
			without.map(({ json, pairedItem }) => ({
				...asking[(pairedItem as { item: number }).item],
				...json,
			})),
		);
		expect(new Set(jsonOf(found).map(({ team }) => team))).toEqual(new Set(['Sales', 'Legal']));
	});

	test('Resend puts an outcome beside each row, also of one that failed or came twice', async () => {
		const asked = [...rows, { ...rows[0], row: 4 }, { id: unknown, row: 5, team: 'IT' }];
		const { output } = await run('resend', asked, withFields);

		expect(jsonOf(output[0]).map(({ row, team, outcome }) => [row, team, outcome])).toEqual([
			[2, 'Sales', 'sent'],
			[3, 'Legal', 'sent'],
			[4, 'Sales', 'skipped'],
			[5, 'IT', 'failed'],
		]);
		expect(output[0]?.map(({ pairedItem }) => pairedItem)).toEqual(
			asked.map((_, item) => ({ item })),
		);
	});

	test('each item decides for itself', async () => {
		const asked = rows.map((row, index) => ({ ...row, keep: index === 1 }));
		const { output } = await run('get', asked, { includeInputFields: '={{ $json.keep }}' });

		expect(jsonOf(output[0]).map(({ team }) => team)).toEqual([undefined, 'Legal']);
	});

	test('Simplify off keeps the row, too', async () => {
		const { output } = await run('get', rows.slice(0, 1), withFields, { simplify: false });

		expect(output[0]?.[0]?.json).toMatchObject({ row: 2, team: 'Sales' });
	});

	test('a row keeps its fields where the credential is refused', async () => {
		const { output } = await run('get', rows, withFields, { withToken: facts.wrong });

		expect(jsonOf(output[0])).toEqual(
			rows.map(({ row, team }) => expect.objectContaining({ row, team, outcome: 'failed' })),
		);
	});

	test('a failed item of Get Many takes nobody from the item that asked', async () => {
		const asked = [{ name: 'Settings', email: 'hr@example.com', team: 'Sales' }];
		const { output } = await run('getAll', asked, withFields, { withToken: facts.wrong });

		const [row] = jsonOf(output[0]);
		expect(row).toMatchObject({ outcome: 'failed', team: 'Sales', email: null });
		if (facts.fields.includes('name')) expect(row).toMatchObject({ name: null });
	});

	// Whoever works through the rows has to see whose it is, and a sheet that is updated by address has to find it.
	test('an empty name or address of a failed item does not replace that of the row', async () => {
		const email = 'row@example.com';
		const asked = [
			{ ...rows[0], email },
			{ id: unknown, name: 'Of the sheet', email },
		];
		const own = facts.emailOf(stage.sandbox.control.state, first);
		const refused = await run('get', asked, withFields, { withToken: facts.wrong });
		const mixed = await run('resend', asked, withFields);

		expect(jsonOf(refused.output[0])).toEqual([
			expect.objectContaining({ outcome: 'failed', name: 'As in the sheet', email }),
			expect.objectContaining({ outcome: 'failed', name: 'Of the sheet', email }),
		]);
		expect(jsonOf(mixed.output[0])).toEqual([
			expect.objectContaining({ outcome: 'sent', email: own }),
			expect.objectContaining({ outcome: 'failed', name: 'Of the sheet', email }),
		]);
	});

	test('what became of a row earlier does not stand beside what became of it now', async () => {
		const stale = 'of yesterday';
		const yesterday = {
			outcome: stale,
			reason: stale,
			message: stale,
			advice: stale,
			nextEligibleAt: stale,
			previousInvitationId: stale,
		};
		const asked = [rows[0], { id: unknown, row: 5 }].map((row) => ({ ...row, ...yesterday }));
		const { output } = await run('resend', asked, withFields);

		expect(jsonOf(output[0]).map(({ outcome }) => outcome)).toEqual(['sent', 'failed']);
		expect(JSON.stringify(jsonOf(output[0]))).not.toContain(stale);
		// Where it says nothing of the kind itself, what was said before still holds.
		const found = await run('get', asked.slice(0, 1), withFields);
		expect(jsonOf(found.output[0])).toEqual([expect.objectContaining(yesterday)]);
	});

	// With further keys n8n would leave the item among those that went well.
	test('an item for the error output keeps its three keys', async () => {
		const asked = [{ id: unknown, row: 5 }, rows[0] ?? {}];
		for (const operation of ['get', 'resend']) {
			const onError = 'continueErrorOutput';
			const { output } = await run(operation, asked, withFields, { onError });
			const [good = [], bad = []] = output;

			expect(jsonOf(good).map(({ row }) => row)).toEqual([2]);
			expect(bad).toHaveLength(1);
			// n8n itself puts the input's fields beside them.
			expect(bad[0]?.json).toMatchObject({ error: expect.any(String), details: {} });
		}
	});

	// n8n takes an item with `error` for one that failed, and runs the node again where it may retry.
	test('a field called error does not make a good item a failed one', async () => {
		const asked = [{ id: first, error: 'of an earlier node', row: 2 }];
		for (const onError of ['continueRegularOutput', 'continueErrorOutput'] as const) {
			const { output } = await run('get', asked, withFields, { onError });

			expect(jsonOf(output[0])).toEqual([expect.objectContaining({ row: 2 })]);
			expect(output[0]?.[0]?.json).not.toHaveProperty('error');
			expect(output[1] ?? []).toEqual([]);
		}
	});
});

// It would pass for the address that KarmaCheck knows, and next to `sent` for the one that was emailed.
test('an address of the row does not fill in for one that the service does not tell', async () => {
	stage.sandbox.control.inject({
		operationId: 'getInvitation',
		fault: { kind: 'status', status: 200, body: { invitation: { id: 'i' } } },
	});
	const { output } = await stage.engine.run({
		node: node('karmaCheck', 'get', { parameters: { options: { includeInputFields: true } } }),
		input: [{ id: seeded.karmaCheck.pending, email: 'row@example.com' }],
		credentials: credentialsFor(stage.sandbox),
	});

	expect(jsonOf(output[0])).toEqual([expect.objectContaining({ status: 'unknown', email: null })]);
});
