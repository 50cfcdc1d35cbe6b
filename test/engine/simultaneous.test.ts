import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { startSandbox, type Sandbox } from '../../sandbox';
import { createEngine } from './harness';
import { credentialsFor, ids, node, type ProviderKey } from './support';

/**
 * n8n's table is read and then written, so two executions at once can both find an entry new. The
 * model table takes a turn of the event loop for each statement, which makes that happen. Both are
 * in one process here; for several see the unit tests of the record, and test/e2e/queue.e2e.mjs.
 */

let sandbox: Sandbox;

beforeAll(async () => {
	sandbox = await startSandbox({
		seed: { karmaCheckCases: 20, worthUsers: 20, numiumInvitations: 20, fill: 'pending' },
		latencyMs: 2,
	});
});
afterAll(async () => await sandbox.close());
beforeEach(() => sandbox.control.reset());

function targets(provider: ProviderKey): IDataObject[] {
	const { state } = sandbox.control;
	const all: Record<ProviderKey, Array<{ id: string }>> = {
		karmaCheck: state.karmaCheckCases(),
		worthAi: state.worthUsers(),
		numium: state.numiumInvitations('1024'),
	};
	return ids(...all[provider].map(({ id }) => id));
}

function outcomes(items: INodeExecutionData[] = []): string[] {
	return items.map(({ json }) => String(json.outcome ?? 'failed'));
}

describe.each(['karmaCheck', 'worthAi', 'numium'] as const)(
	'two executions at once, %s',
	(provider) => {
		it.each([1, 2, 3, 4, 5])('mail nobody twice (round %i)', async () => {
			const engine = createEngine();
			const once = async () =>
				await engine.run({
					node: node(provider, 'resend', { onError: 'continueRegularOutput' }),
					input: targets(provider),
					credentials: credentialsFor(sandbox),
				});
			const [one, other] = await Promise.all([once(), once()]);

			const mailedOnce = (): number => {
				const mailed = sandbox.control.outbox().map(({ key }) => key);
				expect(mailed.filter((key, index) => mailed.indexOf(key) !== index)).toEqual([]);
				return mailed.length;
			};
			const claimed = [...outcomes(one.output[0]), ...outcomes(other.output[0])];
			expect(mailedOnce()).toBeGreaterThan(0);
			expect(claimed.filter((outcome) => outcome === 'sent')).toHaveLength(mailedOnce());

			// Whoever each of the two left to the other is served by the next one, and nobody twice.
			const next = await once();
			expect(outcomes(next.output[0])).not.toContain('unknown');
			mailedOnce();
		});
	},
);
