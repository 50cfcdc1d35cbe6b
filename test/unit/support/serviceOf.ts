import { createRequire } from 'node:module';
import path from 'node:path';
import type { Service } from '../../../nodes/shared/node/service';
import type { ServiceFixture } from '../../services';

/** What a service declares of itself, in the file beside its node. */
export function serviceOf({ provider, file }: ServiceFixture): Service {
	const load = createRequire(path.join(__dirname, '../../../package.json'));
	const declared = load(`./${path.dirname(file)}/provider.ts`) as Record<string, Service>;
	const service = declared[provider];
	if (service === undefined)
		throw new Error(`There is no ${provider} in the provider.ts beside ${file}`);
	return service;
}
