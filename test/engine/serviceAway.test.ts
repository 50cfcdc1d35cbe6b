import { baseUrlsAt } from '../../sandbox';
import { assertLaws } from './matrix/laws';
import { openGate } from './matrix/gate';
import { fakeClock, openScene, type Scene } from './matrix/scene';
import { FIXTURES, PLAYED } from '../services';
import { credentialsFor } from './support';

jest.setTimeout(60_000);

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async () => undefined,
}));

const ITEMS = 5;

beforeEach(() => fakeClock());
afterAll(() => {
	jest.useRealTimers();
});

describe.each(FIXTURES)('$provider', ({ provider, reads, signsIn }) => {
	let scene: Scene;
	beforeAll(async () => {
		scene = await openScene(provider);
	});
	afterAll(async () => await scene.close());

	/** Sign-in and looks; the next connection would be that of the first send. */
	const connectionsBeforeSending = (signsIn === null ? 0 : 1) + (reads === 'byList' ? 1 : ITEMS);

	test('the service goes away after the last look: nobody is emailed, and a later run serves all', async () => {
		const gate = await openGate(scene.sandbox.port);
		try {
			const keys = scene.begin(ITEMS);
			const baseUrls = baseUrlsAt(`http://127.0.0.1:${gate.port}`, PLAYED);
			const credentials = credentialsFor({ baseUrls });
			gate.closeAfter(connectionsBeforeSending);
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
});
