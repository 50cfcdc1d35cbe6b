import { getCredentialAllowedDomains } from 'n8n-workflow';
import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IPollFunctions,
} from 'n8n-workflow';
import { createFailure, type Failure } from '../core/failure';
import { messageOf } from '../core/json';
import { ok, refuse, type Result } from '../core/result';
import { resolveBaseUrl, nameEnvironment, nameInstallation, type KnownHosts } from './baseUrl';
import { collectSecrets } from './redact';
import { readAnswer, readThrown, TIMEOUT_MS, type Exchange, type Reply } from './response';
import { createRetries, type CallKind, type OnWait } from './retry';
import { stripBearer, readJwtExpiry } from './token';

/**
 * This room makes signed-in calls, repeats those that may be repeated, and puts what comes back into
 * words. It knows no invitation.
 */

export type Caller = IExecuteFunctions | ILoadOptionsFunctions | IPollFunctions;

/** What distinguishes one provider's credential for the shared HTTP code. */
export interface CredentialPlan {
	type: string;
	hosts: KnownHosts;
	/** Statuses by which the provider may mean "this token has run out". */
	refreshStatuses: readonly number[];
}

export interface Call {
	kind: CallKind;
	method: 'GET' | 'POST' | 'PUT';
	/** Below the base URL; its parts already encoded. */
	path: string;
	query?: Record<string, string>;
	body?: IDataObject;
}

/** One run's signed-in connection: the credential is read once. */
export interface Session {
	credential: ICredentialDataDecryptedObject;
	/** For outputs: `production`, `stage`, or the host of a custom base URL. */
	environment: string;
	/**
	 * For keys, such as those of the record of sends: `production` or `stage` at the provider's own
	 * hosts, else the whole base URL, normalised. One host may serve several installations, whose
	 * ids have nothing to do with each other.
	 */
	installation: string;
	signal: AbortSignal | undefined;
	/** When its calls are over at the latest, epoch milliseconds. */
	deadline: number;
	exchange(call: Call, onWait?: OnWait): Promise<Exchange>;
}

function readAllowedDomains(
	caller: Caller,
	credential: ICredentialDataDecryptedObject,
	baseUrl: string,
): string | undefined {
	return getCredentialAllowedDomains({
		node: caller.getNode(),
		credentialData: credential,
		credentialOwnedSurface: true,
		nodeEndpointUrl: baseUrl,
	});
}

function readCancelSignal(caller: Caller): AbortSignal | undefined {
	return 'getExecutionCancelSignal' in caller ? caller.getExecutionCancelSignal() : undefined;
}

/**
 * n8n's scheduler abandons a poll that takes longer, and keeps nothing of it. The budget is less than that: 36 s of 45
 * by default, and five minutes where a poll is not abandoned (n8n's trigger-execution-context.factory).
 */
function readDeadline(caller: Caller): number {
	return 'getPollBudgetMs' in caller ? Date.now() + caller.getPollBudgetMs() : Infinity;
}

/** That a pasted token has expired is found without a call. */
function checkTokenExpiry(credential: ICredentialDataDecryptedObject, now: number): Failure | null {
	const pasted = credential.authentication === 'token' || credential.authentication === undefined;
	const expiry = pasted ? readJwtExpiry(stripBearer(credential.token)) : null;
	if (expiry === null || expiry > now) return null;
	return createFailure(
		'credential',
		`The token in the credential expired at ${new Date(expiry).toISOString()}`,
		'Paste a new token into the credential. No request was made.',
	);
}

/**
 * Reads the credential, once for the run, and prepares the calls made with it. None is made with a token that has
 * expired; the session is opened all the same, for what an earlier try of the node came to stands.
 */
export async function openSession(caller: Caller, plan: CredentialPlan): Promise<Result<Session>> {
	const credential = await caller.getCredentials(plan.type);
	let baseUrl: string;
	try {
		baseUrl = resolveBaseUrl(credential, plan.hosts);
	} catch (thrown) {
		return refuse(messageOf(thrown), 'Open the credential and correct it. No request was made.');
	}
	const stored = caller.getNode().credentials?.[plan.type];
	const decrypted: ICredentialsDecrypted = {
		id: stored?.id ?? '',
		name: stored?.name ?? '',
		type: plan.type,
		data: credential,
	};
	const domains = readAllowedDomains(caller, credential, baseUrl);
	const signal = readCancelSignal(caller);
	const deadline = readDeadline(caller);
	let refreshStatuses = [...plan.refreshStatuses];

	// Asked for each time: n8n renews the session token in the credential.
	const answered = (reply: Reply): Exchange => ({
		kind: 'reply',
		reply: { ...reply, secrets: collectSecrets(credential) },
	});

	async function callOnce(call: Call): Promise<Exchange> {
		const url = `${baseUrl}${call.path}`;
		const options: IHttpRequestOptions = {
			method: call.method,
			url,
			headers: { Accept: 'application/json' },
			...(call.query === undefined ? {} : { qs: call.query }),
			...(call.body === undefined ? {} : { body: call.body }),
			// As text: a plain JSON parse would round int64 ids.
			encoding: 'text',
			returnFullResponse: true,
			// 0 would be no limit.
			timeout: Math.max(1, Math.min(TIMEOUT_MS, deadline - Date.now())),
			disableFollowRedirect: true,
			sendCredentialsOnCrossOriginRedirect: false,
			ignoreHttpStatusErrors: { ignore: true, except: refreshStatuses },
			...(domains === undefined ? {} : { allowedDomains: domains }),
		};
		try {
			const answer: unknown = await caller.helpers.httpRequestWithAuthentication.call(
				caller,
				plan.type,
				options,
				{ credentialsDecrypted: decrypted, preAuthenticationRetryStatusCode: refreshStatuses },
			);
			return answered(readAnswer(answer));
		} catch (thrown) {
			const caught = readThrown(thrown, signal);
			const exchange = caught.kind === 'reply' ? answered(caught.reply) : caught;
			// The token was renewed for this call and 403 came again: it is not about the token, so further 403s of this run
			// are not worth a sign-in each.
			if (exchange.kind === 'reply' && exchange.reply.status === 403) {
				refreshStatuses = refreshStatuses.filter((status) => status !== 403);
			}
			return exchange;
		}
	}

	const environment = nameEnvironment(credential, baseUrl, plan.hosts);
	const installation = nameInstallation(baseUrl, plan.hosts);
	const expired = checkTokenExpiry(credential, Date.now());
	const exchange: Session['exchange'] =
		expired === null
			? createRetries(callOnce, signal, deadline)
			: async () => ({ kind: 'fault', fault: { kind: 'expired', failure: expired } });
	return ok({ credential, environment, installation, signal, deadline, exchange });
}
