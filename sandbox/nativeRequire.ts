import { runInThisContext } from 'node:vm';

/**
 * Node's own `require`. openapi-backend requires an ES module, which Node does since 20.19 and
 * Jest's loader does not before Node 24.9; besides, Jest would load it anew for every test file.
 */
export function nativeRequire(name: string): unknown {
	const realProcess = runInThisContext('process') as NodeJS.Process & {
		getBuiltinModule(id: 'node:module'): typeof import('node:module');
	};
	return realProcess.getBuiltinModule('node:module').createRequire(__filename)(name);
}
