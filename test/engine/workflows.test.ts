import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { IDataObject } from 'n8n-workflow';
import { exampleWorkflow, readWorkflow } from '../../demo/exampleWorkflow';
import { DAY, seeded } from '../../sandbox';
import { NOBODY } from '../services';
import { chain, set, source, type Run } from './harness';
import { credentialsFor, fakeClock, NOON, useStage } from './support';

const ROOT = path.join(__dirname, '..', '..');
const FILES = readdirSync(path.join(ROOT, 'workflows'))
	.filter((file) => file.endsWith('.json'))
	.map((file) => path.basename(file, '.json'));

const stage = useStage();

function runs(file: string): boolean {
	return readWorkflow(file).nodes.some(({ type }) => type === 'n8n-nodes-base.manualTrigger');
}

describe('the example workflows', () => {
	it.each(FILES.filter(runs))('%s runs, and emails nobody as it comes', async (file) => {
		const { sandbox, engine } = stage;
		const run = await engine.run({
			...exampleWorkflow(file),
			workflowId: file,
			credentials: credentialsFor(sandbox),
		});
		expect(run.error).toBeUndefined();
		expect(run.status).toBe('success');
		expect(sandbox.control.outbox()).toEqual([]);
	});

	async function chase(overrides: IDataObject = {}): Promise<Run> {
		return await stage.engine.run({
			...exampleWorkflow('morning-chase', { overrides }),
			workflowId: 'morning-chase',
			credentials: credentialsFor(stage.sandbox),
		});
	}

	const messageOf = (run: Run): IDataObject | undefined =>
		run.itemsOf('Send One Reminder')[0]?.json;

	it('the morning chase reminds only those due, nobody again on the same day, and tells HR', async () => {
		const { inject, outbox, state } = stage.sandbox.control;
		const { expiringIn1, expiringIn2, expiringIn3 } = seeded.karmaCheck;
		const due = [expiringIn1, expiringIn2, expiringIn3];
		// Listed as pending, and refused.
		const { id } = state.karmaCheck.add({ givenName: 'Zoe', sentAt: NOON - 13 * DAY });
		inject({
			operationId: 'resendInvitation',
			key: id,
			times: 'always',
			fault: { kind: 'status', status: 422, body: { message: 'The address is unusable' } },
		});

		expect(messageOf(await chase())).toMatchObject({
			subject: 'KarmaCheck reminders: 4 would be sent (dry run)',
		});
		expect(outbox()).toEqual([]);

		const message = messageOf(await chase({ dryRun: false }));
		expect(
			outbox()
				.map(({ key }) => key)
				.sort(),
		).toEqual(due.sort());
		expect(message?.subject).toBe('KarmaCheck reminders: 3 sent, 1 could not be sent');
		const [first, ...others] = String(message?.text).split('\n');
		expect(first).toMatch(/^• Could not be sent: Zoe .+\. KarmaCheck could not resend .+ unusable/);
		expect(others).toHaveLength(3);
		expect(others).toContain('• Sent: Bruno Keller (bruno.keller@example.com)');

		expect(messageOf(await chase({ dryRun: false }))?.subject).toBe(
			'KarmaCheck reminders: 1 could not be sent',
		);
		expect(outbox()).toHaveLength(due.length);
	});

	it('the morning chase reminds nobody for ever', async () => {
		const { expiringIn1 } = seeded.karmaCheck;
		const reminders = () => stage.sandbox.control.outbox().filter(({ key }) => key === expiringIn1);
		for (let round = 0; round < 5; round += 1) {
			await chase({ dryRun: false });
			// Until the new invitation, too, is about to expire.
			fakeClock(Date.now() + 12 * DAY);
		}
		expect(reminders()).toHaveLength(3);
	});

	it('the morning chase tells HR when nobody is due', async () => {
		stage.sandbox.control.reset(NOBODY);
		const run = await chase({ dryRun: false });
		expect(run.error).toBeUndefined();
		expect(run.itemsOf('Nobody Due').map(({ json }) => json.subject)).toEqual(['Nobody due today']);
		expect(messageOf(run)).toBeUndefined();
	});

	it('the sheet comes back with an outcome beside each row', async () => {
		const rows = ['Bruno.Keller@example.com', 'nobody@example.com', 'bruno.keller@example.com', ''];
		const run = await stage.engine.run({
			...exampleWorkflow('resend-from-a-sheet', {
				started: {
					'Upload a Sheet': [{ 'What to Do': 'Send' }],
					'Read Rows': rows.map((Email, row) => ({ Email, Team: `Team ${row}` })),
				},
			}),
			workflowId: 'resend-from-a-sheet',
			credentials: credentialsFor(stage.sandbox),
		});
		expect(run.itemsOf('Outcome Beside Each Row').map(({ json }) => json)).toMatchObject([
			{ Email: rows[0], Team: 'Team 0', Outcome: 'sent' },
			{
				Email: rows[1],
				Team: 'Team 1',
				Outcome: 'failed',
				Why: expect.stringContaining('nobody@example.com'),
			},
			{ Email: rows[2], Team: 'Team 2', Outcome: 'skipped', Why: expect.stringMatching(/same/) },
			{ Email: rows[3], Team: 'Team 3', Outcome: 'failed', Why: expect.stringMatching(/empty/) },
		]);
		expect(stage.sandbox.control.outbox()).toHaveLength(1);
	});

	it('the sheet tells the outcome of each row of Google Sheets by its number', async () => {
		const addresses = ['bruno.keller@example.com', 'Bruno.Keller@example.com', ''];
		const rows = addresses.map((Email, index) => ({ row_number: index + 2, Email }));
		const run = await stage.engine.run({
			// As its second note has it changed: without the form, and with a switch set by hand.
			...exampleWorkflow('resend-from-a-sheet', {
				started: { 'Read Rows': rows },
				parameters: { Resend: { dryRun: true } },
			}),
			workflowId: 'resend-from-google-sheets',
			credentials: credentialsFor(stage.sandbox),
		});
		expect(run.error).toBeUndefined();
		expect(run.itemsOf('Outcome Beside Each Row').map(({ json }) => json)).toMatchObject([
			{ ...rows[0], Outcome: 'wouldSend' },
			{ ...rows[1], Outcome: 'skipped' },
			{ ...rows[2], Outcome: 'failed' },
		]);
		expect(stage.sandbox.control.outbox()).toEqual([]);
	});

	async function submit(Email: string): Promise<Run> {
		return await stage.engine.run({
			...exampleWorkflow('resend-from-a-form', { started: { 'Ask for the Email': [{ Email }] } }),
			workflowId: 'resend-from-a-form',
			credentials: credentialsFor(stage.sandbox),
		});
	}

	it('the form resends once, and says what to do for an address that nobody has', async () => {
		const { sandbox } = stage;
		const answerTo = async (email: string): Promise<IDataObject | undefined> =>
			(await submit(email)).itemsOf('Resend')[0]?.json;
		const ada = { name: 'Ada Mbeki', email: 'ada.mbeki@example.com' };
		expect(await answerTo(ada.email)).toMatchObject({ ...ada, outcome: 'sent' });
		expect(await answerTo(ada.email)).toMatchObject({ ...ada, reason: 'alreadySent' });
		expect(await answerTo('nobody@example.com')).toMatchObject({
			outcome: 'failed',
			message: expect.stringContaining('nobody@example.com'),
			advice: expect.any(String),
		});
		expect(sandbox.control.outbox()).toHaveLength(1);
	});

	it('the form says to whom it was sent, by name where there is one', async () => {
		const email = 'no.name@example.com';
		const nobody = { givenName: '', familyName: '', email };
		stage.sandbox.control.state.karmaCheck.add({ ...nobody, sentAt: NOON - 2 * DAY });
		const titleFor = async (address: string): Promise<unknown> =>
			(await submit(address)).itemsOf('Show the Answer')[0]?.json.title;
		expect(await titleFor(email)).toBe(`Sent to ${email}`);
		expect(await titleFor('ada.mbeki@example.com')).toBe(
			'Sent to Ada Mbeki (ada.mbeki@example.com)',
		);
		expect(await titleFor(email)).toBe('No email was sent');
	});

	it('the next step is told who has completed', async () => {
		const { sandbox, engine } = stage;
		const run = await engine.run({
			...exampleWorkflow('completed-next-step', {
				started: { 'When Completed': [{ event: 'completed', name: 'Hugo Petrov' }] },
			}),
			credentials: credentialsFor(sandbox),
		});
		const tasks = run.itemsOf('Next Onboarding Step').map(({ json }) => json.task);
		expect(tasks).toEqual(['Order equipment for Hugo Petrov']);
	});

	it('show times as the clock of the workflow does', async () => {
		const documents = ['README.md', ...FILES.map((file) => `workflows/${file}.json`)];
		const texts = documents.map((file) => readFileSync(path.join(ROOT, file), 'utf8'));
		const written = texts.flatMap((text) => text.match(/\{\{[^{}]*toDateTime[^{}]*\}\}/g) ?? []);
		expect(written.length).toBeGreaterThan(2);
		const evening = '2026-06-15T03:30:00.000Z';
		const dates = { nextEligibleAt: evening, sentAt: evening, expiresAt: evening };
		const values = Object.fromEntries(written.map((expression) => [expression, `=${expression}`]));
		const run = await stage.engine.run({
			...chain(source([dates]), set(values)),
			timezone: 'America/New_York',
		});
		const shown = written.map((expression) => String(run.itemsOf('Set')[0]?.json[expression]));
		expect(shown.filter((text) => !/^14 June?\b/.test(text) || /03:30/.test(text))).toEqual([]);
	});

	it('list all there are, and choose no status that another filter leaves out', () => {
		const lists = FILES.flatMap((file) => readWorkflow(file).nodes).filter(
			({ parameters }) => parameters.operation === 'getAll',
		);
		expect(lists.length).toBeGreaterThan(5);
		for (const { parameters } of lists) {
			const { status, expiringWithin, includeExpired } = parameters.filters as IDataObject;
			expect(parameters.returnAll).toBe(true);
			if (expiringWithin !== undefined && includeExpired !== true)
				expect(status).not.toContain('expired');
		}
	});

	it('hold no secrets and no ids of credentials', () => {
		for (const file of FILES) {
			for (const { credentials = {} } of readWorkflow(file).nodes) {
				for (const { id } of Object.values(credentials)) expect(id).toBe('');
			}
		}
	});
});
