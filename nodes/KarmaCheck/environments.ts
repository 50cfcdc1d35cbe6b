import type { KnownHosts } from '../shared/http/baseUrl';

/** The published environments; nothing in a KarmaCheck key tells which one it belongs to. */
export const KARMACHECK_HOSTS: KnownHosts = {
	production: 'https://api.karmacheck.io',
	stage: 'https://api-stage.karmacheck.io',
};

export const KARMACHECK_SIGN_IN_PATH = '/auth/api';
