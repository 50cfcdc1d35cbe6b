import type { IDataDeduplicator } from 'n8n-workflow';
import { baseUrlsAt } from '../../sandbox';
import { Deduplicator, tableInMemory } from './harness';
import { assertLaws } from './matrix/laws';
import { openGate } from './matrix/gate';
import { openScene, type Scene } from './matrix/scene';
import { plugIn, type Wire } from './matrix/wire';
import { FIXTURES, PLAYED } from '../services';
import { credentialsFor, fakeClock, until } from './support';

jest.setTimeout(60_000);

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async () => undefined,
}));

const ITEMS = 5;
/** So often a request is looked after before its time has passed. */
const AFTER_LOOKS = 20;

beforeEach(() => fakeClock());
afterAll(() => {
	jest.useRealTimers();
});

/** For something that happens after a statement of n8n's table. */
function tableWith(afterClearing: () => Promise<void>): IDataDeduplicator {
	const table: IDataDeduplicator = new Deduplicator(tableInMemory());
	return {
		checkProcessedAndRecord: async (...call) => await table.checkProcessedAndRecord(...call),
		removeProcessed: async (...call) => await table.removeProcessed(...call),
		getProcessedDataCount: async (...call) => await table.getProcessedDataCount(...call),
		async clearAllProcessedItems(...call) {
			await table.clearAllProcessedItems(...call);
			await afterClearing();
		},
	};
}

describe.each(FIXTURES.filter(({ stampsSends }) => stampsSends))(
	'$provider, beside a record that takes long to answer',
	({ provider }) => {
		test.each([1, 3])('all %i are emailed', async (count) => {
			const wire = plugIn();
			// The record's lock is given back: longer than a state of this service counts as fresh.
			const deduplication = tableWith(async () => {
				let looks = 0;
				await until(() => ++looks > AFTER_LOOKS && wire.underWay().length === 0);
				jest.setSystemTime(Date.now() + 3_000);
			});
			const scene = await openScene(provider, { engine: { deduplication } });
			try {
				const keys = scene.begin(count);
				const { said } = await scene.resend(keys);
				assertLaws(scene.passages, scene.sandbox.control.outbox());
				expect(said).toEqual(keys.map(() => 'sent'));
			} finally {
				await scene.close();
				wire.unplug();
			}
		});
	},
);

describe.each(FIXTURES)('$provider', ({ provider, reads, signsIn, stampsSends }) => {
	let scene: Scene;
	beforeAll(async () => {
		scene = await openScene(provider);
	});
	afterAll(async () => await scene.close());

	/** Sign-in and looks; the next connection would be that of the first send. */
	const connectionsBeforeSending = (items: number): number =>
		(signsIn === null ? 0 : 1) + (reads === 'byList' ? 1 : items);

	test('the service goes away after the last look: after five the others are not asked for', async () => {
		const gate = await openGate(scene.sandbox.port);
		try {
			const keys = scene.begin(8);
			const baseUrls = baseUrlsAt(`http://127.0.0.1:${gate.port}`, PLAYED);
			gate.closeAfter(connectionsBeforeSending(keys.length));
			const { said } = await scene.resend(
				keys,
				{ onError: 'continueRegularOutput' },
				{ credentials: credentialsFor({ baseUrls }) },
			);
			expect(said).toEqual(
				keys.map((_, item) => (item < 5 ? 'failed: unreachable' : 'deferred: paused')),
			);
		} finally {
			await gate.close();
		}
	});

	test('the service goes away after the last look: nobody is emailed, and a later run serves all', async () => {
		const gate = await openGate(scene.sandbox.port);
		try {
			const keys = scene.begin(ITEMS);
			const baseUrls = baseUrlsAt(`http://127.0.0.1:${gate.port}`, PLAYED);
			const credentials = credentialsFor({ baseUrls });
			gate.closeAfter(connectionsBeforeSending(ITEMS));
			const first = await scene.resend(
				keys,
				{ onError: 'continueErrorOutput', retryOnFail: true },
				{ credentials },
			);
			assertLaws(scene.passages, scene.sandbox.control.outbox());
			expect(first.said).toEqual(keys.map(() => 'failed: unreachable'));
			expect(first.lines.every(({ output }) => output === 1)).toBe(true);
			expect(scene.resendRequests()).toBe(0);
			await gate.reopen();
			const second = await scene.resend(keys, {}, { credentials });
			assertLaws(scene.passages, scene.sandbox.control.outbox());
			expect(second.said).toEqual(keys.map(() => 'sent'));
		} finally {
			await gate.close();
		}
	});

	describe('and a service that takes long to answer', () => {
		let wire: Wire;
		beforeEach(() => {
			wire = plugIn();
		});
		afterEach(() => wire.unplug());

		/** By the clock that the node sees. */
		const slowDown = (milliseconds: number): void =>
			wire.rule(({ method }) => {
				if (method !== 'GET') return null;
				// Not while the record is being written: a process that stands still there gives up.
				let looks = 0;
				const heldUntil = (): boolean => {
					if (++looks === AFTER_LOOKS) jest.setSystemTime(Date.now() + milliseconds);
					return looks >= AFTER_LOOKS;
				};
				return { heldUntil };
			});

		test.each([
			[ITEMS, 3_000],
			[1, 9_000],
		])('all %i are emailed where a look takes %i ms', async (count, milliseconds) => {
			const keys = scene.begin(count);
			slowDown(milliseconds);
			const { said } = await scene.resend(keys);
			assertLaws(scene.passages, scene.sandbox.control.outbox());
			expect(said).toEqual(keys.map(() => 'sent'));
		});

		test('nobody is emailed on a look that is too old, and the run comes to an end', async () => {
			const keys = scene.begin(2);
			slowDown(12_000);
			const { said } = await scene.resend(keys, { onError: 'continueRegularOutput' });
			assertLaws(scene.passages, scene.sandbox.control.outbox());
			expect(said).toEqual(keys.map(() => (stampsSends ? 'failed: unavailable' : 'sent')));
			wire.clear();
			const calm = await scene.resend(keys);
			assertLaws(scene.passages, scene.sandbox.control.outbox());
			expect(calm.said).toEqual(keys.map(() => (stampsSends ? 'sent' : 'skipped: alreadySent')));
		});
	});
});
