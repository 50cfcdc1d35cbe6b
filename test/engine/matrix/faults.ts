import type { Fault } from '../../../sandbox';
import type { ProviderKey } from '../support';
import { READ, type Given, type Scene } from './scene';
import type { Outgoing, Wire } from './wire';

/** How an item that the fault strikes must end, and whether a mail is out. */
export interface Ending {
	says: string;
	mailed: boolean;
}

/** Null where it passes and so depends on the tries: the laws and the next run then decide. */
export type Endings = Record<ProviderKey, Ending | null>;

export interface MatrixFault {
	name: string;
	arm(scene: Scene, wire: Wire, key: string): void;
	ends: Endings;
	/** Ends the sending for all items after the first it strikes. */
	halts?: boolean;
}

/** Another origin; the sandbox would log a request under this path. */
export const ELSEWHERE = '/elsewhere';

const SENT: Ending = { says: 'sent', mailed: true };

const failed = (reason: string): Ending => ({ says: `failed: ${reason}`, mailed: false });
const unknown = (mailed: boolean): Ending => ({ says: 'unknown: unconfirmed', mailed });

/** The same at all three. */
const all = (ending: Ending | null): Endings => ({
	karmaCheck: ending,
	worthAi: ending,
	numium: ending,
});

/** KarmaCheck shows by its new invitation what became of it; the others have nothing to look at. */
const looked = (ending: Ending): Endings => ({
	karmaCheck: ending,
	worthAi: unknown(ending.mailed),
	numium: unknown(ending.mailed),
});

const always: Given = { times: 'always' };

/** Strikes the resend of one item, each time it is tried. */
function persisting(
	name: string,
	fault: Fault,
	ends: Endings,
	more: Partial<MatrixFault> = {},
): MatrixFault {
	return { name, ends, arm: (scene, _wire, key) => void scene.strike(key, fault, always), ...more };
}

/** Strikes once for each item. */
function passing(name: string, fault: Fault, ends: Endings): MatrixFault {
	return { name, ends, arm: (scene, _wire, key) => void scene.strike(key, fault) };
}

const refusal = (status: number): Fault => ({ kind: 'status', status, body: { message: 'no' } });
const breakdown = (status: number, effect: 'none' | 'before'): Fault => ({
	kind: 'status',
	status,
	body: { message: 'oh' },
	effect,
});

export function isResendOf({ method, url, params }: Outgoing, key: string): boolean {
	return method !== 'GET' && (url.includes(`/${key}/`) || String(params.id) === key);
}

const timeouts = (effect: 'none' | 'before', ends: Endings): MatrixFault => ({
	name: `timeout ${effect === 'before' ? 'after' : 'before'} the effect`,
	ends,
	arm(scene, wire, key) {
		const hang = scene.strike(key, { kind: 'hang', effect }, always);
		wire.rule((request) => {
			if (!isResendOf(request, key)) return null;
			const before = hang.hits();
			return { givenUpWhen: () => hang.hits() > before };
		});
	},
});

export function disarm(scene: Scene, wire: Wire): void {
	scene.sandbox.control.clearFaults();
	wire.clear();
}

const redirect = (scene: Scene, effect: 'none' | 'before'): Fault => ({
	kind: 'redirect',
	location: `http://localhost:${scene.sandbox.port}${ELSEWHERE}`,
	effect,
});

export const MATRIX: readonly MatrixFault[] = [
	persisting('refused with 400', refusal(400), all(failed('refused'))),
	persisting('refused with 404', refusal(404), all(failed('notFound'))),
	persisting('refused with 422', refusal(422), all(failed('refused'))),
	passing('refused once', refusal(422), all(null)),
	persisting('401 again and again', refusal(401), all(failed('credential'))),
	passing('401 once', refusal(401), all(SENT)),
	persisting('403 again and again', refusal(403), all(failed('forbidden'))),
	passing('403 once', refusal(403), {
		karmaCheck: SENT,
		worthAi: null,
		numium: null,
	}),
	passing('429 once, with Retry-After', { kind: 'rateLimit', retryAfter: '7' }, all(SENT)),
	passing('429 once, without Retry-After', { kind: 'rateLimit' }, all(SENT)),
	persisting(
		'429 again and again, with Retry-After',
		{ kind: 'rateLimit', retryAfter: '3600' },
		all({ says: 'deferred: rateLimited', mailed: false }),
		{ halts: true },
	),
	persisting(
		'429 again and again, without Retry-After',
		{ kind: 'rateLimit' },
		all({ says: 'deferred: rateLimited', mailed: false }),
		{ halts: true },
	),
	persisting('500 before the effect', breakdown(500, 'none'), looked(failed('unavailable'))),
	persisting('500 after the effect', breakdown(500, 'before'), looked(SENT)),
	persisting('503 before the effect', breakdown(503, 'none'), looked(failed('unavailable'))),
	persisting('502 after the effect', breakdown(502, 'before'), looked(SENT)),
	passing('500 before the effect, once', breakdown(500, 'none'), all(null)),
	// A gateway gave up: the service behind it may still be at work, so a look proves nothing.
	persisting('504 before the effect', breakdown(504, 'none'), all(unknown(false))),
	persisting('504 after the effect', breakdown(504, 'before'), looked(SENT)),
	persisting('408 before the effect', breakdown(408, 'none'), all(unknown(false))),
	persisting('408 after the effect', breakdown(408, 'before'), looked(SENT)),
	persisting(
		'reset before the effect',
		{ kind: 'reset', effect: 'none' },
		looked(failed('unreachable')),
	),
	persisting('reset after the effect', { kind: 'reset', effect: 'before' }, looked(SENT)),
	timeouts('none', all(unknown(false))),
	timeouts('before', looked(SENT)),
	{
		name: 'connection refused',
		ends: all(failed('unreachable')),
		arm(_scene, wire, key) {
			wire.rule((request) => (isResendOf(request, key) ? 'refused' : null));
		},
	},
	persisting(
		'a web page with 200 before the effect',
		{ kind: 'html' },
		looked(failed('unexpectedReply')),
	),
	persisting(
		'a web page with 200 after the effect',
		{ kind: 'html', effect: 'before' },
		looked(SENT),
	),
	persisting(
		'an empty 200 without the effect',
		{ kind: 'status', status: 200 },
		all(unknown(false)),
	),
	{
		name: 'redirect away to another origin before the effect',
		ends: looked(failed('unexpectedReply')),
		arm: (scene, _wire, key) => void scene.strike(key, redirect(scene, 'none'), always),
	},
	{
		name: 'redirect away to another origin after the effect',
		ends: looked(SENT),
		arm: (scene, _wire, key) => void scene.strike(key, redirect(scene, 'before'), always),
	},
	{
		name: '401, and after the new sign-in a 500 after the effect',
		ends: looked(SENT),
		arm(scene, _wire, key) {
			scene.strike(key, refusal(401));
			scene.strike(key, breakdown(500, 'before'), always);
		},
	},
	{
		name: '429, and after the wait a reset after the effect',
		ends: looked(SENT),
		arm(scene, _wire, key) {
			scene.strike(key, { kind: 'rateLimit', retryAfter: '1' });
			scene.strike(key, { kind: 'reset', effect: 'before' }, always);
		},
	},
];

/** Only with these may KarmaCheck say that it does not know. */
export const KARMACHECK_CANNOT_TELL = [
	'504 before the effect',
	'408 before the effect',
	'timeout before the effect',
	'an empty 200 without the effect',
];

/** The second look fails too, so that KarmaCheck cannot tell either. */
export const READ_BACK_DOWN: readonly MatrixFault[] = [
	['500 after the effect', breakdown(500, 'before'), true],
	['500 before the effect', breakdown(500, 'none'), false],
	['reset after the effect', { kind: 'reset', effect: 'before' }, true],
	['reset before the effect', { kind: 'reset', effect: 'none' }, false],
].map(([name, fault, mailed]) => ({
	name: `${String(name)} with the look afterwards down`,
	ends: all(unknown(mailed === true)),
	arm(scene, _wire, key) {
		scene.strike(key, fault as Fault, always);
		// The first read is that before the send.
		scene.strike(key, breakdown(500, 'none'), {
			operationId: READ.karmaCheck,
			after: 1,
			times: 'always',
		});
	},
}));

/** Numium's own way to say no, on HTTP 200. */
export const DECLINED: MatrixFault = persisting(
	'declined with 200',
	{ kind: 'isFailure', message: 'Not now' },
	all(failed('refused')),
);
