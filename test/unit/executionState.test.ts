import type { IExecuteFunctions } from 'n8n-workflow';
import { openRunMemory, type RunMemory } from '../../nodes/shared/resend/executionState';
import type { Verdict } from '../../nodes/shared/resend/verdict';
import { sampleInvitation } from './support/sampleInvitation';

const INVITATION = sampleInvitation({
	provider: 'worthAi',
	environment: 'production',
	id: null,
	subject: { customerId: 'c', userId: 'u' },
	providerStatus: 'INVITED',
	email: null,
	name: null,
});

const VERDICT: Verdict = {
	outcome: 'sent',
	reason: 'sent',
	message: 'Sent',
	nextEligibleAt: null,
	invitation: INVITATION,
};

type Store = Record<string, unknown>;

/** The node's context as n8n keeps it with an execution, at one pass of a loop. */
function memoryOf(store: Store, runIndex: unknown = 0): RunMemory {
	const fake = {
		getContext: (scope: string) => (scope === 'node' ? store : {}),
		getWorkflowDataProxy: () => ({ $runIndex: runIndex }),
	};
	return openRunMemory(fake as unknown as IExecuteFunctions);
}

/** What a later try gets: n8n writes the execution's data to its database in between. */
function saved(store: Store): Store {
	const copy: Store = JSON.parse(JSON.stringify(store));
	return copy;
}

describe('the memory of a run', () => {
	it('knows nothing at first', () => {
		const memory = memoryOf({});
		expect(memory.entries).toEqual({});
		expect(memory.begun('entry')).toBeNull();
		expect(memory.verdict('key')).toBeNull();
	});

	it('keeps what it is told through being saved', () => {
		const store: Store = {};
		const first = memoryOf(store);
		first.entries.entry = 'open';
		first.rememberBegun('entry', INVITATION);
		first.rememberVerdict('key', VERDICT);
		const second = memoryOf(saved(store));
		expect(second.entries).toEqual({ entry: 'open' });
		expect(second.begun('entry')).toEqual(INVITATION);
		expect(second.verdict('key')).toEqual(VERDICT);
		expect(second.begun('key')).toBeNull();
		expect(second.verdict('entry')).toBeNull();
	});

	it('forgets a begun send alone', () => {
		const memory = memoryOf({});
		memory.rememberBegun('one', INVITATION);
		memory.rememberBegun('two', INVITATION);
		memory.forgetBegun('one');
		expect(memory.begun('one')).toBeNull();
		expect(memory.begun('two')).toEqual(INVITATION);
	});

	it('keeps the verdicts of every pass of a loop apart, and begun sends together', () => {
		const store: Store = {};
		const [first, second] = [memoryOf(store, 0), memoryOf(store, 1)];
		first.rememberVerdict('key', VERDICT);
		first.rememberBegun('entry', INVITATION);
		expect(second.verdict('key')).toBeNull();
		expect(second.begun('entry')).toEqual(INVITATION);
		second.forgetVerdicts();
		expect(first.verdict('key')).toEqual(VERDICT);
		first.forgetVerdicts();
		expect(first.verdict('key')).toBeNull();
	});

	it('takes a pass without a number for the first', () => {
		const store: Store = {};
		memoryOf(store, undefined).rememberVerdict('key', VERDICT);
		expect(memoryOf(store, 0).verdict('key')).toEqual(VERDICT);
	});

	it.each([
		null,
		'text',
		[],
		{},
		{ outcome: 'sent' },
		{ outcome: 'sent', invitation: {} },
		{ invitation: INVITATION },
	])('takes %j for no verdict', (value) => {
		expect(memoryOf({ 'invitations.verdicts.0': { key: value } }).verdict('key')).toBeNull();
	});

	it.each([null, 'text', [], {}, { subject: {} }, { status: 'pending' }])(
		'takes %j for no invitation',
		(value) => {
			expect(memoryOf({ 'invitations.begun': { entry: value } }).begun('entry')).toBeNull();
		},
	);

	it.each([null, 'text', []])('begins anew over a part that is %j', (part) => {
		const memory = memoryOf({ 'invitations.begun': part, 'invitations.entries': part });
		memory.rememberBegun('entry', INVITATION);
		expect(memory.begun('entry')).toEqual(INVITATION);
		expect(memory.entries).toEqual({});
	});

	it('keeps the first id an execution is given', () => {
		const store: Store = {};
		expect(memoryOf(store).executionId('made up')).toBe('made up');
		expect(memoryOf(saved(store), 3).executionId('made up again')).toBe('made up');
	});

	it('leaves what else is in the context alone', () => {
		const store: Store = { other: 1 };
		const memory = memoryOf(store);
		memory.rememberVerdict('key', VERDICT);
		memory.forgetVerdicts();
		expect(store).toEqual({ other: 1, 'invitations.entries': {} });
	});
});
