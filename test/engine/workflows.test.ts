import { readdirSync } from 'node:fs';
import path from 'node:path';
import { exampleWorkflow, readWorkflow } from '../../demo/exampleWorkflow';
import { seeded, unknownIds } from '../../sandbox';
import { credentialsFor, useStage } from './support';

const FILES = readdirSync(path.join(__dirname, '..', '..', 'workflows'))
	.filter((file) => file.endsWith('.json'))
	.map((file) => path.basename(file, '.json'));

const stage = useStage();

function runs(file: string): boolean {
	return readWorkflow(file).nodes.some(({ type }) => type === 'n8n-nodes-base.manualTrigger');
}

describe('the example workflows', () => {
	it.each(FILES.filter(runs))('%s runs, and mails nobody as it comes', async (file) => {
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

	it('the morning chase mails only those due, and nobody again on the same day', async () => {
		const { sandbox, engine } = stage;
		const chase = async () =>
			await engine.run({
				...exampleWorkflow('morning-chase', { overrides: { dryRun: false } }),
				workflowId: 'morning-chase',
				credentials: credentialsFor(sandbox),
			});
		const { expiringIn1, expiringIn2, expiringIn3, expired, expiredLongAgo } = seeded.karmaCheck;
		await chase();
		const due = [expiringIn1, expiringIn2, expiringIn3, expired, expiredLongAgo];
		const mailed = sandbox.control.outbox().map(({ key }) => key);
		expect(mailed.sort()).toEqual(due.sort());
		await chase();
		expect(sandbox.control.outbox()).toHaveLength(due.length);
	});

	it('the form resends once, and shows what to do for a case that is not there', async () => {
		const { sandbox, engine } = stage;
		const submit = async (caseId: string) =>
			await engine.run({
				...exampleWorkflow('resend-from-a-form', {
					started: { 'Ask for the Case': [{ 'Case ID': caseId }] },
				}),
				workflowId: 'resend-from-a-form',
				credentials: credentialsFor(sandbox),
			});
		const first = await submit(seeded.karmaCheck.expired);
		expect(first.itemsOf('Resend').map(({ json }) => json.outcome)).toEqual(['sent']);
		const second = await submit(seeded.karmaCheck.expired);
		expect(second.itemsOf('Resend').map(({ json }) => json.reason)).toEqual(['alreadySent']);
		const unknown = await submit(unknownIds.karmaCheck);
		expect(unknown.itemsOf('Resend', 1).map(({ json }) => json.error)).toEqual([
			expect.stringContaining(unknownIds.karmaCheck),
		]);
		expect(sandbox.control.outbox()).toHaveLength(1);
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

	it('hold no secrets and no ids of credentials', () => {
		for (const file of FILES) {
			for (const { credentials = {} } of readWorkflow(file).nodes) {
				for (const { id } of Object.values(credentials)) expect(id).toBe('');
			}
		}
	});
});
