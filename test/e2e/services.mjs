// The services of the package, with the facts that test/services tells about them; the functions among those stay there.
import { readExport, sandboxServices } from '../../scripts/n8n/sandbox.mjs';

export const SERVICES = readExport('./test/services/index.ts', 'SHIPPED').map((facts) => {
	const { account, tokens, flag, credential } = sandboxServices()[facts.provider];
	const { signsIn, pasted } = facts;
	const isSecret = ([, value]) => signsIn?.secrets.includes(value) ?? value === pasted.value;
	const secrets = Object.entries(credential.data).filter(isSecret);
	return {
		...facts,
		...{ account, tokens, flag },
		/** In the editor: of the app, and of its credential. */
		app: facts.name,
		form: `${facts.name} API`,
		operations: ['get', 'getAll', 'resend', ...facts.changes],
		secretFields: secrets.map(([field]) => field),
	};
});

export const PROVIDERS = SERVICES.map(({ provider }) => provider);

export const serviceOf = (provider) => SERVICES.find((one) => one.provider === provider);

/** One number, or what `of` gives, for each service, by its name. */
export const byService = (of) =>
	Object.fromEntries(SERVICES.map((service) => [service.provider, of(service)]));

/** Flags of the sandbox for so many people at each service. */
export const sandboxSizes = (count) => SERVICES.flatMap(({ flag }) => [`--${flag}`, String(count)]);
