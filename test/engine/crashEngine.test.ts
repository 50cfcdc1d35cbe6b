import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { INodeParameters } from 'n8n-workflow';
import { startSandboxOf, type Fault } from '../../sandbox';
import { createEngine, type Run, type RunOptions } from './harness';
import { WORKFLOW_ID, type CrashOrder } from './matrix/crashChild';
import { assertLaws, linesOf, type Passage } from './matrix/laws';
import { moveClock, openScene, saidOf } from './matrix/scene';
import {
	FIXTURES,
	PLAYED,
	PROVIDERS,
	type ProviderKey,
	type ServiceFixture,
	type TestSandbox,
} from '../services';
import { credentialsFor, fakeClock, ids, node, until, zoneAtNoon } from './support';

jest.setTimeout(60_000);

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async (milliseconds: number) => {
		jest.setSystemTime(Date.now() + milliseconds);
	},
}));

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const ROOT = resolve(__dirname, '../..');
const ITEMS = 5;
/** The one that is being sent when the process ends; the one after it is leased by then. */
const IN_DOUBT = 2;

interface Point {
	name: string;
	/** What holds the process there, at the item in doubt. */
	fault: Fault | null;
	call: 'readCall' | 'sendCall';
	parameters: INodeParameters;
	/** Whether the process has come there. */
	reached(site: Site, provider: ProviderKey): boolean;
	/** Who has been emailed when it ends. */
	mailed: number[];
	/** What a run says as soon as the leases of the dead are over, and one when the grace is over, too. */
	rightAfter: (service: ServiceFixture) => string[];
	later: (service: ServiceFixture) => string[];
}

interface Site {
	sandbox: TestSandbox;
	folder: string;
	keys: Map<ProviderKey, string[]>;
	/** What the process said of its record. */
	told: string;
}

function outboxOf({ sandbox }: Site, provider: ProviderKey) {
	return sandbox.control.outbox().filter((mail) => mail.provider === provider);
}

function databaseOf({ folder }: Site, provider: ProviderKey): string {
	return join(folder, `${provider}.json`);
}

const keysOf = ({ keys }: Site, provider: ProviderKey): string[] => keys.get(provider) ?? [];

/** Whether nobody holds the lock of n8n's table: what was recorded and forgotten last is complete. */
function isUnlocked(site: Site, provider: ProviderKey): boolean {
	const table = JSON.parse(readFileSync(databaseOf(site, provider), 'utf8')) as object;
	return !(`${WORKFLOW_ID}/` in table);
}

const hung = ({ sandbox }: Site, provider: ProviderKey): boolean =>
	sandbox.control
		.requests()
		.some((request) => request.provider === provider && request.fault === 'hang');

function hasTold({ told }: Site, what: 'recorded' | 'forgotten', key = ''): boolean {
	return told.split('\n').some((line) => line.startsWith(what) && line.includes(key));
}

/** The one in doubt is under way, and the next one is leased, which comes after the commit of those before. */
function sending(site: Site, provider: ProviderKey): boolean {
	const next = keysOf(site, provider)[IN_DOUBT + 1];
	return hung(site, provider) && hasTold(site, 'recorded', next) && isUnlocked(site, provider);
}

/** The first is committed, which is when its lease is forgotten; the second waits for its minute. */
function waiting(site: Site, provider: ProviderKey): boolean {
	const [first] = keysOf(site, provider);
	const isOut = outboxOf(site, provider).length === 1;
	return isOut && hasTold(site, 'forgotten', first) && isUnlocked(site, provider);
}

const SKIPPED = 'skipped: alreadySent';
const INTERRUPTED = 'unknown: interrupted';

const same =
	(...said: string[]) =>
	() =>
		said;

const POINTS: Point[] = [
	{
		name: 'when the email is out and no answer has come',
		fault: { kind: 'hang', effect: 'before' },
		call: 'sendCall',
		parameters: {},
		reached: sending,
		mailed: [1, 1, 1, 0, 0],
		rightAfter: ({ showsSends }) => {
			const inDoubt = showsSends ? SKIPPED : INTERRUPTED;
			return [SKIPPED, SKIPPED, inDoubt, INTERRUPTED, 'sent'];
		},
		// The stamp shows what happened to the one, and that nothing happened to the other.
		later: ({ showsSends, stampsSends }) => [
			...[SKIPPED, SKIPPED, showsSends ? SKIPPED : INTERRUPTED],
			...[stampsSends ? 'sent' : INTERRUPTED, SKIPPED],
		],
	},
	{
		name: 'when the request is there and the email is not out',
		fault: { kind: 'hang', effect: 'none' },
		call: 'sendCall',
		parameters: {},
		reached: sending,
		mailed: [1, 1, 0, 0, 0],
		rightAfter: same(SKIPPED, SKIPPED, INTERRUPTED, INTERRUPTED, 'sent'),
		// The stamp shows that the sends did not happen.
		later({ stampsSends }) {
			const settled = stampsSends ? 'sent' : INTERRUPTED;
			return [SKIPPED, SKIPPED, settled, settled, SKIPPED];
		},
	},
	{
		name: 'between two sends',
		fault: null,
		call: 'sendCall',
		parameters: { options: { sendsPerMinute: 1 } },
		reached: waiting,
		mailed: [1, 0, 0, 0, 0],
		rightAfter: same(SKIPPED, 'sent', 'sent', 'sent', 'sent'),
		later: same(SKIPPED, SKIPPED, SKIPPED, SKIPPED, SKIPPED),
	},
	{
		name: 'while it looks, before any send',
		fault: { kind: 'hang', effect: 'none' },
		call: 'readCall',
		parameters: {},
		reached: hung,
		mailed: [0, 0, 0, 0, 0],
		rightAfter: same('sent', 'sent', 'sent', 'sent', 'sent'),
		later: same(SKIPPED, SKIPPED, SKIPPED, SKIPPED, SKIPPED),
	},
];

const zone = zoneAtNoon();

async function crash(site: Site, point: Point): Promise<void> {
	const order: CrashOrder = {
		credentials: credentialsFor(site.sandbox),
		timezone: zone,
		runs: PROVIDERS.map((provider) => ({
			provider,
			keys: keysOf(site, provider),
			database: databaseOf(site, provider),
			parameters: point.parameters,
		})),
	};
	const child = spawn(
		process.execPath,
		['--import', 'tsx', join(__dirname, 'matrix/crashChild.ts'), JSON.stringify(order)],
		{ cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] },
	);
	let words = '';
	let ended = false;
	child.stderr.on('data', (chunk: Buffer) => {
		words += chunk.toString();
	});
	child.stdout.on('data', (chunk: Buffer) => {
		site.told += chunk.toString();
	});
	const over = new Promise<NodeJS.Signals | null>((done) => {
		child.once('exit', (_code, signal) => {
			ended = true;
			done(signal);
		});
	});
	// With pauses, so that the child has the processor.
	await until(
		() => ended || PROVIDERS.every((provider) => point.reached(site, provider)),
		async () => await sleep(10),
	);
	child.kill('SIGKILL');
	if ((await over) !== 'SIGKILL') throw new Error(`The child ended by itself: ${words}`);
}

describe.each(POINTS.map((point): [string, Point] => [point.name, point]))(
	'a process killed %s',
	(_name, point) => {
		let site: Site;
		let crashedAt: number;
		beforeAll(async () => {
			const sandbox = await startSandboxOf(PLAYED, { now: () => Date.now() });
			sandbox.control.clearState();
			const added = ({ provider, add }: ServiceFixture): [ProviderKey, string[]] => [
				provider,
				Array.from({ length: ITEMS }, () =>
					add(sandbox.control.state, { sentAt: Date.now() - 2 * DAY }),
				),
			];
			site = {
				sandbox,
				folder: mkdtempSync(join(tmpdir(), 'invitations-crash-')),
				keys: new Map(FIXTURES.map(added)),
				told: '',
			};
			for (const { provider, reads, [point.call]: operationId } of FIXTURES) {
				const isList = point.call === 'readCall' && reads === 'byList';
				const key = isList ? undefined : keysOf(site, provider)[IN_DOUBT];
				if (point.fault !== null)
					sandbox.control.inject({ provider, operationId, key, fault: point.fault });
			}
			await crash(site, point);
			crashedAt = Date.now();
		}, 120_000);
		beforeEach(() => fakeClock(crashedAt));
		afterAll(async () => {
			jest.useRealTimers();
			await site.sandbox.close();
			rmSync(site.folder, { recursive: true, force: true });
		});

		test.each(FIXTURES)(
			'$provider: nobody is emailed twice, and the rest is served',
			async (service) => {
				const { provider } = service;
				const keys = keysOf(site, provider);
				const counts = () =>
					keys.map((key) => outboxOf(site, provider).filter((mail) => mail.key === key).length);
				const passages: Passage[] = [];
				const again = async (): Promise<string[]> => {
					const from = outboxOf(site, provider).length;
					const run: Run = await createEngine({ database: databaseOf(site, provider) }).run({
						node: node(provider, 'resend'),
						input: ids(...keys),
						credentials: credentialsFor(site.sandbox),
						timezone: zone,
						workflowId: WORKFLOW_ID,
					});
					const passage: Passage = {
						provider,
						named: keys,
						output: run.output,
						mails: [from, outboxOf(site, provider).length],
						execution: run.executionId,
					};
					passages.push(passage);
					// One window for all of it.
					assertLaws(passages, outboxOf(site, provider), {
						windowOf: () => 'today',
						mayBeUnknown: (_key, { mails }) => mails[0] === passages[0]?.mails[0],
					});
					return saidOf(linesOf(passage));
				};

				expect(counts()).toEqual(point.mailed);
				moveClock(MINUTE);
				expect(await again()).toEqual(point.rightAfter(service));
				moveClock(16 * MINUTE);
				expect(await again()).toEqual(point.later(service));
				expect(await again()).toEqual(
					point.later(service).map((said) => (said === 'sent' ? SKIPPED : said)),
				);
			},
		);
	},
);

describe.each(FIXTURES)(
	'a run that its user stops while an email goes out at $provider',
	(service) => {
		const { provider, showsSends, stampsSends } = service;
		const effects = [['before'], ['none']] as const;
		test.each(effects)(
			'(effect: %s) emails nobody twice when it is started again',
			async (effect) => {
				fakeClock();
				const scene = await openScene(provider);
				try {
					const keys = scene.begin(ITEMS);
					const hang = scene.strike(keys[IN_DOUBT], { kind: 'hang', effect });
					const options: RunOptions = {
						node: node(provider, 'resend', { onError: 'continueRegularOutput', retryOnFail: true }),
						input: ids(...keys),
						credentials: credentialsFor(scene.sandbox),
						workflowId: 'stopped',
					};
					const stopped = scene.engine.start(options);
					await until(() => hang.hits() > 0);
					stopped.cancel();
					await stopped.done;
					expect(scene.mailsTo(keys)).toEqual([1, 1, effect === 'before' ? 1 : 0, 0, 0]);

					moveClock(16 * MINUTE);
					const again = await scene.engine.run(options);
					const passage: Passage = {
						provider,
						named: keys,
						output: again.output,
						mails: [effect === 'before' ? 3 : 2, scene.sandbox.control.outbox().length],
						execution: again.executionId,
					};
					assertLaws([passage], scene.sandbox.control.outbox());
					const settled = stampsSends || (showsSends && effect === 'before');
					const inDoubt = effect === 'before' ? SKIPPED : 'sent';
					expect(saidOf(linesOf(passage))).toEqual([
						SKIPPED,
						SKIPPED,
						settled ? inDoubt : INTERRUPTED,
						'sent',
						'sent',
					]);
				} finally {
					await scene.close();
					jest.useRealTimers();
				}
			},
		);
	},
);
