/** Pieces of the JSON schemas of control routes. */

export const text = { type: 'string' } as const;
export const integer = { type: 'integer' } as const;
export const count = { type: 'integer', minimum: 0 } as const;

export function object(properties: Record<string, unknown>, required: readonly string[] = []) {
	return { type: 'object', properties, required, additionalProperties: false };
}
