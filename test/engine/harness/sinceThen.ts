import * as n8nWorkflow from 'n8n-workflow';

// What n8n-workflow has now and had not yet in the oldest release that the engine tests run against. n8n itself did
// nothing in these places then, so neither does the harness.

/** Lets TypeScript know that an export may be missing. */
const present: Partial<typeof n8nWorkflow> = n8nWorkflow;

/** Adds the fields for allowed domains to a credential that signs requests. */
export const injectDomainRestrictionFields: typeof n8nWorkflow.injectDomainRestrictionFields =
	present.injectDomainRestrictionFields ?? (({ properties }) => properties);

/** The domains that a credential's own sign-in is held to. */
export const getCredentialOwnRequestAllowedDomains: typeof n8nWorkflow.getCredentialOwnRequestAllowedDomains =
	present.getCredentialOwnRequestAllowedDomains ?? (() => undefined);
