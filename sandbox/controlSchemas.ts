import { PROVIDERS } from './types';

const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;
const status = { type: 'integer', minimum: 200, maximum: 599 } as const;
const effect = { enum: ['none', 'before'] } as const;

function object(properties: Record<string, unknown>, required: readonly string[] = []) {
	return { type: 'object', properties, required, additionalProperties: false };
}

const fault = (
	kind: string,
	properties: Record<string, unknown>,
	required: readonly string[] = [],
) => object({ kind: { const: kind }, ...properties }, ['kind', ...required]);

const faults = [
	fault('status', { status, body: {}, contentType: text, headers: { type: 'object' }, effect }, [
		'status',
	]),
	fault('delay', { ms: count, effect }, ['ms']),
	fault('reset', { effect }, ['effect']),
	fault('hang', { effect }, ['effect']),
	fault('rateLimit', { retryAfter: text }),
	fault('html', { status, effect }),
	fault('echo', { status, as: { enum: ['json', 'text', 'html'] }, effect }),
	fault('redirect', { location: text, status, effect }, ['location']),
	fault('isFailure', {
		code: text,
		message: text,
		info: { type: 'array', items: text },
		effect,
	}),
];

/** An empty body is taken for "nothing in particular". */
const optional = (schema: Record<string, unknown>) => ({ anyOf: [schema, { type: 'null' }] });

/** What the control routes accept; a misspelt fault that never strikes would make a test lie. */
export const bodies = {
	reset: {
		body: optional(
			object({
				now: { type: 'integer' },
				karmaCheckCases: count,
				worthUsers: count,
				numiumInvitations: count,
				fill: { enum: ['mixed', 'pending'] },
			}),
		),
	},
	fault: {
		body: object(
			{
				provider: { enum: PROVIDERS },
				operationId: text,
				key: text,
				times: { anyOf: [{ type: 'integer', minimum: 1 }, { const: 'always' }] },
				after: count,
				fault: { oneOf: faults },
			},
			['fault'],
		),
	},
	switches: {
		body: object({
			numiumWrapper: { enum: ['value', 'data'] },
			numiumCollection: { enum: ['array', 'object'] },
			numiumEmpty: { enum: ['404', 'empty'] },
			worthSignIn: { enum: ['flat', 'nested'] },
			worthBadPassword: { enum: ['400', '500'] },
		}),
	},
	clock: { body: object({ now: { type: ['integer', 'null'] }, advance: { type: 'integer' } }) },
	latency: { body: object({ ms: count }, ['ms']) },
	revoke: {
		body: optional(object({ provider: { enum: PROVIDERS }, pasted: { type: 'boolean' } })),
	},
	newCase: {
		body: object({
			id: text,
			packageId: text,
			email: text,
			givenName: text,
			familyName: text,
			sentAt: { type: 'integer' },
			expiresAt: { type: 'integer' },
			status: { enum: ['pending', 'expired', 'completed', 'cancelled'] },
			onboarding: { enum: ['waiting', 'inProgress', 'done'] },
			invited: { type: 'boolean' },
		}),
	},
	caseChange: {
		params: object({ caseId: text, change: { enum: ['begin', 'complete', 'cancel', 'expire'] } }, [
			'caseId',
			'change',
		]),
	},
	user: {
		body: object({
			id: { type: 'string', format: 'uuid' },
			customerId: { type: 'string', format: 'uuid' },
			first_name: text,
			last_name: text,
			email: text,
			mobile: { type: ['string', 'null'] },
			is_email_verified: { type: 'boolean' },
			is_first_login: { type: 'boolean' },
			status: text,
			createdAt: { type: 'integer' },
			updatedAt: { type: 'integer' },
		}),
	},
	newInvitation: {
		body: object({
			id: { type: 'string', pattern: '^-?\\d{1,19}$' },
			tenantId: { type: 'string', pattern: '^\\d{1,19}$' },
			email: text,
			status: { enum: ['Pending', 'Accepted', 'Cancelled'] },
			createdAt: { type: 'integer' },
		}),
	},
} as const;
