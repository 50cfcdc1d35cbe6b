import type { KnownHosts } from '../shared/http/baseUrl';

/** The one published host; the services below it are told apart by the first part of the path. */
export const WORTH_AI_HOSTS: KnownHosts = { production: 'https://api.joinworth.com' };

export const WORTH_AI_AUTH_PATH = '/auth/api/v1';
