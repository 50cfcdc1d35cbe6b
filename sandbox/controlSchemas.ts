import { count, integer, object, text } from './schema';
import type { Part } from './service';

const status = { type: 'integer', minimum: 200, maximum: 599 } as const;
const effect = { enum: ['none', 'before'] } as const;

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
export function describeBodies(parts: readonly Part[]) {
	const provider = { enum: parts.map((part) => part.provider) };
	const counts = parts.map(({ definition }) => [definition.seedOption, count]);
	const switches = parts.flatMap(({ definition }) => Object.entries(definition.switches));
	return {
		reset: optional(
			object({
				now: integer,
				...Object.fromEntries(counts),
				fill: { enum: ['mixed', 'pending'] },
			}),
		),
		fault: object(
			{
				provider,
				operationId: text,
				key: text,
				times: { anyOf: [{ type: 'integer', minimum: 1 }, { const: 'always' }] },
				after: count,
				fault: { oneOf: faults },
			},
			['fault'],
		),
		switches: object(
			Object.fromEntries(switches.map(([name, choices]) => [name, { enum: choices }])),
		),
		clock: object({ now: { type: ['integer', 'null'] }, advance: integer }),
		latency: object({ ms: count }, ['ms']),
		revoke: optional(object({ provider, pasted: { type: 'boolean' } })),
	};
}
