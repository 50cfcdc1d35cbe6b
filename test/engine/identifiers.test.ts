import type { IDataObject } from 'n8n-workflow';
import { accounts, DAY, seeded } from '../../sandbox';
import type { NodeSpec, Run } from './harness';
import { FIXTURES, type ProviderKey } from '../services';
import {
	credentialsFor,
	ids,
	isFailed,
	jsonOf,
	node,
	NOON,
	ON_ERROR,
	requestsTo,
	told,
	toldIn,
	useStage,
	type OnError,
	type Told,
} from './support';

const stage = useStage();

const UUID = seeded.worthAi.invited;

/** By what is wrong with them; JSON has no `undefined`, so the field is left out for it. */
const WRONG_EVERYWHERE: Record<string, unknown> = {
	'an empty text': '',
	blanks: '  ',
	'no value at all': undefined,
	null: null,
	'an object': { id: 'x' },
	'a list': ['x'],
	'a yes or no': true,
	'a step up': '../x',
	'two steps up': '..',
	'an encoded step up': '..%2Fx',
	'a slash': 'a/b',
	'a backslash': 'a\\b',
	'a question mark': 'a?b',
	'a hash': 'a#b',
	'a line break': 'a\nb',
	'a header after a line break': 'a\r\nX-Evil: 1',
	'a zero byte': 'a\u0000b',
	'65 characters': 'a'.repeat(65),
	'a number that is already rounded': Number('9007199254740993'),
};

async function run(
	provider: ProviderKey,
	operation: string,
	input: IDataObject[],
	onError: OnError,
	parameters: NonNullable<NodeSpec['parameters']> = {},
): Promise<Run> {
	return await stage.engine.run({
		node: node(provider, operation, { onError, parameters }),
		input,
		credentials: credentialsFor(stage.sandbox),
	});
}

const item = (name: string, value: unknown): IDataObject =>
	value === undefined ? {} : (JSON.parse(JSON.stringify({ [name]: value })) as IDataObject);

describe.each(FIXTURES)('a wrong target at $name', ({ provider, parameter, wrongIds }) => {
	const wrong = { ...WRONG_EVERYWHERE, ...wrongIds };
	const input = Object.values(wrong).map((value) => item('id', value));

	/** In which words each of them was refused. */
	function refusals(failures: readonly Told[]): Record<string, boolean> {
		const isRefused = ({ message, description }: Told) =>
			message.includes(`'${parameter}'`) && description.includes('No request was made.');
		return Object.fromEntries(
			Object.keys(wrong).map((what, index) => [
				what,
				failures.slice(index, index + 1).some(isRefused),
			]),
		);
	}

	test.each(['get', 'resend'])('is refused by %s before any request', async (operation) => {
		const all = Object.fromEntries(Object.keys(wrong).map((what) => [what, true]));
		for (const onError of ON_ERROR.slice(1)) {
			const { status, output } = await run(provider, operation, input, onError);
			expect(status).toBe('success');
			expect(output).toHaveLength(onError === 'continueErrorOutput' ? 2 : 1);
			expect(refusals(output.flat().map(toldIn))).toEqual(all);
		}
		const stopped = await run(provider, operation, input, 'stopWorkflow');
		expect([stopped.status, stopped.output]).toEqual(['error', []]);
		expect(told(stopped).message).toContain(`'${parameter}'`);
		expect(requestsTo(stage.sandbox)).toEqual([]);
	});
});

test.each([
	['an object', {}],
	['a list', []],
	['a yes or no', false],
])('%s is not called empty', async (_what, value) => {
	const result = await run('numium', 'get', [item('id', value)], 'stopWorkflow');

	expect(told(result).message).toBe("'Invitation' is not text");
});

describe('a parameter beside the target', () => {
	const beside = FIXTURES.flatMap(({ scope, ...facts }) =>
		scope === null ? [] : [{ ...facts, ...scope }],
	);

	test.each(beside.flatMap(({ wrong, ...rest }) => wrong.map((value) => ({ ...rest, value }))))(
		'$parameter %#: $value is refused before any request',
		async (row) => {
			const { provider, field, parameter, first, value } = row;
			for (const operation of ['get', 'resend']) {
				for (const onError of ON_ERROR) {
					const input = [{ id: first, beside: value }];
					const result = await run(provider, operation, input, onError, {
						[field]: '={{ $json.beside }}',
					});
					expect(told(result).message).toContain(`'${parameter}'`);
				}
			}
			expect(requestsTo(stage.sandbox)).toEqual([]);
		},
	);

	test.each(beside)(
		'$provider: one that is wrong in the credential is refused as well',
		async ({ provider, credential, field, parameter, first }) => {
			const credentials = credentialsFor(stage.sandbox);
			credentials[credential] = { ...credentials[credential], [field]: '../x' };

			const result = await stage.engine.run({
				node: node(provider, 'get', { onError: 'continueRegularOutput' }),
				input: ids(first),
				credentials,
			});

			expect(told(result).message).toContain(`'${parameter}'`);
			expect(requestsTo(stage.sandbox)).toEqual([]);
		},
	);
});

describe.each(FIXTURES)('among good items at $name', ({ provider, first, second, parameter }) => {
	test.each(['get', 'resend'])('%s goes on past a wrong one when told to', async (operation) => {
		const result = await run(
			provider,
			operation,
			ids(first, '../x', second),
			'continueRegularOutput',
		);

		expect(result.output[0]?.map(isFailed)).toEqual([false, true, false]);
		expect(told(result).message).toContain(`'${parameter}'`);
		expect(stage.sandbox.control.outbox()).toHaveLength(operation === 'resend' ? 2 : 0);
	});

	test.each(['get', 'resend'])(
		'%s names the wrong item, and touches none, when told to stop',
		async (operation) => {
			const result = await run(provider, operation, ids(first, second, '../x'), 'stopWorkflow');

			expect(result.error?.message).toBe(`'${parameter}' does not look right: ../x [item 2]`);
			expect(result.error).toMatchObject({ context: { itemIndex: 2 } });
			expect(requestsTo(stage.sandbox)).toEqual([]);
		},
	);
});

describe('an unusual but right id', () => {
	test.each([
		['0', '0'],
		['_', '_'],
		['-', '-'],
		['A_b-9', 'A_b-9'],
		['c'.repeat(64), 'c'.repeat(64)],
		[' padded\n', 'padded'],
		[42, '42'],
		[9007199254740991, '9007199254740991'],
	])('%j reaches KarmaCheck in the path as it is', async (given, sent) => {
		stage.sandbox.control.state.karmaCheck.add({ id: sent, sentAt: NOON - 2 * DAY });

		const result = await run('karmaCheck', 'resend', ids(given), 'stopWorkflow');

		expect(result.error).toBeUndefined();
		expect(requestsTo(stage.sandbox, 'getInvitation')[0]?.servicePath).toBe(
			`/invitation/case/${sent}`,
		);
		expect(stage.sandbox.control.outbox().map(({ key }) => key)).toEqual([sent]);
	});

	test.each([
		['0', '0'],
		['9223372036854775807', '9223372036854775807'],
		['9007199254740993', '9007199254740993'],
		[' 12\n', '12'],
		[12, '12'],
	])('%j reaches Numium in the query as it is', async (given, sent) => {
		stage.sandbox.control.state.numium.add({ id: sent, createdAt: NOON - 2 * DAY });

		const result = await run('numium', 'resend', ids(given), 'stopWorkflow');

		expect(result.error).toBeUndefined();
		expect(requestsTo(stage.sandbox, 'resendInvitation').map(({ query }) => query)).toEqual([
			{ id: sent },
		]);
		expect(jsonOf(result.output[0])[0]?.invitationId).toBe(sent);
	});

	test('of a tenant reaches Numium in the path as it is', async () => {
		const tenantId = '9223372036854775807';
		await run('numium', 'get', ids('9001'), 'stopWorkflow', { tenantId });

		expect(requestsTo(stage.sandbox)[0]?.servicePath).toBe(
			`/tenant/${tenantId}/admin/user/invitations`,
		);
	});

	test('in capitals reaches Worth AI as the same UUID', async () => {
		const { customerId } = accounts.worthAi;
		await run('worthAi', 'resend', ids(` ${UUID.toUpperCase()} `), 'stopWorkflow', {
			customerId: customerId.toUpperCase(),
		});

		expect(requestsTo(stage.sandbox, 'resendInvitation')[0]?.servicePath).toBe(
			`/customers/${customerId}/users/${UUID}/resend-invite`,
		);
	});

	test('holds no word that n8n would replace the message for', async () => {
		// n8n puts a text of its own in place of a message in which it finds EPERM, ENOENT and such.
		const result = await run('karmaCheck', 'get', ids('CASE-EPERM-1'), 'stopWorkflow');

		expect(told(result).message).toBe('There is no invitation for case CASE-EPERM-1 at KarmaCheck');
	});
});
