import { testFaultsAt } from './matrix/faultRuns';

jest.setTimeout(60_000);

jest.mock('n8n-workflow', () => ({
	...jest.requireActual<typeof import('n8n-workflow')>('n8n-workflow'),
	sleep: async () => undefined,
}));

testFaultsAt('the second of three');
