import type { IHttpRequestHelper } from 'n8n-workflow';
import { createPreAuthentication } from '../../nodes/shared/http/signIn';

/** A service whose answers to sign-ins are given by hand. */
function createService() {
	const answers: Array<(status: number) => void> = [];
	const helper = {
		helpers: {
			httpRequest: async () =>
				await new Promise((resolve) => {
					answers.push((statusCode) => resolve({ statusCode, body: '{"token":"t"}' }));
				}),
		},
	} as unknown as IHttpRequestHelper;
	const preAuthentication = createPreAuthentication(() => ({
		provider: 'Some',
		url: 'https://api.example.com/sign-in',
		body: {},
		tokenOf: () => `token ${answers.length}`,
		refusals: [401],
		check: 'Check the key.',
	}));
	const signIn = async (credential: object) =>
		await preAuthentication.call(helper, credential as Record<string, string>);
	return { answers, signIn };
}

test('calls that find the token refused at the same time share one sign-in', async () => {
	const { answers, signIn } = createService();
	const credential = {};
	const all = [signIn(credential), signIn(credential), signIn(credential)];
	expect(answers).toHaveLength(1);
	answers[0]?.(200);
	expect(await Promise.all(all)).toEqual(Array(3).fill({ sessionToken: 'token 1' }));
});

test('a later call signs in anew, also where the one before was refused', async () => {
	const { answers, signIn } = createService();
	const credential = {};
	const refused = signIn(credential);
	answers[0]?.(401);
	await expect(refused).rejects.toThrow('did not accept the sign-in');
	const accepted = signIn(credential);
	expect(answers).toHaveLength(2);
	answers[1]?.(200);
	expect(await accepted).toEqual({ sessionToken: 'token 2' });
	void signIn(credential);
	expect(answers).toHaveLength(3);
});

test.each([
	'"an-opaque-token"',
	'{"data":"an-opaque-token"}',
	'{"message":"an-opaque-token"}',
	'token=an-opaque-token',
])('a good answer in another form, which may be the token, is not repeated: %s', async (body) => {
	const helper = {
		helpers: { httpRequest: async () => ({ statusCode: 200, body }) },
	} as unknown as IHttpRequestHelper;
	const preAuthentication = createPreAuthentication(() => ({
		provider: 'Some',
		url: 'https://api.example.com/sign-in',
		body: {},
		tokenOf: () => undefined,
		refusals: [401],
		check: 'Check the key.',
	}));
	await expect(preAuthentication.call(helper, {})).rejects.toThrow(
		/^Could not sign in to Some \(status 200\)\. Check the environment or the base URL in the credential\.$/,
	);
});

test('another credential has a sign-in of its own', () => {
	const { answers, signIn } = createService();
	void signIn({});
	void signIn({});
	expect(answers).toHaveLength(2);
});
