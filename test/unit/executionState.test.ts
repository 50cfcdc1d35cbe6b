import type { IExecuteFunctions } from 'n8n-workflow';
import {
	openExecutionState,
	type BegunSend,
	type ExecutionState,
} from '../../nodes/shared/resend/executionState';
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

const BEGUN: BegunSend = { before: INVITATION, elsewhere: 'elsewhere@example.com' };

const VERDICT: Verdict = {
	outcome: 'sent',
	reason: 'sent',
	message: 'Sent',
	nextEligibleAt: null,
	invitation: INVITATION,
};

type Store = Record<string, unknown>;

interface Pass {
	/** Empty where n8n gives the execution none. */
	id: string;
	runIndex: unknown;
	candidate: string;
}

/** The node's context as n8n keeps it with an execution, at one pass of a loop. */
function stateOf(
	store: Store,
	{ id = '7', runIndex = 0, candidate = 'made up' }: Partial<Pass> = {},
): ExecutionState {
	const fake = {
		getContext: (scope: string) => (scope === 'node' ? store : {}),
		getExecutionId: () => id,
		getWorkflowDataProxy: () => ({ $runIndex: runIndex }),
	};
	return openExecutionState(fake as unknown as IExecuteFunctions, candidate);
}

/** What a later try gets: n8n writes the execution's data to its database in between. */
function saved(store: Store): Store {
	const copy: Store = JSON.parse(JSON.stringify(store));
	return copy;
}

describe('what an execution remembers', () => {
	it('is nothing at first', () => {
		const state = stateOf({});
		expect(state.begun('entry')).toBeNull();
		expect(state.verdict('key')).toBeNull();
	});

	it('is kept through being saved', () => {
		const store: Store = {};
		const first = stateOf(store);
		first.rememberBegun('entry', BEGUN);
		first.rememberVerdict('key', VERDICT);
		const second = stateOf(saved(store));
		expect(second.begun('entry')).toEqual(BEGUN);
		expect(second.verdict('key')).toEqual(VERDICT);
		expect(second.begun('key')).toBeNull();
		expect(second.verdict('entry')).toBeNull();
	});

	it('forgets a begun send alone', () => {
		const state = stateOf({});
		state.rememberBegun('one', BEGUN);
		state.rememberBegun('two', BEGUN);
		state.forgetBegun('one');
		expect(state.begun('one')).toBeNull();
		expect(state.begun('two')).toEqual(BEGUN);
	});

	it('keeps the verdicts of every pass of a loop apart, and begun sends together', () => {
		const store: Store = {};
		const [first, second] = [stateOf(store, { runIndex: 0 }), stateOf(store, { runIndex: 1 })];
		first.rememberVerdict('key', VERDICT);
		first.rememberBegun('entry', BEGUN);
		expect(second.verdict('key')).toBeNull();
		expect(second.begun('entry')).toEqual(BEGUN);
		second.forgetVerdicts();
		expect(first.verdict('key')).toEqual(VERDICT);
		first.forgetVerdicts();
		expect(first.verdict('key')).toBeNull();
	});

	it('takes a pass without a number for the first', () => {
		const store: Store = {};
		stateOf(store, { runIndex: undefined }).rememberVerdict('key', VERDICT);
		expect(stateOf(store, { runIndex: 0 }).verdict('key')).toEqual(VERDICT);
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
		expect(stateOf({ 'invitations.verdicts.7.0': { key: value } }).verdict('key')).toBeNull();
	});

	it('finds a verdict where it is kept', () => {
		expect(stateOf({ 'invitations.verdicts.7.0': { key: VERDICT } }).verdict('key')).toEqual(
			VERDICT,
		);
	});

	it.each([
		null,
		'text',
		[],
		{},
		{ before: null },
		{ before: { subject: {} } },
		{ before: { status: 'pending' } },
		INVITATION,
	])('takes %j for no begun send', (value) => {
		expect(stateOf({ 'invitations.begun.7': { entry: value } }).begun('entry')).toBeNull();
	});

	it('finds a begun send where it is kept', () => {
		expect(stateOf({ 'invitations.begun.7': { entry: BEGUN } }).begun('entry')).toEqual(BEGUN);
	});

	it.each([null, 'text', []])('begins anew over a part that is %j', (part) => {
		const store: Store = { 'invitations.begun.7': part, 'invitations.execution': part };
		const state = stateOf(store);
		state.rememberBegun('entry', BEGUN);
		expect(state.begun('entry')).toEqual(BEGUN);
		expect(stateOf(saved(store), { id: '8' }).executionId).toBe('7');
	});

	it('leaves what else is in the context alone', () => {
		const store: Store = { other: 1 };
		const state = stateOf(store);
		state.rememberVerdict('key', VERDICT);
		state.forgetVerdicts();
		expect(store).toEqual({ other: 1, 'invitations.execution': { id: '7' } });
	});
});

describe('a finished execution that is tried again, under another id with the data of the first,', () => {
	it('hears no old verdict, and remembers its own', () => {
		const store: Store = {};
		stateOf(store, { id: '7' }).rememberVerdict('key', VERDICT);
		const later = saved(store);
		expect(stateOf(later, { id: '8' }).verdict('key')).toBeNull();
		const own: Verdict = { ...VERDICT, message: 'Sent again' };
		stateOf(later, { id: '8' }).rememberVerdict('key', own);
		expect(stateOf(saved(later), { id: '8' }).verdict('key')).toEqual(own);
	});

	it('counts as the execution that it continues', () => {
		const store: Store = {};
		expect(stateOf(store, { id: '7' }).executionId).toBe('7');
		const later = saved(store);
		expect(stateOf(later, { id: '8' }).executionId).toBe('7');
		expect(stateOf(saved(later), { id: '9' }).executionId).toBe('7');
	});

	it('settles nothing by what the first one saw before its sends', () => {
		const store: Store = {};
		stateOf(store, { id: '7' }).rememberBegun('entry', BEGUN);
		expect(stateOf(saved(store), { id: '8' }).begun('entry')).toBeNull();
		expect(stateOf(saved(store), { id: '7' }).begun('entry')).toEqual(BEGUN);
	});
});

describe('an execution that n8n gives no id', () => {
	it('goes by the first that was made up for it, through tries and passes', () => {
		const store: Store = {};
		const first = stateOf(store, { id: '', candidate: 'one' });
		expect(first.executionId).toBe('one');
		first.rememberVerdict('key', VERDICT);
		const again = stateOf(saved(store), { id: '', candidate: 'two' });
		expect(again.executionId).toBe('one');
		expect(again.verdict('key')).toEqual(VERDICT);
		expect(stateOf(saved(store), { id: '', candidate: 'two', runIndex: 3 }).executionId).toBe(
			'one',
		);
	});

	it('is another one with other data', () => {
		expect(stateOf({}, { id: '', candidate: 'two' }).executionId).toBe('two');
	});
});
