import type { INodeParameters, WorkflowExecuteMode } from 'n8n-workflow';
import { code, loopOver, source, type NodeSpec, type Run } from './harness';
import { assertLaws, linesOf, type LawRules, type Passage } from './matrix/laws';
import { moveClock, saidOf, useScenes, type Scene } from './matrix/scene';
import { PROVIDERS, type ProviderKey } from '../services';
import { credentialsFor, ids, node } from './support';

jest.setTimeout(60_000);

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async () => {},
}));

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SKIPPED = 'skipped: alreadySent';

/** With n8n's table, and for a workflow that was never saved without it. */
const RECORDS = { 'n8n keeps a record': 'looping', 'n8n keeps none': null } as const;
type Kept = keyof typeof RECORDS;

const CASES = PROVIDERS.flatMap((provider) =>
	(Object.keys(RECORDS) as Kept[]).map((kept): [ProviderKey, Kept] => [provider, kept]),
);

const sceneOf = useScenes();

interface Looped {
	run: Run;
	/** What each pass said of its items. */
	passes: string[][];
}

interface LoopPlan {
	/** What the items name, pass by pass. */
	passes: readonly string[][];
	kept: Kept;
	parameters?: INodeParameters;
	more?: Partial<NodeSpec>;
	/** Called after each pass, with its index: stands for a Wait in the loop. */
	afterPass?: (pass: number) => void;
	rules?: LawRules;
	executionId?: string;
}

/** Loop Over Items around the resend node, the laws asserted for its passes. */
async function loop(scene: Scene, plan: LoopPlan): Promise<Looped> {
	const { provider, sandbox, engine } = scene;
	const batchSize = plan.passes[0]?.length ?? 1;
	const began = [sandbox.control.outbox().length];
	const wait = code((items) => {
		began.push(sandbox.control.outbox().length);
		plan.afterPass?.(began.length - 2);
		return items;
	}, 'Wait');
	const resend = node(provider, 'resend', {
		name: 'Resend',
		...plan.more,
		parameters: plan.parameters,
	});
	const run = await engine.run({
		...loopOver(source(ids(...plan.passes.flat())), [resend, wait], { batchSize }),
		observe: 'Resend',
		credentials: credentialsFor(sandbox),
		workflowId: RECORDS[plan.kept],
		executionId: plan.executionId,
	});
	const passages = plan.passes.map((named, pass): Passage => ({
		provider,
		named,
		output: [run.itemsOf('Resend', 0, pass)],
		mails: [began[pass] ?? 0, began[pass + 1] ?? 0],
		execution: run.executionId,
	}));
	assertLaws(passages, sandbox.control.outbox(), plan.rules);
	return { run, passes: passages.map((passage) => saidOf(linesOf(passage))) };
}

describe.each(CASES)('a loop at %s, where %s,', (provider, kept) => {
	test('emails nobody again who comes by twice on one day', async () => {
		const scene = sceneOf(provider);
		const [one = '', other = '', third = ''] = scene.begin(3);
		const { passes, run } = await loop(scene, {
			kept,
			passes: [
				[one, other],
				[other, third],
				[one, one],
			],
		});
		expect(run.runs.Resend).toBe(3);
		expect(passes).toEqual([
			['sent', 'sent'],
			[SKIPPED, 'sent'],
			[SKIPPED, 'skipped: duplicateInRun'],
		]);
		expect(scene.mailsTo([one, other, third])).toEqual([1, 1, 1]);
	});

	test('emails again on a later day, after a wait in between', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(2);
		const { passes } = await loop(scene, {
			kept,
			passes: [keys, keys, keys],
			afterPass: (pass) => moveClock(pass === 0 ? 11 * HOUR : DAY),
		});
		// At 23:00 it is still the same day.
		expect(passes).toEqual([
			['sent', 'sent'],
			[SKIPPED, SKIPPED],
			['sent', 'sent'],
		]);
		expect(scene.mailsTo(keys)).toEqual([2, 2]);
	});

	test("mails once in all, where it is 'Ever'", async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(1);
		const { passes } = await loop(scene, {
			kept,
			passes: [keys, keys],
			parameters: { atMostOncePer: 'ever' },
			afterPass: () => moveClock(30 * DAY),
			rules: { windowOf: () => 'ever' },
		});
		expect(passes).toEqual([['sent'], [SKIPPED]]);
	});

	test("mails once in the execution, where it is 'Execution', and again in the next", async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(1);
		const plan: LoopPlan = {
			kept,
			passes: [keys, keys],
			parameters: { atMostOncePer: 'execution' },
			afterPass: () => moveClock(DAY),
			rules: { windowOf: (_instant, execution) => execution },
		};
		expect((await loop(scene, plan)).passes).toEqual([['sent'], [SKIPPED]]);
		scene.sandbox.control.clear();
		expect((await loop(scene, plan)).passes).toEqual([['sent'], [SKIPPED]]);
	});

	test('keeps the tries of one pass apart from those of another', async () => {
		const scene = sceneOf(provider);
		const [one = '', bad = ''] = scene.begin(2);
		// Struck at the first try of each pass.
		const refusal = { kind: 'status', status: 422 } as const;
		scene.strike(bad, refusal);
		const { passes, run } = await loop(scene, {
			kept,
			passes: [
				[one, bad],
				[one, bad],
			],
			more: { retryOnFail: true, maxTries: 3 },
			afterPass: (pass) => {
				moveClock(DAY);
				if (pass === 0) scene.strike(bad, refusal);
			},
		});
		expect(run.executions.Resend).toBe(4);
		expect(passes).toEqual([
			['sent', 'sent'],
			['sent', 'sent'],
		]);
		expect(scene.mailsTo([one, bad])).toEqual([2, 2]);
	});

	test('leaves an open question open in the passes after it', async () => {
		const scene = sceneOf(provider);
		const keys = scene.begin(2);
		// A gateway gives up before anything happens: at none of the three is that a no.
		scene.strike(keys[0], { kind: 'status', status: 504 });
		const { passes } = await loop(scene, {
			kept,
			passes: [keys, keys],
			rules: { mayBeUnknown: (key) => key === keys[0] },
		});
		expect(passes[0]).toEqual(['unknown: unconfirmed', 'sent']);
		// The gateway may still pass the request on, so it stays open for ten minutes at KarmaCheck, too.
		expect(passes[1]).toEqual(['unknown: interrupted', SKIPPED]);
	});
});

describe('every way to start a workflow', () => {
	const MODES: WorkflowExecuteMode[] = [
		'trigger',
		'webhook',
		'manual',
		'integrated',
		'cli',
		'retry',
		'error',
		'internal',
		'evaluation',
		'chat',
	];
	const cases = PROVIDERS.flatMap((provider) =>
		MODES.map((mode): [ProviderKey, WorkflowExecuteMode] => [provider, mode]),
	);

	test.each(cases)(
		'%s, %s: emailed once, by this run or the one before',
		async (provider, mode) => {
			const scene = sceneOf(provider);
			const keys = scene.begin(2);
			expect((await scene.resend(keys.slice(0, 1))).said).toEqual(['sent']);
			const { said, run } = await scene.resend(keys, { retryOnFail: true }, { mode });
			expect(said).toEqual([SKIPPED, 'sent']);
			expect(run.hints).toEqual([
				{ message: '1 sent, 1 skipped (already sent).', location: 'outputPane' },
			]);
			expect(scene.mailsTo(keys)).toEqual([1, 1]);
			assertLaws(scene.passages, scene.sandbox.control.outbox());
		},
	);

	test.each(PROVIDERS)('%s: a tool that is called again and again mails once', async (provider) => {
		const scene = sceneOf(provider);
		const keys = scene.begin(1);
		const said: string[] = [];
		// An agent runs the node once for each call, within one execution.
		for (let call = 0; call < 3; call++) {
			const played = await scene.resend(keys, {}, { mode: 'integrated', executionId: 'agent' });
			said.push(...played.said);
		}
		expect(said).toEqual(['sent', SKIPPED, SKIPPED]);
		assertLaws(scene.passages, scene.sandbox.control.outbox());
	});
});

describe("n8n's Retry execution", () => {
	test.each(CASES)(
		'at %s, where %s, emails who is left and nobody again',
		async (provider, kept) => {
			const scene = sceneOf(provider);
			const keys = scene.begin(3);
			const workflow = { workflowId: RECORDS[kept] };
			scene.strike(keys[1], { kind: 'status', status: 422 });
			const stopped = await scene.resend(keys, {}, workflow);
			expect(stopped.run.status).toBe('error');
			expect(stopped.run.error?.description).toMatch(
				/already sent are not sent again in the period/,
			);
			const retried = await scene.resend(keys, {}, { ...workflow, runDataFrom: stopped.run });
			// It is another execution, so what the first one sent was sent before.
			expect(retried.said).toEqual([SKIPPED, 'sent', 'sent']);
			expect(scene.mailsTo(keys)).toEqual([1, 1, 1]);
		},
	);

	test.each(PROVIDERS)(
		'at %s, tried in vain, still says that the sent stay sent',
		async (provider) => {
			const scene = sceneOf(provider);
			const keys = scene.begin(3);
			scene.strike(keys[1], { kind: 'status', status: 422 }, { times: 'always' });
			const { run } = await scene.resend(keys, { retryOnFail: true, maxTries: 3 });
			expect(run.executions[provider]).toBe(3);
			expect(run.error?.message).toMatch(/\[item 1\]/);
			expect(run.error?.description).toMatch(/already sent are not sent again in the period/);
			expect(scene.mailsTo(keys)).toEqual([1, 0, 0]);
		},
	);
});
