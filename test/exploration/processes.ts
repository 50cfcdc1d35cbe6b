import type * as Resend from '../../nodes/shared/resend/resend';
import { currentWorld } from './world';

/** What of the code under test runs in a process. */
export type Code = Pick<typeof Resend, 'resendInvitations'>;

/** A part of the code under test that is broken on purpose, to see whether a law notices. */
export interface Sabotage {
	/** The module, as this file names it. */
	module: string;
	/** What stands in for it, made of the real one. */
	instead(): object;
}

/**
 * Loads the code once more, so that its queues and flights are those of a process of its own. The copies serve one
 * schedule after another: what one leaves in memory is kept under ids that no other schedule has.
 */
async function loadCopy(n8nWorkflow: object, sabotage: Sabotage | undefined): Promise<Code> {
	let code: Code | undefined;
	await jest.isolateModulesAsync(async () => {
		jest.doMock('n8n-workflow', () => n8nWorkflow);
		if (sabotage !== undefined) jest.doMock(sabotage.module, sabotage.instead);
		code = await import('../../nodes/shared/resend/resend');
	});
	if (sabotage !== undefined) jest.dontMock(sabotage.module);
	if (code === undefined) throw new Error('The code under test was not loaded');
	return code;
}

/** As many processes as asked for. n8n's own package is loaded once, with a `sleep` in virtual time. */
export async function loadProcesses(count: number, sabotage?: Sabotage): Promise<Code[]> {
	const n8nWorkflow = {
		...jest.requireActual<object>('n8n-workflow'),
		sleep: async (ms: number) => await currentWorld().sleep(ms),
	};
	const copies: Code[] = [];
	while (copies.length < count) copies.push(await loadCopy(n8nWorkflow, sabotage));
	return copies;
}

/**
 * Gives the code under test the clock, the deadlines and the chance of the world it runs in, and gives back how to end
 * that. Not by spies: Jest remembers every call of one, and all the looks at the clock come to gigabytes.
 */
export function enterVirtualTime(): () => void {
	const { now } = Date;
	const { random } = Math;
	const { timeout } = AbortSignal;
	Date.now = () => currentWorld().clock();
	Math.random = () => currentWorld().random();
	AbortSignal.timeout = (ms) => currentWorld().timeoutSignal(ms);
	return () => {
		Date.now = now;
		Math.random = random;
		AbortSignal.timeout = timeout;
	};
}
