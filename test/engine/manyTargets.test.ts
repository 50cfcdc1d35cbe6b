import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { assertLaws, linesOf } from './matrix/laws';
import { isResendOf } from './matrix/faults';
import { FIXTURES } from '../services';
import { openScene, RESEND, type Scene } from './matrix/scene';
import { plugIn, type Wire } from './matrix/wire';
import { fakeClock } from './support';

jest.setTimeout(60_000);

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async () => {},
}));

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is in use once nothing is left to collect, in bytes. */
function heapInUse(): number {
	collectGarbage();
	return process.memoryUsage().heapUsed;
}

/** One that is looked at again before each send. */
const service = FIXTURES.find(({ stampsSends }) => stampsSends);
if (service === undefined) throw new Error('None stamps its sends');
const { provider, add, readCall, repliesWithIt } = service;

let scene: Scene;
let wire: Wire;
beforeAll(async () => {
	fakeClock();
	wire = plugIn();
	scene = await openScene(provider, { sandbox: { validateReplies: false } });
});
afterAll(async () => {
	wire.unplug();
	jest.useRealTimers();
	await scene.close();
});

/** Nine in ten are completed, cancelled or were sent today. */
function addInvitations(count: number): { keys: string[]; due: string[] } {
	scene.begin(0);
	const { state } = scene.sandbox.control;
	const sentAt = Date.now() - 2 * DAY;
	const keys = Array.from({ length: count }, (_, index) => {
		const kind = index % 10;
		if (kind === 9) return add(state, { sentAt });
		if (kind % 3 === 0) return add(state, { sentAt, status: 'completed' });
		if (kind % 3 === 1) return add(state, { sentAt, status: 'cancelled' });
		return add(state, { sentAt: Date.now() - HOUR });
	});
	return { keys, due: keys.filter((_key, index) => index % 10 === 9) };
}

interface Measured {
	/** What the run holds at its last send, beyond what was there before. */
	bytes: number;
}

async function runOver(count: number): Promise<Measured> {
	const { keys, due } = addInvitations(count);
	const last = due.at(-1) ?? '';
	const before = heapInUse();
	let atLastSend = 0;
	wire.clear();
	wire.rule((request) => {
		if (isResendOf(request, last)) atLastSend = heapInUse();
		return null;
	});
	const { passage } = await scene.resend(keys);
	const outbox = scene.sandbox.control.outbox();
	const requests = scene.sandbox.control.requests();

	assertLaws([passage], outbox, { stampOf: () => Date.now() - HOUR });
	expect(outbox.map(({ key }) => key)).toEqual(due);
	const asked = (operationId: string) =>
		requests.filter((request) => request.operationId === operationId).length;
	expect(asked(RESEND)).toBe(due.length);
	// One look at each, one right before each send, and one after it where the reply does not tell.
	expect(asked(readCall)).toBe(keys.length + (repliesWithIt ? 1 : 2) * due.length);
	const reasons = new Map<string, number>();
	for (const { reason } of linesOf(passage)) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
	expect(Object.fromEntries(reasons)).toEqual({
		completed: (count / 10) * 3,
		cancelled: (count / 10) * 3,
		alreadySent: (count / 10) * 3,
		sent: count / 10,
	});
	return { bytes: atLastSend - before };
}

test('of 3,000 targets only the 300 that are due are tried, and the memory grows with their number', async () => {
	await runOver(100);
	const small = await runOver(300);
	const large = await runOver(3_000);
	// Ten times as many may hold ten times as much; the rest is slack.
	expect(large.bytes / small.bytes).toBeLessThan(15);
	// The sandbox's own log of the requests is a good part of it.
	expect(large.bytes / 3_000).toBeLessThan(12_000);
}, 240_000);
