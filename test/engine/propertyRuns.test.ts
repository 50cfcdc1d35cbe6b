import fc from 'fast-check';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { Mail } from '../../sandbox';
import { brokenDeduplication, Deduplicator, tableInMemory, type Run } from './harness';
import {
	KILLED,
	openProviders,
	runNode,
	startProcess,
	type ExecutionStore,
	type Providers,
} from './matrix/inProcess';
import { isResendOf } from './matrix/faults';
import { breachesOf, type Passage } from './matrix/laws';
import { openScene, type Scene } from './matrix/scene';
import { MINUTE, play, scenarios, type Ground, type Scenario } from './matrix/scenario';
import { plugIn, type Outgoing, type Wire } from './matrix/wire';
import { NOBODY, PROVIDERS, type ProviderKey } from '../services';
import { fakeClock, NOON } from './support';

jest.setTimeout(60_000);

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async (milliseconds: number) => {
		// What a killed process still waited for when its history ended never comes.
		if (mockIsOver) return await new Promise(() => undefined);
		jest.setSystemTime(Date.now() + milliseconds);
	},
}));

let mockIsOver = false;

const SEED = 20_261_121;
/** A second run of these, with another n8n core, does with a part of them. */
const SHARE = Number(process.env.HISTORIES_SHARE ?? 1);
const IN_PROCESS_CASES = Math.ceil(800 * SHARE);
const ENGINE_CASES = Math.ceil(400 * SHARE);

beforeEach(() => fakeClock());
afterAll(() => {
	mockIsOver = true;
	jest.useRealTimers();
});

/** Ground without sockets and engine: the node's code, the model of n8n's table, the sandbox's services. */
function inProcess(providers: Providers): Ground {
	const inner = new Deduplicator(tableInMemory());
	let store: ExecutionStore = {};
	let execution = '';
	let runIndex = 0;
	let executions = 0;
	let lives = 1;
	let process = startProcess();
	return {
		control: providers.control,
		now: () => Date.now(),
		setNow: (instant) => jest.setSystemTime(instant),
		async play({ scenario, step, keys, input, parameters, retries, loops }) {
			if (loops) runIndex += 1;
			else if (!retries) {
				store = {};
				runIndex = 0;
				executions += 1;
				execution = `${lives}/execution-${executions}`;
			}
			const refused = step.faults.filter(({ what }) => what.at === 'connect');
			const { kill, tableAwayAfter } = step;
			const killed = (request: Outgoing) =>
				kill !== null && isResendOf(request, keys[kill.whom] ?? '') ? kill.effect : null;
			const refuses = (request: Outgoing) =>
				refused.some(({ whom }) => isResendOf(request, keys[whom] ?? ''));
			const output = await runNode({
				process,
				provider: scenario.provider,
				providers,
				input,
				parameters,
				continues: step.continues,
				maxTries: step.maxTries,
				workflowId: scenario.durable ? 'workflow-1' : null,
				// A retry has an id of its own; what is stored with the execution says which it was.
				executionId: `${execution}${retries ? ' retried' : ''}`,
				runIndex,
				timezone: scenario.zone,
				store,
				deduplicator:
					tableAwayAfter === null
						? inner
						: brokenDeduplication({ inner, callsBefore: tableAwayAfter }),
				refuses,
				killedAt: killed,
			});
			if (output === KILLED) {
				process = startProcess();
				lives += 1;
				// Who starts n8n again comes a minute later; by then the leases of the dead are over.
				jest.setSystemTime(Date.now() + MINUTE);
				return { output: null, execution, killed: true };
			}
			return { output, execution, killed: false };
		},
	};
}

/** Ground with everything: n8n's engine over real sockets to the sandbox. */
function throughTheEngine(scene: Scene, wire: Wire): Ground {
	let stopped: Run | null = null;
	let execution = '';
	return {
		control: scene.sandbox.control,
		now: () => Date.now(),
		setNow: (instant) => jest.setSystemTime(instant),
		async play({ scenario, step, keys, input, parameters, retries }) {
			for (const { whom, what } of step.faults) {
				const key = keys[whom] ?? '';
				if (what.at === 'connect')
					wire.rule((request) => (isResendOf(request, key) ? 'refused' : null));
				else if (what.at === 'send' && what.fault.kind === 'hang')
					wire.rule((request) => {
						if (!isResendOf(request, key)) return null;
						const hung = () =>
							scene.sandbox.control
								.requests()
								.filter(({ fault, operationId }) => fault === 'hang' && operationId !== null)
								.length;
						const before = hung();
						return { givenUpWhen: () => hung() > before };
					});
			}
			if (step.tableAwayAfter !== null) scene.breakTable(step.tableAwayAfter);
			const { run } = await scene.resend(
				input.map(({ id }) => String(id)),
				{
					onError: step.continues ? 'continueErrorOutput' : 'stopWorkflow',
					...(step.maxTries > 1 ? { retryOnFail: true, maxTries: step.maxTries } : {}),
					parameters,
				},
				{
					timezone: scenario.zone,
					...(scenario.durable ? {} : { workflowId: null }),
					...(retries && stopped !== null ? { runDataFrom: stopped } : {}),
				},
			);
			scene.mendTable();
			wire.clear();
			if (!retries) execution = run.executionId;
			stopped = run.error === undefined ? null : run;
			return { output: run.error === undefined ? run.output : null, execution, killed: false };
		},
	};
}

describe('the judge of the laws', () => {
	const NAMED = ['one', 'other'];
	const mail = (key: string, invitationId: string | null = null): Mail => ({
		provider: 'worthAi',
		key,
		invitationId,
		email: `${key}@example.com`,
		at: new Date(NOON).toISOString(),
		requestId: 'request',
	});
	const says = (outcome: string, reason = outcome): IDataObject =>
		outcome === 'failed'
			? { error: 'Not sent', message: 'Try again', details: { outcome, reason } }
			: { outcome, reason, invitationId: 'new' };
	const items = (...json: IDataObject[]): INodeExecutionData[] =>
		json.map((entry, item) => ({ json: entry, pairedItem: { item } }));
	const passage = (
		output: INodeExecutionData[][],
		mails: number,
		provider: ProviderKey,
	): Passage => ({
		provider,
		named: NAMED,
		output,
		mails: [0, mails],
		execution: 'execution-1',
	});
	const skip = says('skipped', 'completed');

	const cases: Array<[string, INodeExecutionData[][], Mail[], ProviderKey, string[]]> = [
		['nothing where all is well', [items(says('sent'), skip)], [mail('one')], 'worthAi', []],
		[
			'an email made twice',
			[items(says('sent'), skip)],
			[mail('one'), mail('one')],
			'worthAi',
			['one in window 22049 was emailed 2 times'],
		],
		[
			'a send that is not in the outbox',
			[items(says('sent'), skip)],
			[],
			'worthAi',
			['item 0 (one) is reported sent and is not in the outbox'],
		],
		[
			'a send reported with another invitation',
			[items(says('sent'), skip)],
			[mail('one', 'newer')],
			'karmaCheck',
			['item 0 (one) is reported sent with an invitation that was not emailed'],
		],
		...['failed', 'skipped', 'deferred', 'wouldSend'].map(
			(outcome): [string, INodeExecutionData[][], Mail[], ProviderKey, string[]] => [
				`an email to an item reported ${outcome}`,
				[items(says(outcome), skip)],
				[mail('one')],
				'worthAi',
				[`item 0 (one) is reported ${outcome} (${outcome}) and was emailed in this run`],
			],
		),
		[
			'a skip for an earlier send that nobody made',
			[items(says('skipped', 'alreadySent'), skip)],
			[],
			'worthAi',
			['item 0 (one) is reported already sent and never was'],
		],
		[
			'a not knowing where the provider can tell',
			[items(says('unknown', 'interrupted'), skip)],
			[],
			'karmaCheck',
			['item 0 (one) is unknown (interrupted) where the provider can tell'],
		],
		['a not knowing where nobody can', [items(says('unknown'), skip)], [], 'worthAi', []],
		[
			'an email nobody asked for',
			[items(skip, skip)],
			[mail('third')],
			'worthAi',
			['third was emailed and not asked for'],
		],
		[
			'an item that went missing',
			[items(skip)],
			[],
			'worthAi',
			['input item 1 has 0 output items', '2 items came in and 1 went out'],
		],
		[
			'items out of order',
			[items(skip, skip).reverse()],
			[],
			'worthAi',
			['output 0 is not in the order of the input: 1, 0'],
		],
		[
			'items spread over the outputs',
			[items(skip), [{ json: says('failed'), pairedItem: { item: 1 } }]],
			[],
			'worthAi',
			[],
		],
	];
	test.each(cases)('sees %s', (_name, output, outbox, provider, breaches) => {
		expect(breachesOf([passage(output, outbox.length, provider)], outbox)).toEqual(breaches);
	});

	test('lets a later day have an email of its own', () => {
		const later = { ...mail('one'), at: new Date(NOON + 86_400_000).toISOString() };
		const sent = [items(says('sent'), skip)];
		const first = passage(sent, 1, 'worthAi');
		const second: Passage = { ...first, mails: [1, 2], execution: 'execution-2' };
		expect(breachesOf([first, second], [mail('one'), later])).toEqual([]);
	});
});

describe('whatever happens, the four laws hold', () => {
	test(`in ${IN_PROCESS_CASES} histories of the node's own code`, async () => {
		const providers = await openProviders();
		await fc.assert(
			fc.asyncProperty(scenarios({ kills: true }), async (scenario: Scenario) => {
				providers.control.reset(NOBODY);
				jest.setSystemTime(NOON);
				await play(inProcess(providers), scenario);
			}),
			{ seed: SEED, numRuns: IN_PROCESS_CASES },
		);
	}, 600_000);

	test(`in ${ENGINE_CASES} histories of workflows in n8n's engine`, async () => {
		const wire = plugIn();
		const scenes = new Map<ProviderKey, Scene>();
		try {
			for (const provider of PROVIDERS) scenes.set(provider, await openScene(provider));
			await fc.assert(
				fc.asyncProperty(scenarios({ kills: false }), async (scenario: Scenario) => {
					const scene = scenes.get(scenario.provider);
					if (scene === undefined) return;
					wire.clear();
					scene.begin(0);
					jest.setSystemTime(NOON);
					await play(throughTheEngine(scene, wire), scenario);
				}),
				{ seed: SEED, numRuns: ENGINE_CASES },
			);
		} finally {
			wire.unplug();
			for (const scene of scenes.values()) await scene.close();
		}
	}, 600_000);
});
