import type { ParameterReader } from '../../../nodes/shared/node/parameters';

/** Of a node in which nothing was filled in. */
export const NO_PARAMETERS: ParameterReader = {
	value: () => '',
	locator: () => ({ mode: 'id', value: '' }),
	isExpression: () => false,
};
