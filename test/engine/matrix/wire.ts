import http from 'node:http';
import { createRequire } from 'node:module';
import type { AxiosStatic, InternalAxiosRequestConfig } from 'axios';
import { until } from '../support';

/** A request as n8n is about to make it. */
export interface Outgoing {
	method: string;
	url: string;
	params: Readonly<Record<string, unknown>>;
	timeout: number;
}

/** What shall become of a request, other than being made as asked. */
export type Fate =
	/** Its port has no listener, so that the system itself refuses the connection. */
	| 'refused'
	/** Given up like one that took longer than its timeout, as soon as this holds. */
	| { givenUpWhen: () => boolean }
	/** Under way, but not there before this holds. */
	| { heldUntil: () => boolean };

export interface Wire {
	/** Asked for every request; the first rule with an answer decides. */
	rule(fate: (request: Outgoing) => Fate | null): void;
	/** Every request since the last `clear`. */
	requests(): Outgoing[];
	/** Those that have no answer yet. */
	underWay(): Outgoing[];
	clear(): void;
	unplug(): void;
}

// Not the one the tests could import: n8n's network layer brings its own.
const core = createRequire(createRequire(__filename).resolve('n8n-core'));
const network = createRequire(core.resolve('@n8n/backend-network'));
const axios = network('axios') as AxiosStatic;

/** Nobody listens there. */
const DEAD_PORT = '1';

function outgoing(config: InternalAxiosRequestConfig): Outgoing {
	return {
		method: (config.method ?? 'get').toUpperCase(),
		url: config.url ?? '',
		params: (config.params as Record<string, unknown> | undefined) ?? {},
		timeout: config.timeout ?? 0,
	};
}

/**
 * Makes the timeout strike when `when` holds instead of after the time that was asked for. Node
 * says `timeout` to axios in the same way, so all that follows is as it would be.
 */
function givingUp(when: () => boolean): InternalAxiosRequestConfig['transport'] {
	return {
		request(options: http.RequestOptions, listener: (reply: http.IncomingMessage) => void) {
			const request = http.request(options, listener);
			let over = false;
			request.once('close', () => {
				over = true;
			});
			const look = (): void => {
				if (over) return;
				if (when()) request.emit('timeout');
				else setImmediate(look);
			};
			setImmediate(look);
			return request;
		},
	};
}

/** Stands between n8n's HTTP client and the network of this process. */
export function plugIn(): Wire {
	let rules: Array<(request: Outgoing) => Fate | null> = [];
	let seen: Outgoing[] = [];
	const underWay = new Map<unknown, Outgoing>();
	const plug = axios.interceptors.request.use(async (config) => {
		const request = outgoing(config);
		seen.push(request);
		underWay.set(config, request);
		const fate = rules.map((rule) => rule(request)).find((answer) => answer !== null);
		if (fate === undefined) return config;
		if (fate === 'refused') {
			const url = new URL(request.url);
			url.port = DEAD_PORT;
			return Object.assign(config, { url: url.href });
		}
		if ('heldUntil' in fate) {
			await until(fate.heldUntil);
			return config;
		}
		return Object.assign(config, { transport: givingUp(fate.givenUpWhen) });
	});
	const answers = axios.interceptors.response.use(
		(answer) => {
			underWay.delete(answer.config);
			return answer;
		},
		async (thrown: unknown) => {
			// Also one that was given up before it was made.
			if (axios.isAxiosError(thrown)) underWay.delete(thrown.config);
			return await Promise.reject(thrown);
		},
	);
	return {
		rule: (rule) => void rules.push(rule),
		requests: () => seen,
		underWay: () => [...underWay.values()],
		clear() {
			seen = [];
			rules = [];
		},
		unplug() {
			axios.interceptors.request.eject(plug);
			axios.interceptors.response.eject(answers);
		},
	};
}
