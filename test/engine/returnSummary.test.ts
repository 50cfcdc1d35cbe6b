import type { IDataObject } from 'n8n-workflow';
import { FIXTURES, fixtureOf } from '../services';
import type { Run } from './harness';
import { credentialsFor, jsonOf, node, useStage, type OnError } from './support';

/** Whoever tells HR needs one message, not a row for each person. */

const stage = useStage();

const NUMBERS = ['sent', 'wouldSend', 'skipped', 'deferred', 'unknown', 'failed'];

interface Asked {
	onError?: OnError;
	dryRun?: boolean;
	options?: IDataObject;
	withToken?: Record<string, string>;
	workflowId?: string | null;
}

describe.each(FIXTURES)('Return One Summary at $name', (facts) => {
	const { provider, name: app, first, second, unknown } = facts;

	async function resend(input: IDataObject[], asked: Asked = {}): Promise<Run> {
		const { onError = 'continueRegularOutput', dryRun = false, options, withToken = {} } = asked;
		const { workflowId = 'summary' } = asked;
		const credentials = credentialsFor(stage.sandbox);
		return await stage.engine.run({
			node: node(provider, 'resend', {
				onError,
				parameters: { dryRun, options: { returnSummary: true, ...options } },
			}),
			input,
			credentials: {
				...credentials,
				[facts.credential]: { ...credentials[facts.credential], ...withToken },
			},
			workflowId,
		});
	}

	const listOf = (...keys: string[]): IDataObject[] => keys.map((id) => ({ id }));
	const everyItem = (count: number) => Array.from({ length: count }, (_, item) => ({ item }));
	const emailed = () => stage.sandbox.control.outbox().length;
	const email = (id: string) => facts.emailOf(stage.sandbox.control.state, id) ?? '';
	const all = listOf(first, second, first, unknown);

	/** Each number, zeros too. */
	const numbers = (held: Record<string, number>) => ({
		...Object.fromEntries(NUMBERS.map((outcome) => [outcome, 0])),
		...held,
	});

	test('is one row with a message and its numbers, for all input items', async () => {
		const { output } = await resend(all);

		expect(output[0]).toHaveLength(1);
		expect(output[0]?.[0]?.pairedItem).toEqual(everyItem(4));
		const [json = {}] = jsonOf(output[0]);
		expect(Object.keys(json)).toEqual(['subject', 'text', ...NUMBERS]);
		expect(json).toMatchObject({
			subject: `${app} reminders: 2 sent, 1 skipped (duplicate in the list), 1 could not be sent`,
			...numbers({ sent: 2, skipped: 1, failed: 1 }),
		});
		const [worst = '', ...others] = String(json.text).split('\n');
		expect(worst).toMatch(/^• Could not be sent\. .+\. .+[^.]$/);
		expect(others).toHaveLength(3);
		expect(others[0]).toMatch(/^• Skipped \(duplicate in the list\): .*@/);
		expect(others[1]).toMatch(/^• Sent: .*@/);
		expect(others[1]).toContain(email(first));
		expect(others[2]).toContain(email(second));
		expect(emailed()).toBe(2);
	});

	test('tells names where the service does', async () => {
		const { fields } = fixtureOf(provider);
		const [json = {}] = jsonOf((await resend(listOf(first))).output[0]);
		const address = email(first);

		expect(json.text).toMatch(
			fields.includes('name')
				? new RegExp(`^• Sent: \\w+ .+ \\(${address}\\)$`)
				: new RegExp(`^• Sent: ${address}$`),
		);
	});

	test('calls nothing sent in a dry run', async () => {
		const [json = {}] = jsonOf((await resend(listOf(first, second), { dryRun: true })).output[0]);

		expect(json).toMatchObject({
			subject: `${app} reminders: 2 would be sent (dry run)`,
			...numbers({ wouldSend: 2 }),
		});
		expect(json.text).toMatch(/^• Would be sent \(dry run\): .+\n• Would be sent \(dry run\): .+$/);
		expect(emailed()).toBe(0);
	});

	test('never calls unknown what may have been sent', async () => {
		stage.sandbox.control.inject({
			provider,
			operationId: 'resendInvitation',
			times: 'always',
			fault: { kind: 'status', status: 500, effect: 'none' },
		});
		const { output } = await resend(listOf(first));
		const [json = {}] = jsonOf(output[0]);

		expect(json).toMatchObject(numbers({ unknown: 1 }));
		expect(json.subject).toBe(`${app} reminders: 1 unknown (not confirmed)`);
		expect(json.text).toMatch(/^• Unknown \(not confirmed\): .+@.+\. Could not confirm .+[^.]$/);
	});

	test('says the same below the output, and after the run once more what was skipped', async () => {
		const run = await resend(all);
		expect(run.hints.map(({ message }) => message)).toEqual([
			'2 sent, 1 skipped (duplicate in the list), 1 could not be sent.',
		]);
		expect(jsonOf((await resend(listOf(first, second))).output[0])).toEqual([
			expect.objectContaining({
				subject: `${app} reminders: 2 skipped (already sent)`,
				...numbers({ skipped: 2 }),
			}),
		]);
	});

	test('with an error output the failed ones go there, and are counted', async () => {
		const { output } = await resend(all, { onError: 'continueErrorOutput' });
		const [good = [], bad = []] = output;

		expect(jsonOf(good)).toEqual([
			expect.objectContaining(numbers({ sent: 2, skipped: 1, failed: 1 })),
		]);
		expect(good[0]?.pairedItem).toEqual(everyItem(4));
		expect(jsonOf(good)[0]?.text).toMatch(/^• Could not be sent\. /);
		expect(bad).toHaveLength(1);
		expect(bad[0]?.json).toMatchObject({ error: expect.any(String), details: {} });
	});

	test('when the node is set to stop, it stops as without it', async () => {
		const { error, output } = await resend(all, { onError: 'stopWorkflow' });

		expect(error?.message).toMatch(/\[item 3\]$/);
		expect(output.flat()).toEqual([]);
		expect(emailed()).toBe(0);
	});

	test('several sends at a time come to the same message', async () => {
		const one = jsonOf((await resend(all)).output[0]);
		stage.sandbox.control.reset();
		const run = await resend(all, { options: { sendsAtATime: 5 }, workflowId: 'another' });
		expect(jsonOf(run.output[0])).toEqual(one);
	});

	test('is one row, too, where nobody can sign in', async () => {
		for (const onError of ['continueRegularOutput', 'continueErrorOutput'] as const) {
			const { output } = await resend(listOf(first, second), { onError, withToken: facts.wrong });

			expect(jsonOf(output[0])).toEqual([
				expect.objectContaining({
					subject: `${app} reminders: 2 could not be sent`,
					...numbers({ failed: 2 }),
				}),
			]);
			expect(output[1] ?? []).toHaveLength(onError === 'continueErrorOutput' ? 2 : 0);
		}
	});

	test('has no fields of a single input item', async () => {
		const options = { includeInputFields: true };
		const [json = {}] = jsonOf(
			(await resend([{ id: first, team: 'Sales' }], { options })).output[0],
		);

		expect(Object.keys(json)).toEqual(['subject', 'text', ...NUMBERS]);
	});

	test('an option that cannot be read for one item sends nothing at all', async () => {
		const input = listOf(first, second).map((item, index) => ({ ...item, index }));
		const broken = "={{ $json.index === 1 ? $('Nowhere').first().json.x : true }}";
		const run = await resend(input, {
			onError: 'stopWorkflow',
			options: { sendsAtATime: broken },
		});

		expect(run.error?.message).toMatch(/node/);
		expect(emailed()).toBe(0);
	});

	// Agents see no hints.
	test('says once how long the sends are remembered where n8n keeps no record', async () => {
		const [json = {}] = jsonOf((await resend(all, { workflowId: null })).output[0]);
		const lines = String(json.text).split('\n');

		expect(lines).toHaveLength(5);
		expect(lines.at(-1)).toMatch(/^n8n remembers this only until it restarts/);
	});

	test('switched off by an expression, leaves the rows', async () => {
		const input = listOf(first, second).map((item) => ({ ...item, summary: false }));
		const options = { returnSummary: '={{ $json.summary }}' };

		expect(jsonOf((await resend(input, { options })).output[0])).toHaveLength(2);
	});
});
