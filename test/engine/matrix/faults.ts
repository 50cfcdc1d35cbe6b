import type { Fault } from '../../../sandbox';
import { fixtureOf, type ServiceFixture } from '../../services';
import type { Given, Scene } from './scene';
import type { Outgoing, Wire } from './wire';

/** How an item that the fault strikes must end, and whether an email is out. */
export interface Ending {
	says: string;
	mailed: boolean;
}

/** Null where it passes and so depends on the tries: the laws and the next run then decide. */
export type Endings = (service: ServiceFixture) => Ending | null;

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

/** The same everywhere. */
const all =
	(ending: Ending | null): Endings =>
	() =>
		ending;

/** The mail is out: one that stamps its sends shows it, the others have nothing to look at. */
const UNCLEAR_AFTER: Endings = ({ stampsSends }) => (stampsSends ? SENT : unknown(true));
/** What is not to be seen yet may still come, everywhere. */
const UNCLEAR_BEFORE = all(unknown(false));

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

const MATRIX: readonly MatrixFault[] = [
	persisting('refused with 400', refusal(400), all(failed('refused'))),
	persisting('refused with 404', refusal(404), all(failed('notFound'))),
	persisting('refused with 422', refusal(422), all(failed('refused'))),
	passing('refused once', refusal(422), all(null)),
	persisting('401 again and again', refusal(401), all(failed('credential'))),
	passing('401 once', refusal(401), all(SENT)),
	persisting('403 again and again', refusal(403), all(failed('forbidden'))),
	// One that says 403 to a token, too, is asked with a new one.
	passing('403 once', refusal(403), ({ refusedAs }) => (refusedAs === 403 ? SENT : null)),
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
	persisting('500 before the effect', breakdown(500, 'none'), UNCLEAR_BEFORE),
	persisting('500 after the effect', breakdown(500, 'before'), UNCLEAR_AFTER),
	passing('500 before the effect, once', breakdown(500, 'none'), UNCLEAR_BEFORE),
	persisting('408 before the effect', breakdown(408, 'none'), UNCLEAR_BEFORE),
	persisting('408 after the effect', breakdown(408, 'before'), UNCLEAR_AFTER),
	persisting('reset before the effect', { kind: 'reset', effect: 'none' }, UNCLEAR_BEFORE),
	persisting('reset after the effect', { kind: 'reset', effect: 'before' }, UNCLEAR_AFTER),
	timeouts('none', UNCLEAR_BEFORE),
	timeouts('before', UNCLEAR_AFTER),
	{
		name: 'connection refused',
		ends: all(failed('unreachable')),
		arm(_scene, wire, key) {
			wire.rule((request) => (isResendOf(request, key) ? 'refused' : null));
		},
	},
	persisting('a web page with 200 before the effect', { kind: 'html' }, UNCLEAR_BEFORE),
	persisting(
		'a web page with 200 after the effect',
		{ kind: 'html', effect: 'before' },
		UNCLEAR_AFTER,
	),
	persisting('an empty 200 without the effect', { kind: 'status', status: 200 }, UNCLEAR_BEFORE),
	{
		name: 'redirect away to another origin before the effect',
		ends: UNCLEAR_BEFORE,
		arm: (scene, _wire, key) => void scene.strike(key, redirect(scene, 'none'), always),
	},
	{
		name: 'redirect away to another origin after the effect',
		ends: UNCLEAR_AFTER,
		arm: (scene, _wire, key) => void scene.strike(key, redirect(scene, 'before'), always),
	},
	{
		name: '401, and after the new sign-in a 500 after the effect',
		ends: UNCLEAR_AFTER,
		arm(scene, _wire, key) {
			scene.strike(key, refusal(401));
			scene.strike(key, breakdown(500, 'before'), always);
		},
	},
	{
		name: '429, and after the wait a reset after the effect',
		ends: UNCLEAR_AFTER,
		arm(scene, _wire, key) {
			scene.strike(key, { kind: 'rateLimit', retryAfter: '1' });
			scene.strike(key, { kind: 'reset', effect: 'before' }, always);
		},
	},
];

/** The look after the send meets a fault, so that one that stamps its sends cannot tell either. */
const READ_BACK_DOWN: readonly MatrixFault[] = [
	['500 after the effect', breakdown(500, 'before'), true],
	['500 before the effect', breakdown(500, 'none'), false],
	['reset after the effect', { kind: 'reset', effect: 'before' }, true],
	['reset before the effect', { kind: 'reset', effect: 'none' }, false],
].map(([name, fault, mailed]) => ({
	name: `${String(name)} with the look afterwards down`,
	ends: all(unknown(mailed === true)),
	arm(scene, _wire, key) {
		scene.strike(key, fault as Fault, always);
		// The first read is for the whole run, the second right before the send.
		scene.strike(key, breakdown(500, 'none'), {
			operationId: fixtureOf(scene.provider).readCall,
			after: 2,
			times: 'always',
		});
	},
}));

/** What stamps its sends is looked at right before each send, and not sent unless that succeeds. */
const LOOK_BEFORE_DOWN: MatrixFault = {
	name: 'the look right before the send down',
	ends: all(failed('unavailable')),
	arm(scene, _wire, key) {
		scene.strike(key, breakdown(500, 'none'), {
			operationId: fixtureOf(scene.provider).readCall,
			after: 1,
			times: 'always',
		});
	},
};

/** A no on HTTP 200. */
const DECLINED: MatrixFault = persisting(
	'declined with 200',
	{ kind: 'isFailure', message: 'Not now' },
	all(failed('refused')),
);

/** What can befall a send at this service. */
export function faultsAt({ stampsSends, declinesWith200 }: ServiceFixture): MatrixFault[] {
	return [
		...MATRIX,
		...(stampsSends ? [...READ_BACK_DOWN, LOOK_BEFORE_DOWN] : []),
		...(declinesWith200 ? [DECLINED] : []),
	];
}
