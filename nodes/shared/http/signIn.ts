import { readAnswer, SIGN_IN_ERROR, TIMEOUT_MS, type Reply } from './response';
import { readRetryAfter } from './retry';
import { readProviderWords } from './errorMessages';
import { collectSecrets } from './redact';
import type { ICredentialDataDecryptedObject, IDataObject, IHttpRequestHelper } from 'n8n-workflow';

export interface SignIn {
	/** The provider's name as people write it. */
	provider: string;
	url: string;
	body: IDataObject;
	tokenOf(reply: unknown): unknown;
	/** Statuses by which the provider says that the key or password is not right. */
	refusals: readonly number[];
	/** What the user should look at when it does. */
	check: string;
}

/**
 * An error whose message is for the user. It has no `code`, no `status` and no `response`: n8n's
 * credential test would show words of its own for those instead of the message.
 */
function createSignInError(message: string, reply: Reply | null): Error {
	return Object.assign(new Error(message), {
		name: SIGN_IN_ERROR,
		answered: reply?.status ?? null,
		askedWait: reply === null ? null : readRetryAfter(reply, Date.now()),
	});
}

async function post(helper: IHttpRequestHelper, { url, body }: SignIn): Promise<Reply | null> {
	try {
		const answer: unknown = await helper.helpers.httpRequest({
			method: 'POST',
			url,
			body,
			headers: { Accept: 'application/json' },
			encoding: 'text',
			returnFullResponse: true,
			ignoreHttpStatusErrors: true,
			disableFollowRedirect: true,
			timeout: TIMEOUT_MS,
		});
		return { ...readAnswer(answer), secrets: collectSecrets(body) };
	} catch {
		// What is thrown holds the password; the caller says that nothing answered.
		return null;
	}
}

/**
 * Signs in for n8n's `preAuthentication`.
 *
 * @returns the bearer token
 * @throws Error named `SignInError`, with words for the user, and the status `answered` and the `askedWait`, if any
 */
async function signIn(helper: IHttpRequestHelper, plan: SignIn): Promise<string> {
	const { provider } = plan;
	const reply = await post(helper, plan);
	if (reply === null) {
		throw createSignInError(
			`Could not reach ${provider} to sign in. Check the environment or the base URL in the credential, and the network connection of n8n.`,
			null,
		);
	}
	const isGood = reply.status >= 200 && reply.status < 300;
	// What a good answer holds, in whatever form, may be the token.
	const said = isGood ? null : readProviderWords(reply);
	const quote = said === null ? '' : ` ${provider} answered: ${said}`;
	const token = isGood ? plan.tokenOf(reply.body) : undefined;
	if (typeof token === 'string' && token !== '') return token;
	if (plan.refusals.includes(reply.status)) {
		throw createSignInError(`${provider} did not accept the sign-in. ${plan.check}${quote}`, reply);
	}
	throw createSignInError(
		`Could not sign in to ${provider} (status ${reply.status}). Check the environment or the base URL in the credential.${quote}`,
		reply,
	);
}

/** The `preAuthentication` of a credential that can sign in, unless the user has pasted a token. */
export function createPreAuthentication(
	plan: (credential: ICredentialDataDecryptedObject) => SignIn,
) {
	/** By the credential as n8n hands it over, one object for a run: many calls at once may find its token run out. */
	const underWay = new WeakMap<ICredentialDataDecryptedObject, Promise<string>>();

	return async function preAuthentication(
		this: IHttpRequestHelper,
		credential: ICredentialDataDecryptedObject,
	): Promise<{ sessionToken?: string }> {
		if (credential.authentication === 'token') return {};
		const signingIn =
			underWay.get(credential) ??
			signIn(this, plan(credential)).finally(() => underWay.delete(credential));
		underWay.set(credential, signingIn);
		return { sessionToken: await signingIn };
	};
}
